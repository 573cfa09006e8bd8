// Everything here only makes a page that already works without scripts quicker to use.
import "./arrows.js";
import "./copy.js";
import "./menus.js";
import "./more.js";
import "./order.js";
import "./palette.js";
import "./previews.js";
import "./principals.js";
import "./shortcuts.js";
import "./submits.js";
import "./theme.js";
import "./times.js";
import "./toasts.js";
import "./tree.js";
import "./unsaved.js";
