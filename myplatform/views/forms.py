"""Forms built from a kind's fields: inputs with their values, what was sent, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from ..errors import Conflict, FieldError, Invalid
from ..fields import Choice, Choices, Field, Link, Person
from ..kinds import Kind
from ..languages import gettext as _
from ..languages import ngettext
from ..queries.children import children_of
from ..queries.nodes import Entry, visible_nodes
from ..queries.people import people_called, people_names
from .rendering import base_of

SUGGESTED_PEOPLE = 500
SUGGESTED_FILES = 200
INPUT_TYPES = {"text": "text", "url": "url", "email": "email", "number": "number", "date": "date"}
INPUT_TYPES |= {"datetime-local": "datetime-local", "markdown": "markdown", "checkbox": "checkbox"}
INPUT_TYPES |= {"select": "select", "checkboxes": "checkboxes"}
BESIDE = ("slug", "template", "note")
"""Inputs that stand in forms beside the kind's own."""


@dataclass
class Input:
    """One input of a form, in the words of the `field` macro."""

    name: str
    label: str
    type: str = "text"
    value: Any = ""
    help: str = ""
    required: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)
    attrs: dict[str, Any] = field(default_factory=dict)
    is_detail: bool = False


@dataclass
class Form:
    """A kind's form: its inputs, and the messages of each wrong one by its name."""

    kind: type[Kind]
    inputs: list[Input]
    errors: dict[str, list[str]] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def main(self) -> list[Input]:
        """The inputs that are always in sight, the title first."""
        return [each for each in self.inputs if not each.is_detail]

    @property
    def details(self) -> list[Input]:
        """The inputs behind “Details”."""
        return [each for each in self.inputs if each.is_detail]

    @property
    def is_open(self) -> bool:
        """Whether something is wrong behind “Details”, so that it should be in sight."""
        return any(name in self.errors for name in ("slug", *(each.name for each in self.details)))

    @property
    def labels(self) -> dict[str, str]:
        """The label of each input, for the summary of errors."""
        beside = {"slug": _("Address"), "note": _("What did you change?")}
        return {each.name: each.label for each in self.inputs} | beside


@dataclass(frozen=True)
class Sent:
    """What a form sent for a kind, as it was typed."""

    kind: type[Kind]
    given: Mapping[str, list[str]]

    def text(self, name: str) -> str:
        """The last value sent under a name."""
        values = self.given.get(name, [])
        return values[-1] if values else ""

    def resolved(self, request: Request) -> dict[str, list[str]]:
        """The same with typed names of people as the ids of the employees they name. Raises `Invalid`."""
        values = {name: list(texts) for name, texts in self.given.items()}
        errors = []
        for each in self.kind.written_fields():
            text = self.text(each.name).strip()
            if isinstance(each, Person) and text and not text.startswith("/"):
                values[each.name], problem = _person_id(request, each, text)
                errors += problem
        if errors:
            raise Invalid(errors)
        return values


def _person_id(request: Request, person: Field, text: str) -> tuple[list[str], list[FieldError]]:
    found = people_called(request.db, request.identity, text)
    if len(found) == 1:
        return [str(found[0].id)], []
    if not found:
        message = _(
            "nobody is called “%(name)s”; write the full name, the e-mail address or the page's address", name=text
        )
    else:
        message = ngettext(
            "%(n)s person is called “%(name)s”; write the e-mail address instead",
            "%(n)s people are called “%(name)s”; write the e-mail address instead",
            len(found),
            name=text,
        )
    return [], [FieldError(person.name, message)]


def sent_values(request: Request, kind: type[Kind]) -> Sent:
    """What the request's form sent for the kind's own inputs and those beside them."""
    names = [kind.title_key, *(each.name for each in kind.written_fields()), *BESIDE]
    given = {name: [value for value in request.POST.getall(name) if isinstance(value, str)] for name in names}
    present = {name: values for name, values in given.items() if values or name in request.POST}
    boxes = {each.name: [] for each in kind.written_fields() if each.widget in ("checkbox", "checkboxes")}
    return Sent(kind, boxes | present)


