"""The blocks that there are, by name."""

from __future__ import annotations

from .block import Block

_blocks: dict[str, type[Block]] = {}


def add_block(block: type[Block]) -> None:
    """Make a block known; adding the same class again does nothing."""
    if not block.name.isidentifier() or not block.name.islower():
        raise ValueError(f'{block.__qualname__}.name must be a small word such as "shelf", not {block.name!r}')
    if _blocks.setdefault(block.name, block) is not block:
        raise ValueError(f"there are two blocks called {block.name!r}")


def block_named(name: str) -> type[Block] | None:
    """The block of that name; None for what is the name of a programming language, or nothing."""
    return _blocks.get(name)


def all_blocks() -> list[type[Block]]:
    """Every block, in the order of being added."""
    return list(_blocks.values())
