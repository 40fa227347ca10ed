// One city's workspace: who one is, which conversation and thread one looks at.
import { drawChannels } from "./channels.js";
import { Composer } from "./composer.js";
import { DialogOfPane } from "./dialogs.js";
import { el, freshId, keep, stayAtEnd } from "./dom.js";
import { faultMenu, faultWords } from "./faults.js";
import { drawMessage, messageSignature } from "./messages.js";
import { timeThere } from "./time.js";

/** A pane. `update` is called with every new state; nothing else changes what it shows. */
export class Pane {
  constructor(workspace, side, app) {
    this.app = app;
    this.side = side;
    this.platform = side.platform;
    this.title = workspace.name;
    this.personId = workspace.people[0]?.id;
    this.conversationId = null;
    this.threadId = null;
    this.editing = null;
    this.seen = new Map();
    this.unread = new Set();
    this.dialog = new DialogOfPane(this);
    this.build(workspace);
  }

  get person() {
    return this.workspace.people.find((person) => person.id === this.personId) || this.workspace.people[0];
  }

  get conversation() {
    return this.workspace.conversations.find((place) => place.id === this.conversationId);
  }

  /** Where something is done: this person, here, in the open thread or not. */
  placeOf(thread) {
    return { workspace: this.workspace, person: this.person, conversation: this.conversation, thread };
  }

  build(workspace) {
    const title = freshId("pane");
    this.people = el("select", { class: "person", "aria-label": `You are, in ${workspace.name}`, onchange: () => this.become(this.people.value) });
    this.status = el("span", { class: "status" });
    this.clock = el("span", { class: "local-time" });
    this.channels = el("nav", { class: "channels", "aria-label": `Channels in ${workspace.name}` });
    this.drawerButton = el("button", { type: "button", class: "icon-button drawer-button", "aria-label": `Channels in ${workspace.name}`, "aria-expanded": "false",
      onclick: () => this.toggleDrawer() }, "☰");
    this.whereName = el("h3", { class: "where" });
    this.list = el("div", { class: "messages", role: "log", "aria-label": `Messages, ${workspace.name}`, tabindex: "0" });
    this.threadList = el("div", { class: "messages", role: "log", "aria-label": `Thread, ${workspace.name}`, tabindex: "0" });
    stayAtEnd(this.list);
    stayAtEnd(this.threadList);
    this.composer = new Composer(this, false);
    this.threadComposer = new Composer(this, true);
    this.threadTitle = el("h3", { class: "where" }, "Thread");
    this.thread = el("aside", { class: "thread", "aria-label": `Thread in ${workspace.name}`, hidden: true,
      onkeydown: (event) => { if (event.key === "Escape" && !event.defaultPrevented) this.openThread(null); } },
      el("div", { class: "talk-head" }, this.threadTitle,
        el("button", { type: "button", class: "icon-button", "aria-label": "Close the thread", onclick: () => this.openThread(null) }, "×")),
      this.threadList, this.threadComposer.node);
    this.talk = el("div", { class: "talk" }, el("div", { class: "talk-head" }, this.drawerButton, this.whereName), this.list, this.composer.node);
    this.zoom = el("button", { type: "button", class: "icon-button zoom", "aria-pressed": "false", onclick: () => this.toggleZoom() }, "⤢");
    this.zoom.setAttribute("aria-label", `Show ${workspace.name} large`);
    this.node = el("section", { class: `pane ${this.platform}`, id: title, "aria-label": `${workspace.name}, ${this.side.label}` },
      el("header", { class: "pane-head" },
        el("h2", {}, el("span", { class: "city" }, workspace.name), " ", el("span", { class: "platform" }, this.side.label)),
        this.status, this.clock, this.people, faultMenu(this), this.zoom),
      el("div", { class: "pane-body" }, this.channels, this.talk, this.thread));
  }

  /** Draw a new state of the workspace. */
  update(workspace) {
    this.workspace = workspace;
    const { channels, chats } = this.side.visible(workspace, this.person);
    if (!this.conversation && this.conversationId !== "home") this.conversationId = (preferred(channels) || channels[0] || chats[0])?.id;
    this.noteUnread(workspace);
    this.drawPeople();
    this.status.replaceChildren(...faultWords(workspace.faults));
    this.draw();
    this.app.travel.drawn(this);
  }

  draw() {
    drawChannels(this);
    this.drawClock();
    const place = this.conversation;
    this.node.classList.toggle("at-home", this.conversationId === "home");
    this.whereName.textContent = place ? `${place.kind === "dm" ? "" : this.side.sign}${place.name}` : this.workspace.bot.name;
    if (this.conversationId === "home") this.drawHome();
    else if (place) this.drawMessages(place);
    this.composer.update();
    this.threadComposer.update();
    this.dialog.update();
  }

  drawHome() {
    this.thread.hidden = true;
    this.composer.node.hidden = true;
    keep(this.list, [this.side.homeOf(this.workspace, this.person)], () => `home-${this.person.id}`, (view) => JSON.stringify(view ?? null),
      (view) => this.side.drawHome(view, this.context(null)));
  }

