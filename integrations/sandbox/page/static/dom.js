// Building the page without markup strings: data only ever becomes text or a checked attribute.

const SAFE_LINK = /^(https?:|mailto:|tel:)/i;
const SAFE_PICTURE = /^(https?:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/|\/|blob:|data:image\/(png|jpeg|gif|webp|svg\+xml)[;,])/i;

/** An element. Props: `class`, `dataset`, `on…` listeners, DOM properties, else attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") node.className = value;
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name in node && typeof value !== "string") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

/** A link to the web, or plain text when the address is not one. */
export function link(address, ...children) {
  if (!SAFE_LINK.test(address || "")) return el("span", {}, ...children);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Whether a picture may be shown: only pictures on this computer are. */
export function safePicture(address) {
  return SAFE_PICTURE.test(address || "");
}

/** A picture, or its alternative text where it would have to be fetched from elsewhere. */
export function picture(address, alternative, className = "") {
  if (!safePicture(address)) {
    return el("span", { class: "no-picture" }, `Picture: ${alternative || "without a description"}`);
  }
  const image = el("img", { src: address, alt: alternative || "", class: className, loading: "lazy" });
  image.addEventListener("error", () => {
    image.replaceWith(el("span", { class: "no-picture" }, `Picture: ${alternative || "could not be shown"}`));
  }, { once: true });
  return image;
}

let lastNumber = 0;
/** A fresh id for labels and controls. */
export function freshId(prefix) {
  lastNumber += 1;
  return `${prefix}-${lastNumber}`;
}

/** Replace the children only where they differ, matched by `data-key`, so focus survives. */
export function keep(parent, items, keyOf, signatureOf, make) {
  const present = new Map();
  for (const child of parent.children) present.set(child.dataset.key, child);
  let position = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const signature = signatureOf(item);
    let node = present.get(key);
    present.delete(key);
    if (!node || node.dataset.signature !== signature) {
      const fresh = make(item, node);
      fresh.dataset.key = key;
      fresh.dataset.signature = signature;
      if (node) {
        if (position === node) position = fresh;
        const focused = node.contains(document.activeElement);
        node.replaceWith(fresh);
        if (focused) (fresh.matches("[tabindex]") ? fresh : fresh.querySelector("[tabindex]"))?.focus({ preventScroll: true });
      }
      node = fresh;
    }
    if (node === position) position = position.nextElementSibling;
    else parent.insertBefore(node, position);
  }
  for (const node of present.values()) node.remove();
}

/** Say something to screen readers without moving the focus. */
export function announce(text) {
  const place = document.getElementById("announcements");
  if (place) place.textContent = text;
}

/** Open a web or mail address in a new tab; nothing else is opened. */
export function openAddress(address) {
  if (/^(https?|mailto):/i.test(address || "")) window.open(address, "_blank", "noopener,noreferrer");
}

/** Keep a list at its end while it is there, when it is resized or a picture arrives. */
export function stayAtEnd(list) {
  let atEnd = true;
  let height = 0;
  const settle = () => { height = list.clientHeight; if (atEnd) list.scrollTop = list.scrollHeight; };
  // A list that became smaller tells of it by scrolling too; only people change the place.
  list.addEventListener("scroll", () => {
    if (list.clientHeight === height) atEnd = list.scrollHeight - list.scrollTop - height < 60;
  });
  list.addEventListener("load", settle, true);
  new ResizeObserver(settle).observe(list);
}
