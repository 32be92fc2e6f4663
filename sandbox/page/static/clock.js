// The sandbox's clock: what it shows, and how fast it runs.

import * as api from "./api.js";
import { h, toast } from "./dom.js";
import { moment, now } from "./times.js";

const SPEEDS = [
  [1, "1×", "As fast as the world's"],
  [60, "60×", "A minute a second"],
  [600, "600×", "Ten minutes a second"],
  [3600, "3600×", "An hour a second"],
];

export const clockSection = (current, refresh) => [
  h("h3", { id: "speed-title" }, "Clock ", h("time", { class: "clock-now" })),
  h(
    "div",
    { class: "segments", role: "group", "aria-labelledby": "speed-title" },
    SPEEDS.map(([speed, label, title]) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(current === speed),
          testid: `speed-${speed}`,
          title,
          on: { click: () => setSpeed(speed, refresh) },
        },
        label,
      ),
    ),
  ),
  h("p", { class: "note" }, "Faster, monitors run on their own, and every other run finds something."),
];

export function tellTime(section) {
  section.querySelector(".clock-now").textContent = moment(now().getTime() / 1000);
}

async function setSpeed(speed, refresh) {
  try {
    await api.parallel.speed(speed);
    await refresh();
  } catch (error) {
    toast(error.message, { tone: "bad" });
  }
}
