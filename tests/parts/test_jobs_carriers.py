"""Whatever carries jobs: it answers, takes any number, keeps sites apart and is soon given up."""

import orjson
import pytest

from myplatform.parts import jobs_celery, open_part
from myplatform.parts.jobs import ThreadJobs
from myplatform.parts.jobs_celery import CeleryJobs
from myplatform.settings import SettingsError, from_values
from tests.servers import free_port, wait_for


@pytest.fixture(params=["valkey", "rabbitmq"])
def broker_url(request):
    """The URL of each broker."""
    server = request.getfixturevalue(f"{request.param}_server")
    return server.url if request.param == "valkey" else server.url()


def queue_of(carrier, connection):
    return carrier.app.amqp.queues[carrier.queue].bind(connection.default_channel)


def waiting(carrier):
    """How many messages nobody has read. RabbitMQ may answer before it has counted the last ones."""
    with carrier.app.connection_for_read() as connection:
        return queue_of(carrier, connection).queue_declare().message_count


class TestCarrier:
    """What every carrier of jobs does, in this process and through a broker."""

    @pytest.fixture(params=["thread", "valkey", "rabbitmq"])
    def carrier(self, request):
        if request.param == "thread":
            return ThreadJobs()
        server = request.getfixturevalue(f"{request.param}_server")
        return CeleryJobs(server.url if request.param == "valkey" else server.url(), "site")

    def test_answers(self, carrier):
        assert carrier.probe()

    def test_hands_over_any_number(self, carrier):
        carrier.hand_over([])
        carrier.hand_over([1, 2, 3])


def test_sites_on_one_broker_take_no_jobs_of_each_other(broker_url):
    urls = ("sqlite:////srv/ours.sqlite", "sqlite:////srv/theirs.sqlite")
    ours, theirs = (open_part("jobs", from_values({"jobs.url": broker_url, "database.url": url})) for url in urls)
    ours.hand_over([1, 2])
    wait_for(lambda: waiting(ours) == 2)
    assert waiting(theirs) == 0


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_is_told_at_once_and_left_alone_for_a_while(scheme):
    carrier = CeleryJobs(f"{scheme}://127.0.0.1:{free_port()}/0", "site")
    for _ in range(2):
        with pytest.raises(Exception, match=r"refused|a moment ago"):
            carrier.hand_over([1])
    with pytest.raises(Exception, match="refused"):
        carrier.probe()


def test_no_message_is_worth_less_for_a_worker_whose_clock_is_fast(broker_url):
    carrier = CeleryJobs(broker_url, "clocks")
    carrier.hand_over([7])
    with carrier.app.connection_for_read() as connection:
        message = queue_of(carrier, connection).get(no_ack=True)
    assert (message.headers["eta"], message.headers["expires"]) == (None, None)
    assert "expiration" not in message.properties
    assert orjson.loads(message.body)[0] == [7]


def test_messages_that_nobody_reads_do_not_grow_without_bound(broker_url, monkeypatch):
    monkeypatch.setattr(jobs_celery, "MOST_MESSAGES", 5)
    carrier = CeleryJobs(broker_url, "silent")
    for most in (3, 5, 5, 5):
        carrier.hand_over([1, 2, 3])
        wait_for(lambda most=most: waiting(carrier) == most)


URLS = (
    "amqp://guest@h/v",
    "amqp://us:p%40ss%2Fword@h:5672/",
    "amqps://us:secret@h/v?ca=/etc/ssl/company.pem",
    "rediss://h/1",
    "redis://:secret@h:1/0",
    "thread:",
)
NO_URLS = (
    "redis:",
    "amqp://",
    "thread:4",
    "celery://h",
    "amqp://us:p/word@h/v",
    "amqp://h/v?ca=/etc/ssl/company.pem",
    "amqps://h/v?ca=company.pem",
    "amqps://h/v?heartbeat=1",
)


@pytest.mark.parametrize("url", URLS)
def test_urls_of_carriers(url):
    assert from_values({"jobs.url": url})["jobs.url"] == url


@pytest.mark.parametrize("url", NO_URLS)
def test_urls_that_are_none(url):
    with pytest.raises(SettingsError, match=r"jobs\.url"):
        from_values({"jobs.url": url})
