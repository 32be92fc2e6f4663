// The left column: the workspace, who one acts as, channels, people, the app.

import { h } from "./dom.js";
import {
  appName,
  channelName,
  goTo,
  isReply,
  messagesOf,
  people,
  personName,
  store,
  team,
  update,
  userById,
  visibleChannels,
} from "./store.js";

const newest = (channel) =>
  messagesOf(channel.id)
    .filter((message) => !isReply(message))
    .at(-1)?.ts ?? "";

const isShown = (channel) => store.place?.kind === "channel" && store.place.id === channel.id;

/** Bold in the list: something newer than what was shown last. */
const isUnread = (channel) =>
  !isShown(channel) && newest(channel) > (store.seen.get(channel.id) ?? newest(channel));

export function markSeen() {
  for (const channel of visibleChannels()) {
    if (isShown(channel) || !store.seen.has(channel.id)) store.seen.set(channel.id, newest(channel));
  }
}

export const sidebarSignature = () => [
  store.teamId,
  store.userId,
  store.place,
  store.teams,
  store.slack?.users,
  visibleChannels().map((channel) => [channel, isUnread(channel)]),
];

export function renderSidebar() {
  const groups = (kinds) => visibleChannels().filter((channel) => kinds.includes(channel.kind));
  return [
    h("header", { class: "workspace" }, workspaceName(), userSwitch()),
    h(
      "div",
      { class: "sidebar-scroll" },
      section("Channels", groups(["public", "private"]).map(channelRow)),
      section("Direct messages", groups(["dm", "mpim"]).map(channelRow)),
      section("Apps", [homeRow()]),
    ),
  ];
}

const chosen = (event) => event.currentTarget.value;

function workspaceName() {
  const teams = store.teams;
  if (teams.length < 2) return h("div", { class: "workspace-name" }, team()?.name ?? "Workspace");
  return h(
    "label",
    { class: "switch" },
    h("span", { class: "switch-label" }, "Workspace"),
    h(
      "select",
      {
        testid: "team-switch",
        on: {
          change: (event) =>
            update({ teamId: chosen(event), userId: null, place: null, thread: null, slackIsStale: true }),
        },
      },
      teams.map(({ team_id: id, name }) => h("option", { value: id, selected: id === store.teamId }, name)),
    ),
  );
}

const userSwitch = () =>
  h(
    "label",
    { class: "switch" },
    h("span", { class: "switch-label" }, "You are"),
    h(
      "select",
      { testid: "user-switch", on: { change: (event) => changeUser(chosen(event)) } },
      people().map((user) =>
        h(
          "option",
          { value: user.id, selected: user.id === store.userId },
          personName(user),
          user.is_admin ? " (admin)" : "",
        ),
      ),
    ),
  );

function changeUser(userId) {
  update({ userId });
  const canStay = store.place?.kind !== "channel" || visibleChannels().some(isShown);
  if (!canStay) goTo({ kind: "channel", id: visibleChannels()[0]?.id });
}

const section = (title, rows) =>
  rows.length
    ? h(
        "section",
        { class: "sidebar-section" },
        h("h2", {}, title),
        h(
          "ul",
          {},
          rows.map((row) => h("li", {}, row)),
        ),
      )
    : null;

function channelRow(channel) {
  const name = channelName(channel);
  const mark = { public: "#", private: "🔒", dm: "●", mpim: "●●" }[channel.kind];
  const note = { private: ", private", dm: "", mpim: "" }[channel.kind] ?? "";
  return h(
    "button",
    {
      class: `row${isUnread(channel) ? " row-unread" : ""}`,
      type: "button",
      testid: `channel-${name}`,
      "aria-current": isShown(channel) ? "page" : null,
      "aria-label": `${name}${note}${isUnread(channel) ? ", unread" : ""}`,
      on: { click: () => goTo({ kind: "channel", id: channel.id }) },
    },
    h("span", { class: `mark mark-${channel.kind}`, "aria-hidden": "true" }, mark),
    h("span", { class: "row-name" }, name),
    channel.members.some((id) => userById(id)?.is_bot) && channel.kind === "dm"
      ? h("span", { class: "badge" }, "APP")
      : null,
    channel.archived ? h("span", { class: "row-note" }, "archived") : null,
  );
}

const homeRow = () =>
  h(
    "button",
    {
      class: "row",
      type: "button",
      testid: "home-tab",
      "aria-current": store.place?.kind === "home" ? "page" : null,
      on: { click: () => goTo({ kind: "home" }) },
    },
    h("img", { class: "row-icon", src: "/static/icon.svg", alt: "" }),
    h("span", { class: "row-name" }, appName()),
    h("span", { class: "row-note" }, "Home"),
  );
