// The webhooks that Parallel has sent, and those it lost on purpose.

import { h } from "./dom.js";
import { messagesOf, store } from "./store.js";
import { clockSeconds, instant, now } from "./times.js";

const SHOWN = 20;

const lost = []; // {at, group, channel, ts, since, foundAfter}: `since` in real milliseconds

/** A finding was made at Parallel of which no webhook tells. */
export function expectUnannounced(monitor, group) {
  const { slack_channel_id: channel, slack_thread_id: ts } = monitor.metadata ?? {};
  lost.push({ at: now().toISOString(), group, channel, ts, since: Date.now(), foundAfter: null });
}

/** Each of the app's messages names in its metadata the group of findings that it shows. */
const isPosted = ({ channel, ts, group }) =>
  messagesOf(channel).some(
    (message) => message.thread_ts === ts && JSON.stringify(message.metadata ?? "").includes(group),
  );

/** Also notices which of the lost ones have turned up in their threads meanwhile. */
export function deliveriesSignature() {
  for (const entry of lost) {
    if (entry.foundAfter === null && isPosted(entry))
      entry.foundAfter = Math.max(1, Math.round((Date.now() - entry.since) / 1000));
  }
  return [store.parallel.deliveries, lost];
}

export function deliveriesSection() {
  const rows = [
    ...store.parallel.deliveries.map((delivery) => [delivery.at, () => sent(delivery)]),
    ...lost.map((entry) => [entry.at, () => unsent(entry)]),
  ].sort(([one], [other]) => instant(other) - instant(one));
  return [
    h("h3", {}, "Webhook deliveries"),
    rows.length
      ? h(
          "ol",
          { class: "deliveries", testid: "deliveries", tabindex: "0", "aria-label": "Newest first" },
          rows.slice(0, SHOWN).map(([, render]) => render()),
        )
      : h("p", { class: "empty" }, "None yet."),
  ];
}

function tone({ status, error }) {
  if (status >= 200 && status < 300) return "good";
  return status || error ? "bad" : "wait";
}

const sent = (delivery) =>
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
  );

const unsent = ({ at, foundAfter }) =>
  h(
    "li",
    { testid: "delivery-lost" },
    h("time", {}, clockSeconds(at)),
    h("span", { class: "delivery-type" }, "event.detected"),
    h("span", { class: `chip chip-${foundAfter ? "good" : "wait"}` }, foundAfter ? "found anyway" : "lost"),
    h(
      "span",
      { class: "delivery-note" },
      foundAfter
        ? `No webhook came. Threadwatch asked Parallel itself and posted it after ${foundAfter} s.`
        : "No webhook will come. Threadwatch also asks Parallel itself, here every 5 seconds.",
    ),
  );
