// On a phone the sidebar is a drawer: while it is open the rest of the page is out of reach, and choosing a link closes it.
const drawer = document.getElementById("sidebar");
const rest = () => document.querySelectorAll(".frame > :not(#sidebar), .skip, .toasts");

drawer?.addEventListener("toggle", (event) => {
  const open = event.newState === "open";
  for (const each of rest()) each.inert = open;
  if (open) drawer.querySelector("a, button, input")?.focus();
  else document.querySelector("[popovertarget=sidebar]")?.focus({ preventScroll: true });
});

drawer?.addEventListener("click", (event) => {
  if (drawer.matches(":popover-open") && event.target.closest("a[href]:not([data-more-branches])")) drawer.hidePopover();
});
