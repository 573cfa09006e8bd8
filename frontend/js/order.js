// Dragging the lines of an order renumbers them; without a pointer the numbers themselves are typed.
let dragged = null;

function renumber(list) {
  [...list.querySelectorAll("input.place")].forEach((input, index) => { input.value = index + 1; });
  list.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-order] > li") ?? null;
  dragged?.classList.add("dragged");
});

document.addEventListener("dragover", (event) => {
  const line = event.target.closest?.("[data-order] > li");
  if (!dragged || !line || line === dragged || line.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const box = line.getBoundingClientRect();
  const isBelow = event.clientY > box.top + box.height / 2;
  line[isBelow ? "after" : "before"](dragged);
});

document.addEventListener("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("dragged");
  renumber(dragged.parentElement);
  dragged = null;
});
