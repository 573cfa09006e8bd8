// What floats beside the caret or a button: placed below it, above it where there is no room.
const GAP = 4;

/** Puts a panel beside a rectangle of the window; `panel` is fixed and shown. */
export function place(panel, rectangle) {
  const { width, height } = panel.getBoundingClientRect();
  const below = rectangle.bottom + GAP;
  const fits = below + height <= innerHeight || rectangle.top < height;
  const isRightToLeft = getComputedStyle(panel).direction === "rtl";
  const wanted = isRightToLeft ? rectangle.right - width : rectangle.left;
  const left = Math.max(GAP, Math.min(wanted, document.documentElement.clientWidth - width - GAP));
  panel.style.left = `${left}px`;
  panel.style.top = `${fits ? below : rectangle.top - GAP - height}px`;
}
