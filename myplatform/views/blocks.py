"""Draws the blocks of a text, and names all blocks for the editor."""

from __future__ import annotations

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.view import view_config

from ..blocks import MOST_BLOCKS, Block, Place, all_blocks, block_named
from ..blocks.options import read_options
from ..errors import FieldError, Invalid, Problem
from ..languages import gettext as _
from ..markup import Heading
from ..markup.parts import DrawBlock
from ..permissions import Permission
from ..queries.nodes import NodeRow


def block_drawer(request: Request, node: NodeRow) -> DrawBlock:
    """Draws the blocks of one text of the node, as far as one text may have blocks."""
    drawn = 0

    def draw(name: str, source: str, headings: tuple[Heading, ...]) -> str | None:
        nonlocal drawn
        block = block_named(name)
        if block is None or block.holds_text:
            return None
        drawn += 1
        if drawn > MOST_BLOCKS:
            message = _("A text shows at most %(count)s blocks; this is one more.", count=MOST_BLOCKS)
            return _wrong(request, block, [FieldError("", message)])
        place = Place(request.db, request.identity, node, headings)
        try:
            values = block.show(place, read_options(block, source))
        except Problem as problem:
            errors = problem.errors if isinstance(problem, Invalid) else [FieldError("", problem.message)]
            return _wrong(request, block, list(errors))
        return render(block.renderer, {**values, "block": block}, request=request)

    return draw


def _wrong(request: Request, block: type[Block], errors: list[FieldError]) -> Markup:
    """What is wrong and what to write, for those who may; for others that there is nothing."""
    may_edit = request.has_permission(Permission.EDIT)
    values = {"block": block, "wrong": errors if may_edit else None}
    return Markup(render("blocks/wrong.jinja2", values, request=request))  # noqa: S704 - Jinja2 has escaped it


@view_config(route_name="blocks", request_method="GET", permission=Permission.SIGNED_IN, renderer="json")
def blocks(_request: Request) -> list[dict[str, str]]:
    """All blocks, each with a source to begin with."""
    return [
        {
            "name": block.name,
            "label": _(block.label),
            "description": _(block.description),
            "icon": block.icon,
            "source": block.source(),
        }
        for block in all_blocks()
    ]


def includeme(config: Configurator) -> None:
    """The route and view of this module."""
    config.add_route("blocks", "/-/blocks")
    config.scan(__name__)
