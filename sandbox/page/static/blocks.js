// Block Kit blocks as DOM nodes.

import { h } from "./dom.js";
import { renderElement } from "./elements.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const RENDERERS = {
  section: (block, surface) =>
    h(
      "div",
      { class: "block section" },
      h(
        "div",
        { class: "section-text" },
        block.text ? h("div", { class: "mrkdwn" }, textObject(block.text, surface.names)) : null,
        block.fields
          ? h(
              "div",
              { class: "fields" },
              block.fields.map((field) => h("div", { class: "mrkdwn" }, textObject(field, surface.names))),
            )
          : null,
      ),
      block.accessory
        ? h("div", { class: "accessory" }, renderElement(block.accessory, block.block_id, surface))
        : null,
    ),
  header: (block, surface) => h("h3", { class: "block block-header" }, textObject(block.text, surface.names)),
  divider: () => h("hr", { class: "block block-divider" }),
  context: (block, surface) =>
    h(
      "div",
      { class: "block context mrkdwn" },
      (block.elements ?? []).map((element) =>
        element.type === "image" ? renderElement(element) : h("span", {}, textObject(element, surface.names)),
      ),
    ),
  actions: (block, surface) =>
    h(
      "div",
      { class: "block actions" },
      (block.elements ?? []).map((element) => renderElement(element, block.block_id, surface)),
    ),
  image: (block) => h("div", { class: "block image-skipped" }, `Image: ${block.alt_text ?? ""}`),
  rich_text: (block, surface) => h("div", { class: "block" }, richText(block, surface.names)),
  markdown: (block, surface) =>
    h("div", { class: "block mrkdwn" }, mrkdwn(fromMarkdown(block.text ?? ""), surface.names)),
  input: renderInput,
};

/** The `markdown` block speaks common Markdown: its bold, links and headings, as mrkdwn. */
const fromMarkdown = (text) =>
  text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/^#{1,6}\s+(.*)$/gm, "*$1*")
    .replace(/\*\*([^*\n]+)\*\*/g, "*$1*")
    .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>");

let inputCount = 0;

function renderInput(block, surface) {
  const id = `input-${(inputCount += 1)}`;
  const form = block.dispatch_action ? { ...surface, dispatches: new Set([block.block_id]) } : surface;
  const field = renderElement(block.element, block.block_id, form);
  const isGroup = field.classList.contains("choices");
  if (isGroup) field.setAttribute("aria-labelledby", `${id}-label`);
  else field.id = id;
  const text = [
    textObject(block.label, surface.names),
    block.optional ? h("small", {}, " (optional)") : null,
  ];
  return h(
    "div",
    {
      class: "block input",
      data: { inputBlock: block.block_id, ...(block.optional ? {} : { required: "" }) },
    },
    isGroup
      ? h("div", { class: "input-label", id: `${id}-label` }, text)
      : h("label", { class: "input-label", for: id }, text),
    field,
    block.hint ? h("div", { class: "input-hint" }, textObject(block.hint, surface.names)) : null,
    h("div", { class: "input-error", role: "alert" }),
  );
}

export const renderBlocks = (blocks, surface) =>
  h(
    "div",
    { class: "blocks" },
    blocks.map(
      (block) =>
        RENDERERS[block.type]?.(block, surface) ?? h("div", { class: "block unknown" }, `[${block.type}]`),
    ),
  );
