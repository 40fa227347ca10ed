// What can go wrong in a city: slow, limited, offline. Said in words, not only by colour.
import { el } from "./dom.js";
import { menu } from "./menus.js";

const CHOICES = [
  { name: "Answers at once", faults: { delay: 0, offline: false, rate_limit: null } },
  { name: "Slow: answers after 3 seconds", faults: { delay: 3, offline: false, rate_limit: null } },
  { name: "Rate-limited: refuses the next 5 requests for 10 seconds each", faults: { delay: 0, offline: false, rate_limit: { retry_after: 10, calls: 5 } } },
  { name: "Offline: does not answer", faults: { delay: 0, offline: true, rate_limit: null } },
];

/** The words for a workspace's present trouble; none when it is well. */
export function faultWords(faults) {
  const words = [];
  if (faults?.offline) words.push("offline");
  else if (faults?.hang) words.push("hanging");
  if (faults?.delay) words.push("slow");
  if (faults?.rate_limit?.calls) words.push("rate-limited");
  return words.map((word) => el("span", { class: `trouble ${word}` }, word));
}

/** The button that makes a city slow, limited or offline. */
export function faultMenu(pane) {
  const button = el("button", { type: "button", class: "icon-button", "aria-haspopup": "menu", title: "Make this city slow, limited or offline" }, "⚙");
  button.setAttribute("aria-label", `How ${pane.title} answers`);
  button.addEventListener("click", () => menu(button, CHOICES.map((choice) => ({
    name: choice.name,
    chosen: isChosen(choice, pane.workspace.faults),
    run: () => pane.app.attempt(async () => {
      await pane.side.faults(pane.workspace, choice.faults);
      await pane.app.refresh(pane.platform);
    }),
  }))));
  return button;
}

function isChosen({ faults }, present = {}) {
  return faults.delay === (present.delay || 0) && faults.offline === Boolean(present.offline)
    && Boolean(faults.rate_limit) === Boolean(present.rate_limit?.calls);
}
