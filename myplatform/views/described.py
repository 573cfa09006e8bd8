"""Files as the scripts of pages get them."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from ..queries.nodes import Entry


def described(request: Request, entry: Entry | None) -> dict[str, Any] | None:
    """What a script needs to link or show a file: id, title, path, url, media type, size in bytes and version."""
    if entry is None:
        return None
    node = entry.node
    return {
        "id": node.id,
        "title": node.title,
        "path": node.path,
        "url": request.node_url(node.path),
        "media_type": entry.values["media_type"],
        "size": entry.values["size"],
        "version": node.version,
    }
