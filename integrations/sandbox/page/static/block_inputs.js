// Interactive elements of Block Kit: what is shown, what pressing sends, what a form holds.
// Source: docs.slack.dev/reference/block-kit/block-elements and /views (state.values).
import { el, freshId } from "./dom.js";
import { plain, textObject } from "./block_kit.js";
import { searchBox } from "./search_box.js";

const CHOICES_OF = { users: "people", conversations: "channels", channels: "channels" };

/** Whether a node is itself a form control. */
export function isInput(node) {
  return ["INPUT", "SELECT", "TEXTAREA"].includes(node.tagName);
}

/** The node of an interactive element; registers what a form would send in `context.inputs`. */
export function interactive(element, block, context) {
  const make = ELEMENTS[element.type];
  if (make) return make(element, block, context);
  if (/^(multi_)?external_select$/.test(element.type) && context.suggest) return externalSelect(element, block, context);
  const select = /^(multi_)?(static|external|users|conversations|channels)_select$/.exec(element.type);
  if (select) return selectElement(element, block, context, Boolean(select[1]), select[2]);
  return el("span", { class: "quiet" }, `A control of the kind “${element.type}”, which this page does not draw.`);
}

const ELEMENTS = {
  button: (element, block, context) => button(element, block, context),
  workflow_button: (element, block, context) => button(element, block, context),
  icon_button: (element, block, context) => button(element, block, context),
  feedback_buttons: (element, block, context) => el("span", { class: "buttons" },
    [element.positive_button, element.negative_button].map((each) =>
      el("button", { type: "button", class: "button", onclick: () => context.press(element, block, { value: each.value }) }, plain(each.text)))),
  overflow: (element, block, context) => overflow(element, block, context),
  plain_text_input: (element, block, context) => textInput(element, block, context, "text"),
  rich_text_input: (element, block, context) => richTextInput(element, block, context),
  email_text_input: (element, block, context) => textInput(element, block, context, "email"),
  url_text_input: (element, block, context) => textInput(element, block, context, "url"),
  number_input: (element, block, context) => textInput(element, block, context, "number"),
  datepicker: (element, block, context) => picker(element, block, context, "date", "selected_date", "initial_date"),
  timepicker: (element, block, context) => picker(element, block, context, "time", "selected_time", "initial_time"),
  datetimepicker: (element, block, context) => dateTimePicker(element, block, context),
  checkboxes: (element, block, context) => choices(element, block, context, "checkbox"),
  radio_buttons: (element, block, context) => choices(element, block, context, "radio"),
  file_input: () => el("p", { class: "quiet" }, "Attach the file to a message instead; this form cannot take one here."),
};

function button(element, block, context) {
  if (element.url) {
    const open = () => { context.press(element, block, { value: element.value }); };
    const node = el("a", { class: `button ${element.style || ""}`, href: /^https?:/.test(element.url) ? element.url : null,
      target: "_blank", rel: "noopener noreferrer", onclick: open }, plain(element.text));
    return node;
  }
  const press = async (event) => {
    if (element.confirm && !(await context.confirm(element.confirm))) return;
    context.press(element, block, { value: element.value }, event.currentTarget);
  };
  return el("button", { type: "button", class: `button ${element.style || ""}`,
    "aria-label": element.accessibility_label || null, onclick: press }, plain(element.text));
}

function overflow(element, block, context) {
  const choose = (event) => {
    const option = element.options[event.currentTarget.selectedIndex - 1];
    event.currentTarget.selectedIndex = 0;
    if (option) context.press(element, block, { selected_option: option });
  };
  return el("select", { class: "overflow", "aria-label": "More", onchange: choose },
    el("option", {}, "⋯"), element.options.map((option) => el("option", {}, plain(option.text))));
}

function register(element, block, context, read) {
  context.inputs?.push({ block_id: block.block_id, action_id: element.action_id, read: () => ({ type: element.type, ...read() }) });
}

function dispatch(element, block, context, read) {
  if (!context.waits) context.press(element, block, read());
}

function kept(element, block, context) {
  return context.values?.[block.block_id]?.[element.action_id];
}

function textInput(element, block, context, type) {
  const id = freshId("input");
  const many = element.multiline || type === "area";
  const shared = { id, placeholder: plain(element.placeholder) || null, maxlength: element.max_length ? String(element.max_length) : null };
  const node = many
    ? el("textarea", { ...shared, rows: "4" })
    : el("input", { ...shared, type: type === "number" ? "text" : type, inputmode: type === "number" ? "decimal" : null, autocomplete: "off" });
  node.value = kept(element, block, context)?.value ?? element.initial_value ?? "";
  if (element.focus_on_load) node.dataset.first = "true";
  const read = () => ({ value: node.value === "" ? null : node.value });
  register(element, block, context, read);
  if (!context.waits) node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !many) { event.preventDefault(); dispatch(element, block, context, read); }
  });
  return node;
}

function richTextInput(element, block, context) {
  const node = textInput({ ...element, multiline: true, initial_value: "" }, block, { ...context, inputs: null }, "area");
  register(element, block, context, () => ({
    rich_text_value: node.value === "" ? null : { type: "rich_text", elements: [
      { type: "rich_text_section", elements: [{ type: "text", text: node.value }] }] },
  }));
  return node;
}

