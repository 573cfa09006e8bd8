"""The rounds of a service: read once for all sockets, judge each again, tell those whom it concerns."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from ..actions.account_checks import may_administer
from ..queries.changes import read_cursor, write_cursor
from ..queries.live import Place
from .delivery import may_see, messages_of, send, text_of
from .hub import Hub
from .presence import REPEATED_EVERY
from .reading import Asked, Found, Reader
from .sockets import ENDED, LATER, Socket, Wish, job_of, node_of

POLL = 1.5
"""Seconds after which is looked without a ring: it may have been lost."""
SOONEST, SOON = 0.02, 0.5
"""Seconds after which is looked again for what is committed but waits for older transactions: more and more seldom."""
DUE_AFTER = 2.5
"""Seconds after which every session, token and right of a watcher is looked at again."""
LONGEST_PAUSE = 5.0
"""Seconds between two visits to a database that does not answer."""
PRESENCE_EVERY = 0.25
"""Seconds between two words about who is where: many who come at once are told as one."""
CALLED_FOR = 60.0
"""Seconds that it is known who was called, for pages that were made before and listen since."""
NOTIFICATIONS = text_of({"type": "notifications"})

log = logging.getLogger(__name__)


class Rounds:
    """Reads and tells, again and again. `on_news` is called when there were changes."""

    def __init__(self, hub: Hub, reader: Reader, threads: ThreadPoolExecutor, on_news: Callable[[], None]):
        self.hub, self.reader, self.threads, self.on_news = hub, reader, threads, on_news
        self._place: Place | None = None
        self._due_at = 0.0
        self._presence_at = 0.0
        self._repeat_at = 0.0
        self._soon = SOONEST
        self._called: dict[int, float] = {}

    async def run(self) -> None:
        """Rounds until cancelled; a database that does not answer is asked again, more and more seldom.

        What a mistake of ours kept from being told is made good by letting all pages look anew.
        """
        pause, failures, is_lost = 0.0, 0, False
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.hub.look.wait()
            self.hub.look.clear()
            try:
                pause = await self.round()
                failures = 0
                if is_lost:
                    is_lost = False
                    send(set(self.hub.sockets), text_of({"type": "reset"}), self.hub.drop)
            except Exception as error:
                failures, pause = failures + 1, 0.0
                if not isinstance(error, SQLAlchemyError):
                    is_lost = True
                    log.exception("A round failed; once one goes well, open pages look anew.")
                elif failures == 1:
                    log.warning("The database does not answer; open pages hear nothing until it does: %s", error)
                await asyncio.sleep(min(LONGEST_PAUSE, 0.2 * 2 ** min(failures, 10)))

    async def round(self) -> float:
        """Read once and tell everybody; returns after how many seconds to look again at the latest."""
        hub = self.hub
        wishes, rings = hub.taken_wishes(), hub.taken_rings()
        self._hear(rings)
        asked = self._asked(wishes, rings)
        judged = set(hub.sockets)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self.threads, self.reader.read, asked)
        except BaseException:
            hub.put_back(wishes, rings)
            raise
        hub.counts["rounds"] += 1
        self._place = found.news.place
        if found.identities is not None:
            self._due_at = time.monotonic() + DUE_AFTER
            self._judge(judged, asked, found)
        self._grant(wishes, found)
        self._deliver(found.news.rows, found)
        self._tell_users(rings)
        self._tell_of_jobs(rings, found)
        self._tell_presence(found)
        if found.news.rows:
            self.on_news()
        return self._pause(found)

    def _pause(self, found: Found) -> float:
        if found.news.more:
            return 0.0
        if found.news.coming:
            self._soon = min(SOON, self._soon * 2)
            return self._soon
        self._soon = SOONEST
        return PRESENCE_EVERY if self.hub.presence.dirty else POLL

    def _asked(self, wishes: list[tuple[Socket, Wish]], rings: Iterable[tuple[str, dict[str, Any]]]) -> Asked:
        hub = self.hub
        cursors = [read_cursor(wish.after) for _, wish in wishes if wish.after is not None]
        ages = [wish.age for _, wish in wishes if wish.after is None and wish.age is not None]
        wanted = {topic for _, wish in wishes for topic in wish.watch}
        rung = {topic for topic, _ in rings if topic in hub.watching}
        return Asked(
            self._place,
            after=min(cursors, default=None),
            age=max(ages, default=None),
            nodes=({node_of(topic) for topic in wanted} | hub.presence.dirty) - {0},
            jobs={job_of(topic) for topic in wanted | rung} - {0},
            is_due=time.monotonic() >= self._due_at,
            proofs={socket.proof for socket in hub.sockets},
            watched={node_of(topic) for topic in hub.watching} - {0},
        )

    def _judge(self, sockets: set[Socket], asked: Asked, found: Found) -> None:
        """Close the sockets of sessions and tokens that are over, and all but administrators' while the site is closed;
        end what nobody may watch any more."""
        assert found.identities is not None
        for socket in sockets & self.hub.sockets:
            identity = found.identities.get(socket.proof)
            if identity is None:
                self.hub.close(socket, ENDED, "signed out")
            elif found.is_closed and not identity.is_admin:
                self.hub.close(socket, LATER, "closed for maintenance")
            else:
                socket.identity = identity
        for topic, watching in list(self.hub.watching.items()):
            node_id = node_of(topic)
            if node_id not in asked.watched:
                continue
            gone = [socket for socket in watching if not self._may_watch(socket, topic, found)]
            for socket in gone:
                self.hub.leave(socket, topic)
            send(gone, text_of({"type": "gone", "topic": topic}), self.hub.drop)

    def _may_watch(self, socket: Socket, topic: str, found: Found) -> bool:
        if job_id := job_of(topic):
            return may_administer(socket.identity) or found.owners.get(job_id) == socket.identity.name
        node_id = node_of(topic)
        if not node_id:
            return topic != "me" or socket.identity.is_oneself
        if topic.startswith("present:") and not (self.hub.shows_presence and socket.identity.is_oneself):
            return False
        standing = found.standing.get(node_id)
        return standing is not None and may_see(socket, standing.access_id, found)

    def _grant(self, wishes: list[tuple[Socket, Wish]], found: Found) -> None:
        """Let clients watch what they may, and repeat for them what they have missed."""
        kept: dict[int, list[tuple[str, int | None, str]]] = {}
        for socket, wish in wishes:
            if socket not in self.hub.sockets:
                continue
            if any(topic.startswith("present:") for topic in wish.watch):
                socket.is_editing = wish.is_editing
            granted = [topic for topic in wish.watch if self._may_watch(socket, topic, found)]
            for topic in granted:
                self.hub.watch(socket, topic)
            self._repeat(socket, set(granted), wish, found, kept)
            ready = {"type": "ready", "cursor": write_cursor(found.begun), "you": socket.identity.name}
            ready["watching"] = sorted(socket.topics)
            send([socket], text_of(ready), self.hub.drop)
            if "me" in granted and self._was_called(socket, wish):
                send([socket], NOTIFICATIONS, self.hub.drop)

    def _was_called(self, socket: Socket, wish: Wish) -> bool:
        """Whether the one behind a socket may have something new since their page was made."""
        if wish.age is None or socket.identity.user_id is None:
            return False
        called_at = self._called.get(socket.identity.user_id)
        return wish.age > CALLED_FOR or (called_at is not None and time.monotonic() - called_at <= wish.age)

    def _repeat(
        self,
        socket: Socket,
        topics: set[str],
        wish: Wish,
        found: Found,
        kept: dict[int, list[tuple[str, int | None, str]]],
    ) -> None:
        if wish.after is None and wish.age is None:
            return
        if found.repeated is None:
            send([socket], text_of({"type": "reset"}), self.hub.drop)
            return
        start = _first(found.repeated, wish, found)
        if start not in kept:  # many come again from the same place
            kept[start] = list(messages_of(found.repeated[start:], found))
        for topic, root, text in kept[start]:
            if topic in topics and may_see(socket, root, found):
                send([socket], text, self.hub.drop)

    def _deliver(self, rows: list[Row[Any]], found: Found) -> None:
        for topic, root, text in messages_of(rows, found):
            told = [socket for socket in self.hub.watching.get(topic, ()) if may_see(socket, root, found)]
            self.hub.counts["delivered"] += len(told)
            send(told, text, self.hub.drop)

    def _hear(self, rings: Iterable[tuple[str, dict[str, Any]]]) -> None:
        presence = self.hub.presence
        for topic, payload in rings:
            if topic == "presence":
                presence.hear(payload)
            elif topic == "presence?":
                presence.untold.update(presence.nodes_here())

    def _tell_users(self, rings: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Somebody has something new to be told of: their windows ask what."""
        called = {int(topic[5:]) for topic, _ in rings if topic.startswith("user:") and topic[5:].isdecimal()}
        if not called:
            return
        now = time.monotonic()
        self._called = {user: at for user, at in self._called.items() if at > now - CALLED_FOR}
        self._called.update(dict.fromkeys(called, now))
        told = [socket for socket in self.hub.watching.get("me", ()) if socket.identity.user_id in called]
        send(told, NOTIFICATIONS, self.hub.drop)

    def _tell_of_jobs(self, rings: Iterable[tuple[str, dict[str, Any]]], found: Found) -> None:
        """How far a job is, to whoever asked for it; of what rang since, the last word is enough."""
        last = {topic: payload for topic, payload in rings if job_of(topic) in found.owners}
        for topic, payload in last.items():
            told = [each for each in self.hub.watching.get(topic, ()) if self._may_watch(each, topic, found)]
            send(told, text_of({**payload, "type": "job", "job": job_of(topic)}), self.hub.drop)

    def _tell_presence(self, found: Found) -> None:
        presence, now = self.hub.presence, time.monotonic()
        if now >= self._repeat_at:
            self._repeat_at = now + REPEATED_EVERY
            presence.forget_old()
            presence.untold.update(presence.nodes_here())
        if now < self._presence_at + PRESENCE_EVERY:
            return
        self._presence_at = now
        for node_id in list(presence.dirty & found.standing.keys()):
            presence.dirty.discard(node_id)
            root = found.standing[node_id].access_id
            topic = f"present:{node_id}"
            told = [socket for socket in self.hub.watching.get(topic, ()) if may_see(socket, root, found)]
            people = presence.people(node_id)
            send(told, text_of({"type": "present", "node": node_id, "people": people}), self.hub.drop)
        presence.dirty.intersection_update(node_of(topic) for topic in self.hub.watching)
        for node_id in presence.untold:
            self.hub.bus.ring("presence", presence.word_about(node_id))
        presence.untold.clear()


def _first(rows: list[Row[Any]], wish: Wish, found: Found) -> int:
    """The index of the first change that a client has missed."""
    if wish.after is not None:
        after = read_cursor(wish.after)
        return next((i for i, row in enumerate(rows) if (row.transaction_number, row.id) > after), len(rows))
    return next((i for i, row in enumerate(rows) if (found.at - row.at).total_seconds() <= (wish.age or 0)), len(rows))
