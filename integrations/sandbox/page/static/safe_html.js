// HTML of Teams messages, rebuilt node by node: only what is listed comes through.
import { el, link, picture } from "./dom.js";

const KEPT = new Set(["B", "BLOCKQUOTE", "BR", "CODE", "DEL", "DIV", "EM", "H1", "H2", "H3", "HR", "I", "LI", "OL", "P",
  "PRE", "S", "STRIKE", "STRONG", "SUB", "SUP", "TABLE", "TBODY", "TD", "TH", "THEAD", "TR", "U", "UL"]);
const DROPPED = new Set(["SCRIPT", "STYLE", "IFRAME", "OBJECT", "TEMPLATE", "NOSCRIPT", "SVG", "MATH", "FORM"]);
// Headings inside a message must not disturb the page's own outline.
const RENAMED = { CODEBLOCK: "pre", H1: "h4", H2: "h4", H3: "h5", STRIKE: "s", DEL: "s" };

/** Nodes of a message's html. The document it is parsed into never runs or loads anything. */
export function safeHtml(html) {
  const parsed = new DOMParser().parseFromString(html || "", "text/html");
  return children(parsed.body);
}

/** The words of a message's html, paragraphs kept apart. */
export function plainHtml(html) {
  const parsed = new DOMParser().parseFromString((html || "").replace(/<(?:br|\/p|\/li|\/div|\/blockquote)[^>]*>/gi, "$& "), "text/html");
  return parsed.body.textContent.replace(/\s+/g, " ").trim();
}

function children(node) {
  return [...node.childNodes].flatMap(walk);
}

function walk(node) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data];
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName)) return [];
  const inner = () => children(node);
  switch (node.tagName) {
    case "A": return [link(node.getAttribute("href"), ...inner())];
    case "AT": return [el("span", { class: "mention" }, inner())];
    case "IMG": return [image(node)];
    case "SPAN": return isMention(node) ? [el("span", { class: "mention" }, inner())] : inner();
    case "OL": return [el("ol", { start: /^\d+$/.test(node.getAttribute("start") || "") ? node.getAttribute("start") : null }, inner())];
    default: break;
  }
  const tag = RENAMED[node.tagName] || (KEPT.has(node.tagName) ? node.tagName.toLowerCase() : "");
  return tag ? [el(tag, {}, inner())] : inner();
}

function isMention(node) {
  return /\/Mention$/.test(node.getAttribute("itemtype") || "");
}

function image(node) {
  if (/\/Emoji$/.test(node.getAttribute("itemtype") || "")) return node.getAttribute("alt") || "";
  return picture(node.getAttribute("src"), node.getAttribute("alt"), "message-picture");
}

/** Teams' small markdown in cards, as safe html text for Microsoft's renderer. */
export function cardMarkdown(text) {
  const holder = document.createElement("div");
  const list = [];
  for (const line of String(text).split("\n")) {
    const item = /^\s*(?:[-*]|\d+\.)\s+(.*)$/.exec(line);
    if (item) {
      if (!list.length || list.at(-1) !== holder.lastElementChild) list.push(holder.appendChild(el(/^\s*\d/.test(line) ? "ol" : "ul")));
      list.at(-1).append(el("li", {}, marks(item[1])));
    } else if (line.trim()) holder.append(el("p", {}, marks(line)));
  }
  return holder;
}

const MARKS = /\*\*(?<bold>.+?)\*\*|(?<![\w_])_(?<italic>[^_\n]+)_(?![\w_])|\[(?<label>[^\]]+)\]\((?<url>[^)\s]+)\)/g;

function marks(text) {
  const nodes = [];
  let position = 0;
  for (const found of text.matchAll(MARKS)) {
    nodes.push(text.slice(position, found.index));
    const { bold, italic, label, url } = found.groups;
    if (bold) nodes.push(el("strong", {}, marks(bold)));
    else if (italic) nodes.push(el("em", {}, marks(italic)));
    else nodes.push(link(url, label));
    position = found.index + found[0].length;
  }
  nodes.push(text.slice(position));
  return nodes;
}
