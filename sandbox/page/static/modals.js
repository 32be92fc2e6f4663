// Modal views (`views.open`) as dialogs. The newest view of the person one acts as is shown.

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { readForm } from "./elements.js";
import { withEmoji } from "./mrkdwn.js";
import { store, surfaceAt } from "./store.js";

let shown = null; // {id, text, dialog}

export function renderModal() {
  const modal = store.slack?.modals.filter((candidate) => candidate.user === store.userId).at(-1);
  const text = modal && JSON.stringify(modal);
  if (shown && shown.text === text) return;
  const kept = shown && modal && shown.id === modal.id ? readForm(shown.dialog) : {};
  hide();
  if (!modal) return;
  const dialog = build(modal);
  document.body.append(dialog);
  shown = { id: modal.id, text, dialog };
  restore(dialog, kept);
  dialog.showModal();
}

function hide() {
  const previous = shown;
  shown = null;
  previous?.dialog.close();
  previous?.dialog.remove();
}

function build({ id, view }) {
  const failure = h("div", { class: "dialog-failure", role: "alert" });
  const fail = (text) => failure.replaceChildren(text);
  const surface = surfaceAt({ view_id: id }, { isForm: true, onError: fail });
  const cancel = () => api.slack.close(id, { user: store.userId }).catch((error) => fail(error.message));
  const text = (object, otherwise) => (object ? withEmoji(object.text) : otherwise);
  const form = h("form", { class: "dialog-form", novalidate: true, on: { submit: (event) => submit(event, id, form, fail) } },
    h("div", { class: "dialog-body" }, renderBlocks(view.blocks ?? [], surface)),
    failure,
    h("div", { class: "dialog-buttons" },
      h("button", { class: "button", type: "button", testid: "modal-cancel", on: { click: cancel } }, text(view.close, "Cancel")),
      view.submit
        ? h("button", { class: "button button-primary", type: "submit", testid: "modal-submit" }, text(view.submit, "Submit"))
        : null));
  const dialog = h("dialog", { class: "dialog", testid: "modal", "aria-labelledby": "modal-title" },
    h("h2", { class: "dialog-title", id: "modal-title" }, text(view.title, "")), form);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    cancel();
  });
  return dialog;
}

async function submit(event, id, form, fail) {
  event.preventDefault();
  for (const line of form.querySelectorAll(".input-error")) line.replaceChildren();
  const missing = missingInputs(form);
  if (Object.keys(missing).length) return showErrors(form, missing);
  const button = form.querySelector('[type="submit"]');
  button.disabled = true;
  try {
    const answer = await api.slack.submit(id, { user: store.userId, values: readForm(form) });
    const problem = answer.answer_error ?? answer.error;
    if (problem) fail(`We had some trouble connecting. Try again? (${problem})`);
    else showErrors(form, answer.answer?.errors ?? {});
  } catch (error) {
    fail(error.message);
  } finally {
    button.disabled = false;
  }
}

/** Slack's clients do not send a form whose required inputs are empty. */
function missingInputs(form) {
  const values = readForm(form);
  const isEmpty = (value) => value === null || value === "" || value?.length === 0;
  const missing = [...form.querySelectorAll("[data-input-block][data-required]")].map((block) => block.dataset.inputBlock)
    .filter((blockId) => Object.values(values[blockId] ?? {}).some(({ type: _, ...value }) => Object.values(value).every(isEmpty)));
  return Object.fromEntries(missing.map((blockId) => [blockId, "Please complete this required field."]));
}

function showErrors(form, errors) {
  for (const [blockId, text] of Object.entries(errors)) {
    const block = form.querySelector(`[data-input-block="${CSS.escape(blockId)}"]`);
    block?.querySelector(".input-error").replaceChildren(text);
    block?.querySelector("input, textarea, select")?.focus();
  }
}

/** When the app updates the open view, what was typed stays where the same field still stands. */
function restore(dialog, values) {
  for (const node of dialog.querySelectorAll("input[data-action-id], textarea[data-action-id]")) {
    const value = values[node.dataset.blockId]?.[node.dataset.actionId]?.value;
    if (value) node.value = value;
  }
}
