// Slack's mrkdwn as nodes. Source: docs.slack.dev/messaging/formatting-message-text.
import { el, link } from "./dom.js";
import { slackEmoji } from "./emoji.js";

const INLINE = /(?<token><[^<>\n]+>)|`(?<code>[^`\n]+)`|(?<emoji>:(?:[a-z0-9_'+&-]+)(?:::skin-tone-[2-6])?:)|(?<![\w*_~])(?<mark>[*_~])(?=\S)(?<inner>[^\n]*?\S)\k<mark>(?![\w*_~])/g;
const TAGS = { "*": "strong", "_": "em", "~": "s" };

function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Nodes for a whole text: code blocks, quotes, lines. */
export function mrkdwn(text, names) {
  const nodes = [];
  for (const [index, part] of String(text ?? "").split("```").entries()) {
    if (index % 2) nodes.push(el("pre", {}, unescape(part.replace(/^\n|\n$/g, ""))));
    else if (part) nodes.push(...lines(part.replace(/^\n/, ""), names));
  }
  return nodes;
}

function lines(text, names) {
  const nodes = [];
  let quote = null;
  for (const [index, line] of text.split("\n").entries()) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(el("br"));
      else nodes.push((quote = el("blockquote")));
      quote.append(...inline(quoted[1], names));
    } else {
      if (index && !quote) nodes.push(el("br"));
      quote = null;
      nodes.push(...inline(line, names));
    }
  }
  return nodes;
}

/** Nodes for one line. `names` gives `person(id)`, `channel(id)` and `group(id)`. */
export function inline(text, names) {
  const nodes = [];
  let position = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(unescape(text.slice(position, found.index)));
    nodes.push(foundNode(found, names));
    position = found.index + found[0].length;
  }
  nodes.push(unescape(text.slice(position)));
  return nodes.filter((node) => node !== "");
}

function foundNode(found, names) {
  const { token, code, emoji, mark, inner } = found.groups;
  if (token) return tokenNode(token.slice(1, -1), names);
  if (code) return el("code", {}, unescape(code));
  if (emoji) return emojiNode(emoji.slice(1, -1));
  return el(TAGS[mark], {}, inline(inner, names));
}

/** An emoji that says its name to a screen reader. */
export function emojiNode(name) {
  const character = slackEmoji(name);
  return el("span", { role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, character);
}

/** A mention; `own` marks the one that means the reader. */
export function mention(text, own = false) {
  return el("span", { class: own ? "mention own" : "mention" }, text);
}

function tokenNode(token, names) {
  const [content, label] = token.split(/\|(.*)/s);
  if (content.startsWith("@")) return mention(`@${names.person(content.slice(1))}`, content.slice(1) === names.reader);
  if (content.startsWith("#")) return mention(`#${label || names.channel(content.slice(1))}`);
  if (content.startsWith("!subteam^")) return mention(label || names.group(content.slice(9)));
  if (content.startsWith("!date^")) return label || dateText(content.split("^")[1]);
  if (content.startsWith("!")) return mention(`@${content.slice(1)}`);
  return link(unescape(content), unescape(label || content));
}

/** A date element in the reader's zone. */
export function dateText(seconds) {
  return new Date(Number(seconds) * 1000).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
}
