"""Which change concerns whom, and what they are told: judged for every socket with what was read in this round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import Row
from websockets.asyncio.server import broadcast

from ..queries.changes import write_cursor
from ..queries.visibility import is_among
from .reading import Found
from .sockets import Socket

NOBODY: frozenset[str] = frozenset()

Told = Callable[[Socket], None]
"""Called for each socket that is too slow to be told."""


def text_of(message: dict[str, Any]) -> str:
    """A message as it is sent."""
    return orjson.dumps(message).decode()


def send(sockets: Iterable[Socket], text: str, drop: Told) -> None:
    """Hand a text to many sockets, without waiting for any; those that do not read are dropped."""
    ready = []
    for socket in sockets:
        if socket.is_slow():
            drop(socket)
        else:
            ready.append(socket.connection)
    broadcast(ready, text)


def messages_of(rows: list[Row[Any]], found: Found) -> Iterator[tuple[str, int | None, str]]:
    """Topic, access root and text of each message that some changes make.

    Who watches a place looks at it again, whatever was in the message: of many changes of a topic and access root the
    last is enough. The feed as a whole has every change.
    """
    last: dict[tuple[str, int | None], Row[Any]] = {}
    for row in rows:
        if row.node_id is None:
            continue
        root = row.now_access or row.access_id
        yield "changes", root, text_of({"type": "change", "cursor": _cursor(row), "change": _document(row)})
        for topic in _topics_of(row, found):
            last.pop((topic, root), None)
            last[topic, root] = row
    for (topic, root), row in last.items():
        yield topic, root, text_of(_notice(topic, row))


def _topics_of(row: Row[Any], found: Found) -> Iterator[str]:
    yield f"node:{row.node_id}"
    parents = {row.now_parent, found.old_parents.get(row.id)}
    yield from (f"inside:{parent}" for parent in parents if parent is not None)


def _notice(topic: str, row: Row[Any]) -> dict[str, Any]:
    return {
        "type": "changed",
        "topic": topic,
        "cursor": _cursor(row),
        "action": row.action,
        "node": row.node_id,
        "version": row.node_version,
        "by": row.actor,
        "name": row.actor_name or row.actor,
    }


def _document(row: Row[Any]) -> dict[str, Any]:
    node = {name: getattr(row, f"node_{name}") for name in ("id", "kind", "path", "title", "version")}
    return {"id": row.id, "at": row.at, "actor": row.actor, "action": row.action, "node": node}


def _cursor(row: Row[Any]) -> str:
    return write_cursor((row.transaction_number, row.id))


def may_see(socket: Socket, root: int | None, found: Found) -> bool:
    """Whether the one behind a socket may view what has this access root now."""
    return root is not None and is_among(socket.identity, found.viewers.get(root, NOBODY))
