// Small menus and the emoji picker: opened by a button, closed by Escape, arrows move.
import { el } from "./dom.js";
import { OFFERED } from "./emoji.js";

function open(anchor, node) {
  document.querySelectorAll("[popover]").forEach((old) => old.remove());
  node.popover = "auto";
  document.body.append(node);
  node.showPopover();
  const box = anchor.getBoundingClientRect();
  const width = node.offsetWidth;
  const height = node.offsetHeight;
  const below = box.bottom + 4 + height < window.innerHeight;
  node.style.left = `${Math.max(4, Math.min(box.right - width, window.innerWidth - width - 4))}px`;
  node.style.top = `${Math.max(4, below ? box.bottom + 4 : box.top - height - 4)}px`;
  anchor.setAttribute("aria-expanded", "true");
  node.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    if (node.contains(document.activeElement) || document.activeElement === document.body) anchor.focus({ preventScroll: true });
    node.remove();
  });
  node.addEventListener("keydown", (event) => move(event, node));
  (node.querySelector("[aria-checked=true]") || node.querySelector("button"))?.focus();
}

function move(event, node) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...node.querySelectorAll("button")];
  buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
}

/** A menu of `{name, run, chosen?, danger?}`. */
export function menu(anchor, items) {
  const node = el("div", { class: "menu", role: "menu" }, items.map((item) =>
    el("button", { type: "button", role: item.chosen === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": item.chosen === undefined ? null : String(item.chosen), class: item.danger ? "danger" : "",
      onclick: () => { node.hidePopover(); item.run(); } }, item.chosen === undefined ? null : el("span", { class: "tick", "aria-hidden": "true" }, item.chosen ? "✓" : ""), item.name)));
  open(anchor, node);
}

/** The emoji picker; `choose` gets one of the offered emoji. */
export function emojiPicker(anchor, choose) {
  const node = el("div", { class: "menu emoji-menu", role: "menu", "aria-label": "Emoji" }, OFFERED.map((offered) =>
    el("button", { type: "button", role: "menuitem", "aria-label": offered.label, title: offered.label,
      onclick: () => { node.hidePopover(); choose(offered); } }, offered.character)));
  open(anchor, node);
}
