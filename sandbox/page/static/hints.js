// What a newcomer does first, one step at a time; quiet, and gone when dismissed.

import * as api from "./api.js";
import { byId, h, show, toast } from "./dom.js";
import { isFromApp } from "./messages.js";
import { isReply, messagesOf, openThread, store, team, update } from "./store.js";

const FIRST = "/monitor latest AI research papers";
const WORD = "cancelmonitor";

/** The monitors whose cards stand in this workspace. */
const ours = () =>
  (store.parallel?.monitors ?? [])
    .filter((monitor) => monitor.metadata?.slack_team_id === store.teamId && monitor.metadata.slack_thread_id)
    .sort((one, other) => one.created_at.localeCompare(other.created_at));

const hasFinding = (monitor) =>
  messagesOf(monitor.metadata.slack_channel_id).some(
    (message) =>
      isReply(message) && message.thread_ts === monitor.metadata.slack_thread_id && isFromApp(message),
  );

function step() {
  if (team() && !team().installed) return "install";
  const monitors = ours();
  if (!monitors.length) return "monitor";
  if (monitors.some((monitor) => /^cancell?ed$/.test(monitor.status))) return "done";
  return monitors.some(hasFinding) ? "cancel" : "finding";
}

const code = (text) => h("code", {}, text);
const action = (label, click, testid = "hint-action") =>
  h("button", { class: "hint-button", type: "button", testid, on: { click } }, label);

async function install() {
  try {
    const { status } = await api.slack.install({
      team_id: store.teamId,
      user_id: store.userId,
      outcome: "allow",
    });
    if (status >= 400) toast(`The app answered ${status} to the installation.`, { tone: "bad" });
  } catch (error) {
    toast(error.message, { tone: "bad" });
  }
}

function openNewest() {
  const { slack_channel_id: channel, slack_thread_id: ts } = ours().at(-1).metadata;
  openThread(channel, ts);
}

const STEPS = {
  install: () => [
    "",
    h("span", {}, "Threadwatch is not in this workspace yet."),
    action("Install it", install, "install"),
  ],
  monitor: (boxes) => [
    "1",
    h("span", {}, "Type ", code(FIRST)),
    action("Fill it in", () => {
      boxes.channel.write(FIRST);
      boxes.channel.text.focus();
    }),
  ],
  finding: () => [
    "2",
    h("span", {}, "Make a finding in the Parallel panel, as if the web had changed"),
    action("Show the panel", () => {
      update({ isPanelOpen: true, tab: "parallel" });
      requestAnimationFrame(() => document.querySelector('[data-testid="make-finding"]')?.focus());
    }),
  ],
  cancel: (boxes) => [
    "3",
    h("span", {}, "Reply ", code(WORD), " in the thread"),
    action("Open the thread", () => {
      openNewest();
      setTimeout(() => boxes.thread.write(WORD), 50);
    }),
  ],
  done: () => [
    "✓",
    h(
      "span",
      {},
      "That's all it takes. Next, try lost webhooks, faults and a faster clock in the panel, or switch to Globex and connect its own account.",
    ),
    null,
  ],
};

export function renderHint(boxes) {
  const bar = byId("hint");
  const name = store.slack && store.parallel ? step() : null;
  bar.hidden = !name || store.dismissed === name || (store.place?.kind === "home" && name !== "install");
  if (bar.hidden) return;
  show(bar, [name], () => {
    const [number, text, button] = STEPS[name](boxes);
    return [
      number ? h("span", { class: "hint-number", "aria-hidden": "true" }, number) : null,
      text,
      button,
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": "Dismiss the hint",
          on: { click: () => update({ dismissed: name }) },
        },
        "✕",
      ),
    ];
  });
}
