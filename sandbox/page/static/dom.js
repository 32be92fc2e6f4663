// Building blocks of the page. Text always becomes a text node: nothing here, or anywhere in the
// page, parses HTML out of data.

const isNothing = (child) => child === null || child === undefined || child === false;

function setProperty(node, name, value) {
  if (isNothing(value)) return;
  if (name === "class") node.className = value;
  else if (name === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (name === "testid") node.dataset.testid = value;
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "value") node.value = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** Make an element; children may be nodes, strings, nested lists, or nothing. */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setProperty(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => !isNothing(child)));
  return node;
}

/** A link only where the address is one a person may safely follow; else its plain text. */
export function link(address, label, className = "link") {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return h("span", {}, label);
  return h("a", { class: className, href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

/**
 * Make `parent`'s children show `items`, touching only those whose `signature` changed, so that
 * focus, open menus and scroll positions survive an update.
 */
export function reconcile(parent, items, { key, signature, render }) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let cursor = parent.firstElementChild;
  for (const item of items) {
    const itemKey = String(key(item));
    const itemSignature = JSON.stringify(signature(item));
    let node = before.get(itemKey);
    if (!node || node.signature !== itemSignature) {
      const fresh = render(item);
      fresh.dataset.key = itemKey;
      fresh.signature = itemSignature;
      if (node) {
        if (cursor === node) cursor = fresh;
        replaceKeepingFocus(node, fresh);
      }
      node = fresh;
    }
    before.delete(itemKey);
    if (cursor === node) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const child of before.values()) child.remove();
}

function replaceKeepingFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  const name = focused?.dataset.testid ?? focused?.dataset.focus;
  if (name) fresh.querySelector(`[data-testid="${name}"], [data-focus="${name}"]`)?.focus();
}

/** Replace all children, unless `signature` says that the same thing is already shown. */
export function show(parent, signature, build) {
  const text = JSON.stringify(signature);
  if (parent.signature === text) return;
  parent.signature = text;
  parent.replaceChildren(...[build()].flat(Infinity).filter((child) => !isNothing(child)));
}

/**
 * Keep a list at its end, unless the person scrolled away from it. Call the answer after a change;
 * `isNew` goes to the end in any case, as when the person has written there.
 */
export function followEnd(list) {
  let isAtEnd = true;
  const go = () => isAtEnd && (list.scrollTop = list.scrollHeight);
  list.addEventListener("scroll", () => {
    isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  });
  new ResizeObserver(go).observe(list);
  return ({ isNew }) => {
    isAtEnd ||= isNew;
    go();
  };
}

export const byId = (id) => document.getElementById(id);

/** Say something in the corner, and to screen readers. */
export function toast(text, { tone = "plain", seconds = 6 } = {}) {
  const note = h("div", { class: `toast toast-${tone}` }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), seconds * 1000);
}
