// The middle: a channel with its box, or the app's Home tab.

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { builtinCommands, runBuiltin } from "./builtins.js";
import { composer } from "./composer.js";
import { byId, followEnd, h, reconcile, show, toast } from "./dom.js";
import { renderRow, rowSignature, timeline } from "./messages.js";
import {
  appName,
  channelById,
  channelName,
  commands,
  count,
  globalShortcuts,
  isReply,
  me,
  messagesOf,
  notice,
  store,
  surfaceAt,
  ephemerals,
  team,
} from "./store.js";
import { today } from "./times.js";

let box = null;
let follow = null;
let shownPlace = null;

export const mountCentre = () => {
  box = composer({
    box: "composer",
    button: "send",
    label: "Message",
    suggest: (typed) =>
      [...commands(), ...builtinCommands(), ...shortcutEntries()].filter(({ command, words }) =>
        (words ?? command).toLowerCase().startsWith(typed.toLowerCase()),
      ),
    send,
  });
  byId("composer-slot").append(box.form);
  follow = followEnd(byId("messages"));
  byId("place-action").addEventListener("click", () =>
    placeAction()
      .run()
      .catch((error) => toast(error.message, { tone: "bad" })),
  );
  return box;
};

/** Slack lists an app's global shortcuts among the commands; one is run where it is picked. */
const shortcutEntries = () =>
  globalShortcuts().map(({ name, callback_id, description }) => ({
    command: name,
    words: `/${name}`,
    description: `${appName()}: ${description}`,
    run: () =>
      api.slack
        .shortcut({ ...me(), callback_id })
        .catch((error) => notice(error.message, { channel: store.place.id })),
  }));

async function send(text) {
  const channel = store.place.id;
  try {
    if (text.startsWith("/")) await sendCommand(text, channel);
    else await api.slack.message({ ...me(), channel, text });
    follow({ isNew: true });
    return true;
  } catch (error) {
    notice(error.message, { channel });
    return false;
  }
}

async function sendCommand(text, channel) {
  const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
  if (await runBuiltin(command, rest, channel)) return;
  const { answer_error: problem } = await api.slack.command({ ...me(), channel, command, text: rest });
  if (problem && !/^(dispatch_failed|operation_timeout)$/.test(problem)) {
    notice(`Slack would not show what the app answered: ${problem}`, { channel });
  }
}

/** What Slack has in its settings and menus, where the app tells people to do it. */
function placeAction() {
  if (store.place?.kind === "home") {
    return team()?.installed && { label: "Uninstall", run: () => api.slack.uninstall({ team_id: store.teamId }) };
  }
  const channel = channelById(store.place?.id);
  return (
    channel?.archived && {
      label: "Unarchive",
      run: () => api.slack.changeChannel(channel.id, { archived: false }),
    }
  );
}

export function renderCentre() {
  const action = placeAction();
  byId("place-action").hidden = !action;
  byId("place-action").textContent = action?.label ?? "";
  const isHome = store.place?.kind === "home";
  byId("home").hidden = !isHome;
  byId("messages").hidden = isHome;
  byId("composer-slot").hidden = isHome;
  if (isHome) renderHome();
  else renderChannel();
  shownPlace = store.place;
}

function title(text, detail) {
  byId("centre-title").textContent = text;
  byId("centre-detail").textContent = detail;
}

function detail({ archived, kind, members }) {
  if (archived) return "Archived";
  return kind === "dm" ? "Direct message" : count(members.length, "member");
}

function renderChannel() {
  const channel = channelById(store.place?.id);
  if (!channel) return;
  const mark = { public: "# ", private: "🔒 " }[channel.kind] ?? "";
  const name = channelName(channel);
  title(`${mark}${name}`, detail(channel));
  box.text.placeholder = channel.archived
    ? "This channel is archived"
    : `Message ${channel.kind === "public" ? "#" : ""}${name}, or type /`;
  const rows = timeline(
    messagesOf(channel.id).filter((message) => !isReply(message) || message.subtype === "thread_broadcast"),
    ephemerals(channel.id),
  );
  reconcile(byId("messages"), [{ kind: "start", key: channel.id, channel: name, mark }, ...rows], {
    key: (row) => row.key,
    signature: (row) => (row.kind === "start" ? [row] : rowSignature(row)),
    render: (row) => (row.kind === "start" ? renderStart(row) : renderRow(row, channel.id, "message")),
  });
  follow({ isNew: shownPlace?.id !== channel.id });
  // As in Slack: who goes to a channel can write there at once.
  if (shownPlace && shownPlace !== store.place && !store.thread) box.text.focus();
}

const renderStart = ({ channel, mark }) =>
  h(
    "div",
    { class: "channel-start" },
    h("h3", {}, `${mark}${channel}`),
    h("p", {}, "This is the very beginning of this conversation."),
  );

function renderHome() {
  title(appName(), "Home");
  if (shownPlace?.kind !== "home" || shownPlace.user !== store.userId) openHome();
  const view = store.slack.homes?.[store.userId];
  show(byId("home"), [view ?? null, store.userId, today()], () =>
    view
      ? h(
          "div",
          { class: "home-view" },
          renderBlocks(
            view.blocks ?? [],
            surfaceAt({ view_id: view.id }, { onError: (text) => toast(text, { tone: "bad" }) }),
          ),
        )
      : h("p", { class: "empty" }, "The app has not shown you a Home tab yet."),
  );
}

function openHome() {
  store.place.user = store.userId;
  api.slack.home(me()).catch((error) => toast(error.message, { tone: "bad" }));
}
