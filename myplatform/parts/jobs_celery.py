"""Celery carries the numbers of jobs to workers through a broker: Redis or Valkey (`redis://`), RabbitMQ (`amqp://`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any

from celery import Celery, signals
from kombu import Connection

from ..settings import Settings
from . import site_mark
from .redis_servers import name_and_version

TASK = "myplatform.job"
SECONDS = 3
"""How long the broker may take to answer whoever hands a job over."""
MOST_MESSAGES = 10_000
"""How many may wait in the queue. Sweeps send those of jobs that nobody took again and again; while there are so many,
workers have enough to do. A time to live would be judged by clocks of machines, which differ."""
PAUSE = 5.0
"""Seconds without another try after the broker did not answer, so that nobody waits for it request after request."""


class CeleryJobs:
    """Sends one small message a job, by a queue of the site. That it arrives is up to the broker: rows lose nothing."""

    is_embedded = False

    def __init__(self, url: str, site: str):
        self.queue = f"myplatform.{site}"
        self.app = _app(url, self.queue)
        self._again_at = 0.0
        self._impatient: dict[str, Any] = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
        if url.startswith("redis"):
            self._impatient |= {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}

    def hand_over(self, ids: Sequence[int]) -> None:
        """Send the messages. Raises what the client of the broker does."""
        if time.monotonic() < self._again_at:
            raise ConnectionError("the broker did not answer a moment ago")
        try:
            with self._connection() as connection:
                queue = self.app.amqp.queues[self.queue].bind(connection.default_channel)
                room = MOST_MESSAGES - queue.queue_declare().message_count
                producer = self.app.amqp.Producer(connection)
                for job_id in ids[: max(0, room)]:
                    self.app.send_task(TASK, (job_id,), producer=producer, retry=False)
        except Exception:
            self._again_at = time.monotonic() + PAUSE
            raise

    def work(self, run: Callable[[int], Any], *, threads: int, ending: Callable[[], Any]) -> None:
        """Call `run` with the id of each job that arrives, in threads, until the process is told to end.

        `ending` is called then; what runs may finish. Messages count as read when they arrive, as rows lose nothing.
        """

        def job(job_id: int) -> None:
            run(job_id)

        self.app.task(name=TASK)(job)
        signals.worker_shutting_down.connect(lambda **_about: ending(), weak=False)
        quiet = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True, "quiet": True}
        self.app.Worker(pool="threads", concurrency=threads, loglevel=None, **quiet).start()

    def probe(self) -> str:
        """Send a message and get it back, through a queue of its own."""
        with self._connection() as connection:
            queue = connection.SimpleBuffer(f"{self.queue}.probe.{token_hex(4)}")
            try:
                queue.put("probe")
                queue.get(timeout=SECONDS).ack()
            finally:
                queue.queue.delete()
                queue.close()
            return _what_answers(connection)

    def _connection(self) -> Connection:
        """A connection that gives up soon, unlike those of workers, which wait for messages and for the broker."""
        return self.app.connection_for_write(transport_options=self._impatient)


def _app(url: str, queue: str) -> Celery:
    app = Celery("myplatform", broker=url, set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_timeout=SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,  # its channel would be one for all sites of the broker
    )
    return app


def _what_answers(connection: Any) -> str:
    if connection.transport.driver_type == "redis":
        return name_and_version(connection.default_channel.client)
    facts = getattr(connection.connection, "server_properties", {})
    return f"{facts.get('product', connection.transport.driver_type)} {facts.get('version', '')}".strip()


def celery_jobs(url: str, settings: Settings) -> CeleryJobs:
    """What `redis://` and `amqp://` name."""
    return CeleryJobs(url, site_mark(settings))
