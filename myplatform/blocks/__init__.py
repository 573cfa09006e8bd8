"""Blocks: fenced code blocks of a text whose name stands for something drawn each time the text is shown.

    ```recent
    in: /handbook
    limit: 5
    ```

A block is one class: its name, its options, and a function from who asks and where to what its template shows.
"""

from __future__ import annotations

from typing import Any

from .block import Block, Place
from .callouts import CALLOUTS
from .contents import Contents
from .embed import Embed
from .figures import Chart, Number
from .listings import Children, Recent
from .people import People
from .registry import add_block, all_blocks, block_named

BUILT_IN = (Recent, Children, People, Number, Chart, Embed, Contents, *CALLOUTS)
MOST_BLOCKS = 20
"""Blocks of one text that are drawn; each costs a few statements."""

__all__ = ["MOST_BLOCKS", "Block", "Place", "add_block", "all_blocks", "block_named"]


def includeme(config: Any) -> None:
    """`config.add_block(Class)`, for the built-in blocks and for plug-ins alike."""
    config.add_directive("add_block", lambda _config, block: add_block(block), action_wrap=False)
    for block in BUILT_IN:
        config.add_block(block)
