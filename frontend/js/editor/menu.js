// A menu below a button: arrow keys move, Escape and Tab close, and the focus returns.
import { button, element, icon, keysText } from "./elements.js";
import { place } from "./floating.js";

let menus = 0;

/** A button that opens a menu. `items()` gives {label, icon, keys, run, danger} each time it opens. */
export function menuButton(label, items, { iconName, hideLabel = true } = {}) {
  menus += 1;
  const id = `editor-menu-${menus}`;
  const state = { panel: null };
  const attributes = { "aria-haspopup": "menu", "aria-expanded": "false" };
  const opener = button(label, () => (state.panel ? close() : open()), { iconName, hideLabel, kind: "quiet", attributes });

  function open() {
    state.panel = element("div", { id, class: "menu-panel editor-panel", role: "menu", "aria-label": label, keydown });
    state.panel.append(...items().map((item) => menuItem(item, close)));
    opener.closest(".editor").append(state.panel);
    opener.setAttribute("aria-expanded", "true");
    opener.setAttribute("aria-controls", id);
    place(state.panel, opener.getBoundingClientRect());
    state.panel.querySelector("[role^=menuitem]")?.focus();
    document.addEventListener("pointerdown", outside, true);
    addEventListener("scroll", follow);
  }

  function close(keepFocus = false) {
    if (!state.panel) return;
    state.panel.remove();
    state.panel = null;
    opener.setAttribute("aria-expanded", "false");
    opener.removeAttribute("aria-controls");
    document.removeEventListener("pointerdown", outside, true);
    removeEventListener("scroll", follow);
    if (!keepFocus) opener.focus();
  }

  const follow = () => place(state.panel, opener.getBoundingClientRect());

  function outside(event) {
    if (!state.panel.contains(event.target) && !opener.contains(event.target)) close(true);
  }

  function keydown(event) {
    const all = [...state.panel.querySelectorAll("[role^=menuitem]")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all.at(to % all.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.stopPropagation();
    event.preventDefault();
  }

  return opener;
}

function menuItem(item, close) {
  const isChoice = item.isActive !== undefined;
  const attributes = {
    type: "button",
    class: `menu-item${item.danger ? " danger" : ""}`,
    role: isChoice ? "menuitemradio" : "menuitem",
    "aria-checked": isChoice ? String(item.isActive) : null,
    tabindex: "-1",
    click: () => {
      close(true);
      item.run();
    },
  };
  const keys = item.keys ? element("kbd", {}, keysText(item.keys)) : null;
  return element("button", attributes, item.icon ? icon(item.icon) : null, item.label, keys);
}
