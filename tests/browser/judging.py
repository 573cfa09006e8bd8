"""What axe finds on a page, or in what is open on it, in both themes."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""What a theme can change; all else is judged once."""
RUN = """async ([rules, ofColours, within, coloured]) => {
  const root = document.documentElement, before = root.dataset.theme, found = [];
  const find = (selector) => (selector && document.querySelector(selector)) || document;
  const runs = [["light", find(within), rules], ["dark", find(coloured), ofColours]];
  // Of what axe would fetch before it begins, only sounds and films matter to these rules.
  const options = { resultTypes: ["violations"], preload: { assets: ["media"] } };
  for (const [theme, where, runOnly] of runs) {
    root.dataset.theme = theme;
    const { violations } = await axe.run(where, { ...options, runOnly });
    for (const { id, nodes } of violations) for (const node of nodes) {
      found.push(`${theme} ${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`);
    }
  }
  if (before) root.dataset.theme = before; else delete root.dataset.theme;
  return found;
}"""


def faults_of(page: Any, within: str | None = None, *, coloured: str | None = None) -> list[str]:
    """What axe finds on the page, or in the first element that a selector finds, in both themes.

    `coloured`: the part of it whose colours are judged in the dark, where the rest was seen already.
    """
    if not page.evaluate("'axe' in window"):
        page.add_init_script(AXE_SCRIPT)  # sent once for all pages that this window opens from now on
        page.evaluate(AXE_SCRIPT)  # a script element would be refused by the site's policy
    given = [RULES, OF_COLOURS, within, coloured or within]
    return [f"{page.url} {fault}" for fault in page.evaluate(RUN, given)]