def form_of(
    request: Request,
    kind: type[Kind],
    *,
    entry: Entry | None = None,
    sent: Sent | None = None,
    error: Invalid | Conflict | None = None,
) -> Form:
    """The form of a kind: empty, with the values of a node, or with what was sent; of both, what was sent counts."""
    stored = entry.node.title if entry else ""
    title = sent.text(kind.title_key) if sent and (kind.title_key in sent.given or not entry) else stored
    longest = {"maxlength": kind.title_length}
    inputs = [Input(kind.title_key, _(kind.title_label), value=title, required=True, attrs=longest)]
    inputs += [_input(request, each, _value(each, entry, sent)) for each in kind.written_fields()]
    _name_links(request, kind, inputs, sent)
    has_people = any(isinstance(each, Person) and not each.is_detail for each in kind.written_fields())
    suggested = people_names(request.db, request.identity, SUGGESTED_PEOPLE) if has_people else []
    return Form(
        kind,
        inputs,
        _messages(kind, error),
        [row.title for row in suggested],
        {name: sent.text(name) for name in BESIDE} if sent else dict.fromkeys(BESIDE, ""),
    )


def _value(each: Field, entry: Entry | None, sent: Sent | None) -> Any:
    if sent is not None and (each.name in sent.given or entry is None):
        return sent.given.get(each.name, []) if isinstance(each, Choices) else sent.text(each.name)
    value = entry.values.get(each.name) if entry else None
    return (value or []) if isinstance(each, Choices) else each.to_form(value)


def _input(request: Request, each: Field, value: Any) -> Input:
    kind_of_input = INPUT_TYPES.get(each.widget, "text")
    made = Input(each.name, _(each.label), kind_of_input, value, _(each.help), each.required, is_detail=each.is_detail)
    for bound in ("min", "max"):
        limit = getattr(each, bound, None)
        if limit is not None and abs(limit) < 1 << 53:
            made.attrs[bound] = limit
    if made.type == "number":
        made.attrs["step"] = "1" if each.type_name == "integer" else "any"
    if made.type == "markdown":
        made.attrs |= _editor_places(request)
    if isinstance(each, Choice):
        empty = [] if each.required or isinstance(each, Choices) else [("", "–")]
        made.options = [*empty, *((option, option) for option in each.options)]
    if isinstance(each, Person):
        made.attrs |= {"list": f"people-{each.name}" if each.is_detail else "people", "autocomplete": "off"}
        made.attrs |= {"data-suggests": request.node_url("/-/find", kinds="employee")} if each.is_detail else {}
        made.help = made.help or _("A name or an e-mail address.")
    elif isinstance(each, Link):
        _offer_files(request, each, made)
    return made


def _editor_places(request: Request) -> dict[str, str]:
    """Where the editor of a text puts its files, asks for its preview, and from where the addresses in it start."""
    node = request.context.node
    base = node.path if request.view_name == "@new" else base_of(node)
    return {
        "data-place": request.node_url(node.path).rstrip("/"),
        "data-preview": request.node_url(node.path, "@preview"),
        "data-base": request.node_url(base),
    }


def _offer_files(request: Request, link: Link, made: Input) -> None:
    """A link to a file chooses among the files below the node; any other is an address."""
    if link.kinds != ("file",):
        made.help = made.help or _("An address on this site, such as /handbook/leave.")
        return
    rows = children_of(request.db, request.identity, request.context.node.id, limit=SUGGESTED_FILES)
    made.type = "select"
    made.options = [("", _("None")), *((str(row.id), row.title) for row in rows if row.kind == "file")]
    if made.value and made.value not in dict(made.options):
        made.options.append((made.value, _("The one chosen now")))


def _name_links(request: Request, kind: type[Kind], inputs: list[Input], sent: Sent | None) -> None:
    """Stored links as people know them: a person by name, anything else by address."""
    given = sent.given if sent else {}
    links = {name: each for name, each in kind.fields.items() if isinstance(each, Link) and name not in given}
    linked = [each for each in inputs if each.name in links and each.type == "text" and each.value.isdecimal()]
    nodes = visible_nodes(request.db, request.identity, [int(each.value) for each in linked])
    for each in linked:
        if (node := nodes.get(int(each.value))) is not None:
            each.value = node.title if isinstance(links[each.name], Person) else node.path


def _messages(kind: type[Kind], error: Invalid | Conflict | None) -> dict[str, list[str]]:
    if error is None:
        return {}
    if isinstance(error, Conflict):
        return {error.field: [error.message]}
    return {kind.title_key if name == "title" else name: messages for name, messages in error.by_field().items()}
