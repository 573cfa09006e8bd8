"""The tree: every page, folder, file and person is one row here, with its kind's own fields in a table beside it."""

from __future__ import annotations

import datetime as dt
from typing import cast

from sqlalchemy import ColumnElement, ForeignKey, Index, Table, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, OrderedText, utc_now

UNPLACED = 1 << 30
"""Position of a node that nobody has ordered by hand: after the placed ones, then by title."""

PLACE_GAP = 1 << 10
"""Distance left between two placed siblings, so that one can be put between them without touching others."""

DEEPEST = 40
"""Steps that a path has at most."""

LONGEST_PATH = 2000
"""Bytes of UTF-8 that a path has at most: a row of an index on PostgreSQL holds some 2,700."""


class Node(Base):
    """A place in the tree. `path` is its address for people, `id` its permanent one.

    `ancestry` lists the ids above it ("/1/7/"), so that a subtree is an index range whatever its names are.
    `access_id` names the nearest node, itself included, that carries grants or stops inheritance.
    `trash_id` is the id of the node that was put into the trash and took this one along.
    """

    __tablename__ = "nodes"
    __table_args__ = (
        Index(
            "uq_nodes_path",
            "path",
            unique=True,
            sqlite_where=text("trash_id IS NULL"),
            postgresql_where=text("trash_id IS NULL"),
        ),
        Index("ix_nodes_children_in_order", "parent_id", "position", "sort_title", "id"),
        Index("ix_nodes_modified_by_modified_at", "modified_by", "modified_at"),
        Index("ix_nodes_children_by_title", "parent_id", "sort_title", "id"),
        Index(
            "ix_nodes_children_by_access",
            "parent_id",
            "access_id",
            sqlite_where=text("trash_id IS NULL"),
            postgresql_where=text("trash_id IS NULL"),
        ),
        Index("ix_nodes_ancestry", "ancestry"),
        Index("ix_nodes_access_id", "access_id"),
        Index("ix_nodes_kind", "kind", "sort_title", "id"),
        Index("ix_nodes_modified_at", "modified_at"),
        Index(
            "ix_nodes_sort_title",
            "sort_title",
            "id",
            sqlite_where=text("trash_id IS NULL"),
            postgresql_where=text("trash_id IS NULL"),
        ),
        Index("ix_nodes_trash_id", "trash_id"),
        Index("ix_nodes_created_by", "created_by", "modified_at"),
        # Changes and cursors speak of nodes that are gone: an id must never come again.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"))
    kind: Mapped[str]
    slug: Mapped[str]
    path: Mapped[str] = mapped_column(OrderedText)
    ancestry: Mapped[str] = mapped_column(OrderedText)
    title: Mapped[str]
    sort_title: Mapped[str] = mapped_column(OrderedText)
    position: Mapped[int] = mapped_column(default=UNPLACED)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str]
    modified_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    modified_by: Mapped[str]
    access_id: Mapped[int | None] = mapped_column(
        comment="null only between the insert of a root and its update"
    )
    inherits: Mapped[bool] = mapped_column(default=True)
    trash_id: Mapped[int | None]
    trashed_at: Mapped[dt.datetime | None]
    trashed_by: Mapped[str | None]


NODES = cast(Table, Node.__table__)
"""The table itself: statements on its columns skip the mapper, which content does not use."""


def descendants_of(ancestry: str, node_id: int) -> ColumnElement[bool]:
    """Condition: everything below the node, without itself, live or in the trash."""
    below, above = subtree_range(ancestry, node_id)
    return and_(NODES.c.ancestry >= below, NODES.c.ancestry < above)


def subtree_range(ancestry: str, node_id: int) -> tuple[str, str]:
    """The ancestries of everything below a node are from the first text up to, without it, the second."""
    prefix = f"{ancestry}{node_id}/"
    return prefix, prefix[:-1] + "0"  # the character behind "/"


def subtree_of(ancestry: str, node_id: int) -> ColumnElement[bool]:
    """Condition: the node and everything below it."""
    return or_(NODES.c.id == node_id, descendants_of(ancestry, node_id))


def is_live() -> ColumnElement[bool]:
    """Condition: not in the trash."""
    return NODES.c.trash_id.is_(None)


class Redirect(Base):
    """An address that a node or an imported page once had; nodes that stand at a path win over it."""

    __tablename__ = "redirects"

    path: Mapped[str] = mapped_column(OrderedText, primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
