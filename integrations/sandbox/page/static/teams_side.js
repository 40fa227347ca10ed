// The Teams stand-in: its state as the panes need it, and what people do there.
import { get, post, postForm } from "./api.js";
import { renderCard } from "./cards.js";
import { el, link, picture } from "./dom.js";
import { teamsEmoji } from "./emoji.js";
import { plainHtml, safeHtml } from "./safe_html.js";

const ROOT = "/teams/control";
const ACTIONS = [{ id: "who_has_got_this", name: "Who has got this?" }];

/** Everything the page knows of Teams. */
export class TeamsSide {
  platform = "teams";
  label = "Teams";
  sign = "";

  /** The workspaces as panes draw them. */
  async load() {
    this.state = await get(`${ROOT}/state`);
    this.bot = this.state.bot;
    return this.state.workspaces.map((workspace) => this.workspace(workspace));
  }

  /** The workspace after one change of a message; null when everything has to be fetched. */
  async patched(change) {
    const workspace = this.state?.workspaces.find((one) => one.id === change.workspace);
    const place = workspace?.conversations.find((one) => one.id === change.conversation);
    if (!place || !change.message || !["message", "message_changed"].includes(change.kind)) return null;
    const where = new URLSearchParams({ workspace: change.workspace, conversation: change.conversation, message: change.message });
    const fresh = await get(`${ROOT}/message?${where}`);
    const known = place.messages.findIndex((message) => message.id === fresh.id);
    if (known >= 0) place.messages[known] = fresh;
    else place.messages.push(fresh);
    return this.workspace(workspace);
  }

  workspace(workspace) {
    const people = workspace.members.map((member) => ({ id: member.key, account: member.id, name: member.name,
      title: member.title || (member.role === "owner" ? "Owner" : ""), zone: member.timezone }));
    return {
      key: `teams/${workspace.id}`, id: workspace.id, platform: "teams", name: workspace.name, people, faults: workspace.faults,
      bot: { id: this.bot.id, name: this.bot.name },
      conversations: workspace.conversations.map((place) => this.conversation(place)),
      dialogs: workspace.dialogs,
    };
  }

  conversation(place) {
    return { id: place.id, name: place.name || this.bot.name, kind: place.kind === "channel" ? "channel" : "dm", members: place.members,
      archived: false, messages: place.messages.map((message) => message_(message)) };
  }

  /** The conversations that a person sees; the chat with the bot is made on first use. */
  visible(workspace, person) {
    const channels = workspace.conversations.filter((place) => place.kind === "channel");
    const chats = workspace.conversations.filter((place) => place.kind === "dm" && place.members.includes(person.id));
    return { channels, chats, wantsChat: chats.length ? null : this.bot.name, home: null };
  }

  async openChat(workspace, person) {
    return (await post(`${ROOT}/open`, { workspace: workspace.id, member: person.id })).conversation;
  }

  async say(place, text, files, alternative) {
    const body = { ...names(place), text };
    if (files.length) return postForm(`${ROOT}/upload`, { ...body, alt: alternative, file: files[0] });
    return post(`${ROOT}/say`, body);
  }

  edit(place, message, text) {
    return post(`${ROOT}/edit`, { ...names(place), message: message.id, text });
  }

  remove(place, message) {
    return post(`${ROOT}/delete`, { ...names(place), message: message.id });
  }

  react(place, message, reaction, on) {
    return post(`${ROOT}/${on ? "react" : "unreact"}`, { ...names(place), message: message.id, reaction });
  }

  reactionOf(offered) {
    return offered.teams;
  }

  faults(workspace, values) {
    return post(`${ROOT}/faults`, { workspace: workspace.id, ...values });
  }

  /** What the menu of a message offers. */
  messageActions() {
    return ACTIONS;
  }

  async runAction(place, message, action, app) {
    showOutcome(await post(`${ROOT}/action`, { ...names(place), command: action.id, message: message.id }), app);
  }

  /** What people type is text, also where it begins with a mention of the bot. */
  command() {
    return null;
  }

  placeholder(conversation, thread) {
    if (thread) return "Reply";
    return conversation.kind === "dm" ? "Type a message" : "Start a post";
  }

  editText(message) {
    return message.source;
  }

  /** The nodes of a message's body. */
  body(message, context) {
    const card = message.views[context.person.id];
    const cards = card ? [{ content: card }] : message.cards;
    return [
      ...safeHtml(message.html),
      ...message.images.map((image) => picture(image.url, image.name, "message-picture")),
      ...message.files.map((file) => (file.inline || file.type.startsWith("image/")
        ? picture(file.url, file.alt || file.name, "message-picture") : fileLink(file))),
      ...cards.map(({ content, type }) => (content && (!type || type.endsWith("card.adaptive"))
        ? this.card(content, message, context) : el("p", { class: "quiet" }, content?.text || "A card that this page does not draw."))),
    ];
  }

  card(content, message, context) {
    return el("div", { class: "card" }, renderCard(content, (action, inputs) => context.app.attempt(async () =>
      showOutcome(await post(`${ROOT}/press`, { ...names(context.place), message: message.id, action, inputs }), context.app))));
  }

  /** The dialog that a person has open, if any. */
  dialogFor(workspace, person, app) {
    const open = workspace.dialogs.filter((dialog) => dialog.member === person.id).at(-1);
    if (!open) return null;
    return {
      id: open.id, title: open.title || "Dialog", signature: JSON.stringify(open), submitLabel: null,
      nodes: () => [open.card
        ? renderCard(open.card, (action, inputs) => app.attempt(() => this.submitDialog(workspace, open, action, inputs, app)),
          async (dataset, query) => (await post(`${ROOT}/typeahead`, { workspace: workspace.id, dialog: open.id, dataset, query })).results || [])
        : el("p", {}, "This dialog shows a page: ", link(open.url, open.url))],
      close: () => post(`${ROOT}/close`, { workspace: workspace.id, dialog: open.id }),
    };
  }

  async submitDialog(workspace, open, action, inputs, app) {
    const data = action.data && typeof action.data === "object" ? action.data : {};
    showOutcome(await post(`${ROOT}/submit`, { workspace: workspace.id, dialog: open.id, data: { ...data, ...inputs } }), app);
  }
}

function names(place) {
  return { workspace: place.workspace.id, member: place.person.id, conversation: place.conversation.id, thread: place.thread || undefined };
}

function showOutcome(outcome, app) {
  if (outcome.error) app.notice(outcome.error);
  else if (outcome.message) app.notice(outcome.message);
}

function fileLink(file) {
  return el("a", { class: "file", href: file.url, download: file.name }, el("span", { "aria-hidden": "true" }, "📄 "), file.name,
    file.alt ? el("span", { class: "quiet" }, ` — ${file.alt}`) : null);
}

function message_(message) {
  return {
    id: message.id, at: Date.parse(message.at), root: message.thread || null, edited: Boolean(message.edited), deleted: message.deleted,
    author: { id: message.author.key || message.author.id, name: message.author.name, bot: message.author.bot, picture: "" },
    reactions: Object.entries(message.reactions).map(([key, people]) => ({ key, shown: teamsEmoji(key), names: people })),
    broadcast: false, onlyFor: message.visible_to || null, source: message.typed ?? message.text, text: plainHtml(message.html),
    html: message.html, cards: message.cards, images: message.images, files: message.files, views: message.views,
  };
}
