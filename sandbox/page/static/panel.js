// The Parallel panel: what stands at Parallel, and buttons that make things happen there.

import { accountsSection } from "./accounts.js";
import * as api from "./api.js";
import { clockSection, tellTime } from "./clock.js";
import { deliveriesSection, deliveriesSignature, expectUnannounced } from "./deliveries.js";
import { byId, h, reconcile, show, toast } from "./dom.js";
import { faultsSection, faultsSignature } from "./faults.js";
import { channelById, channelName, count, excerpt, openThread, store, update } from "./store.js";
import { distance, setClock } from "./times.js";

const RESULTS = [
  ["make-finding", "Finding", { result: "finding" }, "One new event, announced by a webhook"],
  ["make-findings", "Several", { result: "findings", count: 3 }, "Three events in one group"],
  ["make-json", "JSON", { result: "json" }, "An event with structured output"],
  ["make-snapshot", "Snapshot", { result: "snapshot" }, "A changed snapshot"],
  ["make-nothing", "Nothing found", { result: "nothing" }, "The run completes and finds nothing"],
  ["make-failed", "Run failed", { result: "failed" }, "The run fails"],
  ["make-unknown", "Unknown event", { result: "unknown_type" }, "An event type nobody has heard of"],
];

const WEBHOOKS = [
  [
    "make-doubled",
    "Doubled",
    { result: "finding", webhook: "doubled" },
    "A finding whose webhook comes twice",
  ],
  [
    "make-late",
    "Late",
    { result: "finding", webhook: "late", late_seconds: 5 },
    "A finding whose webhook comes five seconds late",
  ],
  ["make-lost", "Lost", { result: "finding", webhook: "lost" }, "A finding whose webhook never comes"],
  ["make-forged", "Forged", { result: "finding", webhook: "forged" }, "A webhook with a wrong signature"],
];

let sections = null;

export function mountPanel() {
  const [clock, accounts, faults] = ["clock", "accounts", "faults"].map((name) =>
    h("section", { class: `panel-section panel-${name}` }),
  );
  const deliveries = h("section", { class: "panel-pinned", "aria-label": "Webhook deliveries" });
  const monitors = h("div", { class: "monitors" });
  const empty = h(
    "p",
    { class: "empty" },
    "None yet. One appears here when someone types ",
    h("code", {}, "/monitor"),
    " in Slack.",
  );
  byId("panel").append(
    h(
      "header",
      { class: "panel-header" },
      h("div", {}, h("h2", {}, "Parallel"), h("p", {}, "You decide what the web brings")),
      h(
        "button",
        {
          class: "icon-button panel-close",
          type: "button",
          "aria-label": "Hide the Parallel panel",
          on: { click: () => update({ isPanelOpen: false, tab: "slack" }) },
        },
        "✕",
      ),
    ),
    h(
      "div",
      { class: "panel-scroll" },
      h("section", { class: "panel-section" }, h("h3", {}, "Monitors"), empty, monitors),
      clock,
      accounts,
      faults,
    ),
    deliveries,
  );
  sections = { monitors, empty, clock, accounts, faults, deliveries };
}

export function renderPanel() {
  const state = store.parallel;
  if (!state) return;
  const monitors = state.monitors.toSorted((one, other) => other.created_at.localeCompare(one.created_at));
  sections.empty.hidden = monitors.length > 0;
  openNewest(monitors[0]?.monitor_id);
  reconcile(sections.monitors, monitors, {
    key: (monitor) => monitor.monitor_id,
    signature: (monitor) => [monitor, placeName(monitor) ?? teamName(monitor), isOpen(monitor)],
    render: renderMonitor,
  });
  for (const time of sections.monitors.querySelectorAll("time"))
    time.textContent = distance(time.dateTime, state.now);
  show(sections.clock, [state.speed], () => clockSection(state.speed, refreshParallel));
  tellTime(sections.clock);
  show(sections.accounts, [state.accounts], () => accountsSection(state.accounts, refreshParallel));
  show(sections.faults, faultsSignature(), faultsSection);
  show(sections.deliveries, deliveriesSignature(), deliveriesSection);
}

let newestSeen = null;

/** One monitor is open at a time: a new one, until another is chosen. */
function openNewest(id) {
  if (!id || id === newestSeen) return;
  newestSeen = id;
  store.openMonitor = id;
}

