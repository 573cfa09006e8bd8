// "Load more" appends the next page's rows in place; without scripts it is a link to that page.
import { pageAt } from "./pages.js";

function append(page, link) {
  const list = document.getElementById(link.dataset.more);
  const rows = page.getElementById(link.dataset.more)?.children ?? [];
  const first = rows[0];
  list.append(...rows);
  first?.querySelector("a")?.focus({ preventScroll: true });
  const block = link.closest(".more");
  const next = page.querySelector(`[data-more="${link.dataset.more}"]`)?.closest(".more");
  if (next) block.replaceWith(next);
  else block.remove();
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-disabled") === "true") return;
  link.setAttribute("aria-disabled", "true");
  try {
    append(await pageAt(link.href), link);
    document.dispatchEvent(new Event("content-added"));
  } catch {
    location.assign(link.href);
  }
});
