"""The style page shows every part of the interface: each macro of the templates is drawn there, or stands here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

FOLDER = Path(__file__).parents[1] / "myplatform" / "templates"
PAGE = "style.jinja2"
NOT_SHOWN = {
    ("node_parts.jinja2", "child_cards"): "the same rows as cards: a page has one such list, and the table is shown",
    ("selection_parts.jinja2", "box"): "the box of such a card",
    ("upload_parts.jinja2", "zone"): "a hidden form: files dropped on the style page would be kept",
}
ENVIRONMENT = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
Macro = tuple[str, str]


class Template:
    """What a template names: macros of its own, other templates by alias, templates that it takes in."""

    def __init__(self, name: str):
        self.name = name
        self.tree = ENVIRONMENT.parse((FOLDER / name).read_text())
        self.macros = {macro.name: macro for macro in self.tree.find_all(nodes.Macro)}
        # What a template takes in knows the parts from it.
        self.aliases = {"parts": "parts.jinja2"} | {
            each.target: each.template.value for each in self.tree.find_all(nodes.Import)
        }
        self.extends = [each.template.value for each in self.tree.find_all(nodes.Extends)]

    def called(self, within: nodes.Node) -> Iterator[Macro]:
        """The macros that a part of the template calls."""
        for call in within.find_all(nodes.Call):
            match call.node:
                case nodes.Name(name=name) if name in self.macros:
                    yield self.name, name
                case nodes.Getattr(node=nodes.Name(name=alias), attr=name) if alias in self.aliases:
                    yield self.aliases[alias], name

    def included(self) -> Iterator[str]:
        """The templates that it takes in."""
        yield from (each.template.value for each in self.tree.find_all(nodes.Include))
        yield from self.extends


def shown_on(page: str) -> set[Macro]:
    """The macros that a page calls, and those that they call, and so on."""
    templates: dict[str, Template] = {}
    shown: set[Macro] = set()

    def template(name: str) -> Template:
        return templates.get(name) or templates.setdefault(name, Template(name))

    def show(found: Iterator[Macro]) -> None:
        for macro in set(found) - shown:
            shown.add(macro)
            of = template(macro[0])
            show(of.called(of.macros[macro[1]]))

    waiting, seen = [page], set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        show(template(name).called(template(name).tree))
        waiting += set(template(name).included()) - seen
    return shown


def parts() -> set[Macro]:
    """Every macro of the templates that hold parts."""
    return {(path.name, name) for path in FOLDER.glob("*parts.jinja2") for name in Template(path.name).macros}


def test_every_part_is_shown_or_has_a_reason_not_to_be():
    shown = shown_on(PAGE)
    assert len(parts()) > 70
    assert parts() - shown - NOT_SHOWN.keys() == set()
    assert NOT_SHOWN.keys() <= parts()
