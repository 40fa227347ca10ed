// What belongs to the whole page: the clock, moving time, light and dark.
import { post } from "./api.js";
import { announce } from "./dom.js";
import { clockText, setNow } from "./time.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
const THEMES = { system: "Theme: as the computer", light: "Theme: light", dark: "Theme: dark" };

/** Wire the page's own controls. */
export function startControls(app) {
  startClock(app);
  startTheme();
}

function startClock(app) {
  const clock = document.getElementById("clock");
  const show = () => {
    clock.textContent = clockText();
    for (const pane of app.panes.values()) pane.drawClock();
  };
  show();
  setInterval(show, 1000);
  for (const [id, seconds, words] of [["hour", HOUR, "one hour"], ["day", DAY, "one day"]]) {
    const button = document.getElementById(id);
    button.hidden = !app.settings.movable_clock;
    button.setAttribute("aria-label", `${button.textContent}: move the sandbox’s time forward by ${words}`);
    button.title = `Move the sandbox’s time forward by ${words}`;
    button.addEventListener("click", () => app.attempt(async () => {
      const answer = await post("/control/time", { forward_seconds: seconds });
      setNow(answer.now);
      show();
      announce(`It is now ${clockText()} in the sandbox.`);
      await app.refreshAll();
    }));
  }
}

function startTheme() {
  const button = document.getElementById("theme");
  let theme = localStorage.getItem("theme") || "system";
  const show = () => {
    document.documentElement.dataset.theme = theme;
    button.textContent = { system: "◐", light: "☀", dark: "☾" }[theme];
    button.setAttribute("aria-label", `${THEMES[theme]}. Change`);
    button.title = THEMES[theme];
  };
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    theme = names[(names.indexOf(theme) + 1) % names.length];
    localStorage.setItem("theme", theme);
    show();
    announce(THEMES[theme]);
  });
  show();
}
