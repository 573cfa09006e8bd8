"""Old addresses of imported pages, below the root of the import, lead to where the pages are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..actions.arrangement import add_redirect
from ..actions.rows import DEEPEST, LONGEST_PATH
from ..models import Redirect
from .addresses import old_path
from .planning import Planned
from .report import Remark, Report


def write_redirects(
    db: Session,
    root: str,
    planned: Iterable[Planned],
    *,
    site_roots: Iterable[str],
    live: Mapping[str, object],
    report: Report,
) -> None:
    """Write those redirects that are missing.

    `root` is the path of the import; `live` has the paths at which nodes stand, which need none. What lies in
    one of the `site_roots` (places whose content the old site had at its root) gets one from there, too.
    """
    wanted = _wanted(root.rstrip("/"), list(planned), set(site_roots), live, report)
    stored = select(Redirect.path, Redirect.node_id).where(Redirect.path.in_(wanted))
    present = {row.path: row.node_id for row in db.execute(stored)}
    for path, node in wanted.items():
        if present.get(path) != node.node_id:
            add_redirect(db, path, node.node_id)
            report.redirects.append(path)


def _wanted(
    root: str, planned: list[Planned], site_roots: set[str], live: Mapping[str, object], report: Report
) -> dict[str, Planned]:
    wanted: dict[str, Planned] = {}
    for node in planned:
        for address in node.old_addresses:
            path = f"{root}{old_path(address)}".rstrip("/")
            if path in live or path == root or not _fits(path):
                continue
            first = wanted.setdefault(path, node)
            if first is not node:
                text = f"claims the address {address}, and so does {first.file}, which keeps it"
                report.notes.append(Remark(node.file, 0, text))
    for node in planned:
        if node.kind != "file" and node.parent is not None and node.parent.place in site_roots:
            path = f"{root}/{node.slug}"
            if path not in live:
                wanted.setdefault(path, node)
    return wanted


def _fits(path: str) -> bool:
    return len(path) <= LONGEST_PATH and path.count("/") <= DEEPEST
