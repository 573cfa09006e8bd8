"""Two people edited the same thing: what does not touch each other is merged, the rest is chosen, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import Row

from ..difference import difference
from ..errors import Missing
from ..kinds import Kind
from ..languages import gettext as _
from ..merging import CHOICES, Choice, Merge, Stretch, merge
from ..queries.accounts import principal_titles
from ..queries.changes import WRITING_ACTIONS, history, values_at, writable_values
from ..queries.nodes import Entry, entry_of, node_by_id
from .differing import text_in
from .forms import Form, Input, Sent, form_of
from .frame import breadcrumbs
from .inputs import text_of

CONFLICT = 409
BASE = "base_version"
"""Input that says that a form is a merge, and which version the edit began from."""
LONGEST_TOLD = 20


@dataclass(frozen=True)
class Side:
    """One input in three fillings: as the edit began, as it stands now, and as the asker has it."""

    base: Input
    theirs: Input
    mine: Input

    @property
    def name(self) -> str:
        """The input's name."""
        return self.mine.name

    @property
    def is_text(self) -> bool:
        """Whether it is merged line by line."""
        return self.mine.type == "markdown"

    @cached_property
    def fate(self) -> str:
        """Who changed it, as `merging.Stretch` says it; a text that merges cleanly is `merged`."""
        base, theirs, mine = (text_in(each) for each in (self.base, self.theirs, self.mine))
        if theirs == mine:
            return "same" if theirs == base else "both"
        if theirs == base:
            return "mine"
        if mine == base:
            return "theirs"
        return "merged" if self.is_text and not self.merge.conflicts else "conflict"

    @property
    def is_settled(self) -> bool:
        """Whether what stands is all that the asker wants: the same, or not touched by the asker."""
        return self.fate in ("same", "both", "theirs")

    @cached_property
    def merge(self) -> Merge:
        """The text in stretches."""
        return merge(text_in(self.base), text_in(self.theirs), text_in(self.mine))

    @property
    def result(self) -> list[str]:
        """The values that go into the merged form where nothing is left to choose."""
        if self.fate == "merged":
            return [self.merge.text()]
        value = (self.theirs if self.fate == "theirs" else self.mine).value
        return [str(each) for each in value] if isinstance(value, list) else [str(value)]

    @property
    def words(self) -> dict[str, str]:
        """What stands and what the asker has, as people read them."""
        return {"theirs": text_in(self.theirs), "mine": text_in(self.mine)}

    @property
    def typed(self) -> list[str]:
        """What the asker typed."""
        value = self.mine.value
        return [str(each) for each in value] if isinstance(value, list) else [str(value)]

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The stretches of the text for the page; each conflict with its number and both sides' differences."""
        blocks, number = [], 0
        for each in self.merge.stretches:
            blocks.append({"fate": each.fate, "stretch": each, **_shown(each), "number": number})
            number += each.fate == "conflict"
        return blocks


def _shown(stretch: Stretch) -> dict[str, Any]:
    base, theirs, mine = ("\n".join(lines) for lines in (stretch.base, stretch.theirs, stretch.mine))
    if stretch.fate == "same":
        return {"lines": len(stretch.base), "plain": _lines(stretch.base)}
    if stretch.fate != "conflict":
        after = theirs if stretch.fate == "theirs" else mine
        return {"rows": difference(base, after).rows, "plain": _lines(stretch.lines("mine"))}
    return {
        "theirs": difference(base, theirs).rows,
        "mine": difference(base, mine).rows,
        "plain_theirs": _lines(stretch.theirs),
        "plain_mine": _lines(stretch.mine),
    }


def _lines(lines: tuple[str, ...]) -> str:
    """Lines for the script, each with its end, so that none and an empty one differ."""
    return "".join(f"{line}\n" for line in lines)


def conflict_page(request: Request, sent: Sent, version: int) -> Response | None:
    """What was merged by itself, what is left to choose, and a form that saves the result as the next version.

    None where the asker has nothing to save that does not stand already, as when a form arrives twice.
    """
    entry = entry_of(request.db, node_by_id(request.db, request.context.node.id))
    sides = _sides(request, entry, sent, version)
    if all(side.is_settled for side in sides):
        return None
    shown = {fate: [side for side in sides if side.fate == fate] for fate in ("theirs", "mine", "merged", "conflict")}
    rows = _edits_since(request, entry.node.id, version)
    names = principal_titles(request.db, {entry.node.modified_by, *(row.actor for row in rows)})
    values = {
        "node": entry.node,
        "kind": entry.kind,
        "who": names[entry.node.modified_by],
        "edits": [{"at": row.at, "note": row.note, "words": _saved(row, names, entry.kind)} for row in rows],
        "sides": sides,
        "shown": shown,
        "note": sent.text("note"),
        "started_from": version,
        "breadcrumbs": breadcrumbs(request, _("Two edits")),
    }
    response = render_to_response("conflict.jinja2", values, request=request)
    response.status_int = CONFLICT
    return response


