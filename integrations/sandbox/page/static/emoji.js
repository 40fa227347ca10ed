// Emoji by Slack's names and by Teams' reaction types.

let characters = {};

/** What the picker offers: Slack's name, Teams' type, the character, what a reader hears. */
export const OFFERED = [
  { slack: "+1", teams: "like", character: "👍", label: "Thumbs up" },
  { slack: "heart", teams: "heart", character: "❤️", label: "Heart" },
  { slack: "joy", teams: "laugh", character: "😂", label: "Laughing" },
  { slack: "open_mouth", teams: "surprised", character: "😮", label: "Surprised" },
  { slack: "cry", teams: "sad", character: "😢", label: "Sad" },
  { slack: "tada", teams: "1f389_partypopper", character: "🎉", label: "Celebrate" },
  { slack: "eyes", teams: "1f440_eyes", character: "👀", label: "Looking at it" },
  { slack: "white_check_mark", teams: "2705_whiteheavycheckmark", character: "✅", label: "Done" },
];
const TEAMS_TYPES = { like: "👍", heart: "❤️", laugh: "😂", surprised: "😮", sad: "😢", angry: "😠", plusOne: "👍" };

/** Fetch the names once. */
export async function loadEmoji() {
  const answer = await fetch("/emoji.json");
  if (answer.ok) characters = await answer.json();
}

/** The character of a Slack name (with or without skin tone), or `:name:`. */
export function slackEmoji(name) {
  const [base, tone] = name.replace(/^:|:$/g, "").split("::skin-tone-");
  const found = characters[base];
  if (!found) return `:${base}:`;
  return tone ? found.replace(/\ufe0f$/, "") + String.fromCodePoint(0x1f3f9 + Number(tone)) : found;
}

/** The character of a Teams reaction type, which is a word or begins with code points. */
export function teamsEmoji(type) {
  if (TEAMS_TYPES[type]) return TEAMS_TYPES[type];
  const codes = /^([0-9a-f]{4,6}(?:-[0-9a-f]{4,6})*)_/i.exec(type);
  if (codes) return String.fromCodePoint(...codes[1].split("-").map((code) => parseInt(code, 16)));
  return /\p{Extended_Pictographic}/u.test(type) ? type : `:${type}:`;
}
