// One message: who, when, what, reactions, thread, and what can be done with it.
import { el } from "./dom.js";
import { confirmBox } from "./dialogs.js";
import { emojiPicker, menu } from "./menus.js";
import { inFull, now, when } from "./time.js";

const JUST_NOW = 3000;

/** Changes exactly when a message has to be drawn again. */
export function messageSignature(view) {
  const { message, replies, ...rest } = view;
  return JSON.stringify([rest, message, replies.length, replies.at(-1), when(message.at)]);
}

/** The article of one message. */
export function drawMessage(view, context) {
  const { message } = view;
  const body = view.editing ? editor(view, context) : el("div", { class: "body" }, message.deleted
    ? el("p", { class: "quiet" }, "This message was deleted.") : context.side.body(message, context));
  const node = el("article", { class: classes(view), tabindex: "0", "aria-label": `${message.author.name}, ${when(message.at)}` },
    view.follows ? el("div", { class: "gutter" }) : avatar(message.author),
    el("div", { class: "content" },
      message.onlyFor ? el("p", { class: "only-you" }, el("span", { "aria-hidden": "true" }, "👁 "), "Only visible to you") : null,
      message.broadcast && !view.inThread ? el("p", { class: "only-you" }, "Replied to a thread") : null,
      view.follows ? null : head(message),
      body,
      message.edited && !message.deleted ? el("span", { class: "edited" }, "(edited)") : null,
      reactions(view, context),
      view.inThread ? null : threadLine(view, context)),
    message.deleted || view.editing ? null : tools(view, context));
  return node;
}

function classes({ message, follows, editing }) {
  return ["message", message.deleted && "deleted", follows && "follows", message.onlyFor && "private", editing && "editing", now() - message.at < JUST_NOW && "arriving"].filter(Boolean).join(" ");
}

function head(message) {
  return el("header", {}, el("span", { class: "author" }, message.author.name),
    message.author.tag ? el("span", { class: "app-tag" }, message.author.tag) : null,
    el("time", { datetime: new Date(message.at).toISOString(), title: inFull(message.at) }, when(message.at)));
}

/** A person's picture, or their initials on a colour of their own. */
export function avatar(author) {
  const words = author.name.replace(/[^\p{L}\p{N} ]/gu, " ").trim().split(/\s+/);
  const initials = (words[0]?.[0] || "?") + (words.length > 1 ? words[1][0] : "");
  let sum = 7;
  for (const letter of author.name) sum = (sum * 31 + letter.codePointAt(0)) % 1009;
  const node = el("div", { class: `avatar hue-${sum % 8}`, "aria-hidden": "true" }, initials.toUpperCase());
  if (author.picture) {
    const image = el("img", { src: author.picture, alt: "", loading: "lazy" });
    image.addEventListener("error", () => image.remove(), { once: true });
    node.append(image);
  }
  return node;
}

function reactions({ message, personName }, context) {
  if (!message.reactions.length || message.deleted) return null;
  return el("div", { class: "reactions" }, message.reactions.map(({ key, shown, names }) => {
    const mine = names.includes(personName);
    const who = names.join(", ");
    return el("button", { type: "button", class: "reaction", "aria-pressed": String(mine), title: who, "aria-label": `${shown}, ${names.length}: ${who}`,
      onclick: () => context.app.attempt(() => context.side.react(context.place, message, key, !mine)) },
      el("span", {}, shown), " ", el("span", { class: "count" }, String(names.length)));
  }));
}

function threadLine({ message, replies }, context) {
  const open = (words) => el("button", { type: "button", class: "thread-link", onclick: () => context.pane.openThread(message.root || message.id) }, words);
  if (message.root) return message.broadcast ? open("View the thread") : null;
  const teams = context.side.platform === "teams";
  if (!replies.length) return teams && !message.deleted && context.place.conversation?.kind === "channel" ? open("Reply") : null;
  const last = replies.at(-1);
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  if (teams) return [inlineReply(last, context), open([el("strong", {}, count), " · Reply"])];
  const preview = `${last.author.name}: ${last.text.replace(/\s+/g, " ").trim() || "a file"}`;
  return open([el("strong", {}, count), el("span", { class: "preview" }, ` ${preview}`)]);
}

// Teams shows the newest reply below its post.
function inlineReply(reply, context) {
  return el("div", { class: "inline-reply" }, avatar(reply.author),
    el("div", { class: "content" }, head(reply), el("div", { class: "body" }, context.side.body(reply, context))));
}

function tools(view, context) {
  const { message, inThread } = view;
  const { side, pane, app, place } = context;
  const react = tool("☺", "React", (event) => emojiPicker(event.currentTarget, (offered) =>
    app.attempt(() => side.react(place, message, side.reactionOf(offered), true))));
  react.setAttribute("aria-haspopup", "menu");
  const more = tool("⋯", "More actions", (event) => menu(event.currentTarget, actionsOf(view, context)));
  more.setAttribute("aria-haspopup", "menu");
  const threads = place.conversation?.kind === "channel" || side.platform === "slack";
  if (message.onlyFor) return null;
  return el("div", { class: "tools", role: "group", "aria-label": "Actions on this message" }, react,
    inThread || !threads ? null : tool("↩", "Reply in thread", () => pane.openThread(message.root || message.id)), more);
}

function tool(sign, label, onclick) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick }, sign);
}

function actionsOf({ message, person }, context) {
  const { side, pane, app, place } = context;
  const items = side.messageActions(context.workspace).map((action) => ({
    name: action.name, run: () => app.attempt(() => side.runAction(place, message, action, app)) }));
  if (message.author.id === person) {
    items.push({ name: "Edit", run: () => pane.edit(message) });
    items.push({ name: "Delete…", danger: true, run: async () => {
      if (await confirmBox("Delete this message?", "It goes away here, and its copies in the other cities.", "Delete")) {
        await app.attempt(() => side.remove(place, message));
      }
    } });
  }
  return items;
}

function editor({ message }, context) {
  const area = el("textarea", { rows: "2", "aria-label": "Edit your message" });
  area.value = context.side.editText(message, context.workspace);
  const save = async () => {
    if (await context.app.attempt(() => context.side.edit(context.place, message, area.value))) context.pane.edit(null);
  };
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
    if (event.key === "Escape") { event.preventDefault(); context.pane.edit(null); }
  });
  requestAnimationFrame(() => area.focus());
  return el("div", { class: "editor" }, area, el("div", { class: "buttons" },
    el("button", { type: "button", class: "button primary", onclick: save }, "Save"),
    el("button", { type: "button", class: "button", onclick: () => context.pane.edit(null) }, "Cancel")));
}
