"""The cache: what every one does, and that a server which is stopped under load is noticed by nobody."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from myplatform.markup import rendering, unsafe_html
from myplatform.parts import Unavailable, open_part
from myplatform.parts.cache import MemoryCache
from myplatform.parts.cache_redis import PAUSE, RedisCache
from myplatform.settings import SettingsError, from_values
from myplatform.views.rendering import KEPT_SECONDS, WORTH_KEEPING, _parsed
from tests import servers

TEXT = "# Travel\n\n" + "Some *words* about [leave](/leave).\n\n" * 60


class Clock:
    """A time that a test moves on."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class CacheContract:
    """What every cache does. A test class of a cache gives a fixture `cache` with an empty one."""

    def test_what_is_kept_comes_back(self, cache):
        assert cache.get("a") is None
        for value in ({"a": [1, 2.5, None, "ä\0"]}, "", 0, False, "x" * 100_000):
            cache.set("a", value, 60)
            assert cache.get("a") == value
        cache.delete("a")
        cache.delete("a")
        assert cache.get("a") is None

    def test_each_reader_has_a_copy(self, cache):
        cache.set("a", [1], 60)
        cache.get("a").append(2)
        assert cache.get("a") == [1]

    def test_a_value_is_made_once(self, cache):
        made = []

        def make():
            made.append(1)
            return {"made": len(made)}

        assert [cache.get_or_create("a", make, 60) for _ in range(3)] == [{"made": 1}] * 3
        assert (cache.hits, cache.misses) == (2, 1)

    def test_nothing_can_be_a_value_too(self, cache):
        assert [cache.get_or_create("a", lambda: None, 60) for _ in range(2)] == [None, None]
        assert cache.get_or_create("a", lambda: pytest.fail("made again"), 60) is None

    def test_what_cannot_be_made_is_not_kept(self, cache):
        with pytest.raises(ZeroDivisionError):
            cache.get_or_create("a", lambda: 1 / 0, 60)
        assert cache.get_or_create("a", lambda: 1, 60) == 1

    def test_a_probe_leaves_nothing(self, cache):
        assert cache.probe()
        assert cache.get("probe") is None

    def test_many_threads_use_it(self, cache):
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda n: cache.get_or_create(f"k{n % 7}", lambda: n % 7, 60), range(400)))
        assert found == [n % 7 for n in range(400)]


class TestMemory(CacheContract):
    """`memory:`."""

    @pytest.fixture
    def cache(self):
        return open_part("cache", from_values({"cache.url": "memory:"}))

    def test_a_value_goes_after_its_time(self):
        clock = Clock()
        cache = MemoryCache(1 << 20, clock)
        cache.set("a", 1, 10)
        clock.now += 9
        assert cache.get("a") == 1
        clock.now += 1
        assert cache.get("a") is None

    def test_it_has_a_size(self):
        cache = MemoryCache(1600)
        for number in range(100):
            cache.set(str(number), "x" * 90, 60)
        assert cache.get("99") is not None
        assert cache.get("0") is None
        cache.set("large", "x" * 101, 60)
        assert cache.get("large") is None


@pytest.fixture(scope="module")
def valkey():
    with servers.own_valkey() as server:
        yield server


