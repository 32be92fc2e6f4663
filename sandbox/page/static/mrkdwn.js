// Slack's mrkdwn as DOM nodes. https://docs.slack.dev/messaging/formatting-message-text

import { h, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { dateTokens } from "./times.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** Slack escapes only these three. */
export const unescape = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

// Alternatives in order: `code`, <entity>, *bold*, _italic_, ~strike~, :emoji:.
const INLINE = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    "(?<![\\w*])\\*(?=\\S)([^*\\n]*[^*\\s])\\*(?![\\w*])",
    "(?<!\\w)_(?=\\S)([^_\\n]*[^_\\s])_(?!\\w)",
    "(?<![\\w~])~(?=\\S)([^~\\n]*[^~\\s])~(?![\\w~])",
    ":([a-z0-9_+'-]+):(?!\\d)",
  ].join("|"),
  "g",
);

/** `names` answers `user(id)` and `channel(id)`. Returns nodes and strings. */
export function inline(text, names) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) parts.push(unescape(text.slice(end, match.index)));
    parts.push(token(match, names));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(unescape(text.slice(end)));
  return parts;
}

function token([whole, code, entity, bold, italic, strike, emojiCode], names) {
  if (code !== undefined) return h("code", {}, unescape(code));
  if (entity !== undefined) return special(entity, names);
  if (bold !== undefined) return h("strong", {}, inline(bold, names));
  if (italic !== undefined) return h("em", {}, inline(italic, names));
  if (strike !== undefined) return h("s", {}, inline(strike, names));
  return emojiCode === undefined ? whole : emoji(emojiCode);
}

function special(entity, names) {
  const bar = entity.indexOf("|");
  const target = bar < 0 ? entity : entity.slice(0, bar);
  const label = bar < 0 ? "" : entity.slice(bar + 1);
  if (target.startsWith("@")) return mention(`@${names.user(target.slice(1)) ?? (label || target.slice(1))}`);
  if (target.startsWith("#"))
    return mention(`#${names.channel(target.slice(1)) ?? (label || "private-channel")}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return mention(label || `@${target.slice(1).split("^")[0]}`);
  return link(unescape(target), unescape(label || target.replace(/^mailto:/, "")));
}

export const mention = (text) => h("span", { class: "mention" }, text);

function date(target, fallback) {
  const [, seconds, pattern = "{date}", address] = target.split("^");
  if (!/^\d+$/.test(seconds)) return unescape(fallback);
  const node = h("time", { title: unescape(fallback) }, dateTokens(seconds, unescape(pattern)));
  return address ? link(unescape(address), node) : node;
}

/** A whole text: fenced code, quotes, and lines. */
export function mrkdwn(text, names) {
  const nodes = [];
  text.split("```").forEach((part, index, parts) => {
    const isFenced = index % 2 === 1 && index < parts.length - 1;
    if (isFenced) nodes.push(h("pre", {}, unescape(part.replace(/^\n/, "").replace(/\n$/, ""))));
    else if (part) nodes.push(...lines(part, names));
  });
  return nodes;
}

function lines(text, names) {
  const nodes = [];
  let quoted = [];
  const closeQuote = () => {
    if (quoted.length) nodes.push(h("blockquote", {}, broken(quoted, names)));
    quoted = [];
  };
  for (const group of text.replace(/^\n|\n$/g, "").split("\n")) {
    const quote = /^(?:&gt;|>)\s?(.*)$/.exec(group);
    if (quote) {
      quoted.push(quote[1]);
      continue;
    }
    closeQuote();
    nodes.push(line(group, names));
  }
  closeQuote();
  return nodes;
}

const broken = (texts, names) =>
  texts.flatMap((text, index) => (index ? [h("br"), ...inline(text, names)] : inline(text, names)));

function line(text, names) {
  const item = /^(\s*)(•|◦|-|\d+\.)\s+(.*)$/.exec(text);
  if (!item) return h("div", { class: text ? "line" : "line line-empty" }, inline(text, names));
  const marker = item[2] === "-" ? "•" : item[2];
  return h(
    "div",
    { class: "line line-item" },
    h("span", { class: "marker" }, marker),
    h("span", {}, inline(item[3], names)),
  );
}

/** A text object, as the Block Kit has it. */
export function textObject(object, names) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text ?? "", names);
  return [withEmoji(object.text ?? "", object.emoji !== false)];
}

export const withEmoji = (text, isOn = true) =>
  isOn ? unescape(text).replace(/:([a-z0-9_+'-]+):/g, (_, code) => emoji(code)) : unescape(text);
