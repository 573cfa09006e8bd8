"""Shows a node's Markdown: its links and images lead to the nodes they name, and its blocks are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

from pyramid.request import Request

from ..assets import icon
from ..markup import (
    Picture,
    Rendered,
    Resolve,
    Resolved,
    internal_targets,
    learn,
    normalise_target,
    render,
    unsafe_html,
)
from ..parts.cache import Cache
from ..queries.nodes import NodeRow
from ..queries.references import base_of, named_nodes
from ..thumbnails import SIZES, has_thumbnail
from .blocks import block_drawer

SITE_PATHS = ("/-/", "/api/")
WORTH_KEEPING = 1000
"""Characters of a text from which on asking the cache is quicker than reading the Markdown."""
KEPT_SECONDS = 7 * 86_400


def rendered(request: Request, node: NodeRow, text: str | None) -> Rendered | None:
    """The text of a node as safe HTML with its headings; None where there is no text."""
    if not text:
        return None
    resolve = _resolver(request, node, [text])
    return render(text, resolve, block=block_drawer(request, node), icon=icons_of(request))


def rendered_all(request: Request, node: NodeRow, texts: Sequence[str]) -> list[Rendered]:
    """Several texts about a node as safe HTML, without blocks; one statement for the links of all."""
    resolve = _resolver(request, node, texts)
    return [render(text, resolve, icon=icons_of(request)) for text in texts]


def _parsed(cache: Cache, text: str) -> str:
    """The HTML of a text as its Markdown says, the same for every reader: named by the text itself."""
    if len(text) < WORTH_KEEPING:
        return unsafe_html(text)
    name = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return cache.get_or_create(f"markdown:{name}", lambda: unsafe_html(text), KEPT_SECONDS)


def icons_of(request: Request) -> Callable[[str], str]:
    """What draws the icons of a text, by name."""
    return lambda name: str(icon(name, prefix=request.script_name))


def _resolver(request: Request, node: NodeRow, texts: Sequence[str]) -> Resolve:
    base = base_of(node)
    learn(texts, partial(_parsed, request.registry["cache"]))
    targets = {each.target for text in texts for each in internal_targets(text)}
    names = {target: normalise_target(target, base) for target in targets}
    wanted = [name for name in names.values() if name is not None and not _is_of_the_site(name)]
    nodes = named_nodes(request.db, request.identity, wanted)

    def resolve(target: str, is_image: bool) -> Resolved | None:
        name = names.get(target)
        if name is None or _is_of_the_site(name):
            return None
        if (found := nodes.get(name)) is None:
            return Resolved(request.node_url(name if isinstance(name, str) else f"/-/id/{name}"), exists=False)
        if is_image and found.kind == "file":
            return Resolved(request.node_url(found.path, "@content"), picture=_picture(request, found))
        return Resolved(request.node_url(found.path))

    return resolve


def _picture(request: Request, file: NodeRow) -> Picture | None:
    """The size of an image, and its smaller version where it is larger than that."""
    if not (file.width and file.height):
        return None
    longer, most = max(file.width, file.height), SIZES["large"]
    if longer <= most or not has_thumbnail(file.media_type, file.width):
        return Picture(file.width, file.height)
    small_url = request.node_url(file.path, "@thumbnail", size="large")
    return Picture(file.width, file.height, small_url, max(1, round(file.width * most / longer)))


def _is_of_the_site(name: str | int) -> bool:
    return isinstance(name, str) and (name.startswith(SITE_PATHS) or "/@" in name)
