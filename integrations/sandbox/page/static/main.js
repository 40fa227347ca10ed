// The sandbox page: loads both stand-ins, draws a pane per city, follows the stream.
import { loadRenderer } from "./cards.js";
import { startControls } from "./controls.js";
import { announce, el } from "./dom.js";
import { loadEmoji } from "./emoji.js";
import { Pane } from "./pane.js";
import { SlackSide } from "./slack_side.js";
import { startTabs } from "./tabs.js";
import { TeamsSide } from "./teams_side.js";
import { setNow } from "./time.js";
import { Travel } from "./travel.js";

const RETRY_AFTER = 1000;

class App {
  constructor(settings) {
    this.settings = settings;
    this.sides = { slack: new SlackSide(), teams: new TeamsSide() };
    this.panes = new Map();
    this.workspaces = new Map();
    this.travel = new Travel(document.getElementById("travel"), this);
    this.loading = { slack: null, teams: null };
    this.stale = { slack: false, teams: false };
    this.place = document.getElementById("panes");
  }

  /** Fetch one side's state and draw it; calls that come meanwhile share one more fetch. */
  async refresh(platform) {
    if (this.loading[platform]) {
      this.stale[platform] = true;
      return this.loading[platform];
    }
    this.loading[platform] = this.fetchAndDraw(platform).finally(() => { this.loading[platform] = null; });
    await this.loading[platform];
    if (this.stale[platform]) {
      this.stale[platform] = false;
      await this.refresh(platform);
    }
  }

  async fetchAndDraw(platform) {
    const workspaces = await this.sides[platform].load();
    for (const workspace of workspaces) {
      this.workspaces.set(workspace.key, workspace);
      this.paneOf(workspace).update(workspace);
    }
  }

  paneOf(workspace) {
    let pane = this.panes.get(workspace.key);
    if (!pane) {
      pane = new Pane(workspace, this.sides[workspace.platform], this);
      this.panes.set(workspace.key, pane);
      this.arrange();
    }
    return pane;
  }

  /** Slack's cities first, in the order in which the stand-ins name them. */
  arrange() {
    const panes = [...this.panes.values()].sort((a, b) => a.platform.localeCompare(b.platform));
    this.place.dataset.count = String(Math.min(6, panes.length));
    this.place.replaceChildren(...panes.slice(0, 6).map((pane) => pane.node));
    startTabs(document.getElementById("tabs"), panes.slice(0, 6));
  }

  /** Do something that may be refused; say plainly what happened. */
  async attempt(work) {
    try {
      return await work();
    } catch (problem) {
      this.notice(problem.message || "That did not work. Please try again.");
      return null;
    }
  }

  /** Show a line that goes away by itself. */
  notice(text) {
    const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close this line", onclick: () => line.remove() }, "×");
    const line = el("div", { class: "notice" }, el("span", {}, text), close);
    document.getElementById("notices").append(line);
    setTimeout(() => line.remove(), 12_000);
  }

  /** Follow every change; when the connection is lost, say so and come back. */
  follow() {
    const address = new URL("/stream", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    socket.addEventListener("open", () => {
      if (document.body.classList.contains("disconnected")) announce("The sandbox is back.");
      document.body.classList.remove("disconnected");
      this.refreshAll();
    });
    socket.addEventListener("close", () => {
      document.body.classList.add("disconnected");
      setTimeout(() => this.follow(), RETRY_AFTER);
    });
  }

  refreshAll() {
    return Promise.all(Object.keys(this.sides).map((platform) => this.refresh(platform).catch(() => null)));
  }

  hear(change) {
    if (change.from === "trace") this.travel.trace(change);
    else if (change.from === "page") setNow(change.now);
    else this.apply(change).catch(() => null);
  }

  /** Draw one change. What cannot be patched in, or comes while all is fetched, is fetched. */
  async apply(change) {
    if (this.loading[change.from]) return this.refresh(change.from);
    const workspace = await Promise.resolve(this.sides[change.from].patched(change)).catch(() => null);
    if (!workspace || this.loading[change.from]) return this.refresh(change.from);
    this.workspaces.set(workspace.key, workspace);
    return this.paneOf(workspace).update(workspace);
  }
}

async function start() {
  const settings = await (await fetch("/settings.json")).json();
  setNow(settings.now);
  await Promise.all([loadEmoji(), loadRenderer(settings.cards_renderer)]);
  const app = new App(settings);
  startControls(app);
  await app.refreshAll();
  if (!app.panes.size) app.place.replaceChildren(el("p", { class: "empty" }, "No city workspace is open here yet. Start the sandbox with make run."));
  app.follow();
  document.body.dataset.ready = "true";
}

start();
