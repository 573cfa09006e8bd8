"""Celery carries the numbers of jobs to workers through a broker: Redis or Valkey (`redis://`), RabbitMQ (`amqp://`)."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery import Celery, signals
from celery.utils.threads import bound_open_broker_sockets
from kombu import Connection, Producer, Queue

from ..settings import Settings
from . import site_mark

TASK = "myplatform.job"
SECONDS = 3
"""How long the broker may take to answer whoever hands a job over."""
TRIES = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
"""How often whoever hands a job over tries to reach the broker."""
MOST_MESSAGES = 10_000
"""How many may wait in the queue. Sweeps send those of jobs that nobody took again and again; while there are so many,
workers have enough to do. A time to live would be judged by clocks of machines, which differ."""
HEARTBEAT = 10
"""Seconds within which a worker and RabbitMQ show each other that they are there; after twice as many it connects anew.
A worker that waits looks around whenever it shows so, twice as often: told to end, it does so then."""
FAREWELL = 1
"""Seconds that the broker has for each answer to a worker that ends, which one that hangs must not keep from it."""
PAUSE = 5.0
"""Seconds without another try after the broker did not answer, so that nobody waits for it request after request."""


class CeleryJobs:
    """Sends one small message a job, by a queue of the site. That it arrives is up to the broker: rows lose nothing."""

    is_embedded = False

    def __init__(self, url: str, site: str):
        self.queue = f"myplatform.{site}"
        self.app = _app(url, self.queue)
        self._again_at = 0.0
        self._impatient: dict[str, Any] = dict(TRIES)
        if url.startswith("redis"):
            self._impatient |= {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}

    def hand_over(self, ids: Sequence[int]) -> None:
        """Send the messages. Raises what the client of the broker does."""
        if time.monotonic() < self._again_at:
            raise ConnectionError("the broker did not answer a moment ago")
        try:
            with self._connected() as connection:
                queue = self.app.amqp.queues[self.queue].bind(connection.default_channel)
                room = MOST_MESSAGES - queue.queue_declare().message_count
                producer = self.app.amqp.Producer(connection)
                for job_id in ids[: max(0, room)]:
                    self.app.send_task(TASK, (job_id,), producer=producer, retry=False)
                queue.queue_declare()  # answered after them: RabbitMQ says nothing to a message, refused or not
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
        quiet = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True, "quiet": True}
        # One thread more than jobs run at once reads what comes meanwhile: RabbitMQ closes the channel of a worker that
        # has not read a message for half an hour.
        worker = self.app.Worker(pool="threads", concurrency=threads + 1, loglevel=None, **quiet)

        def shut_down(**_about: Any) -> None:
            ending()
            connection = getattr(worker.consumer, "connection", None)
            if connection is not None:
                bound_open_broker_sockets(connection, FAREWELL)

        signals.worker_shutting_down.connect(shut_down, weak=False)
        worker.start()

    def probe(self) -> str:
        """Send a message and get it back, through a queue of its own."""
        with self._connected() as connection:
            name = f"{self.queue}.probe.{token_hex(4)}"
            queue = Queue(name, exclusive=True, auto_delete=True, durable=False).bind(connection.default_channel)
            queue.declare()
            Producer(connection).publish("probe", routing_key=name, delivery_mode="transient", retry=False)
            message = queue.get(no_ack=True)
            queue.delete()
            if message is None:
                raise ConnectionError("the broker does not give back what it was sent")
            return _what_answers(connection)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection that gives up soon, unlike those of workers, which wait for messages and for the broker.

        After an error it is left without a farewell, to which a broker that hangs would not answer.
        """
        connection = self.app.connection_for_write(transport_options=self._impatient)
        try:
            connection.ensure_connection(timeout=SECONDS, **TRIES)
            if connection.transport.driver_type == "amqp":
                connection.connection.transport.sock.settimeout(SECONDS)  # read_timeout goes on trying
            yield connection
        except Exception:
            connection.collect()
            raise
        connection.release()


def _app(url: str, queue: str) -> Celery:
    app = Celery("myplatform", broker=url.partition("?")[0] if url.startswith("amqp") else url, set_as_current=False)
    if url.startswith("amqps"):
        app.conf.broker_use_ssl = _tls(url)
    app.conf.update(
        task_default_queue=queue,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_timeout=SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        broker_heartbeat=HEARTBEAT,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,  # of tasks read late, of which there are none
        worker_send_task_events=False,
        worker_enable_remote_control=False,  # its channel would be one for all sites of the broker
    )
    return app


def _tls(url: str) -> dict[str, Any]:
    """How `amqps:` is encrypted. Certificates are checked, which by itself would not compare the name of the host."""
    parts = urlsplit(url)
    authorities = parse_qs(parts.query).get("ca", [None])[0]
    return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname, "ca_certs": authorities}


def _what_answers(connection: Any) -> str:
    if connection.transport.driver_type == "redis":
        from .redis_servers import name_and_version  # noqa: PLC0415 - RabbitMQ needs no client of Redis

        return name_and_version(connection.default_channel.client)
    facts = getattr(connection.connection, "server_properties", {})
    return f"{facts.get('product', connection.transport.driver_type)} {facts.get('version', '')}".strip()


def celery_jobs(url: str, settings: Settings) -> CeleryJobs:
    """What `redis://` and `amqp://` name."""
    return CeleryJobs(url, site_mark(settings))
