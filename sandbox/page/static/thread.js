// The thread beside the channel.

import * as api from "./api.js";
import { composer } from "./composer.js";
import { byId, followEnd, h, reconcile } from "./dom.js";
import { renderRow, rowSignature, timeline } from "./messages.js";
import {
  channelById,
  channelName,
  isReply,
  me,
  messagesOf,
  notice,
  store,
  update,
  ephemerals,
} from "./store.js";

let parts = null;
let shownThread = null;

export function mountThread() {
  const broadcast = h("input", { type: "checkbox", testid: "thread-broadcast" });
  const box = composer({
    box: "thread-composer",
    button: "thread-send",
    label: "Reply in the thread",
    send: (text) => send(text, broadcast),
    extra: h("label", { class: "broadcast-choice" }, broadcast, " Also send to the channel"),
  });
  const where = h("span", { class: "thread-where" });
  const list = h("div", {
    class: "scroller",
    role: "log",
    "aria-label": "Thread messages",
    tabindex: "0",
    testid: "thread-list",
  });
  box.text.placeholder = "Reply…";
  byId("thread").append(
    h(
      "header",
      { class: "thread-header" },
      h("h2", {}, "Thread ", where),
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": "Close the thread",
          testid: "thread-close",
          on: { click: close },
        },
        "✕",
      ),
    ),
    list,
    box.form,
  );
  byId("thread").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });
  parts = { where, list, box, follow: followEnd(list) };
  return box;
}

const close = () => update({ thread: null });

async function send(text, broadcast) {
  const { channel, ts } = store.thread;
  if (/^\/\w/.test(text)) {
    notice(`\`${text.split(/\s/)[0]}\` is not supported in threads. Sorry!`, { channel, thread_ts: ts });
    return true;
  }
  try {
    await api.slack.message({ ...me(), channel, text, thread_ts: ts, broadcast: broadcast.checked });
    broadcast.checked = false;
    parts.follow({ isNew: true });
    return true;
  } catch (error) {
    notice(error.message, { channel, thread_ts: ts });
    return false;
  }
}

export function renderThread() {
  const pane = byId("thread");
  const channel = store.thread && channelById(store.thread.channel);
  pane.hidden = !channel;
  byId("app").classList.toggle("has-thread", Boolean(channel));
  if (!channel) {
    shownThread = null;
    return;
  }
  parts.where.textContent = `${channel.kind === "public" ? "# " : ""}${channelName(channel)}`;
  const all = messagesOf(channel.id);
  const root = all.find((message) => message.ts === store.thread.ts);
  const replies = all.filter((message) => isReply(message) && message.thread_ts === store.thread.ts);
  const rows = timeline(replies, ephemerals(channel.id, store.thread.ts)).filter((row) => row.kind !== "day");
  const first = root
    ? { kind: "root", key: root.ts, message: root, isCompact: false }
    : { kind: "gone", key: "gone" };
  reconcile(parts.list, [first, { kind: "count", key: "count", count: replies.length }, ...rows], {
    key: (row) => row.key,
    signature,
    render: (row) => render(row, channel.id),
  });
  parts.follow({ isNew: shownThread !== store.thread.ts });
  if (shownThread !== store.thread.ts) parts.box.text.focus({ preventScroll: true });
  shownThread = store.thread.ts;
}

function signature(row) {
  if (row.kind === "root") return rowSignature({ ...row, kind: "message" });
  return row.kind === "count" || row.kind === "gone" ? [row] : rowSignature(row);
}

function render(row, channel) {
  if (row.kind === "gone") return h("p", { class: "empty" }, "This message was deleted.");
  if (row.kind === "count") {
    return h(
      "div",
      { class: "day day-count" },
      h("span", {}, row.count === 1 ? "1 reply" : `${row.count} replies`),
    );
  }
  if (row.kind === "root") return renderRow({ ...row, kind: "message" }, channel, "thread-root");
  return renderRow({ ...row, isCompact: false }, channel, "thread-message");
}
