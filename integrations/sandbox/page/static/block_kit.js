// Block Kit as nodes. Source: docs.slack.dev/reference/block-kit/blocks.
// `context` gives names, `press(element, block, value)`, and `inputs` where a form is filled.
import { el, link, picture } from "./dom.js";
import { interactive, isInput } from "./block_inputs.js";
import { mrkdwn } from "./mrkdwn.js";
import { slackEmoji } from "./emoji.js";
import { richText } from "./rich_text.js";

/** Nodes for a list of blocks. */
export function blockKit(blocks, context) {
  return (blocks || []).map((block) => {
    const make = BLOCKS[block.type] || unknown;
    return el("div", { class: `block block-${block.type}` }, make(block, context));
  });
}

/** A text object as nodes. */
export function textObject(text, context) {
  if (!text) return [];
  if (typeof text === "string") return [text];
  if (text.type === "mrkdwn") return mrkdwn(text.text, context.names);
  return [plain(text)];
}

/** A plain_text object as a string. */
export function plain(text) {
  const value = typeof text === "string" ? text : text?.text || "";
  return value.replace(/:[a-z0-9_'+&-]+(?:::skin-tone-[2-6])?:/g, (name) => slackEmoji(name));
}

const BLOCKS = {
  header: (block) => el("h3", {}, plain(block.text)),
  divider: () => el("hr"),
  rich_text: (block, context) => richText(block, context.names),
  markdown: (block, context) => mrkdwn(block.text.replaceAll("**", "*"), context.names),
  image: (block) => el("figure", {},
    block.title ? el("figcaption", {}, plain(block.title)) : null,
    picture(block.image_url || block.slack_file?.url, block.alt_text, "block-picture")),
  context: (block, context) => (block.elements || []).map((element) =>
    element.type === "image"
      ? picture(element.image_url, element.alt_text, "context-picture")
      : el("span", {}, textObject(element, context))),
  section: (block, context) => [
    el("div", { class: "section-text" },
      block.text ? el("div", {}, textObject(block.text, context)) : null,
      block.fields ? el("div", { class: "fields" }, block.fields.map((field) => el("div", {}, textObject(field, context)))) : null),
    block.accessory ? el("div", { class: "accessory" }, accessory(block, context)) : null,
  ],
  actions: (block, context) => (block.elements || []).map((element) => interactive(element, block, context)),
  context_actions: (block, context) => (block.elements || []).map((element) => interactive(element, block, context)),
  input: (block, context) => inputBlock(block, context),
  video: (block) => link(block.title_url || block.video_url, plain(block.title) || "Video"),
  file: () => "A file",
  table: (block, context) => el("table", {}, el("tbody", {}, (block.rows || []).map((row) =>
    el("tr", {}, row.map((cell) => el("td", {}, cell.type === "rich_text" ? richText(cell, context.names) : cell.text || "")))))),
};

function unknown(block) {
  return el("p", { class: "quiet" }, `A block of the kind “${block.type}”, which this page does not draw.`);
}

function accessory(block, context) {
  const element = block.accessory;
  if (element.type === "image") return picture(element.image_url, element.alt_text, "accessory-picture");
  return interactive(element, block, context);
}

function inputBlock(block, context) {
  const error = context.errors?.[block.block_id];
  const control = interactive(block.element, block, { ...context, labelled: plain(block.label), waits: !block.dispatch_action });
  const target = isInput(control) ? control : control.querySelector("input,select,textarea");
  const optional = block.optional ? el("span", { class: "quiet" }, " (optional)") : null;
  const hint = block.hint ? el("p", { class: "hint" }, plain(block.hint)) : null;
  const group = control.tagName === "FIELDSET";
  const label = group || !target
    ? el("div", { class: "label" }, plain(block.label), optional)
    : el("label", { class: "label", for: target.id }, plain(block.label), optional);
  if (target && !block.optional && !group) target.required = true;
  if (error && target) target.setAttribute("aria-invalid", "true");
  return [label, control, error ? el("p", { class: "error", role: "alert" }, error) : null, hint];
}
