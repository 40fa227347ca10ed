// Adaptive Cards: by Microsoft's renderer where the machine has it, else by the plain one.
import { el, openAddress } from "./dom.js";
import { plainCard } from "./plain_cards.js";
import { cardMarkdown } from "./safe_html.js";

let renderer = null;

/** Load Microsoft's renderer once, where `make node-tools` has brought it. */
export function loadRenderer(available) {
  if (!available) return Promise.resolve();
  return new Promise((done) => {
    const script = el("script", { src: "/vendor/adaptivecards.js" });
    script.addEventListener("load", () => { prepare(window.AdaptiveCards); done(); });
    script.addEventListener("error", () => done());
    document.head.append(script);
  });
}

function prepare(loaded) {
  if (!loaded) return;
  loaded.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = cardMarkdown(text).innerHTML;
    result.didProcess = true;
  };
  renderer = loaded;
}

/**
 * A card as a node. `onAction(action, inputs)` gets the action as the card has it; `lookUp(dataset,
 * typed)` gives choices that the bot looks up, where the card stands in a dialog.
 */
export function renderCard(card, onAction, lookUp) {
  // Microsoft's renderer leaves asking the bot while one types to Teams itself.
  const asks = lookUp && JSON.stringify(card).includes('"choices.data"');
  if (!renderer || asks) return plainCard(card, onAction, lookUp);
  const { copy, originals } = numbered(card);
  const made = new renderer.AdaptiveCard();
  made.hostConfig = hostConfig();
  made.onExecuteAction = (action) => {
    const original = originals.get(action.id);
    if (original.type === "Action.OpenUrl") openAddress(original.url);
    else if (original.type !== "Action.ToggleVisibility") onAction(original, inputsOf(made));
  };
  made.parse(copy);
  const node = made.render();
  if (!node) return plainCard(card, onAction, lookUp);
  node.classList.add("adaptive-card");
  return node;
}

function inputsOf(card) {
  return Object.fromEntries(card.getAllInputs().filter((input) => input.id).map((input) => [input.id, input.value ?? ""]));
}

// Actions get ids of ours, so that a press finds the action exactly as the card has it.
function numbered(card) {
  const originals = new Map();
  const walk = (value) => {
    if (Array.isArray(value)) return value.map(walk);
    if (!value || typeof value !== "object") return value;
    const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, name === "data" ? inner : walk(inner)]));
    if (String(value.type).startsWith("Action.")) {
      copy.id = `action-${originals.size}`;
      originals.set(copy.id, value);
    }
    return copy;
  };
  return { copy: walk(card), originals };
}

function hostConfig() {
  // Named colours, so that a shown card follows the switch between light and dark.
  const colour = (name) => `var(${name})`;
  const text = colour("--text");
  const quiet = colour("--quiet");
  const one = (value) => ({ default: value, subtle: quiet });
  const container = (background) => ({ backgroundColor: background, foregroundColors: {
    default: one(text), accent: one(colour("--link")), good: one(colour("--good")), warning: one(colour("--warn")),
    attention: one(colour("--bad")), dark: one(text), light: one(quiet) } });
  return new renderer.HostConfig({
    fontFamily: "inherit",
    fontSizes: { small: 12, default: 13, medium: 14, large: 16, extraLarge: 18 },
    spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 20, padding: 12 },
    containerStyles: { default: container("transparent"), emphasis: container(colour("--raised")) },
    actions: { maxActions: 6, buttonSpacing: 6, showCard: { actionMode: "inline" }, actionsOrientation: "horizontal", actionAlignment: "left" },
    inputs: { label: { inputSpacing: "small", requiredInputs: { suffix: " *" } } },
  });
}
