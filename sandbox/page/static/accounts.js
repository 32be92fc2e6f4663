// The accounts at Parallel: what to connect with, and what may become of them.

import * as api from "./api.js";
import { h, toast } from "./dom.js";

const SWITCHES = [
  ["revoked", "Key revoked", (account) => account.revoked, (isOn) => ({ revoked: isOn })],
  ["spent", "Credit spent", (account) => !account.credit, (isOn) => ({ credit: !isOn })],
];

export const accountsSection = (accounts, refresh) => [
  h("h3", {}, "Accounts"),
  accounts.map((account) =>
    h(
      "div",
      { class: "account", role: "group", "aria-label": `Account ${account.name}`, testid: "account" },
      h(
        "div",
        { class: "account-head" },
        h("strong", {}, account.name),
        copy("Copy key", account.api_key),
        copy("Copy webhook secret", account.webhook_secret),
      ),
      h(
        "div",
        { class: "choices-row" },
        SWITCHES.map(([name, label, isOn, change]) =>
          h(
            "button",
            {
              class: "pill pill-switch",
              type: "button",
              testid: `${name}-${account.name}`,
              "aria-pressed": String(isOn(account)),
              on: { click: () => set(account, change(!isOn(account)), refresh) },
            },
            label,
          ),
        ),
      ),
    ),
  ),
];

const copy = (label, text) =>
  h("button", { class: "link-button", type: "button", on: { click: () => copyText(label, text) } }, label);

async function copyText(label, text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast(`${label}: ${text}`, { seconds: 20 });
  }
}

async function set(account, change, refresh) {
  try {
    await api.parallel.changeAccount(account.name, change);
    await refresh();
  } catch (error) {
    toast(error.message, { tone: "bad" });
  }
}
