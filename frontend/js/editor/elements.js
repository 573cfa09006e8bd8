// Elements of the editor's own interface, in the look of templates/parts.jinja2.
let sprite = "";

/** Where the icons are: the address of the sprite. */
export function useIcons(address) {
  sprite = address;
}

/** An element with attributes (null and false leave one out, functions listen) and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  made.append(use);
  return made;
}

/** A button with an icon, a label, or both; `hideLabel` says the label only to those who cannot see. */
export function button(label, onClick, { iconName, hideLabel = false, kind = "", attributes = {} } = {}) {
  const classes = `button ${kind}${hideLabel ? " icon-only" : ""}`;
  const named = hideLabel ? { "aria-label": label, title: label } : {};
  const all = { type: "button", class: classes, click: onClick, ...named, ...attributes };
  return element("button", all, iconName ? icon(iconName) : null, hideLabel ? null : label);
}

let fields = 0;

/** A labelled field with help below it; the input is its `input`. */
export function field(label, attributes = {}, help = "") {
  fields += 1;
  const id = `editor-field-${fields}`;
  const described = help ? { "aria-describedby": `${id}-help` } : {};
  const input = element("input", { id, autocomplete: "off", ...described, ...attributes });
  const note = help ? element("p", { class: "help", id: `${id}-help` }, help) : null;
  const made = element("div", { class: "field" }, element("label", { for: id }, label), input, note);
  return Object.assign(made, { input });
}

let regions = null;

/** Says something to those who cannot see what changed. */
export function say(text) {
  regions ??= document.body.appendChild(element("div", { class: "unseen", role: "status" }));
  regions.textContent = text;
}

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** A shortcut as people know it: "Mod-Shift-8" as "Ctrl Shift 8" or "⌘⇧8". */
export function keysText(keys) {
  const names = isApple ? { Mod: "⌘", Shift: "⇧", Alt: "⌥" } : { Mod: "Ctrl", Shift: "Shift", Alt: "Alt" };
  return keys.split("-").map((key) => names[key] ?? key.toUpperCase()).join(isApple ? "" : " ");
}
