// Times in the reader's zone: "3:40 pm", "yesterday 3:40 pm", after a week the date.

let shift = 0;

/** Tell what time it is in the sandbox, which may have been put forward. */
export function setNow(iso) {
  shift = Date.parse(iso) - Date.now();
}

/** The sandbox's time now. */
export function now() {
  return new Date(Date.now() + shift);
}

/** How far the sandbox's time was put forward, in milliseconds: whole minutes. */
export function ahead() {
  return Math.round(shift / 60_000) * 60_000;
}

function clockTime(date) {
  return date.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" }).replace(/ (AM|PM)$/, (m) => m.toLowerCase());
}

function daysBetween(earlier, later) {
  const first = new Date(earlier.getFullYear(), earlier.getMonth(), earlier.getDate());
  const second = new Date(later.getFullYear(), later.getMonth(), later.getDate());
  return Math.round((second - first) / 86_400_000);
}

/** A moment (milliseconds) as people say it. */
export function when(moment) {
  const date = new Date(moment);
  const days = daysBetween(date, now());
  if (days <= 0) return clockTime(date);
  if (days === 1) return `yesterday ${clockTime(date)}`;
  if (days < 7) return `${date.toLocaleDateString("en-US", { weekday: "long" })} ${clockTime(date)}`;
  return date.toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric" });
}

/** A moment in full, for the tooltip. */
export function inFull(moment) {
  return new Date(moment).toLocaleString("en-US", { dateStyle: "full", timeStyle: "medium" });
}

/** The sandbox's clock: "Tue, Nov 3, 3:40 pm". */
export function clockText() {
  const date = now();
  const day = date.toLocaleDateString("en-US", { weekday: "short", month: "short", day: "numeric" });
  return `${day}, ${clockTime(date)}`;
}

/** The time in a zone, with the zone's short name: "2:40 pm CST". */
export function timeThere(zone) {
  const options = { hour: "numeric", minute: "2-digit", timeZone: zone || undefined, timeZoneName: "short" };
  return now().toLocaleTimeString("en-US", options).replace(/ (AM|PM) /, (half) => half.toLowerCase());
}

/** Milliseconds with their unit: "48 ms", "1.2 s". */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}
