// Switches that make Slack or Parallel misbehave towards the app.

import * as api from "./api.js";
import { h, toast } from "./dom.js";
import { store, update } from "./store.js";

const KINDS = [
  ["429", "429", { kind: "429", seconds: 2 }, "Every request is refused: too many, try again in 2 seconds"],
  ["500", "500", { kind: "500" }, "Every request fails with an internal error"],
  ["slow", "Slow", { kind: "slow", seconds: 3 }, "Every answer takes 3 seconds"],
  ["drop", "Drop", { kind: "drop_after" }, "The work is done, but the connection breaks before the answer"],
];

const isOn = (service, kind) =>
  store.faults[service].some((rule) => rule.kind === kind && rule.times === null);

export const faultsSignature = () =>
  ["slack", "parallel"].map((service) => store.faults[service].map((rule) => rule.kind));

export const faultsSection = () => [
  h("h3", {}, "Faults"),
  h("p", { class: "note" }, "While one is on, the app's calls fail like this. Nothing gets lost."),
  ["slack", "parallel"].map((service) => {
    const name = service === "slack" ? "Slack" : "Parallel";
    return h(
      "div",
      { class: "fault-row", role: "group", "aria-label": `Faults of ${name}` },
      h("span", { class: "fault-name" }, name),
      KINDS.map(([short, label, rule, title]) =>
        h(
          "button",
          {
            class: "pill pill-switch",
            type: "button",
            testid: `fault-${service}-${short}`,
            title: `${name}: ${title}`,
            "aria-pressed": String(isOn(service, rule.kind)),
            "aria-label": `${name} ${label}`,
            on: { click: () => toggle(service, rule) },
          },
          label,
        ),
      ),
    );
  }),
];

async function toggle(service, rule) {
  try {
    if (isOn(service, rule.kind)) await switchOff(service, rule.kind);
    else await api.faults.add(service, { match: "*", times: null, ...rule });
    await refreshFaults();
  } catch (error) {
    toast(error.message, { tone: "bad" });
  }
}

/** Rules are only cleared together, so the others are set again. */
async function switchOff(service, kind) {
  const others = store.faults[service].filter((rule) => rule.kind !== kind);
  await api.faults.clear(service);
  for (const rule of others) await api.faults.add(service, rule);
}

export async function refreshFaults() {
  const [slack, parallel] = await Promise.all([api.faults.list("slack"), api.faults.list("parallel")]);
  update({ faults: { slack, parallel } });
}
