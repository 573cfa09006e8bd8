// An input with data-suggests="URL" offers what that address finds for what is typed, by title, in its datalist.
const PAUSE = 200;
let timer = 0;
let latest = 0;

async function suggest(input) {
  const number = ++latest;
  const url = new URL(input.dataset.suggests, location.href);
  url.searchParams.set("q", input.value);
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { items } = await answer.json();
  if (number !== latest) return; // more was typed meanwhile
  input.list?.replaceChildren(...items.map((item) => new Option(item.summary ?? "", item.title)));
}

document.addEventListener("input", (event) => {
  const input = event.target.closest?.("input[data-suggests]");
  if (!input || input.value.trim().length < 2) return;
  clearTimeout(timer);
  timer = setTimeout(() => suggest(input).catch(() => {}), PAUSE);
});