class TestRedis(CacheContract):
    """`redis://`, on a Valkey of our own."""

    @pytest.fixture
    def cache(self, valkey):
        cache = open_part("cache", from_values({"cache.url": valkey.url}))
        cache._server.flushdb()
        return cache

    def test_a_value_goes_after_its_time(self, cache):
        cache.set("a", 1, 10)
        assert 9 <= cache._server.ttl(cache._name("a")) <= 10

    def test_sites_and_versions_of_the_code_share_a_server_without_meeting(self, cache, valkey):
        other = RedisCache(valkey.url, "myplatform:other:1")
        other.set("a", "other", 60)
        assert cache.get("a") is None
        cache.set("a", "ours", 60)
        assert other.get("a") == "other"
        urls = ("sqlite:////a", "sqlite:////b")
        names = {
            open_part("cache", from_values({"cache.url": valkey.url, "database.url": url})).namespace for url in urls
        }
        assert len(names) == 2

    def test_what_is_no_json_is_nothing(self, cache):
        cache._server.set(cache._name("a"), b"\x80\x04pickle")
        assert cache.get("a") is None
        assert cache.get_or_create("a", lambda: 1, 60) == 1
        assert cache.get("a") == 1

    def test_the_probe_says_which_server(self, cache):
        assert cache.probe().startswith(("Valkey ", "Redis "))

    def test_what_is_kept_is_sanitised_however_it_came_there(self, site, valkey, monkeypatch):
        site.node("/", "page", "Evil", body=TEXT)
        site.user("ada", is_admin=True)
        cache = open_part("cache", from_values({"cache.url": valkey.url}))
        monkeypatch.setitem(site.registry, "cache", cache)
        browser = site.signed_in("ada")
        cache._server.flushdb()
        rendering._small.clear()
        assert "<em>words</em>" in browser.get("/evil")
        (name,) = [key for key in cache._server.scan_iter() if b":markdown:" in key]
        cache._server.set(name, b'"<p onclick=evil()>kept</p><script>evil()</script>"')
        rendering._small.clear()
        answer = browser.get("/evil")
        assert "kept</p>" in answer
        assert "evil()" not in answer


def test_a_server_that_is_gone_is_a_miss_and_is_not_waited_for():
    clock = Clock()
    with servers.silent() as port:
        cache = RedisCache(f"redis://127.0.0.1:{port}/0", "x", clock)
        begin = time.monotonic()
        assert cache.get_or_create("a", lambda: 1, 60) == 1
        first = time.monotonic() - begin
        begin = time.monotonic()
        for number in range(100):
            assert cache.get_or_create(str(number), lambda: 2, 60) == 2
        assert first < 0.5
        assert time.monotonic() - begin < 0.1
        with pytest.raises(Unavailable):
            cache.probe()


def test_a_server_that_comes_back_is_used_again(valkey):
    clock = Clock()
    cache = RedisCache(valkey.url, "comes-back", clock)
    cache.set("a", 1, 60)
    valkey.stop()
    try:
        assert cache.get("a") is None
        assert cache.get("a") is None
    finally:
        valkey.start()
    assert cache.get("a") is None
    clock.now += PAUSE
    cache.set("a", 2, 60)
    assert cache.get("a") == 2


def test_a_server_stopped_and_started_under_load_costs_no_request(site, valkey, monkeypatch):
    cache = RedisCache(valkey.url, "under-load")
    monkeypatch.setitem(site.registry, "cache", cache)
    site.user("ada", is_admin=True)
    pages = [site.node("/", "page", f"Page {number}", body=f"{TEXT}\n\nwords of {number}").node for number in range(6)]
    browsers = [site.signed_in("ada") for _ in range(3)]
    stop, seen, wrong = threading.Event(), [], []

    def read(browser):
        while not stop.is_set():
            for number, page in enumerate(pages):
                rendering._small.clear()  # as in a process that sees each page for the first time
                answer = browser.get(page.path, expect_errors=True)
                seen.append(answer.status_int)
                if answer.status_int != 200 or f"words of {number}</p>" not in answer.text:
                    wrong.append((answer.status, page.path))

    def more():
        until = len(seen) + 20
        servers.wait_for(lambda: len(seen) >= until or wrong)

    threads = [threading.Thread(target=read, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    try:
        more()
        valkey.stop()
        more()
        valkey.start()
        more()
        cache._asked_again_at = 0.0  # as after the pause
        more()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert cache.hits > 0


def test_short_texts_are_quicker_to_read_than_to_ask_for():
    cache = MemoryCache(1 << 20)
    assert _parsed(cache, "short") == unsafe_html("short")
    assert (cache.hits, cache.misses) == (0, 0)
    long = "x" * WORTH_KEEPING
    assert _parsed(cache, long) == _parsed(cache, long) == unsafe_html(long)
    assert (cache.hits, cache.misses) == (1, 1)
    assert KEPT_SECONDS > 0


@pytest.mark.parametrize("url", ["memory:x", "redis://", "redis://h:x", "redis://h/name", "memcached://h"])
def test_a_url_is_checked_before_anything_starts(url):
    with pytest.raises(SettingsError, match=r"CFG048"):
        from_values({"cache.url": url})
