// The Parallel panel: what stands at Parallel, and buttons that make things happen there.

import * as api from "./api.js";
import { byId, h, reconcile, show, toast } from "./dom.js";
import { faultsSection, faultsSignature } from "./faults.js";
import { channelById, channelName, count, excerpt, openThread, store, update } from "./store.js";
import { clockSeconds, distance } from "./times.js";

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

const SPEEDS = [
  [1, "1×"],
  [60, "60×"],
  [600, "600×"],
  [3600, "3600×"],
];

let sections = null;

export function mountPanel() {
  const [speed, faults, deliveries] = ["speed", "faults", "deliveries"].map((name) =>
    h("section", { class: `panel-section panel-${name}` }),
  );
  const monitors = h("div", { class: "monitors" });
  const empty = h(
    "p",
    { class: "empty" },
    "No monitors yet. ",
    h("br"),
    "One appears here when somebody types ",
    h("code", {}, "/monitor"),
    ".",
  );
  byId("panel").append(
    h(
      "header",
      { class: "panel-header" },
      h("div", {}, h("h2", {}, "Parallel"), h("p", {}, "What its Monitor API holds")),
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
      speed,
      faults,
      deliveries,
    ),
  );
  sections = { monitors, empty, speed, faults, deliveries };
}

export function renderPanel() {
  const state = store.parallel;
  if (!state) return;
  sections.empty.hidden = state.monitors.length > 0;
  reconcile(sections.monitors, newestFirst(state.monitors, "created_at"), {
    key: (monitor) => monitor.monitor_id,
    signature: (monitor) => [monitor, placeName(monitor)],
    render: renderMonitor,
  });
  for (const time of sections.monitors.querySelectorAll("time"))
    time.textContent = distance(time.dateTime, state.now);
  show(sections.speed, [state.speed], () => speedSection(state.speed));
  show(sections.faults, faultsSignature(), faultsSection);
  show(sections.deliveries, [state.deliveries], () => deliveriesSection(state.deliveries));
}

const isOver = (monitor) => /^cancell?ed$/.test(monitor.status);

function placeName(monitor) {
  const channel = channelById(monitor.metadata?.slack_channel_id);
  return channel ? `${channel.kind === "public" ? "#" : ""}${channelName(channel)}` : null;
}

function renderMonitor(monitor) {
  return h(
    "article",
    {
      class: `monitor${isOver(monitor) ? " monitor-over" : ""}`,
      testid: "monitor-row",
      data: { monitorId: monitor.monitor_id, status: monitor.status },
      "aria-label": `Monitor: ${excerpt(monitor.query ?? monitor.type, 60)}`,
    },
    h(
      "div",
      { class: "monitor-head" },
      h("h4", { title: monitor.monitor_id }, monitor.query || `${monitor.type} monitor`),
      h("span", { class: `chip chip-${isOver(monitor) ? "off" : "on"}` }, monitor.status),
    ),
    facts(monitor),
    isOver(monitor)
      ? null
      : [choices(monitor, "Make happen", RESULTS), choices(monitor, "A finding whose webhook is…", WEBHOOKS)],
  );
}

function facts(monitor) {
  const { slack_channel_id: channel, slack_thread_id: ts } = monitor.metadata ?? {};
  const place = placeName(monitor);
  const when = (label, value) =>
    value ? h("span", {}, `${label} `, h("time", { datetime: value, title: value })) : null;
  return h(
    "div",
    { class: "facts" },
    h("span", {}, `every ${monitor.frequency}`),
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
            on: { click: () => openCard(channel, ts) },
          },
          `thread in ${place}`,
        )
      : h("span", {}, ts ? `thread ${ts}` : "no thread"),
  );
}

function openCard(channel, ts) {
  update({ tab: "slack" });
  openThread(channel, ts);
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

async function make(button, monitor, body) {
  button.disabled = true;
  try {
    await api.parallel.run(monitor.monitor_id, body);
    await refreshParallel();
  } catch (error) {
    toast(error.message, { tone: "bad" });
  } finally {
    button.disabled = false;
    button.focus();
  }
}

const speedSection = (current) => [
  h("h3", { id: "speed-title" }, "Clock"),
  h(
    "div",
    { class: "segments", role: "group", "aria-labelledby": "speed-title" },
    SPEEDS.map(([speed, label]) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(current === speed),
          testid: `speed-${speed}`,
          data: { focus: `speed-${speed}` },
          title: `${speed} seconds of the sandbox's time pass in a second`,
          on: { click: () => setSpeed(speed) },
        },
        label,
      ),
    ),
  ),
];

async function setSpeed(speed) {
  try {
    await api.parallel.speed(speed);
    await refreshParallel();
  } catch (error) {
    toast(error.message, { tone: "bad" });
  }
}

export const refreshParallel = async () => update({ parallel: await api.parallel.state() });

function tone({ status, error }) {
  if (status >= 200 && status < 300) return "good";
  return status || error ? "bad" : "wait";
}

const deliveriesSection = (deliveries) => [
  h("h3", {}, "Webhook deliveries"),
  deliveries.length
    ? h(
        "ol",
        { class: "deliveries", testid: "deliveries" },
        newestFirst(deliveries, "at")
          .slice(0, 12)
          .map((delivery) =>
            h(
              "li",
              { title: `${delivery.webhook_id} → ${delivery.url}` },
              h("time", {}, clockSeconds(delivery.at)),
              h("span", { class: "delivery-type" }, delivery.type.replace(/^monitor\./, "")),
              delivery.attempt > 1 ? h("span", { class: "delivery-try" }, `try ${delivery.attempt}`) : null,
              h(
                "span",
                { class: `chip chip-${tone(delivery)}` },
                String(delivery.status ?? (delivery.error ? "failed" : "on its way")),
              ),
            ),
          ),
      )
    : h("p", { class: "empty" }, "None yet."),
];

const newestFirst = (items, field) => [...items].sort((one, other) => other[field].localeCompare(one[field]));