function picker(element, block, context, type, key, initial) {
  const node = el("input", { id: freshId("input"), type, "aria-label": context.labelled || plain(element.placeholder) || type });
  node.value = kept(element, block, context)?.[key] ?? element[initial] ?? "";
  const read = () => ({ [key]: node.value || null });
  register(element, block, context, read);
  node.addEventListener("change", () => dispatch(element, block, context, read));
  return node;
}

function dateTimePicker(element, block, context) {
  const node = el("input", { id: freshId("input"), type: "datetime-local", "aria-label": context.labelled || "Date and time" });
  const start = kept(element, block, context)?.selected_date_time ?? element.initial_date_time;
  if (start) node.value = new Date(start * 1000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  const read = () => ({ selected_date_time: node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null });
  register(element, block, context, read);
  node.addEventListener("change", () => dispatch(element, block, context, read));
  return node;
}

function choices(element, block, context, type) {
  const many = type === "checkbox";
  const name = freshId("choice");
  const before = kept(element, block, context);
  const chosen = before ? (many ? before.selected_options : [before.selected_option]) : many ? element.initial_options : [element.initial_option];
  const started = new Set((chosen || []).filter(Boolean).map((option) => option.value));
  const boxes = element.options.map((option) => {
    const box = el("input", { type, name, id: freshId("box") });
    box.checked = started.has(option.value);
    return { box, option };
  });
  const read = () => {
    const selected = boxes.filter(({ box }) => box.checked).map(({ option }) => option);
    return many ? { selected_options: selected } : { selected_option: selected[0] || null };
  };
  register(element, block, context, read);
  const node = el("fieldset", { class: "choices" }, el("legend", { class: "unseen" }, context.labelled || "Choose"),
    boxes.map(({ box, option }) => el("div", { class: "choice" }, box, el("label", { for: box.id }, textObject(option.text, context),
      option.description ? el("span", { class: "quiet" }, " ", plain(option.description)) : null))));
  node.addEventListener("change", () => dispatch(element, block, context, read));
  return node;
}

function selectElement(element, block, context, many, source) {
  const options = optionsOf(element, context, source);
  const keys = keysOf(source, many);
  const before = kept(element, block, context)?.[keys.selected] ?? element[keys.initial];
  const chosen = new Set([before].flat().filter(Boolean).map((each) => each.value ?? each));
  const node = el("select", { id: freshId("input"), multiple: many || null, size: many ? String(Math.min(5, options.length)) : null,
    "aria-label": context.labelled || plain(element.placeholder) || "Choose" },
    many ? null : el("option", { value: "" }, plain(element.placeholder) || "Choose…"),
    groups(options, chosen));
  const read = () => {
    const picked = [...node.selectedOptions].filter((option) => option.value !== "").map((option) => options[Number(option.value)].sent);
    return { [keys.selected]: many ? picked : picked[0] ?? null };
  };
  register(element, block, context, read);
  node.addEventListener("change", () => dispatch(element, block, context, read));
  return node;
}

function externalSelect(element, block, context) {
  const many = element.type.startsWith("multi_");
  const keys = keysOf("external", many);
  const start = kept(element, block, context)?.[keys.selected] ?? element[keys.initial];
  const box = searchBox({
    label: context.labelled || plain(element.placeholder) || "Search", placeholder: plain(element.placeholder) || "Type to search",
    least: element.min_query_length ?? 3, many, chosen: [start].flat().filter(Boolean), shown: (option) => plain(option.text),
    detail: (option) => (option.description ? plain(option.description) : ""),
    suggest: async (typed) => {
      const { options, option_groups: grouped } = await context.suggest(element, block, typed);
      return options || (grouped || []).flatMap((group) => group.options);
    },
    changed: () => dispatch(element, block, context, read),
  });
  const read = () => ({ [keys.selected]: many ? box.chosen() : box.chosen()[0] ?? null });
  register(element, block, context, read);
  return box.node;
}

function groups(options, chosen) {
  const made = new Map();
  return options.map((option, index) => {
    const node = el("option", { value: String(index) }, option.text);
    node.selected = chosen.has(option.sent?.value ?? option.sent);
    node.defaultSelected = node.selected;
    if (!option.group) return node;
    const known = made.get(option.group);
    if (known) { known.append(node); return null; }
    const group = el("optgroup", { label: option.group }, node);
    made.set(option.group, group);
    return group;
  });
}

function keysOf(source, many) {
  const word = { static: "option", external: "option", users: "user", conversations: "conversation", channels: "channel" }[source];
  return many ? { selected: `selected_${word}s`, initial: `initial_${word}s` } : { selected: `selected_${word}`, initial: `initial_${word}` };
}

function optionsOf(element, context, source) {
  if (CHOICES_OF[source]) return context.names[CHOICES_OF[source]]().map(({ id, name }) => ({ text: name, sent: id }));
  const own = (element.options || []).map((option) => ({ text: plain(option.text), sent: option }));
  const grouped = (element.option_groups || []).flatMap((group) =>
    group.options.map((option) => ({ text: plain(option.text), sent: option, group: plain(group.label) })));
  const known = [element.initial_option, ...(element.initial_options || [])].filter(Boolean);
  const extra = source === "external" ? known.map((option) => ({ text: plain(option.text), sent: option })) : [];
  return [...own, ...grouped, ...extra];
}

/** What a filled form holds, as `state.values`. */
export function stateValues(inputs) {
  const values = {};
  for (const { block_id: block, action_id: action, read } of inputs) {
    values[block] = { ...values[block], [action]: read() };
  }
  return values;
}
