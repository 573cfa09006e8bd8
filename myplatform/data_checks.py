"""The checks of `myplatform check --data`: every invariant of the data, and how what is derived is made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pyramid.config import Configurator
from sqlalchemy.orm import Session

from .actions.derived import Texts, mend_access, mend_texts
from .checks import DATA, Check, Examination, Finding, Severity
from .parts.files import FileStore
from .queries import consistency_access, consistency_feed, consistency_tree
from .queries.consistency import Invariant
from .queries.consistency_files import Contents

ACCESS = frozenset({"DAT201", "DAT202"})
TEXTS = frozenset({"DAT301", "DAT302", "DAT303", "DAT304", "DAT305", "DAT306"})
TREE = frozenset({"DAT101", "DAT102", "DAT103", "DAT104", "DAT105"})
"""What must be whole before anything derived can be made anew."""
WARNINGS = frozenset({"DAT106", "DAT206", "DAT306", "DAT403"})


def invariants(contents: Contents) -> tuple[Invariant, ...]:
    """Everything that must hold of a site with that store of files, in the order of the ids."""
    return (
        *consistency_tree.INVARIANTS,
        *consistency_access.INVARIANTS,
        *Texts().all(),
        *contents.all(),
        *consistency_feed.INVARIANTS,
    )


def _of(examination: Examination) -> dict[str, Invariant]:
    """The invariants by id, the same ones for all checks of an examination: some share what they have read."""
    if "invariants" not in examination.kept:
        contents = Contents(examination.store, examination.is_thorough)
        examination.kept["contents"] = contents
        examination.kept["invariants"] = {each.id: each for each in invariants(contents)}
    return examination.kept["invariants"]


def _run(name: str) -> Callable[[Examination], Iterator[Finding]]:
    def run(examination: Examination) -> Iterator[Finding]:
        invariant = _of(examination)[name]
        for fault in invariant.faults(examination.db):
            yield Finding(fault.what, fault.where, invariant.mend)
        contents = examination.kept["contents"]
        examination.counts |= {"contents": contents.referenced, "unreferenced contents": contents.unreferenced}

    return run


def mend(db: Session, found: set[str]) -> list[str]:
    """Make anew what is derived and of which an invariant was found broken; returns what was done, in words.

    Nothing is done while the tree itself is broken: what is derived from it would be wrong again.
    """
    if found & TREE:
        return []
    done = []
    if found & ACCESS:
        mend_access(db)
        done.append("worked out anew who may do what everywhere")
    if found & TEXTS:
        count = mend_texts(db)
        done.append(f"made anew what search and links know of {count} {'node' if count == 1 else 'nodes'}")
    return done


def all_data_checks(store: FileStore | None = None) -> tuple[Check, ...]:
    """The checks of the data; `store` is that of the site."""
    return tuple(
        Check(
            each.id,
            Severity.WARNING if each.id in WARNINGS else Severity.ERROR,
            each.title,
            _run(each.id),
            DATA,
            each.mend,
        )
        for each in invariants(Contents(store))
    )


def includeme(config: Configurator) -> None:
    """Add the checks."""
    for check in all_data_checks(config.registry["files"]):
        config.add_check(check)
