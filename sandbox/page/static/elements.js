// Interactive Block Kit elements. A surface is where they stand: `{names, act(action), isForm}`.
// In a form, an element keeps its value until the form is read; elsewhere, a change is an action.

import { confirm, menu } from "./dialogs.js";
import { h } from "./dom.js";
import { textObject, withEmoji } from "./mrkdwn.js";

const label = (object) => (object ? withEmoji(object.text ?? "", object.emoji !== false) : "");

async function act(element, blockId, value, surface) {
  if (element.confirm && !(await confirm(element.confirm, surface.names))) return;
  await surface.act({ action_id: element.action_id, block_id: blockId, ...value });
}

const RENDERERS = {
  button: renderButton,
  workflow_button: renderButton,
  overflow: renderOverflow,
  plain_text_input: renderTextInput,
  number_input: renderTextInput,
  email_text_input: renderTextInput,
  url_text_input: renderTextInput,
  datepicker: renderTextInput,
  timepicker: renderTextInput,
  checkboxes: renderChoices,
  radio_buttons: renderChoices,
  image: (element) => h("span", { class: "image-skipped" }, `Image: ${element.alt_text ?? ""}`),
};

export function renderElement(element, blockId, surface) {
  const renderer = RENDERERS[element.type] ?? (/select$/.test(element.type) ? renderSelect : null);
  return renderer
    ? renderer(element, blockId, surface)
    : h("span", { class: "unknown" }, `[${element.type}]`);
}

function renderButton(element, blockId, surface) {
  const properties = {
    class: `button button-${element.style ?? "plain"}`,
    "aria-label": element.accessibility_label,
    data: {
      actionId: element.action_id ?? "",
      focus: `${blockId}/${element.action_id}/${element.value ?? ""}`,
    },
    on: { click: () => act(element, blockId, { value: element.value }, surface) },
  };
  if (!element.url) return h("button", { ...properties, type: "button" }, label(element.text));
  const isSafe = /^https?:\/\//i.test(element.url);
  return h(
    "a",
    { ...properties, href: isSafe ? element.url : null, target: "_blank", rel: "noopener noreferrer" },
    label(element.text),
  );
}

