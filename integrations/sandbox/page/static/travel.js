// The way of the last message: what happened to it when, and how long until the last copy.
import { announce, el } from "./dom.js";
import { ahead, duration } from "./time.js";

const STAGES = [
  { stage: "received", name: "Received", means: "the exchange has the event" },
  { stage: "stored", name: "On disk", means: "it survives a power cut" },
  { stage: "decided", name: "Decided", means: "who gets it" },
  { stage: "sent", name: "Out", means: "sent to the first city" },
];
const FORGET_AFTER = 600_000;

function letters(text) {
  return text.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "").toLowerCase();
}

// What of the typed words every copy shows: no emoji names, mentions, addresses.
function pieces(typed, names) {
  return names.reduce((text, name) => text.replaceAll(`@${name}`, "<>"), typed).split(/:[a-z0-9_'+&-]+:|<[^>\n]*>|https?:\S+/).map(letters).filter(Boolean);
}

function shortName(city) {
  return city.replace(/^(City|Town|Village|County) of /, "");
}

/** Follows messages from the key press to the last copy drawn on this page. */
export class Travel {
  constructor(node, app) {
    this.node = node;
    this.app = app;
    this.journey = null;
    this.draw();
  }

  /** A message was sent in a pane just now. */
  start(pane, text) {
    const known = new Map([...this.app.panes.values()].map((each) => [each, new Set(each.workspace.conversations.flatMap((place) => place.messages.map((message) => message.id)))]));
    const journey = { pane, person: pane.person.name, city: pane.title, pieces: pieces(text, [pane.workspace.bot, ...pane.workspace.people].map((one) => one.name)), pressed: performance.now(),
      clock: Date.now(), known, copies: new Map(), stages: new Map(),
      refused: () => { if (this.journey === journey) { this.journey = null; this.draw(); } } };
    this.journey = journey;
    this.draw();
    return journey;
  }

  /** A step that the exchange tells of. */
  trace(trace) {
    const journey = this.journey;
    if (!journey || performance.now() - journey.pressed > FORGET_AFTER) return;
    const since = Date.parse(trace.at) - ahead() - journey.clock;
    if (since < -5 || journey.stages.has(trace.stage) || !belongs(trace, journey)) return;
    journey.stages.set(trace.stage, Math.max(0, since));
    this.draw();
  }

  /** A pane has drawn its workspace: is a copy of the travelling message in it now? */
  drawn(pane) {
    const journey = this.journey;
    if (!journey || pane === journey.pane || journey.copies.has(pane)) return;
    const known = journey.known.get(pane);
    const copy = pane.workspace.conversations.some((place) => place.messages.some((message) =>
      message.author.bot && !known?.has(message.id) && isCopy(message, journey)));
    if (!copy) return;
    journey.copies.set(pane, null);
    requestAnimationFrame(() => {
      journey.copies.set(pane, performance.now() - journey.pressed);
      if (this.journey === journey) this.draw();
    });
  }

  draw() {
    const journey = this.journey;
    if (!journey) {
      this.node.replaceChildren(el("p", { class: "travel-idle" }, this.app.settings.exchange
        ? "Write something in one city. Its way to the others appears here, with the time it took."
        : "No exchange is running behind these workspaces, so what you write stays where you write it."));
      return;
    }
    const times = [...journey.copies.values()].filter((time) => time !== null);
    this.node.replaceChildren(
      el("p", { class: "travel-who" }, el("strong", {}, journey.person), el("span", {}, `wrote in ${journey.city}`)),
      el("ol", { class: "travel-steps" }, step("Key press", 0, true, "you pressed Enter"),
        this.app.settings.exchange ? STAGES.map(({ stage, name, means }) => step(name, journey.stages.get(stage), journey.stages.has(stage), means)) : null,
        [...this.app.panes.values()].filter((pane) => pane !== journey.pane).map((pane) => step(shortName(pane.title), journey.copies.get(pane) ?? undefined, journey.copies.has(pane), "its copy is on the screen", "copy"))),
      this.figure(times));
  }

  figure(times) {
    if (!times.length) return el("p", { class: "travel-figure waiting" }, el("strong", {}, "…"), el("span", {}, this.journey.stages.has("decided") ? "on its way" : "no copy yet"));
    const last = Math.max(...times);
    const cities = times.length === 1 ? "the first copy" : `the last of ${times.length} copies`;
    const node = el("p", { class: "travel-figure", dataset: { milliseconds: String(Math.round(last)), copies: String(times.length) } },
      el("strong", {}, duration(last)), el("span", {}, `from key press to ${cities}`));
    if (times.length === this.app.panes.size - 1) announce(`${duration(last)} from key press to ${cities}.`);
    return node;
  }
}

function isCopy(message, journey) {
  const shown = letters(message.text);
  return journey.pieces.every((piece) => shown.includes(piece));
}

// The first event received after the key press is taken as the message; its key leads on.
function belongs(trace, journey) {
  if (trace.stage === "received") journey.event ??= trace.key;
  if (trace.stage === "decided" && trace.event === journey.event) journey.post = trace.key;
  return trace.key === (trace.stage === "received" || trace.stage === "stored" ? journey.event : journey.post);
}

function step(name, time, done, means, kind = "") {
  return el("li", { class: `${done ? "done" : ""} ${kind}`, title: `${name}: ${means}` },
    el("span", { class: "dot", "aria-hidden": "true" }, done ? "✓" : ""),
    el("span", { class: "step-name" }, name),
    el("span", { class: "step-time" }, time === undefined ? (done ? "" : "not yet") : duration(time)));
}
