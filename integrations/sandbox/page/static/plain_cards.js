// A plain renderer of Adaptive Cards 1.5, for machines without Microsoft's.
// Source: adaptivecards.io/explorer.
import { el, freshId, openAddress, picture } from "./dom.js";
import { cardMarkdown } from "./safe_html.js";
import { searchBox } from "./search_box.js";

/**
 * A card as a node; `onAction(action, inputs)` is called for what reaches the bot, and
 * `lookUp(dataset, typed)`, if given, for choices that the bot looks up.
 */
export function plainCard(card, onAction, lookUp) {
  const form = { inputs: [], onAction, lookUp };
  const node = el("div", { class: "adaptive-card plain-card" }, parts(card.body, form), actionSet(card.actions, form));
  form.root = node;
  return node;
}

function parts(items, form) {
  return (items || []).filter((item) => item.isVisible !== false || item.id).map((item) => {
    const make = ELEMENTS[item.type];
    const node = make ? make(item, form) : unknown(item, form);
    if (item.id && !item.type.startsWith("Input.")) node.dataset.element = item.id;
    if (item.isVisible === false) node.hidden = true;
    if (item.separator) node.classList.add("separated");
    return node;
  });
}

function unknown(item, form) {
  if (item.fallback && typeof item.fallback === "object") return el("div", {}, parts([item.fallback], form));
  return el("p", { class: "quiet" }, `A part of the kind “${item.type}”, which this page does not draw.`);
}

const ELEMENTS = {
  TextBlock: (item) => {
    const heading = item.style === "heading";
    return el(heading ? "h4" : "div", { class: `card-text size-${(item.size || "default").toLowerCase()} weight-${(item.weight || "default").toLowerCase()}${item.isSubtle ? " quiet" : ""}` },
      [...cardMarkdown(item.text).childNodes]);
  },
  RichTextBlock: (item) => el("p", {}, (item.inlines || []).map((run) => typeof run === "string" ? run
    : el(run.weight === "Bolder" || run.weight === "bolder" ? "strong" : run.italic ? "em" : "span", {}, run.text))),
  Container: (item, form) => el("div", { class: `card-container style-${(item.style || "default").toLowerCase()}` }, parts(item.items, form)),
  ColumnSet: (item, form) => el("div", { class: "card-columns" }, (item.columns || []).map((column) =>
    el("div", { class: column.width === "auto" ? "card-column auto" : "card-column" }, parts(column.items, form)))),
  FactSet: (item) => el("dl", { class: "card-facts" }, (item.facts || []).map((fact) => [el("dt", {}, fact.title), el("dd", {}, [...cardMarkdown(fact.value).childNodes])])),
  Image: (item) => picture(item.url, item.altText, `card-picture size-${(item.size || "auto").toLowerCase()}`),
  ImageSet: (item) => el("div", {}, (item.images || []).map((image) => picture(image.url, image.altText, "card-picture size-small"))),
  Media: (item) => el("p", { class: "quiet" }, item.altText || "A recording"),
  Table: (item, form) => el("table", {}, el("tbody", {}, (item.rows || []).map((row) =>
    el("tr", {}, (row.cells || []).map((cell) => el("td", {}, parts(cell.items, form))))))),
  ActionSet: (item, form) => actionSet(item.actions, form),
  "Input.Text": (item, form) => input(item, form, item.isMultiline
    ? el("textarea", { rows: "3", placeholder: item.placeholder || null, maxlength: item.maxLength ? String(item.maxLength) : null })
    : el("input", { type: { email: "email", tel: "tel", url: "url", password: "password" }[(item.style || "").toLowerCase()] || "text", placeholder: item.placeholder || null, autocomplete: "off" })),
  "Input.Number": (item, form) => input(item, form, el("input", { type: "number", min: item.min ?? null, max: item.max ?? null, step: "any" })),
  "Input.Date": (item, form) => input(item, form, el("input", { type: "date" })),
  "Input.Time": (item, form) => input(item, form, el("input", { type: "time" })),
  "Input.Toggle": (item, form) => toggle(item, form),
  "Input.ChoiceSet": (item, form) => choiceSet(item, form),
};

