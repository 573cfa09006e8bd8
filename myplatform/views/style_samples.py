"""What the style page fills its parts with: made-up people, places, comments, changes; nothing of it is stored."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace as Made
from typing import Any

from markupsafe import Markup

from ..difference import difference
from ..identity import Identity
from ..kinds import kind_named
from ..markup import Heading
from ..models import utc_now
from ..permissions import Role
from ..queries.effects import Effect, Person, Shift
from .forms import Form, Input
from .org_chart import Branch, Level
from .previews import Preview
from .reviews import Review
from .tables import Table

BEFORE = "Ask early.\nAsk your manager.\nTwenty days a year."
AFTER = "Ask early.\nAsk your manager or hers.\nTwenty-eight days a year."
TITLES = ("Parental leave", "Travel", "A page whose title is so long that it does not fit on one line of a phone")


def place(number: int, title: str, kind: str = "page") -> Made:
    """A node as templates know it; the first is the site's root, so that addresses are those of a place."""
    moments = dict.fromkeys(("created_at", "modified_at"), utc_now() - dt.timedelta(hours=3))
    by = dict.fromkeys(("created_by", "modified_by"), "ada")
    return Made(
        id=number, path="/", title=title, kind=kind, parent_id=0, version=2, width=None, size=2048, **moments, **by
    )


def places() -> dict[str, Any]:
    """Lists of places and what stands around a page."""
    nodes = [place(number, title) for number, title in enumerate(TITLES, 1)]
    today = utc_now().date()
    owner = place(9, "Ada Example", "employee")
    review = Review(
        today, True, owner, today - dt.timedelta(365), "Grace Example", True, today + dt.timedelta(180), today
    )
    return {
        "node": nodes[0],
        "near": nodes[1:],
        "near_lines": [Made(node=each, icon="page") for each in nodes],
        "headings": [Heading(2, "places", "Places"), Heading(3, "people", "People"), Heading(2, "files", "Files")],
        "review": review,
        "table": table(nodes),
        "recent": [
            Made(
                icon="page",
                verb="edited",
                who="Ada",
                more=2,
                place="/",
                change=Made(now_path="/", now_title=each.title, at=each.modified_at),
            )
            for each in nodes
        ],
        "diff": difference(BEFORE, AFTER, 0).rows,
        "side": Made(theirs=Made(value=BEFORE), mine=Made(value=AFTER, label="Text")),
        "theirs": difference(BEFORE, BEFORE.replace("Twenty", "Thirty"), 0).rows,
    }


def table(nodes: list[Made]) -> Table:
    """Children of several kinds."""
    kinds = ("page", "folder", "employee")
    items = [
        {
            "id": node.id, "kind": kind, "title": node.title, "path": node.path, "version": 1, "photo": None,
            "modified": node.modified_at, "modified_by": "ada",
        }
        for node, kind in zip(nodes, kinds, strict=True)
    ]  # fmt: skip
    return Table(
        kind=None, place_kind=kind_named("folder"), columns=[], all_columns=[], items=items, linked={},
        names={"ada": "Ada Example"}, next="?cursor=x", sort="title", words="", total=None, given=[], path="/",
        images=set(),
    )  # fmt: skip


def people() -> dict[str, Any]:
    """People as lists, cards and the org chart have them."""
    made = [person(number, *each) for number, each in enumerate(PEOPLE)]
    reports = Level(0, [Branch(each, 0, 0) for each in made[1:3]], next_start=2, left_over=40)
    return {
        "people": made,
        "chart": Level(
            None, [Branch(made[0], 42, 60, is_open=True, is_wanted=True, level=reports), Branch(made[3], 3, 3)]
        ),
    }


PEOPLE = (
    ("Ada Example", 36, "Finance"),
    ("Grace Example", 41, "Information technology"),
    ("Linus Example with a rather long name", 7, "Human resources"),
    ("Zoë", 55, "Sales"),
)


def person(number: int, name: str, age: int, department: str) -> Made:
    """Somebody of whom not all is known, and who may be away."""
    return Made(
        id=number, title=name, path="/", age=age, department=department, location="Seattle", job_title="Engineer",
        email="ada@example.com", phone=None if number else "+1 206 555 0100", photo=None,
        absent_until=utc_now().date() if number == len(PEOPLE) - 1 else None,
    )  # fmt: skip


