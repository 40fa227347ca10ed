// The Slack stand-in: its state as the panes need it, and what people do there.
import { get, post, postForm } from "./api.js";
import { stateValues } from "./block_inputs.js";
import { blockKit, plain } from "./block_kit.js";
import { confirmBox } from "./dialogs.js";
import { el, picture, safePicture } from "./dom.js";
import { slackEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

const ROOT = "/slack/control";
const JOINS = new Set(["channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive", "channel_unarchive",
  "group_join", "group_leave", "group_topic", "group_purpose", "group_name", "group_archive", "group_unarchive", "pinned_item"]);
const REFUSALS = {
  operation_timeout: "The exchange took more than 3 seconds to answer, so Slack gave up. Please try again.",
  dispatch_failed: "The exchange could not be reached. Please try again in a moment.",
};

/** Everything the page knows of Slack. */
export class SlackSide {
  platform = "slack";
  label = "Slack";
  sign = "# ";

  constructor() {
    // What was refused in a dialog, and what was typed, until it is submitted again.
    this.refused = new Map();
  }

  /** The workspaces as panes draw them. */
  async load() {
    this.state = await get(`${ROOT}/state`);
    return this.state.workspaces.map((workspace) => this.workspace(workspace, this.state.apps));
  }

  /** The workspace after one change of a message; null when everything has to be fetched. */
  patched(change) {
    const workspace = this.state?.workspaces.find((one) => one.id === change.workspace);
    const place = workspace?.conversations.find((one) => one.id === change.conversation);
    const { message } = change;
    if (!place || !message || !["message", "changed"].includes(change.kind)) return null;
    const known = place.messages.findIndex((one) => one.ts === message.ts);
    if (known >= 0) place.messages[known] = message;
    else {
      place.messages.push(message);
      if (!message.thread_ts || message.subtype === "thread_broadcast") place.timeline.push(message.ts);
    }
    return this.workspace(workspace, this.state.apps);
  }

  workspace(workspace, apps) {
    const members = new Map(workspace.members.map((member) => [member.id, member]));
    const names = namesOf(workspace, members);
    const people = workspace.members.filter((member) => !member.is_bot && !member.deleted)
      .map((member) => ({ id: member.id, name: member.real_name || member.name, title: member.profile?.title || "", zone: member.tz }));
    const authors = { members, apps: new Map(apps.map((app) => [app.id, app.name])) };
    const installed = workspace.installations.find((one) => one.status === "active");
    return {
      key: `slack/${workspace.id}`, id: workspace.id, platform: "slack", name: workspace.name, people, faults: workspace.faults, names, members,
      bot: { id: installed?.bot_user || "", name: members.get(installed?.bot_user)?.real_name || apps[0]?.name || "App" },
      commands: apps.flatMap((app) => app.commands),
      shortcuts: apps.flatMap((app) => app.shortcuts).filter((shortcut) => shortcut.type !== "global"),
      modals: workspace.modals, homes: workspace.homes,
      conversations: workspace.conversations.map((place) => conversation(place, names, authors)),
    };
  }

  /** The conversations that a person sees. */
  visible(workspace, person) {
    const mine = workspace.conversations.filter((place) => place.members.includes(person.id));
    const chats = mine.filter((place) => place.kind === "dm" && place.members.includes(workspace.bot.id));
    return { channels: mine.filter((place) => place.kind === "channel"), chats: chats.map((place) => Object.assign(place, { name: workspace.bot.name })),
      wantsChat: chats.length || !workspace.bot.id ? null : workspace.bot.name, home: workspace.bot.id ? "Home" : null };
  }

  async openChat(workspace, person) {
    return (await post(`${ROOT}/open`, { workspace: workspace.id, member: person.id, tab: "messages" })).channel;
  }

  openHome(workspace, person) {
    return post(`${ROOT}/open`, { workspace: workspace.id, member: person.id, tab: "home" });
  }

  async say(place, text, files, alternative, broadcast) {
    const body = { ...where(place), text: withTokens(text, place.workspace.names), thread_ts: place.thread || undefined };
    if (files.length) return postForm(`${ROOT}/upload`, { ...body, alt_text: alternative, file: files[0] });
    return post(`${ROOT}/say`, { ...body, broadcast: broadcast || undefined });
  }

  /** How a typed slash command is run; null for ordinary words. */
  command(place, text) {
    const name = text.split(/\s/)[0];
    if (!place.workspace.commands.includes(name) || place.thread) return null;
    return async () => accepted(await post(`${ROOT}/command`, { ...where(place), text }));
  }

  edit(place, message, text) {
    return post(`${ROOT}/edit`, { ...where(place), ts: message.id, text: withTokens(text, place.workspace.names) });
  }

  remove(place, message) {
    return post(`${ROOT}/delete`, { ...where(place), ts: message.id });
  }

  react(place, message, reaction, on) {
    return post(`${ROOT}/${on ? "react" : "unreact"}`, { ...where(place), ts: message.id, emoji: reaction });
  }

  reactionOf(offered) {
    return offered.slack;
  }

  faults(workspace, values) {
    return post(`${ROOT}/faults`, { workspace: workspace.id, ...values });
  }

  messageActions(workspace) {
    return workspace.shortcuts.map((shortcut) => ({ id: shortcut.callback_id, name: shortcut.name || shortcut.callback_id }));
  }

  async runAction(place, message, action) {
    accepted(await post(`${ROOT}/shortcut`, { ...where(place), callback_id: action.id, ts: message.id }));
  }

  placeholder(conversation, thread) {
    if (thread) return "Reply…";
    return conversation.kind === "dm" ? `Message ${conversation.name}` : `Message #${conversation.name}`;
  }

  editText(message, { names }) {
    return withoutTokens(message.source, names).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
      .replace(/:([a-z0-9_'+&-]+):/g, (name) => slackEmoji(name));
  }

  /** The nodes of a message's body. */
  body(message, context) {
    const { workspace, person } = context;
    const kit = { names: { ...workspace.names, reader: person.id }, confirm: confirmation,
      press: (element, block, chosen) => context.app.attempt(async () => accepted(await post(`${ROOT}/press`, {
        ...where(context.place), ts: message.id, block_id: block.block_id, action_id: element.action_id, chosen }))) };
    return [
      message.blocks.length ? blockKit(message.blocks, kit) : mrkdwn(message.source, kit.names),
      message.attachments.map((attachment) => el("blockquote", {}, attachment.blocks ? blockKit(attachment.blocks, kit) : mrkdwn(attachment.text || attachment.fallback || "", kit.names))),
      message.files.map((file) => shownFile(file, workspace)),
    ].flat();
  }

  /** The App Home view of a person, if the app has published one. */
  homeOf(workspace, person) {
    return workspace.homes.find((home) => home.member === person.id)?.view;
  }

  /** The App Home as a node. */
  drawHome(view, { workspace, person, app }) {
    if (!view) return el("p", { class: "empty" }, "Nothing is on this Home yet. The exchange fills it when it is running.");
    return el("div", { class: "home", tabindex: "-1" }, blockKit(view.blocks, this.viewKit(workspace, person, view, app, [])));
  }

  viewKit(workspace, person, view, app, inputs) {
    const before = this.refused.get(view.id);
    return { names: { ...workspace.names, reader: person.id }, confirm: confirmation, inputs, errors: before?.errors, values: before?.values || view.state?.values,
      suggest: async (element, block, value) => accepted(await post(`${ROOT}/suggest`, {
        workspace: workspace.id, member: person.id, view_id: view.id, block_id: block.block_id, action_id: element.action_id, value })),
      press: (element, block, chosen) => app.attempt(async () => accepted(await post(`${ROOT}/press`, {
        workspace: workspace.id, member: person.id, view_id: view.id, block_id: block.block_id, action_id: element.action_id, chosen }))) };
  }

  /** The modal that a person has open, if any. */
  dialogFor(workspace, person, app, pane) {
    const view = (workspace.modals[person.id] || []).at(-1);
    if (!view) return null;
    const inputs = [];
    return {
      title: plain(view.title), submitLabel: plain(view.submit) || null, closeLabel: plain(view.close) || "Close",
      signature: JSON.stringify([view.id, view.hash, view.blocks, this.refused.get(view.id)?.errors]),
      nodes: () => blockKit(view.blocks, this.viewKit(workspace, person, view, app, inputs)),
      close: () => post(`${ROOT}/close`, { workspace: workspace.id, member: person.id, view_id: view.id }),
      submit: async () => {
        const values = stateValues(inputs);
        const answer = await post(`${ROOT}/submit`, { workspace: workspace.id, member: person.id, view_id: view.id, values });
        if (answer.result === "errors") this.refused.set(view.id, { errors: answer.errors, values });
        else { this.refused.delete(view.id); accepted(answer); }
        pane.dialog.update();
      },
    };
  }
}

function oneOf(names) {
  return names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).sort((a, b) => b.length - a.length).join("|") || "(?!)";
}

// As Slack's composer does when a name is chosen: "@Omar Hale" and "#transport" become tokens.
function withTokens(text, names) {
  const people = new Map(names.people().map(({ id, name }) => [name, id]));
  const channels = new Map(names.channels().map(({ id, name }) => [name, id]));
  return text
    .replace(new RegExp(`(?<![\\w<])@(${oneOf([...people.keys()])})(?![\\p{L}\\p{N}])`, "gu"), (_, name) => `<@${people.get(name)}>`)
    .replace(new RegExp(`(?<![\\w<])#(${oneOf([...channels.keys()])})(?![\\w-])`, "gu"), (_, name) => `<#${channels.get(name)}>`)
    .replace(/(?<![\w<])@(channel|here|everyone)\b/g, "<!$1>");
}

function withoutTokens(source, names) {
  return source.replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id) => `@${names.person(id)}`).replace(/<#([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id) => `#${names.channel(id)}`)
    .replace(/<!(channel|here|everyone)(?:\|[^>]*)?>/g, "@$1").replace(/<((?:https?|mailto):[^>|]+)(?:\|[^>]*)?>/g, "$1");
}

function where(place) {
  return { workspace: place.workspace.id, member: place.person.id, channel: place.conversation.id };
}

function accepted(answer) {
  if (answer.ok === false) throw new Error(REFUSALS[answer.error] || `The exchange answered with an error (${answer.error}). Please try again.`);
  return answer;
}

function confirmation(asked) {
  return confirmBox(plain(asked.title), plain(asked.text), plain(asked.confirm), plain(asked.deny));
}

function namesOf(workspace, members) {
  const people = () => workspace.members.filter((member) => !member.deleted).map((member) => ({ id: member.id, name: member.real_name || member.name }));
  const channels = () => workspace.conversations.filter((place) => place.name).map((place) => ({ id: place.id, name: place.name }));
  return {
    people, channels,
    person: (id) => members.get(id)?.real_name || members.get(id)?.name || "someone",
    channel: (id) => channels().find((place) => place.id === id)?.name || "a private channel",
    group: (id) => `@${workspace.usergroups.find((group) => group.id === id)?.handle || "group"}`,
  };
}

function conversation(place, names, authors) {
  const timeline = new Set(place.timeline);
  const messages = [...place.messages, ...place.ephemerals].map((raw) => message(raw, names, authors, timeline)).sort((a, b) => a.at - b.at);
  return { id: place.id, name: place.name, kind: place.kind === "im" || place.kind === "mpim" ? "dm" : "channel", members: place.members, archived: place.archived, messages };
}

function message(raw, names, authors, timeline) {
  const reply = raw.thread_ts && raw.thread_ts !== raw.ts;
  const seconds = Number(raw.ts);
  return {
    id: raw.ts, at: seconds * 1000, root: reply ? raw.thread_ts : null, broadcast: Boolean(reply) && timeline.has(raw.ts),
    edited: Boolean(raw.edited), deleted: raw.subtype === "tombstone", onlyFor: raw.is_ephemeral ? raw.to : null,
    author: author(raw, authors), source: raw.text || "", text: plainText(raw.text || "", names),
    system: JOINS.has(raw.subtype), blocks: raw.blocks || [], attachments: raw.attachments || [], files: raw.files || [],
    reactions: (raw.reactions || []).map(({ name, users }) => ({ key: name, shown: slackEmoji(name), names: users.map((id) => names.person(id)) })),
  };
}

function author(raw, { members, apps }) {
  const bot = Boolean(raw.bot_id);
  const member = members.get(raw.user);
  const icon = raw.icons?.image_72 || raw.icons?.image_48 || raw.icons?.image_36 || "";
  return { id: raw.user || raw.bot_id || "", bot, tag: bot ? "APP" : "", picture: safePicture(icon) ? icon : "",
    name: raw.username || member?.real_name || member?.name || apps.get(raw.app_id) || "Slackbot" };
}

function plainText(text, names) {
  return mrkdwn(text, names).map((node) => (typeof node === "string" ? node : node.textContent || "\n")).join("");
}

function shownFile(file, workspace) {
  if (file.mode === "tombstone") return el("p", { class: "quiet" }, "A file was deleted.");
  const address = `${ROOT}/file/${workspace.id}-${file.id}`;
  if (/^image\/(png|jpeg|gif|webp)/.test(file.mimetype || "")) return picture(address, file.alt_txt || file.title || file.name, "message-picture");
  return el("a", { class: "file", href: address, download: file.name }, el("span", { "aria-hidden": "true" }, "📄 "), file.name,
    file.alt_txt ? el("span", { class: "quiet" }, ` — ${file.alt_txt}`) : null);
}