function labelled(item, node) {
  node.id = freshId("card-input");
  if (item.isRequired) node.required = true;
  if (!item.label) node.setAttribute("aria-label", item.placeholder || item.id);
  return el("div", { class: "card-input" }, item.label ? el("label", { for: node.id }, item.label, item.isRequired ? " *" : "") : null, node);
}

function input(item, form, node) {
  node.value = item.value ?? "";
  form.inputs.push({ id: item.id, read: () => node.value, node });
  return labelled(item, node);
}

function toggle(item, form) {
  const box = el("input", { type: "checkbox", id: freshId("card-input") });
  const on = item.valueOn ?? "true";
  box.checked = item.value === on;
  form.inputs.push({ id: item.id, read: () => (box.checked ? on : item.valueOff ?? "false"), node: box });
  return el("div", { class: "choice" }, box, el("label", { for: box.id }, item.title));
}

function choiceSet(item, form) {
  const chosen = new Set(String(item.value ?? "").split(","));
  if (item["choices.data"]?.dataset && form.lookUp) return lookedUp(item, form, chosen);
  if (item.style === "expanded" || item.isMultiSelect) return boxes(item, form, chosen);
  const node = el("select", {}, el("option", { value: "" }, item.placeholder || "Choose…"),
    (item.choices || []).map((choice) => el("option", { value: choice.value, selected: chosen.has(choice.value) }, choice.title)));
  form.inputs.push({ id: item.id, read: () => node.value, node });
  return labelled(item, node);
}

function lookedUp(item, form, chosen) {
  const label = item.label || item.placeholder || item.id;
  const box = searchBox({ label, placeholder: item.placeholder || "", least: 1, many: Boolean(item.isMultiSelect),
    chosen: (item.choices || []).filter((choice) => chosen.has(choice.value)), shown: (choice) => choice.title,
    detail: () => "", changed: () => {}, suggest: (typed) => form.lookUp(item["choices.data"].dataset, typed) });
  form.inputs.push({ id: item.id, read: () => box.chosen().map(({ value }) => value).join(","), node: null });
  return el("div", { class: "card-input" }, el("span", { "aria-hidden": "true" }, label), box.node);
}

function boxes(item, form, chosen) {
  const name = freshId("card-choice");
  const made = (item.choices || []).map((choice) => {
    const box = el("input", { type: item.isMultiSelect ? "checkbox" : "radio", name, id: freshId("card-input"), value: choice.value });
    box.checked = chosen.has(choice.value);
    return { box, choice };
  });
  form.inputs.push({ id: item.id, read: () => made.filter(({ box }) => box.checked).map(({ box }) => box.value).join(","), node: made[0]?.box });
  return el("fieldset", { class: "choices" }, el("legend", {}, item.label || item.placeholder || "Choose"),
    made.map(({ box, choice }) => el("div", { class: "choice" }, box, el("label", { for: box.id }, choice.title))));
}

function actionSet(actions, form) {
  if (!actions?.length) return null;
  const below = el("div", {});
  return el("div", { class: "card-actions" }, actions.map((action) =>
    el("button", { type: "button", class: `button ${action.style === "positive" ? "primary" : action.style === "destructive" ? "danger" : ""}`,
      onclick: (event) => run(action, form, below, event.currentTarget) }, action.title || "Open")), below);
}

function run(action, form, below, button) {
  if (action.type === "Action.OpenUrl") return openAddress(action.url);
  if (action.type === "Action.ShowCard") {
    const open = below.firstChild ? null : el("div", { class: "card-shown" }, parts(action.card.body, form), actionSet(action.card.actions, form));
    button.setAttribute("aria-expanded", String(Boolean(open)));
    return below.replaceChildren(...(open ? [open] : []));
  }
  if (action.type === "Action.ToggleVisibility") return toggleTargets(action, form);
  const missing = form.inputs.find(({ node }) => node && !node.checkValidity());
  if (missing && action.associatedInputs !== "none") return missing.node.reportValidity();
  return form.onAction(action, Object.fromEntries(form.inputs.map(({ id, read }) => [id, read()])));
}

function toggleTargets(action, form) {
  for (const target of action.targetElements || []) {
    const id = target.elementId || target;
    const node = form.root.querySelector(`[data-element="${CSS.escape(id)}"]`);
    if (node) node.hidden = target.isVisible === undefined ? !node.hidden : !target.isVisible;
  }
}
