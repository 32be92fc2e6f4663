// `rich_text` blocks. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { h, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { mention } from "./mrkdwn.js";
import { dateTokens } from "./times.js";

export const richText = (block, names) =>
  h(
    "div",
    { class: "rich" },
    (block.elements ?? []).map((element) => group(element, names)),
  );

function group(element, names) {
  const children = element.elements ?? [];
  const spans = () => children.map((child) => span(child, names));
  switch (element.type) {
    case "rich_text_list":
      return h(
        element.style === "ordered" ? "ol" : "ul",
        {
          class: `indent-${Math.min(element.indent ?? 0, 5)}`,
          start: element.offset ? element.offset + 1 : null,
        },
        children.map((item) =>
          h(
            "li",
            {},
            (item.elements ?? []).map((child) => span(child, names)),
          ),
        ),
      );
    case "rich_text_quote":
      return h("blockquote", { class: "prewrap" }, spans());
    case "rich_text_preformatted":
      return h("pre", {}, spans());
    default:
      return h("div", { class: "prewrap" }, spans());
  }
}

function span(element, names) {
  const styles = element.style ?? {};
  let node = plain(element, names);
  if (styles.code) node = h("code", {}, node);
  if (styles.strike) node = h("s", {}, node);
  if (styles.italic) node = h("em", {}, node);
  if (styles.bold) node = h("strong", {}, node);
  return node;
}

function plain(element, names) {
  switch (element.type) {
    case "text":
      return element.text ?? "";
    case "link":
      return link(element.url ?? "", element.text || element.url || "");
    case "emoji":
      return emoji(element.name ?? "");
    case "user":
      return mention(`@${names.user(element.user_id) ?? element.user_id}`);
    case "channel":
      return mention(`#${names.channel(element.channel_id) ?? "private-channel"}`);
    case "broadcast":
      return mention(`@${element.range}`);
    case "usergroup":
      return mention(`@${element.usergroup_id}`);
    case "date":
      return dateTokens(element.timestamp, element.format ?? "{date}");
    default:
      return element.text ?? "";
  }
}
