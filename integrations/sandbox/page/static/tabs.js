// On a phone one city is shown at a time; the cities are tabs.
import { el } from "./dom.js";

/** Draw a tab per pane and show the first. Arrow keys move between them. */
export function startTabs(list, panes) {
  const chosen = Math.max(0, [...list.children].findIndex((tab) => tab.getAttribute("aria-selected") === "true"));
  const tabs = panes.map((pane, index) => el("button", { type: "button", role: "tab", id: `tab-${index}`,
    "aria-controls": pane.node.id, onclick: () => choose(index) }, pane.title));
  const choose = (index) => {
    for (const [number, tab] of tabs.entries()) {
      tab.setAttribute("aria-selected", String(number === index));
      tab.tabIndex = number === index ? 0 : -1;
      panes[number].node.classList.toggle("chosen", number === index);
    }
  };
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    choose(next);
    tabs[next].focus();
  };
  list.replaceChildren(...tabs);
  choose(Math.min(chosen, panes.length - 1));
}
