// A toast stays until it is dismissed; the address forgets it at once, so that reloading does not show it again.
document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".toast")?.remove();
});

const address = new URL(location.href);
if (address.searchParams.has("changed")) {
  address.searchParams.delete("changed");
  history.replaceState(history.state, "", address);
}