def talking() -> dict[str, Any]:
    """Threads of comments, open and resolved, one of them removed; and a request for access."""
    now = utc_now()

    def said(number: int, who: str, words: str, **more: Any) -> dict[str, Any]:
        comment = {"id": number, "created_at": now, "edited_at": None, "removed_at": None, **more}
        html = Markup("<p>{}</p>").format(words)
        return {"comment": Made(**comment), "who": who, "html": html, "can_edit": number == 1, "can_remove": number < 3}

    first, answer = said(1, "Ada Example", "Is this still so?", edited_at=now), said(2, "Grace Example", "It is.")
    removed, last = said(3, "Linus Example", "", removed_at=now), said(4, "Zoë", "Mended.")
    return {
        "threads": [
            {"first": first, "answers": [answer, removed], "is_resolved": False},
            {"first": last, "answers": [], "is_resolved": True},
        ],
        "request_for_access": Made(
            id=1, display_name="Grace Example", permission="edit", node_path="/", node_title="Travel", asked_at=now,
            message="I write the next one.",
        ),
    }  # fmt: skip


def effect() -> Effect:
    """A change that takes from some and gives to others."""
    some = (Person(name="ada", display_name="Ada Example"), Person(name="grace", display_name="Grace Example"))
    return Effect(
        shifts=(
            Shift(Role.READER, None, 37, some),
            Shift(None, Role.EDITOR, 2, some),
            Shift(Role.READER, Role.MANAGER, 1, some[:1]),
        ),
        public=(None, Role.READER),
        signed_in=(Role.READER, None),
        public_is_on=True,
        loses_own=False,
        only_administrators=True,
        places_inside=2,
    )


def files() -> dict[str, Any]:
    """Contents of files that can be shown, and some that cannot."""
    versions = [
        Made(number=n, is_current=n == 2, size=n * 9000, at=utc_now(), by="ada", file_name="plan.xlsx") for n in (2, 1)
    ]
    rows = [["Name", "Age"], ["Ada", "36"], ["Grace", "41"]]
    facts = {"sheets": [{"name": "Staff", "rows": rows}], "slides": ["The plan", ""], "sheet_count": 1, "author": "Ada"}
    previews = [Preview("text", words="Bring the passes.", is_cut=True), Preview("table", rows=rows)]
    previews += [Preview("document", facts=facts, state="done"), Preview("", state="failed")]
    return {
        "previews": previews,
        "versions": versions,
        "file": Made(file_name="plan.xlsx", media_type="x/y", size=18_000, width=None, height=None, about=""),
    }


def writing() -> dict[str, Any]:
    """A form of writing, with a draft of it."""
    inputs = [Input("headline", "Title", value="Leave"), Input("summary", "Summary", "textarea", BEFORE)]
    inputs += [Input("keywords", "Keywords", is_detail=True), Input("due", "Review by", "date", is_detail=True)]
    sides = [{"label": "Summary", "rows": difference(BEFORE, AFTER).rows}]
    return {
        "draft": Made(id=1, saved_at=utc_now(), version=1, sides=sides),
        "form": Form(kind_named("page"), inputs),
        "plain_form": Form(kind_named("page"), [Input("motto", "Motto")]),
    }


def found() -> dict[str, Any]:
    """What the page of search has to say, with hits and without."""
    hit = Made(node=place(1, "Parental leave"), excerpt=Markup("Ask for <mark>leave</mark> early."), is_in_file=True)
    question = Made(given={}, here=None, under=None, is_narrowed=True, link=lambda **_: "#")
    choices = [
        Made(href="#", title=title, count=count, is_chosen=count == 2) for title, count in (("Page", 2), ("File", 1))
    ]
    common = {"question": question, "typed": "leave", "chips": [("Handbook", "#")], "total": 1, "next": None}
    common["sorts"] = [("Relevance", "#", True), ("Newest", "#", False)]
    hits = [Made(hit=hit, icon="page", kind=kind_named("page"))]
    facets = [Made(name="kind", label="Kind", choices=choices), Made(name="changed", label="Changed", choices=choices)]
    return {
        "some": {**common, "hits": hits, "facets": facets, "better": None},
        "none": {**common, "hits": [], "facets": [], "better": "leave"},
    }


def jobs() -> list[Made]:
    """Jobs as a table has them: one under way, one that failed."""
    now = utc_now()
    common = {"asked_by": "ada", "created_at": now, "run_at": now, "most_attempts": 5, "done": 40, "total": 247}
    running = Made(
        id=1, title="Import pages", state="running", attempts=1, ended_at=None, reason="", fault="", **common
    )
    failed = Made(
        id=2, title="Send mail", state="failed", attempts=5, ended_at=now, reason="Nobody answers.", fault="E", **common
    )
    return [running, failed]


def seen_as(me: Identity) -> Made:
    """The reader as the banner of somebody who sees the site as somebody else."""
    return Made(**{**vars(me), "seen_as": Made(display_name="Grace Example")})
