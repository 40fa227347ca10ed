// Where people write: Enter sends, Shift+Enter begins a new line, files with a description.
import { el, freshId } from "./dom.js";
import { emojiPicker } from "./menus.js";

/** The composer of a pane, or of its thread. Each conversation keeps its draft. */
export class Composer {
  constructor(pane, inThread) {
    this.pane = pane;
    this.inThread = inThread;
    this.drafts = new Map();
    this.file = null;
    this.area = el("textarea", { rows: "1", onkeydown: (event) => this.key(event), oninput: () => this.typed() });
    this.picker = el("input", { type: "file", class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => this.attach(this.picker.files[0]) });
    this.attached = el("div", { class: "attached", hidden: true });
    this.alternative = el("input", { type: "text", id: freshId("alt"), maxlength: "500", autocomplete: "off" });
    const also = el("input", { type: "checkbox", id: freshId("also") });
    this.also = also;
    this.alsoLabel = el("label", { for: also.id });
    this.alsoLine = el("div", { class: "also", hidden: true }, also, this.alsoLabel);
    this.node = el("form", { class: "composer", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.send(); } },
      this.attached, this.area, this.alsoLine,
      el("div", { class: "composer-tools" },
        this.tool("📎", "Attach a file", () => this.picker.click()),
        this.tool("☺", "Add an emoji", (event) => emojiPicker(event.currentTarget, (offered) => this.insert(offered.character))),
        this.tool("@", "Mention the exchange", () => this.insert(`@${pane.workspace.bot.name} `)),
        this.sendButton = el("button", { type: "submit", class: "send", "aria-label": "Send" }, "➤")),
      this.picker);
  }

  tool(sign, label, onclick) {
    return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick }, sign);
  }

  get draftKey() {
    return `${this.pane.personId}/${this.pane.conversationId}/${this.inThread ? this.pane.threadId : ""}`;
  }

  /** Follow the pane: another conversation has another draft and another label. */
  update() {
    const place = this.pane.conversation;
    if (!place || (this.inThread && !this.pane.threadId)) return;
    if (this.key_ !== this.draftKey) {
      this.key_ = this.draftKey;
      this.area.value = this.drafts.get(this.key_) || "";
      this.also.checked = false;
      this.attach(null);
      this.grow();
    }
    const words = this.pane.side.placeholder(place, this.inThread);
    this.area.placeholder = words;
    this.area.setAttribute("aria-label", this.inThread ? `Reply in the thread, ${this.pane.title}` : `Message ${place.name}, ${this.pane.title}`);
    this.alsoLine.hidden = !this.inThread || this.pane.platform !== "slack" || place.kind === "dm";
    this.alsoLabel.textContent = `Also send to #${place.name}`;
  }

  focus() {
    this.area.focus({ preventScroll: true });
  }

  typed() {
    this.drafts.set(this.draftKey, this.area.value);
    this.grow();
  }

  grow() {
    this.area.rows = Math.min(5, this.area.value.split("\n").length);
    this.sendButton.disabled = !this.area.value.trim() && !this.file;
  }

  insert(text) {
    this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
    this.typed();
    this.focus();
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  attach(file) {
    this.file = file || null;
    this.picker.value = "";
    this.alternative.value = "";
    this.attached.hidden = !this.file;
    this.attached.replaceChildren(...(this.file ? [
      el("span", { class: "file-name" }, this.file.name),
      el("label", { for: this.alternative.id }, "Description"),
      this.alternative,
      el("button", { type: "button", class: "icon-button", "aria-label": "Take the file away", onclick: () => this.attach(null) }, "×"),
    ] : []));
    this.alternative.placeholder = "What it shows, for people who can’t see it";
    this.grow();
  }

  async send() {
    const text = this.area.value.trim();
    const file = this.file;
    if (!text && !file) return;
    const { pane } = this;
    const place = pane.placeOf(this.inThread ? pane.threadId : null);
    const alternative = this.alternative.value.trim();
    const broadcast = this.also.checked;
    const command = file ? null : pane.side.command(place, text);
    const stays = text.startsWith("//") || text.startsWith(`@${place.workspace.bot.name}`);
    const travels = !command && !stays && place.conversation.kind === "channel";
    const journey = travels ? pane.app.travel.start(pane, text) : null;
    this.area.value = "";
    this.also.checked = false;
    this.attach(null);
    this.typed();
    const sent = await pane.app.attempt(() =>
      (command ? command() : pane.side.say(place, text, file ? [file] : [], alternative, broadcast)));
    if (sent) return;
    journey?.refused();
    if (!this.area.value) this.area.value = text;
    this.typed();
  }
}