const isOpen = (monitor) => store.openMonitor === monitor.monitor_id;

const isOver = (monitor) => /^cancell?ed$/.test(monitor.status);

const teamName = ({ metadata }) =>
  store.teams.find((team) => team.team_id === metadata?.slack_team_id)?.name;

function placeName(monitor) {
  const channel = channelById(monitor.metadata?.slack_channel_id);
  return channel ? `${channel.kind === "public" ? "#" : ""}${channelName(channel)}` : null;
}

function renderMonitor(monitor) {
  const open = isOpen(monitor);
  const body = `monitor-${monitor.monitor_id}`;
  return h(
    "article",
    {
      class: `monitor${isOver(monitor) ? " monitor-over" : ""}`,
      testid: "monitor-row",
      data: { monitorId: monitor.monitor_id, status: monitor.status },
      "aria-label": `Monitor: ${excerpt(monitor.query ?? monitor.type, 60)}`,
    },
    h(
      "h4",
      {},
      h(
        "button",
        {
          class: "monitor-head",
          type: "button",
          testid: "monitor-toggle",
          "aria-expanded": String(open),
          "aria-controls": open ? body : null,
          title: monitor.monitor_id,
          on: { click: () => update({ openMonitor: open ? null : monitor.monitor_id }) },
        },
        h("span", { class: "monitor-query" }, monitor.query || `${monitor.type} monitor`),
        h("span", { class: `chip chip-${isOver(monitor) ? "off" : "on"}` }, monitor.status),
      ),
    ),
    open
      ? h(
          "div",
          { class: "monitor-body", id: body },
          facts(monitor),
          isOver(monitor)
            ? null
            : [
                choices(monitor, "Make happen", RESULTS),
                choices(monitor, "A finding whose webhook is…", WEBHOOKS),
              ],
        )
      : null,
  );
}

function facts(monitor) {
  const ts = monitor.metadata?.slack_thread_id;
  const place = placeName(monitor) ?? teamName(monitor);
  const when = (label, value) =>
    value ? h("span", {}, `${label} `, h("time", { datetime: value, title: value })) : null;
  return h(
    "div",
    { class: "facts" },
    h("span", {}, `every ${monitor.frequency}`),
    h("span", {}, `account ${monitor.account}`),
    h(
      "span",
      { title: "Runs, and events found" },
      `${count(monitor.executions, "run")} · ${count(monitor.events, "event")}`,
    ),
    when("last", monitor.last_run_at),
    isOver(monitor) ? null : when("next", monitor.next_run_at),
    place && ts
      ? h(
          "button",
          {
            class: "link-button",
            type: "button",
            testid: "monitor-thread",
            title: `metadata: thread ${ts}`,
            on: { click: () => openCard(monitor) },
          },
          `thread in ${place}`,
        )
      : h("span", {}, ts ? `thread ${ts}` : "no thread"),
  );
}

function openCard({ metadata }) {
  const isOther = metadata.slack_team_id !== store.teamId;
  update({
    tab: "slack",
    ...(isOther ? { teamId: metadata.slack_team_id, userId: null, slackIsStale: true } : {}),
  });
  openThread(metadata.slack_channel_id, metadata.slack_thread_id);
}

const choices = (monitor, label, entries) =>
  h(
    "div",
    { class: "choices-row", role: "group", "aria-label": label },
    h("span", { class: "choices-label" }, label),
    entries.map(([testid, text, body, title]) =>
      h(
        "button",
        {
          class: `pill${testid === "make-finding" ? " pill-main" : ""}`,
          type: "button",
          testid,
          title,
          on: { click: (event) => make(event.currentTarget, monitor, body) },
        },
        text,
      ),
    ),
  );

const isNarrow = () => matchMedia("(max-width: 760px)").matches;

async function make(button, monitor, body) {
  button.disabled = true;
  try {
    const { event_group_id: group } = await api.parallel.run(monitor.monitor_id, body);
    if (body.webhook === "lost") expectUnannounced(monitor, group);
    if (isNarrow()) toast("Done at Parallel. What comes of it is in Slack.");
    await refreshParallel();
  } catch (error) {
    toast(error.message, { tone: "bad" });
  } finally {
    button.disabled = false;
    button.focus();
  }
}

export const refreshParallel = async () => {
  const state = await api.parallel.state();
  setClock(state);
  update({ parallel: state });
};
