// A form marked data-filters="ID" narrows the list in that element as one types; the address keeps up with it.
const WAIT = 180;
let timer = 0;
let latest = 0;

async function narrow(form) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value && name !== "column") address.searchParams.append(name, value);
  }
  const columns = new URL(location.href).searchParams.get("fields");
  if (columns) address.searchParams.set("fields", columns);
  const number = ++latest;
  const answer = await fetch(address);
  if (number !== latest || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = document.getElementById(form.dataset.filters);
  const found = page.getElementById(form.dataset.filters);
  if (!list || !found) return;
  list.replaceChildren(...found.childNodes);
  history.replaceState(history.state, "", address);
  document.dispatchEvent(new Event("content-added"));
}

document.addEventListener("input", (event) => {
  const form = event.target.matches?.("input[type=search]") && event.target.closest("form[data-filters]");
  if (!form) return;
  clearTimeout(timer);
  timer = setTimeout(() => narrow(form), WAIT);
});
