// The confirm dialog and the pop-up menu, on the browser's own <dialog> and popover.

import { byId, h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Ask as a Block Kit `confirm` object says; resolves to whether the person agreed. */
export function confirm(object, names) {
  const { promise, resolve } = Promise.withResolvers();
  const dialog = h(
    "dialog",
    { class: "dialog dialog-small", "aria-labelledby": "confirm-title", testid: "confirm" },
    h("h2", { id: "confirm-title", class: "dialog-title" }, textObject(object.title, names)),
    h("div", { class: "dialog-body mrkdwn" }, textObject(object.text, names)),
    h(
      "div",
      { class: "dialog-buttons" },
      h(
        "button",
        { class: "button", testid: "confirm-no", on: { click: () => dialog.close("no") } },
        textObject(object.deny ?? { type: "plain_text", text: "Cancel" }, names),
      ),
      h(
        "button",
        {
          class: `button button-${object.style ?? "primary"}`,
          testid: "confirm-yes",
          on: { click: () => dialog.close("yes") },
        },
        textObject(object.confirm ?? { type: "plain_text", text: "Yes" }, names),
      ),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}

/** Open a menu under `anchor`; `items` are `{label, detail, pick}`. Arrow keys move, Escape closes. */
export function menu(anchor, label, items) {
  const list = h("div", { class: "menu", popover: "auto", role: "menu", "aria-label": label });
  for (const item of items) {
    const pick = () => {
      list.hidePopover();
      item.pick();
    };
    list.append(
      h(
        "button",
        { class: "menu-item", role: "menuitem", tabindex: "-1", testid: "menu-item", on: { click: pick } },
        h("span", {}, item.label),
        item.detail ? h("small", {}, item.detail) : null,
      ),
    );
  }
  list.addEventListener("keydown", (event) => moveFocus(event, list));
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    list.remove();
    if (document.activeElement === document.body) anchor.focus();
  });
  // In the dialog or landmark it belongs to; shown above everything all the same.
  (anchor.closest("dialog") ?? byId("app")).append(list);
  list.showPopover();
  place(list, anchor);
  list.firstElementChild?.focus();
}

function moveFocus(event, list) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...list.children];
  const index = items.indexOf(document.activeElement);
  items[(index + step + items.length) % items.length].focus();
}

function place(list, anchor) {
  const around = anchor.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const below = around.bottom + 4;
  const top = below + size.height > innerHeight ? Math.max(8, around.top - size.height - 4) : below;
  list.style.top = `${top}px`;
  list.style.left = `${Math.max(8, Math.min(around.left, innerWidth - size.width - 8))}px`;
}
