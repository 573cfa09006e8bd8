"""People hear at once of what concerns them: the service reads each change for them as soon as it hears of it."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from .. import metrics
from ..actions.notifying import notify_of_changes
from ..database import open_session
from ..queries.modes import is_read_only

log = logging.getLogger(__name__)


class Notifier:
    """Reads when there are news. What it misses, the job that does the same now and then finds."""

    def __init__(self, registry: Any, threads: ThreadPoolExecutor):
        self._registry, self._threads = registry, threads
        self._public: bool = registry["settings"]["access.public"]
        self.news = asyncio.Event()

    async def run(self) -> None:
        """Read whenever `news` is set, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self.news.wait()
            self.news.clear()
            try:
                while await loop.run_in_executor(self._threads, self._read):
                    pass
            except SQLAlchemyError as error:
                log.warning("Nobody could be told of what changed, the next time they are: %s", error)
            except Exception:  # whatever it was, the next time may go well
                log.exception("Nobody could be told of what changed")

    def _read(self) -> bool:
        """Read some changes; returns whether there are more. None while the site is closed or can only be read."""
        with open_session(self._registry["session_factory"]) as db:
            if is_read_only(db):
                return False
            told, more = notify_of_changes(db, public=self._public)
        metrics.NOTIFICATIONS.increase(len(told))
        for user_id in told:
            self._registry["live"].ring(f"user:{user_id}")
        return more
