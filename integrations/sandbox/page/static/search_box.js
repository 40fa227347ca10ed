// A field that suggests while somebody types: an editable combobox with a list of options.
// Pattern: w3.org/WAI/ARIA/apg/patterns/combobox (list autocomplete with manual selection).
import { el, freshId } from "./dom.js";

const PAUSE = 200;

/**
 * A search box. `suggest` gives options for what was typed, once at least `least` letters are there;
 * `shown` and `detail` are the words of an option. Only chosen options count, never typed words.
 */
export function searchBox({ label, placeholder, least, many, chosen, shown, detail, suggest, changed }) {
  const picked = many ? [...chosen] : chosen.slice(0, 1);
  const listId = freshId("list");
  const input = el("input", { id: freshId("input"), type: "text", role: "combobox", autocomplete: "off", placeholder,
    "aria-label": label, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId });
  const list = el("ul", { id: listId, class: "suggestions", role: "listbox", "aria-label": label, hidden: true });
  const said = el("p", { class: "hint", role: "status" });
  const tokens = el("ul", { class: "picked", hidden: true });
  let options = [];
  let active = -1;
  let asked = 0;
  let timer = 0;

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    active = index;
    [...list.children].forEach((node, at) => node.setAttribute("aria-selected", String(at === index)));
    const node = list.children[index];
    if (!node) return;
    input.setAttribute("aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  }

  function choose(option) {
    if (many) {
      if (!picked.some((one) => one.value === option.value)) picked.push(option);
      input.value = "";
    } else {
      picked.splice(0, picked.length, option);
      input.value = shown(option);
    }
    said.textContent = "";
    draw();
    close();
    changed();
  }

  function draw() {
    input.setCustomValidity(input.value && !many && !picked.length ? "Please choose one of the suggestions." : "");
    if (!many) return;
    input.required &&= !picked.length; // the box is empty again once something is chosen
    tokens.hidden = !picked.length;
    tokens.replaceChildren(...picked.map((option, index) => el("li", {}, shown(option), " ",
      el("button", { type: "button", class: "icon-button", "aria-label": `Remove ${shown(option)}`,
        onclick: () => { picked.splice(index, 1); draw(); changed(); input.focus(); } }, "×"))));
  }

  function offer(found) {
    options = found;
    said.textContent = found.length ? `${found.length} found. Use the arrow keys to choose.` : "Nothing found. Try another spelling.";
    list.replaceChildren(...found.map((option) => el("li", { id: freshId("option"), role: "option", "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); choose(option); } }, shown(option),
    detail(option) ? el("span", { class: "quiet" }, " ", detail(option)) : null)));
    list.hidden = !found.length;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
  }

  async function ask() {
    const typed = input.value.trim();
    const mine = ++asked;
    if (typed.length < least) {
      close();
      said.textContent = typed ? `Type at least ${least} letters.` : "";
      return;
    }
    try {
      const found = await suggest(typed);
      if (mine === asked) offer(found);
    } catch {
      if (mine === asked) { close(); said.textContent = "The suggestions did not come. Please type again in a moment."; }
    }
  }

  input.addEventListener("input", () => {
    if (!many) picked.length = 0;
    draw();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const open = !list.hidden;
    if (event.key === "ArrowDown" && open) mark((active + 1) % options.length);
    else if (event.key === "ArrowUp" && open) mark((active - 1 + options.length) % options.length);
    else if (event.key === "Enter" && open && active >= 0) choose(options[active]);
    else if (event.key === "Escape" && open) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", close);
  if (!many && picked[0]) input.value = shown(picked[0]);
  draw();
  return { node: el("div", { class: "search-box" }, tokens, input, list, said), chosen: () => [...picked] };
}
