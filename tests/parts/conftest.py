"""Servers that only the tests of this folder need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from myplatform.parts import jobs_celery
from tests import servers


@pytest.fixture(scope="session")
def running_rabbitmq() -> Iterator[servers.RabbitMQ]:
    """One RabbitMQ for all tests of this folder; skipped where there is none."""
    with servers.own_rabbitmq() as server:
        yield server


@pytest.fixture
def rabbitmq_server(running_rabbitmq: servers.RabbitMQ, monkeypatch: pytest.MonkeyPatch) -> servers.RabbitMQ:
    """The same, with time to answer, as the machine may be busy with other tests."""
    monkeypatch.setattr(jobs_celery, "SECONDS", 20)
    return running_rabbitmq
