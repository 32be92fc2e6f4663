// Modal views (`views.open`) as dialogs. The newest view of the person one acts as is shown.

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { readForm } from "./elements.js";
import { withEmoji } from "./mrkdwn.js";
import { store, surfaceAt } from "./store.js";

let shown = null; // {id, version, dialog}
const drafts = new Map(); // view id -> what was typed, for when the app updates or uncovers it

export function renderModal() {
  const modal = store.slack?.modals.filter((candidate) => candidate.user === store.userId).at(-1);
  const version = modal && `${modal.id} ${modal.hash}`;
  if (shown?.version === version) return;
  const focused = shown?.id === modal?.id ? document.activeElement.dataset.focus : null;
  hide();
  if (!modal) return;
  const dialog = build(modal);
  document.body.append(dialog);
  shown = { id: modal.id, version, dialog };
  restore(dialog, drafts.get(modal.id));
  dialog.showModal();
  focus(dialog, focused);
}

/** The field one was in before an update, or the first, as in Slack. */
function focus(dialog, name) {
  const same = name && dialog.querySelector(`[data-focus="${CSS.escape(name)}"]`);
  (same || dialog.querySelector("input, textarea, select"))?.focus();
}

function hide() {
  const previous = shown;
  shown = null;
  if (previous) drafts.set(previous.id, typed(previous.dialog));
  previous?.dialog.close();
  previous?.dialog.remove();
}

function build({ id, view }) {
  const failure = h("div", { class: "dialog-failure", role: "alert" });
  const fail = (text) => failure.replaceChildren(text);
  const surface = surfaceAt({ view_id: id }, { isForm: true, onError: fail });
  const cancel = () => api.slack.close(id, { user: store.userId }).catch((error) => fail(error.message));
  const text = (object, otherwise) => (object ? withEmoji(object.text) : otherwise);
  const form = h(
    "form",
    { class: "dialog-form", novalidate: true, on: { submit: (event) => submit(event, id, form, fail) } },
    h("div", { class: "dialog-body" }, renderBlocks(view.blocks ?? [], surface)),
    failure,
    h(
      "div",
      { class: "dialog-buttons" },
      h(
        "button",
        { class: "button", type: "button", testid: "modal-cancel", on: { click: cancel } },
        text(view.close, "Cancel"),
      ),
      view.submit
        ? h(
            "button",
            { class: "button button-primary", type: "submit", testid: "modal-submit" },
            text(view.submit, "Submit"),
          )
        : null,
    ),
  );
  const dialog = h(
    "dialog",
    { class: "dialog", testid: "modal", "aria-labelledby": "modal-title" },
    h("h2", { class: "dialog-title", id: "modal-title" }, text(view.title, "")),
    form,
  );
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
  const missing = [...form.querySelectorAll("[data-input-block][data-required]")]
    .map((block) => block.dataset.inputBlock)
    .filter((blockId) =>
      Object.values(values[blockId] ?? {}).some(({ type: _, ...value }) =>
        Object.values(value).every(isEmpty),
      ),
    );
  return Object.fromEntries(missing.map((blockId) => [blockId, "Please complete this required field."]));
}

function showErrors(form, errors) {
  for (const [blockId, text] of Object.entries(errors)) {
    const block = form.querySelector(`[data-input-block="${CSS.escape(blockId)}"]`);
    block?.querySelector(".input-error").replaceChildren(text);
    block?.querySelector("input, textarea, select")?.focus();
  }
}

const isTicked = (field) => field.type === "checkbox" || field.type === "radio";

function fields(dialog) {
  return [...dialog.querySelectorAll("input, textarea, select")].map((field) => {
    const { blockId, actionId } = field.closest("[data-block-id]").dataset;
    return [`${blockId}/${actionId}/${isTicked(field) ? field.value : ""}`, field];
  });
}

const typed = (dialog) =>
  new Map(fields(dialog).map(([key, field]) => [key, isTicked(field) ? field.checked : field.value]));

/** What was typed stays where the same field still stands, as in Slack. */
function restore(dialog, draft) {
  for (const [key, field] of fields(dialog)) {
    if (!draft?.has(key)) continue;
    if (isTicked(field)) field.checked = draft.get(key);
    else field.value = draft.get(key);
  }
}
