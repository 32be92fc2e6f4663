// Messages, in a channel or a thread, and what one person alone sees.

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { menu } from "./dialogs.js";
import { h, toast } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { me, names, messageShortcuts, openThread, surfaceAt, userById } from "./store.js";
import { clock, clockSeconds, day, instant, today } from "./times.js";

const sorry = (text) => toast(text, { tone: "bad" });

export const isFromApp = (message) => Boolean(message.bot_id) || Boolean(userById(message.user)?.is_bot);

/** An app may post under another name; its own is the one its bot user shows. */
export function authorName(message) {
  const user = userById(message.user);
  const isRenamed = isFromApp(message) && message.username && message.username !== user?.name;
  return (isRenamed ? null : names.user(message.user)) || message.username || "Someone";
}

function avatar(name, isApp) {
  if (isApp) return h("img", { class: "avatar", src: "/static/icon.svg", alt: "" });
  const hue = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  return h("div", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, name.slice(0, 1).toUpperCase());
}

const heading = (name, at, { isApp = false, edited = false } = {}) =>
  h(
    "div",
    { class: "message-head" },
    h("span", { class: "author" }, name),
    isApp ? h("span", { class: "badge" }, "APP") : null,
    h("time", { class: "when", title: clockSeconds(at) }, clock(at)),
    edited ? h("span", { class: "edited" }, "(edited)") : null,
  );

function body(message, surface) {
  if (message.blocks?.length) return renderBlocks(message.blocks, surface);
  return h("div", { class: "mrkdwn" }, mrkdwn(message.text ?? "", names));
}

/** What is attached; at Slack, too, a file is a card below the words. */
const attached = (files) =>
  files.map(({ name, title, size, url_private_download }) =>
    h(
      "a",
      { class: "file", testid: "file", href: url_private_download, download: name },
      h("strong", {}, title || name),
      h("span", {}, `${title && title !== name ? `${name} · ` : ""}${size < 1000 ? `${size} bytes` : `${Math.round(size / 1000)} kB`} · Download`),
    ),
  );

/**
 * `testid` also tells a channel's message from a thread's: only the former opens its thread.
 * Slack calls an update "edited" only where a message is plain text, without blocks.
 */
export function renderMessage(message, channel, { testid, isCompact = false }) {
  const surface = surfaceAt({ channel, message_ts: message.ts }, { onError: sorry });
  const name = authorName(message);
  const isApp = isFromApp(message);
  const isInChannel = testid === "message";
  return h(
    "article",
    {
      class: `message${isCompact ? " message-compact" : ""}`,
      testid,
      data: { ts: message.ts, threadTs: message.thread_ts ?? "" },
      "aria-label": `${name}, ${clock(message.at)}`,
    },
    isCompact ? h("time", { class: "gutter" }, clock(message.at)) : avatar(name, isApp),
    h(
      "div",
      { class: "message-body" },
      isCompact ? null : heading(name, message.at, { isApp, edited: message.edited && !message.blocks?.length }),
      message.subtype === "thread_broadcast" && isInChannel
        ? h("div", { class: "broadcast" }, "replied to a thread")
        : null,
      body(message, surface),
      attached(message.files ?? []),
      isInChannel && message.reply_count ? replies(message, channel) : null,
    ),
    toolbar(message, channel, isInChannel),
  );
}

function replies(message, channel) {
  const count = message.reply_count;
  return h(
    "button",
    {
      class: "replies",
      type: "button",
      testid: "thread-open",
      on: { click: () => openThread(channel, message.ts) },
    },
    h("strong", {}, count === 1 ? "1 reply" : `${count} replies`),
    message.latest_reply_at
      ? h(
          "span",
          {},
          `Last reply ${day(message.latest_reply_at).toLowerCase()} at ${clock(message.latest_reply_at)}`,
        )
      : null,
  );
}

function toolbar(message, channel, isInChannel) {
  const root = message.thread_ts ?? message.ts;
  const offered = messageShortcuts();
  const more = (event) =>
    menu(
      event.currentTarget,
      "Message shortcuts",
      offered.map(({ callback_id, name }) => ({
        label: name,
        pick: () =>
          api.slack
            .shortcut({ ...me(), callback_id, channel, message_ts: message.ts })
            .catch((error) => sorry(error.message)),
      })),
    );
  return h(
    "div",
    { class: "toolbar" },
    isInChannel
      ? h(
          "button",
          {
            class: "icon-button",
            type: "button",
            "aria-label": "Reply in thread",
            title: "Reply in thread",
            testid: message.reply_count ? "thread-reply" : "thread-open",
            on: { click: () => openThread(channel, root) },
          },
          "💬",
        )
      : null,
    h(
      "button",
      {
        class: "icon-button",
        type: "button",
        "aria-label": "More actions",
        title: "More actions",
        "aria-haspopup": "menu",
        testid: "message-more",
        on: { click: more },
      },
      "⋮",
    ),
  );
}

export function renderEphemeral(item) {
  const surface = surfaceAt({ channel: item.channel, message_ts: item.ts ?? item.id }, { onError: sorry });
  return h(
    "article",
    { class: "message ephemeral", testid: "ephemeral", "aria-label": `${item.from}, only visible to you` },
    avatar(item.from, item.from !== "Slackbot"),
    h(
      "div",
      { class: "message-body" },
      h("div", { class: "ephemeral-note" }, h("span", { "aria-hidden": "true" }, "👁 "), "Only visible to you"),
      heading(item.from, item.at, { isApp: item.from !== "Slackbot" }),
      body(item, surface),
    ),
  );
}

const dayDivider = (at) => h("div", { class: "day" }, h("span", {}, day(at)));

/** Messages and ephemerals in order of time, with a divider before each new day. */
export function timeline(messages, ephemerals) {
  const entries = [
    ...messages.map((message) => ({ kind: "message", key: message.ts, at: instant(message.at), message })),
    ...ephemerals.map((ephemeral) => ({ kind: "ephemeral", key: ephemeral.key, at: instant(ephemeral.at), ephemeral })),
  ].sort((one, other) => one.at - other.at);
  const rows = [];
  let previous = null;
  for (const entry of entries) {
    const isNewDay = previous?.at.toDateString() !== entry.at.toDateString();
    if (isNewDay) rows.push({ kind: "day", key: `day-${entry.at.toDateString()}`, at: entry.at });
    rows.push({ ...entry, isCompact: !isNewDay && follows(entry, previous) });
    previous = entry;
  }
  return rows;
}

/** The same author within five minutes needs no second heading, as in Slack. */
function follows(entry, previous) {
  if (entry.kind !== "message" || previous?.kind !== "message") return false;
  return (
    authorName(entry.message) === authorName(previous.message) &&
    entry.at - previous.at < 300_000 &&
    !previous.message.reply_count &&
    !isFromApp(entry.message)
  );
}

export const rowSignature = (row) =>
  row.kind === "message"
    ? [row.message, row.isCompact, authorName(row.message), me(), today()]
    : row.kind === "ephemeral"
      ? [row.ephemeral, me(), today()]
      : [day(row.at.getTime() / 1000)];

export function renderRow(row, channel, testid) {
  if (row.kind === "day") return dayDivider(row.at.getTime() / 1000);
  if (row.kind === "ephemeral") return renderEphemeral(row.ephemeral);
  return renderMessage(row.message, channel, { testid, isCompact: row.isCompact });
}
