// What the page knows, and the questions it asks of that.

import * as api from "./api.js";
import { unescape } from "./mrkdwn.js";
import { now } from "./times.js";

export const store = {
  teamId: null,
  teams: [], // every workspace; the rest is of the one shown
  userId: null,
  place: null, // {kind: "channel", id} or {kind: "home"}
  thread: null, // {channel, ts}
  slack: null,
  parallel: null,
  faults: { slack: [], parallel: [] },
  notices: [], // what Slack itself, not the app, tells this person
  seen: new Map(), // channel id -> ts of the newest message shown
};

const listeners = [];
let isScheduled = false;

export const onChange = (listener) => listeners.push(listener);

export function update(change) {
  Object.assign(store, change);
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(draw);
}

function draw() {
  // A button that were replaced while it is pressed would not be clicked.
  if (document.querySelector("button:active")) return requestAnimationFrame(draw);
  isScheduled = false;
  for (const listener of listeners) listener();
}

const users = () => store.slack?.users ?? [];
const channels = () => store.slack?.channels ?? [];

export const userById = (id) => users().find((user) => user.id === id);
export const channelById = (id) => channels().find((channel) => channel.id === id);
export const personName = (user) => user?.real_name || user?.name;
export const people = () => users().filter((user) => !user.is_bot);
export const team = () => store.slack?.teams.find(({ team_id: id }) => id === store.teamId);
export const appName = () => users().find((user) => user.is_bot)?.real_name || "Threadwatch";

export function channelName(channel) {
  if (channel.kind !== "dm" && channel.kind !== "mpim") return channel.name;
  const others = channel.members
    .filter((id) => id !== store.userId)
    .map((id) => personName(userById(id)) ?? id);
  return others.join(", ") || channel.name;
}

/** Whom and what ids stand for, as the renderers need it. */
export const names = {
  user: (id) => personName(userById(id)),
  channel: (id) => channelById(id) && channelName(channelById(id)),
  users: () => people().map((user) => ({ id: user.id, name: personName(user) })),
  channels: () => channels().map((channel) => ({ id: channel.id, kind: channel.kind, name: channelName(channel) })),
};

/** Public channels, and whatever this person is a member of. */
export const visibleChannels = () =>
  channels().filter((channel) => channel.kind === "public" || channel.members.includes(store.userId));

export const messagesOf = (channelId) => store.slack?.messages[channelId] ?? [];

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

const isForMe = (item) => item.user === store.userId;

/** Ephemeral messages and Slack's own notices, for one channel, or one thread of it. */
export function ephemerals(channelId, threadTs = null) {
  const fromApp = (store.slack?.ephemerals ?? []).map((item) => ({
    ...item,
    key: item.id ?? item.at,
    from: appName(),
  }));
  return [...fromApp, ...store.notices].filter(
    (item) => item.channel === channelId && isForMe(item) && (item.thread_ts ?? null) === threadTs,
  );
}

/** Say something as Slack itself does, to this person only. */
export function notice(text, { channel, thread_ts = null }) {
  const item = {
    key: `notice-${Date.now()}-${store.notices.length}`,
    from: "Slackbot",
    user: store.userId,
    channel,
    thread_ts,
    text,
    blocks: [],
    at: now().getTime() / 1000,
  };
  update({ notices: [...store.notices, item].slice(-50) });
}

/** The app's slash commands, as its manifest declares them. */
export const commands = () => store.slack?.app?.commands ?? [];

const shortcuts = (type) => (store.slack?.app?.shortcuts ?? []).filter((each) => each.type === type);
export const globalShortcuts = () => shortcuts("global");
export const messageShortcuts = () => shortcuts("message");

export const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** The beginning of a message, as plain text. */
export const excerpt = (text, length = 80) => {
  const plain = unescape(text ?? "").replace(/\s+/g, " ");
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain;
};

export const goTo = (place) => update({ place, thread: null });
export const openThread = (channel, ts) =>
  update({ place: { kind: "channel", id: channel }, thread: { channel, ts } });
export const me = () => ({ team_id: store.teamId, user: store.userId });

/** A Block Kit surface standing at `where` (`{channel, message_ts}` or `{view_id}`). */
export const surfaceAt = (where, { isForm = false, onError = () => {} } = {}) => ({
  names,
  isForm,
  act: (action) =>
    api.slack.action({ ...me(), ...where, ...action }).then(
      ({ error }) => error && onError(`The app did not take this: ${error}`),
      (error) => onError(error.message),
    ),
});