def settled(request: Request, sent: Sent, version: int) -> Sent:
    """What the form of a merge sent, with its choices carried out; what any other form sent, as it is.

    A choice of theirs leaves the field out, so that it stays as it stands. In a text the choices count where its
    result was not touched by hand or by the script.
    """
    base = text_of(request, BASE)
    if not (base.isascii() and base.isdigit() and len(base) < 10):
        return sent
    given = dict(sent.given)
    merging = _typed(request, sent.kind)
    texts = [name for name in merging if f"pick-{name}-0" in request.POST]
    for name in _names(sent.kind):
        if text_of(request, f"pick-{name}") == "theirs":
            given.pop(name, None)
        elif name in merging and name not in texts:
            given[name] = merging[name]
    if texts:
        now = Sent(sent.kind, {name: merging[name] for name in texts})
        for side in _sides(request, entry_of(request.db, request.context.node), now, int(base), theirs=version):
            shown = sent.text(side.name).replace("\r\n", "\n")
            if side.name in texts and shown == side.merge.text():
                given[side.name] = [side.merge.text(_choices(request, side.name, len(side.merge.conflicts)))]
    return Sent(sent.kind, given)


def _typed(request: Request, kind: type[Kind]) -> dict[str, list[str]]:
    """What the asker had typed into the inputs that are left to choose."""
    inputs = {name: request.POST.getall(f"mine-{name}") for name in _names(kind)}
    sent = {name: [each for each in values if isinstance(each, str)] for name, values in inputs.items()}
    return {name: values for name, values in sent.items() if f"mine-{name}" in request.POST}


def _names(kind: type[Kind]) -> list[str]:
    return [kind.title_key, *(each.name for each in kind.written_fields())]


def _choices(request: Request, name: str, count: int) -> Mapping[int, Choice]:
    sent = {number: text_of(request, f"pick-{name}-{number}") for number in range(count)}
    return {number: choice for number, word in sent.items() for choice in CHOICES if choice == word}


def _sides(request: Request, entry: Entry, sent: Sent, base: int, theirs: int | None = None) -> list[Side]:
    """Every input in three fillings; `theirs` is the version that counts as theirs, by default the one that stands."""
    before = _form_at(request, entry, base)
    now = form_of(request, entry.kind, entry=entry) if theirs is None else _form_at(request, entry, theirs)
    if before is None or now is None:  # a version that there never was: everything that differs is left to choose
        empty = form_of(request, entry.kind)
        before, now = before or empty, now or empty
    began = {each.name: each for each in before.inputs}
    stands = {each.name: each for each in now.inputs}
    mine = {each.name: each for each in form_of(request, entry.kind, entry=entry, sent=sent).inputs}
    return [
        Side(began[name], stands[name], mine[name] if name in sent.given else began[name]) for name in stands
    ]


def _form_at(request: Request, entry: Entry, version: int) -> Form | None:
    if version == entry.node.version:
        return form_of(request, entry.kind, entry=entry)
    try:
        values = writable_values(entry, values_at(request.db, entry, version))
    except Missing:
        return None
    then = _Then(values.pop("title"))
    return form_of(request, entry.kind, entry=Entry(then, values))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Then:
    """As much of a node as a form needs, as it was."""

    title: str


def _saved(row: Row[Any], names: Mapping[str, str], kind: type[Kind]) -> str:
    labels = {"title": kind.title_label, **{name: field.label for name, field in kind.fields.items()}}
    what = ", ".join(_(labels[name]) for name in row.values if name in labels)
    return _("%(who)s saved: %(what)s", who=names[row.actor], what=what)


def _edits_since(request: Request, node_id: int, version: int) -> list[Row[Any]]:
    """Who saved what since the edit began, the latest first."""
    rows = history(request.db, node_id, limit=LONGEST_TOLD)
    return [row for row in rows if (row.node_version or 0) > version and row.action in WRITING_ACTIONS]