function renderOverflow(element, blockId, surface) {
  const open = (event) =>
    menu(
      event.currentTarget,
      "More actions",
      element.options.map((option) => ({
        label: label(option.text),
        detail: label(option.description),
        pick: () => {
          if (/^https?:\/\//i.test(option.url ?? ""))
            window.open(option.url, "_blank", "noopener,noreferrer");
          return act(element, blockId, { selected_option: option }, surface);
        },
      })),
    );
  return h(
    "button",
    {
      class: "button button-plain button-overflow",
      type: "button",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      data: { actionId: element.action_id ?? "", focus: `${blockId}/${element.action_id}` },
      on: { click: open },
    },
    "⋯",
  );
}

/** Let the form read this element's value, or send each change as an action. */
function connect(node, element, blockId, surface, read) {
  node.dataset.blockId = blockId;
  node.dataset.actionId = element.action_id ?? "";
  node.dataset.focus = `${blockId}/${element.action_id}`;
  node.readValue = () => ({ type: element.type, ...read() });
  if (!surface.isForm || surface.dispatches?.has(blockId)) {
    node.addEventListener("change", () => act(element, blockId, node.readValue(), surface));
  }
  return node;
}

const INPUT_TYPES = {
  number_input: "number",
  email_text_input: "email",
  url_text_input: "url",
  datepicker: "date",
  timepicker: "time",
};
const VALUE_NAMES = { datepicker: "selected_date", timepicker: "selected_time" };

function renderTextInput(element, blockId, surface) {
  const properties = {
    class: "field",
    placeholder: label(element.placeholder),
    maxlength: element.max_length,
    minlength: element.min_length,
    autofocus: element.focus_on_load,
    min: element.min_value,
    max: element.max_value,
    value: element.initial_value ?? element.initial_date ?? element.initial_time ?? "",
  };
  const node = element.multiline
    ? h("textarea", { ...properties, rows: 4 })
    : h("input", {
        ...properties,
        type: INPUT_TYPES[element.type] ?? "text",
        step: element.is_decimal_allowed ? "any" : null,
      });
  const name = VALUE_NAMES[element.type] ?? "value";
  return connect(node, element, blockId, surface, () => ({ [name]: node.value === "" ? null : node.value }));
}

function renderChoices(element, blockId, surface) {
  const isRadio = element.type === "radio_buttons";
  const initial = new Set(
    [...(element.initial_options ?? []), element.initial_option]
      .filter(Boolean)
      .map((option) => option.value),
  );
  const group = `${blockId}-${element.action_id}`;
  const rows = element.options.map((option) =>
    h(
      "label",
      { class: "choice" },
      h("input", {
        type: isRadio ? "radio" : "checkbox",
        name: group,
        value: option.value,
        checked: initial.has(option.value),
      }),
      h(
        "span",
        {},
        textObject(option.text, surface.names),
        option.description ? h("small", {}, textObject(option.description, surface.names)) : null,
      ),
    ),
  );
  const node = h("div", { class: "choices", role: isRadio ? "radiogroup" : "group" }, rows);
  const chosen = () => element.options.filter((_, index) => node.querySelectorAll("input")[index].checked);
  return connect(node, element, blockId, surface, () =>
    isRadio ? { selected_option: chosen()[0] ?? null } : { selected_options: chosen() },
  );
}

/** What a select offers: its own options, or the people and channels of the workspace. */
function selectable(element, names) {
  if (element.options)
    return element.options.map((option) => ({ id: option.value, text: label(option.text), option }));
  if (element.option_groups) return element.option_groups.flatMap((group) => selectable(group, names));
  const included = { public: "public", private: "private", dm: "im", mpim: "mpim" };
  const kinds = element.filter?.include;
  const entries = /users_select$/.test(element.type)
    ? names.users()
    : names.channels().filter(({ kind }) => !kinds || kinds.includes(included[kind]));
  return entries.map(({ id, name }) => ({ id, text: name }));
}

const SELECTED = {
  users_select: "selected_user",
  channels_select: "selected_channel",
  conversations_select: "selected_conversation",
  multi_users_select: "selected_users",
  multi_channels_select: "selected_channels",
  multi_conversations_select: "selected_conversations",
  multi_static_select: "selected_options",
};

function renderSelect(element, blockId, surface) {
  const isMultiple = element.type.startsWith("multi_");
  const initial = new Set(
    [
      element.initial_option?.value,
      element.initial_user,
      element.initial_channel,
      element.initial_conversation,
      ...(element.initial_options ?? []).map((option) => option.value),
      ...(element.initial_users ?? []),
      ...(element.initial_channels ?? []),
      ...(element.initial_conversations ?? []),
    ].filter(Boolean),
  );
  const choices = selectable(element, surface.names);
  // Slack lets no more be chosen than the menu allows.
  const isList = isMultiple && element.max_selected_items !== 1;
  const node = h(
    "select",
    { class: "field select", multiple: isList, "aria-label": label(element.placeholder) || "Select" },
    isList ? null : h("option", { value: "" }, label(element.placeholder) || "Select…"),
    choices.map(({ id, text }) => h("option", { value: id, selected: initial.has(id) }, text)),
  );
  const read = () => {
    const chosen = choices.filter(({ id }) =>
      [...node.selectedOptions].some((option) => option.value === id),
    );
    const values = chosen.map(({ id, option }) => option ?? id);
    return { [SELECTED[element.type] ?? "selected_option"]: isMultiple ? values : (values[0] ?? null) };
  };
  return connect(node, element, blockId, surface, read);
}

/** `{block_id: {action_id: value}}`, as a `view_submission` carries it. */
export function readForm(form) {
  const values = {};
  for (const node of form.querySelectorAll("[data-block-id]")) {
    if (!node.readValue) continue;
    (values[node.dataset.blockId] ??= {})[node.dataset.actionId] = node.readValue();
  }
  return values;
}