  drawMessages(place) {
    this.composer.node.hidden = false;
    const forMe = place.messages.filter((message) => !message.onlyFor || message.onlyFor === this.person.id);
    const main = forMe.filter((message) => !message.root || message.broadcast);
    this.fill(this.list, main, forMe, false, place.kind === "dm" ? `This is your chat with ${place.name}. Say hello, or write help.` : `Nothing here yet. What you write in ${place.name} appears here.`);
    const root = this.threadId && forMe.find((message) => message.id === this.threadId);
    this.thread.hidden = !root;
    this.node.classList.toggle("in-thread", Boolean(root));
    if (!root) { this.threadId = null; return; }
    const replies = forMe.filter((message) => message.root === this.threadId);
    this.fill(this.threadList, [root, ...replies], forMe, true, "");
  }

  fill(list, messages, all, inThread, empty) {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60 || !list.dataset.drawn || list.dataset.for !== this.conversationId + this.threadId;
    list.dataset.drawn = "true";
    list.dataset.for = this.conversationId + this.threadId;
    if (!messages.length) { list.replaceChildren(el("p", { class: "empty", dataset: { key: "empty" } }, empty)); return; }
    const drawn = messages.map((message, index) => this.view(message, messages[index - 1], all, inThread));
    keep(list, drawn, (view) => view.key, messageSignature, (view) => drawMessage(view, this.context(inThread ? this.threadId : view.message.root)));
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  /** What one message looks like to this person now; drawn again only when this changes. */
  view(message, before, all, inThread) {
    const replies = inThread || message.root ? [] : all.filter((other) => other.root === message.id && !other.deleted);
    const near = before && before.author.name === message.author.name && message.at - before.at < 300_000 && !before.deleted && !replies.length && !before.onlyFor;
    return { key: `${message.id}${message.onlyFor ? "-private" : ""}`, message, replies, inThread, person: this.person.id, personName: this.person.name,
      follows: Boolean(near) && this.platform === "slack" && !message.broadcast, editing: this.editing === message.id };
  }

  context(thread) {
    return { pane: this, app: this.app, side: this.side, workspace: this.workspace, person: this.person, place: this.placeOf(thread) };
  }

  /** The time where the person is. */
  drawClock() {
    this.clock.textContent = timeThere(this.person.zone);
    this.clock.title = `The time where ${this.person.name} is`;
  }

  drawPeople() {
    keep(this.people, this.workspace.people, (person) => person.id, (person) => person.name + person.title, (person) =>
      el("option", { value: person.id }, person.title ? `${person.name}, ${person.title}` : person.name));
    this.people.value = this.personId;
  }

  noteUnread(workspace) {
    const first = this.seen.size === 0;
    for (const place of workspace.conversations) {
      const newest = place.messages.at(-1)?.id;
      if (!first && newest && newest !== this.seen.get(place.id) && place.id !== this.conversationId) this.unread.add(place.id);
      this.seen.set(place.id, newest);
    }
  }

  become(personId) {
    this.personId = personId;
    this.threadId = null;
    const { channels, chats } = this.side.visible(this.workspace, this.person);
    if (this.conversationId !== "home" && ![...channels, ...chats].includes(this.conversation)) this.conversationId = channels[0]?.id;
    this.draw();
    if (this.conversationId === "home") this.openHome();
  }

  openConversation(id) {
    this.conversationId = id;
    this.threadId = null;
    this.editing = null;
    this.unread.delete(id);
    this.toggleDrawer(false);
    this.draw();
  }

  async openChat() {
    const id = await this.app.attempt(() => this.side.openChat(this.workspace, this.person));
    if (!id) return;
    await this.app.refresh(this.platform);
    this.openConversation(id);
    this.composer.focus();
  }

  async openHome() {
    this.openConversation("home");
    await this.app.attempt(() => this.side.openHome(this.workspace, this.person));
  }

  openThread(id) {
    const before = this.threadId;
    this.threadId = id;
    this.draw();
    if (id) this.threadComposer.focus();
    else this.list.querySelector(`[data-key="${CSS.escape(before || "")}"]`)?.focus();
  }

  edit(message) {
    this.editing = message?.id || null;
    this.draw();
  }

  toggleDrawer(open = !this.node.classList.contains("drawer-open")) {
    this.node.classList.toggle("drawer-open", open);
    this.drawerButton.setAttribute("aria-expanded", String(open));
  }

  toggleZoom() {
    const large = !this.node.classList.contains("large");
    for (const pane of this.app.panes.values()) pane.setLarge(false);
    this.setLarge(large);
    document.getElementById("panes").classList.toggle("one-large", large);
  }

  setLarge(large) {
    this.node.classList.toggle("large", large);
    this.zoom.setAttribute("aria-pressed", String(large));
    this.zoom.textContent = large ? "⤡" : "⤢";
  }
}

function preferred(channels) {
  return channels.find((place) => /housing/i.test(place.name));
}
