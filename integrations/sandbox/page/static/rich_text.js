// The rich_text block. Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
import { el, link } from "./dom.js";
import { slackEmoji } from "./emoji.js";
import { dateText, mention } from "./mrkdwn.js";

/** A rich_text block as nodes; consecutive lists of growing indent become nested lists. */
export function richText(block, names) {
  const nodes = [];
  let open = [];
  for (const part of block.elements || []) {
    if (part.type === "rich_text_list") {
      addList(nodes, open, part, names);
      continue;
    }
    open = [];
    if (part.type === "rich_text_section") nodes.push(el("div", { class: "rich-section" }, section(part, names)));
    else if (part.type === "rich_text_quote") nodes.push(el("blockquote", {}, section(part, names)));
    else if (part.type === "rich_text_preformatted") nodes.push(el("pre", {}, section(part, names)));
  }
  return nodes;
}

function addList(nodes, open, part, names) {
  const indent = part.indent || 0;
  open.length = Math.min(open.length, indent + 1);
  const wanted = part.style === "ordered" ? "OL" : "UL";
  let list = open[indent];
  if (!list || list.tagName !== wanted) {
    list = el(wanted.toLowerCase(), part.offset ? { start: String(part.offset + 1) } : {});
    const parent = open.slice(0, indent).filter(Boolean).at(-1);
    if (parent) (parent.lastElementChild || parent).append(list);
    else nodes.push(list);
    open[indent] = list;
  }
  for (const item of part.elements || []) list.append(el("li", {}, section(item, names)));
}

function section(part, names) {
  return (part.elements || []).map((element) => styled(element, element.style || {}, names));
}

function styled(element, style, names) {
  let node = inlineNode(element, names);
  if (style.code) node = el("code", {}, node);
  if (style.strike) node = el("s", {}, node);
  if (style.italic) node = el("em", {}, node);
  if (style.bold) node = el("strong", {}, node);
  if (style.underline) node = el("u", {}, node);
  return node;
}

function inlineNode(element, names) {
  switch (element.type) {
    case "text": return withBreaks(element.text);
    case "link": return link(element.url, element.text || element.url);
    case "emoji": return emojiElement(element);
    case "user": return mention(`@${names.person(element.user_id)}`, element.user_id === names.reader);
    case "usergroup": return mention(names.group(element.usergroup_id));
    case "channel": return mention(`#${names.channel(element.channel_id)}`);
    case "broadcast": return mention(`@${element.range}`);
    case "team": return mention(element.team_id);
    case "date": return element.fallback || dateText(element.timestamp);
    case "color": return element.value;
    default: return element.text || "";
  }
}

function withBreaks(text) {
  const fragment = document.createDocumentFragment();
  for (const [index, line] of String(text ?? "").split("\n").entries()) {
    if (index) fragment.append(el("br"));
    fragment.append(line);
  }
  return fragment;
}

function emojiElement(element) {
  const name = element.skin_tone ? `${element.name}::skin-tone-${element.skin_tone}` : element.name;
  const named = slackEmoji(name);
  const character = named.startsWith(":") && element.unicode
    ? String.fromCodePoint(...element.unicode.split("-").map((code) => parseInt(code, 16)))
    : named;
  return el("span", { role: "img", "aria-label": element.name.replaceAll("_", " "), title: `:${element.name}:` }, character);
}
