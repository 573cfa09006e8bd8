// A toast stays until it is dismissed; the address forgets it at once, so that reloading does not show it again.
document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".toast")?.remove();
});

// Says something that went wrong, or that is done, as a toast of the page itself would.
export function say(message, meaning = "bad") {
  const template = document.getElementById(`toast-${meaning}`);
  const place = document.querySelector(".toasts");
  const toast = template.content.firstElementChild.cloneNode(true);
  place.append(toast);
  toast.querySelector("p").textContent = message;
}

const address = new URL(location.href);
if (address.searchParams.has("changed") || address.searchParams.has("job")) {
  address.searchParams.delete("changed");
  address.searchParams.delete("job");
  history.replaceState(history.state, "", address);
}
