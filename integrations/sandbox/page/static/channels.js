// The list of conversations beside the messages.
import { el } from "./dom.js";

/** Draw the channels, chats and the bot's home of a pane. */
export function drawChannels(pane) {
  const { channels, chats, wantsChat, home } = pane.side.visible(pane.workspace, pane.person);
  const signature = JSON.stringify([channels, chats].map((list) => list.map((place) => [place.id, place.name, place.archived])).concat(
    [[...pane.unread], pane.conversationId, pane.personId, wantsChat, home]));
  if (pane.channels.dataset.signature === signature) return;
  const focused = pane.channels.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  pane.channels.dataset.signature = signature;
  pane.channels.replaceChildren(
    el("p", { class: "channels-title" }, "Channels"),
    el("ul", {}, channels.map((place) => entry(pane, place.id, `${pane.side.sign}${place.name}${place.archived ? " (archived)" : ""}`, () => pane.openConversation(place.id)))),
    el("p", { class: "channels-title" }, pane.platform === "slack" ? "Apps" : "Chat"),
    el("ul", {},
      chats.map((place) => entry(pane, place.id, place.name, () => pane.openConversation(place.id))),
      wantsChat ? entry(pane, "", wantsChat, () => pane.openChat()) : null,
      home ? entry(pane, "home", home, () => pane.openHome()) : null));
  if (focused) pane.channels.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function entry(pane, id, name, onclick) {
  const here = id !== "" && pane.conversationId === id;
  const fresh = pane.unread.has(id);
  return el("li", {}, el("button", { type: "button", class: fresh ? "fresh" : "", dataset: { id }, "aria-current": here ? "page" : null, onclick },
    el("span", { class: "name" }, name), fresh ? el("span", { class: "badge" }, "new") : null));
}
