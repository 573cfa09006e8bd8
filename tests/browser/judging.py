"""What axe finds on a page, or in what is open on it, in both themes."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""What a theme can change; all else is judged once."""
RUN = """async ([rules, ofColours, within]) => {
  const root = document.documentElement, before = root.dataset.theme, found = [];
  const where = within ? document.querySelector(within) : document;
  for (const [theme, runOnly] of [["light", rules], ["dark", ofColours]]) {
    root.dataset.theme = theme;
    const { violations } = await axe.run(where, { runOnly, resultTypes: ["violations"] });
    for (const { id, nodes } of violations) for (const node of nodes) {
      found.push(`${theme} ${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`);
    }
  }
  if (before) root.dataset.theme = before; else delete root.dataset.theme;
  return found;
}"""


def faults_of(page: Any, within: str | None = None) -> list[str]:
    """What axe finds on the page, or in the first element that a selector finds, in both themes."""
    page.evaluate(AXE_SCRIPT)  # a script element would be refused by the site's policy
    return [f"{page.url} {fault}" for fault in page.evaluate(RUN, [RULES, OF_COLOURS, within])]
