// The box one writes in: Enter sends, Shift+Enter makes a new line, "/" lists the commands.

import { h } from "./dom.js";

/**
 * `options`: testids `box` and `button`, `label`, `suggest(text)` -> commands to offer,
 * `send(text)` -> promise, `extra` node. The text comes back if sending fails.
 */
export function composer({ box, button, label, suggest = () => [], send, extra = null }) {
  const listId = `${box}-suggestions`;
  const text = h("textarea", {
    id: `${box}-text`,
    class: "composer-text",
    rows: 1,
    testid: box,
    "aria-label": label,
    "aria-controls": listId,
    "aria-haspopup": "listbox",
    "aria-autocomplete": "list",
    autocomplete: "off",
  });
  const list = h("div", {
    class: "suggestions",
    id: listId,
    role: "listbox",
    "aria-label": "Commands",
    hidden: true,
  });
  const submit = h("button", { class: "send", type: "submit", "aria-label": "Send", testid: button }, "➤");
  const form = h(
    "form",
    { class: "composer" },
    list,
    h("div", { class: "composer-box" }, text, submit),
    extra,
  );
  const suggestions = suggester(text, list, suggest);

  const resize = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
    form.classList.toggle("has-text", text.value.trim() !== "");
  };
  const write = (value) => {
    text.value = value;
    resize();
    suggestions.refresh();
  };
  const submitText = async () => {
    const value = text.value.trim();
    if (!value) return;
    write("");
    const isSent = await send(value);
    if (!isSent && !text.value) write(value);
  };

  text.addEventListener("input", () => write(text.value));
  text.addEventListener("blur", () => suggestions.close());
  text.addEventListener("keydown", (event) => {
    if (event.isComposing || suggestions.key(event, write)) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    submitText();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitText();
  });
  return { form, text, write };
}

/** The list of commands over the box; arrow keys choose, Tab or Enter takes, Escape closes. */
function suggester(text, list, suggest) {
  let offered = [];
  let chosen = 0;

  const close = () => {
    offered = [];
    list.hidden = true;
    text.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    [...list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === chosen)));
    text.setAttribute("aria-activedescendant", list.children[chosen].id);
  };
  const take = (write) => {
    const { command, run } = offered[chosen];
    close();
    write(run ? "" : `${command} `);
    run?.();
    text.focus();
  };
  const refresh = () => {
    const typed = text.value;
    offered = typed.startsWith("/") && !/\s/.test(typed) ? suggest(typed) : [];
    if (!offered.length) return close();
    chosen = 0;
    list.hidden = false;
    list.replaceChildren(...offered.map((entry, index) => row(entry, index)));
    return mark();
  };
  const row = (entry, index) =>
    h(
      "div",
      {
        class: "suggestion",
        role: "option",
        id: `${list.id}-${index}`,
        testid: "suggestion",
        on: {
          // Before the box loses its focus, which closes the list.
          mousedown: (event) => {
            event.preventDefault();
            chosen = index;
            take((value) => {
              text.value = value;
              text.dispatchEvent(new Event("input"));
            });
          },
        },
      },
      h("span", {}, h("strong", {}, entry.command), " ", h("em", {}, entry.usage_hint ?? "")),
      h("small", {}, entry.description ?? ""),
    );
  const key = (event, write) => {
    if (!offered.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isExact = event.key === "Enter" && offered[chosen].command === text.value;
    if (step) {
      chosen = (chosen + step + offered.length) % offered.length;
      mark();
    } else if (event.key === "Tab" || (event.key === "Enter" && !isExact)) take(write);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  };
  return { refresh, close, key };
}
