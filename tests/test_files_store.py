"""Where bytes are kept, what may be uploaded, and what is tidied away: never what a history still refers to."""

import datetime as dt
import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from sqlalchemy import select, update

from myplatform.actions import tidying
from myplatform.actions.files import Limits, Upload, add_file, plain_file_name, replace_file
from myplatform.actions.history import revert_node
from myplatform.actions.jobs import cancel_job, enqueue
from myplatform.actions.tidying import tidy
from myplatform.actions.trash import purge_node, trash_node
from myplatform.errors import Invalid, TooLarge
from myplatform.identity import SYSTEM
from myplatform.jobs import add_built_in
from myplatform.models import Blob, BrowserSession, Node, User, utc_now
from myplatform.parts.files import LocalFiles, local_files
from myplatform.queries.nodes import node_by_path
from myplatform.settings import from_values
from tests.conftest import make_node

LIMITS = Limits(size=10_000, pixels=1_000_000)
FUTURE = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


def sha256_of(content):
    return hashlib.sha256(content).hexdigest()


class Failing(io.BytesIO):
    """A stream that breaks off, as a connection does."""

    def read(self, size=-1):
        if self.tell() >= 10:
            raise ConnectionError
        return super().read(5)


class StoreContract:
    """What every store of bytes does. A test class of a store gives a fixture `store` with an empty one."""

    def everything(self, store):
        """All keys in the store, those of unfinished uploads and derived contents included."""
        raise NotImplementedError

    def test_bytes_come_back_under_their_sha256(self, store):
        stored = store.put(io.BytesIO(b"content"), 100)
        assert stored == (sha256_of(b"content"), 7)
        with store.open(stored.sha256) as kept:
            assert kept.read() == b"content"

    def test_any_range_can_be_read(self, store):
        content = os.urandom(3 << 18)
        with store.open(store.put(io.BytesIO(content), 1 << 20).sha256) as kept:
            assert kept.seekable()
            kept.seek(500_000)
            assert kept.read(100) == content[500_000:500_100]
            kept.seek(-10, os.SEEK_END)
            assert kept.read() == content[-10:]

    def test_the_same_bytes_are_kept_once(self, store):
        for _ in range(2):
            store.put(io.BytesIO(b"same"), 100)
        assert list(store.contents(FUTURE)) == [sha256_of(b"same")]

    def test_exactly_the_limit_is_allowed(self, store):
        assert store.put(io.BytesIO(b"12345"), 5).size == 5
        with pytest.raises(TooLarge) as refused:
            store.put(io.BytesIO(b"123456"), 5)
        assert refused.value.limit == 5

    def test_no_bytes_are_bytes_too(self, store):
        with store.open(store.put(io.BytesIO(), 0).sha256) as kept:
            assert kept.read() == b""

    def test_nothing_is_left_of_what_is_too_large_or_breaks_off(self, store):
        with pytest.raises(TooLarge):
            store.put(io.BytesIO(b"x" * 1000), 999)
        with pytest.raises(ConnectionError):
            store.put(Failing(b"x" * 100), 1000)
        assert self.everything(store) == []

    def test_what_is_not_there_is_none(self, store):
        assert store.open(sha256_of(b"nothing")) is None
        store.remove(sha256_of(b"nothing"))

    def test_what_is_derived_goes_with_its_content(self, store):
        sha256 = store.put(io.BytesIO(b"content"), 100).sha256
        other = store.put(io.BytesIO(b"other"), 100).sha256
        store.put_derived(f"{sha256}.small.webp", b"small")
        with store.open(f"{sha256}.small.webp") as kept:
            assert kept.read() == b"small"
        assert set(store.contents(FUTURE)) == {sha256, other}
        store.remove(sha256)
        assert store.open(sha256) is None
        assert store.open(f"{sha256}.small.webp") is None
        assert self.everything(store) == [other]

    def test_contents_can_be_told_by_age(self, store):
        store.put(io.BytesIO(b"young"), 100)
        assert list(store.contents(utc_now() - dt.timedelta(hours=1))) == []


    def test_pieces_become_one_content(self, store):
        pieces = [os.urandom(size) for size in (300_000, 1, 70_000)]
        offset = 0
        for piece in pieces:
            offset = store.append("upload", offset, io.BytesIO(piece), 1 << 20)
        whole = b"".join(pieces)
        assert offset == len(whole)
        for _ in range(2):  # the request that finished it may fail later on, and come again
            assert store.finish("upload") == (sha256_of(whole), len(whole))
        with store.open(sha256_of(whole)) as kept:
            assert kept.read() == whole
        assert list(store.uploads(FUTURE)) == ["upload"]
        store.discard("upload")
        store.discard("upload")
        assert list(store.uploads(FUTURE)) == []
        assert self.everything(store) == [sha256_of(whole)]

    def test_a_piece_can_be_sent_again_and_takes_the_place_of_what_followed(self, store):
        assert store.append("upload", 0, io.BytesIO(b"0123456789"), 100) == 10
        assert store.append("upload", 10, io.BytesIO(b"abcdef"), 100) == 16
        assert store.append("upload", 4, io.BytesIO(b"XY"), 100) == 6
        assert store.append("upload", 6, io.BytesIO(b"Z"), 100) == 7
        assert store.finish("upload").sha256 == sha256_of(b"0123XYZ")
        assert store.append("upload", 0, io.BytesIO(b"anew"), 100) == 4
        assert store.finish("upload").sha256 == sha256_of(b"anew")
        with store.open(sha256_of(b"0123XYZ")) as kept:
            assert kept.read() == b"0123XYZ"

    def test_pieces_leave_no_hole_and_have_a_limit(self, store):
        with pytest.raises(ValueError, match="fewer than 5"):
            store.append("upload", 5, io.BytesIO(b"x"), 100)
        store.append("upload", 0, io.BytesIO(b"12345"), 8)
        with pytest.raises(ValueError, match="fewer than 6"):
            store.append("upload", 6, io.BytesIO(b"x"), 8)
        with pytest.raises(TooLarge):
            store.append("upload", 5, io.BytesIO(b"6789"), 8)
        assert store.append("upload", 5, io.BytesIO(b"678"), 8) == 8
        assert store.finish("upload").sha256 == sha256_of(b"12345678")

    def test_an_upload_without_bytes_is_one_too(self, store):
        assert store.append("upload", 0, io.BytesIO(), 0) == 0
        assert store.finish("upload") == (sha256_of(b""), 0)
        with store.open(sha256_of(b"")) as kept:
            assert kept.read() == b""

    def test_uploads_can_be_told_by_age_and_apart(self, store):
        for upload in ("one", "two"):
            store.append(upload, 0, io.BytesIO(upload.encode()), 100)
        assert list(store.uploads(utc_now() - dt.timedelta(hours=1))) == []
        assert sorted(store.uploads(FUTURE)) == ["one", "two"]
        assert list(store.contents(FUTURE)) == []
        store.discard("one")
        assert list(store.uploads(FUTURE)) == ["two"]
        assert store.finish("two").sha256 == sha256_of(b"two")

    def test_a_probe_leaves_nothing(self, store):
        assert store.probe()
        assert self.everything(store) == []


class TestLocalFiles(StoreContract):
    """Files in a folder."""

    @pytest.fixture
    def store(self, tmp_path):
        return LocalFiles(tmp_path / "deep" / "files")

    def test_what_is_written_survives_a_loss_of_power_by_name_too(self, store, monkeypatch):
        written = set()
        monkeypatch.setattr(os, "fsync", lambda number: written.add(str(Path(f"/proc/self/fd/{number}").readlink())))
        store.put(io.BytesIO(b"before"), 100)
        written.clear()
        sha256 = store.put(io.BytesIO(b"content"), 100).sha256
        within = store.folder / sha256[:2] / sha256[2:4]
        assert {str(within), str(within.parent), str(store.folder)} <= written
        store.append("upload", 0, io.BytesIO(b"content"), 100)
        assert str(store.folder / "uploads") in written

    def everything(self, store):
        return [path.name for path in store.folder.rglob("*") if path.is_file()]

    def test_files_are_not_for_everybody_on_the_machine(self, store):
        sha256 = store.put(io.BytesIO(b"content"), 100).sha256
        (path,) = store.folder.rglob(sha256)
        assert path.stat().st_mode & 0o007 == 0

    def test_a_url_names_the_folder(self, tmp_path):
        url = f"file://{tmp_path}/with%20space"
        assert local_files(url, from_values({})).folder == tmp_path / "with space"


@pytest.fixture
def folder(db, root):
    return make_node(db, "/", "folder", "Folder").node


def uploaded(db, files, folder, content, name="file.bin", **options):
    upload = Upload(io.BytesIO(content), name)
    return add_file(db, files, folder, upload, by=SYSTEM, limits=LIMITS, **options)


def replaced(db, files, node, content):
    upload = Upload(io.BytesIO(content), "new.txt")
    return replace_file(db, files, node, upload, by=SYSTEM, limits=LIMITS, expected_version=node.version)


def png(width, height):
    """The beginning of an image that claims a size, as a decompression bomb does."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"some words", "notes.txt", "text/plain"),
        (b"some words", "notes", "text/plain"),
        (b"a,b\n1,2\n", "table.csv", "text/csv"),
        (b"# Title", "page.md", "text/markdown"),
        (b"<html><script>", "page.html", "text/html"),
        (SVG, "image.svg", "image/svg+xml"),
        (png(3, 2), "image.png", "image/png"),
        (png(3, 2), "really-a-picture.pdf", "image/png"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "paper.pdf", "application/pdf"),
        (b"\0\1\2\3", "thing.unknown", "application/octet-stream"),
        (b"", "empty", "application/octet-stream"),
        (("x" + "äöü" * 1500).encode(), "umlauts", "text/plain"),
    ],
)
def test_the_media_type_follows_the_content(db, files, folder, content, name, media_type):
    values = uploaded(db, files, folder, content, name).values
    assert (values["media_type"], values["size"], values["sha256"]) == (media_type, len(content), sha256_of(content))


def test_an_image_knows_its_size_and_an_svg_is_not_opened(db, files, folder):
    values = uploaded(db, files, folder, png(30, 20), "a.png").values
    assert (values["width"], values["height"]) == (30, 20)
    values = uploaded(db, files, folder, SVG, "a.svg").values
    assert (values["width"], values["height"]) == (None, None)


@pytest.mark.parametrize("size", [(1001, 1000), (20_000, 20_000), (60_000, 60_000)])
def test_an_image_with_too_many_pixels_is_refused(db, files, folder, size):
    with pytest.raises(Invalid, match="pixels, more than the 1,000,000 allowed here"):
        uploaded(db, files, folder, png(*size), "bomb.png")


def test_what_is_only_named_like_an_image_is_kept_as_it_is(db, files, folder):
    values = uploaded(db, files, folder, b"\x89PNG\r\n\x1a\n broken", "a.png").values
    assert (values["width"], values["height"]) == (None, None)


def test_a_file_that_is_too_large_leaves_nothing(db, files, folder):
    with pytest.raises(TooLarge):
        uploaded(db, files, folder, b"x" * (LIMITS.size + 1))
    assert list(files.contents(FUTURE)) == []


@pytest.mark.parametrize(
    ("given", "name", "slug"),
    [
        ("../../etc/passwd", "passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini", "boot.ini"),
        ("C:\\Users\\ada\\Report 2026.PDF", "Report 2026.PDF", "Report-2026.PDF"),
        ("con", "con", "con-file"),
        ("NUL.txt", "NUL.txt", "NUL-file.txt"),
        ("a\0b.txt", "ab.txt", "ab.txt"),
        ("a\r\nb.txt", "ab.txt", "ab.txt"),
        ("gpj.\u202eexe.txt", "gpj.exe.txt", "gpj.exe.txt"),
        ("..", "file", "file"),
        ("", "file", "file"),
        ("@edit", "@edit", "edit"),
        ("日本語.txt", "日本語.txt", "日本語.txt"),
        ("x" * 300 + ".txt", "x" * 188 + ".txt", "x" * 96 + ".txt"),
    ],
)
def test_a_name_is_only_ever_a_name(db, files, folder, given, name, slug):
    entry = uploaded(db, files, folder, b"content", given)
    assert (entry.values["file_name"], entry.node.slug) == (name, slug)
    assert entry.node.path == f"/folder/{slug}"
    assert plain_file_name(given) == name


def test_a_second_file_of_a_name_is_numbered_before_its_ending(db, files, folder):
    paths = [uploaded(db, files, folder, b"content", "a.txt").node.path for _ in range(3)]
    assert paths == ["/folder/a.txt", "/folder/a-2.txt", "/folder/a-3.txt"]


def grow_old(db, files):
    """Let everything that is stored be written long ago."""
    db.execute(update(Blob).values(created_at=utc_now() - dt.timedelta(days=9)))
    for path in files.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))


def tidied(db, files, keep_days=30):
    keep = dt.timedelta(days=keep_days)
    times = dict.fromkeys(("keep_trash", "session_age", "keep_drafts", "keep_notifications"), keep)
    return tidy(db, files, by=SYSTEM, **times | {"session_age": dt.timedelta(days=1)})


def test_a_content_stays_while_any_history_refers_to_it(db, files, folder):
    node = uploaded(db, files, folder, b"first", "a.txt").node
    node = replaced(db, files, node, b"second").node
    grow_old(db, files)
    assert tidied(db, files).contents == 0
    reverted = revert_node(db, node, 1, by=SYSTEM, expected_version=2)
    with files.open(reverted.values["sha256"]) as kept:
        assert kept.read() == b"first"
    trashed, _ = trash_node(db, reverted.node, by=SYSTEM)
    assert tidied(db, files).contents == 0
    purge_node(db, trashed, by=SYSTEM)
    grow_old(db, files)
    assert tidied(db, files).contents == 2
    assert list(files.contents(FUTURE)) == []
    assert db.execute(select(Blob.sha256)).all() == []


def test_what_was_uploaded_for_a_job_stays_until_that_ends(db, files, folder):
    stored = files.put(io.BytesIO(b"a zip"), 100)
    arguments = {"sha256": stored.sha256, "file_name": "a.zip", "node_id": folder.id}
    add_built_in()
    job_id = enqueue(db, "import_pages", arguments, by=SYSTEM)
    grow_old(db, files)
    assert tidied(db, files).contents == 0
    cancel_job(db, job_id, by=SYSTEM)
    assert tidied(db, files).contents == 1


def test_a_content_that_two_files_share_goes_with_the_second(db, files, folder):
    nodes = [uploaded(db, files, folder, b"same", name).node for name in ("a.txt", "b.txt")]
    for number, node in enumerate(nodes):
        purge_node(db, trash_node(db, node, by=SYSTEM)[0], by=SYSTEM)
        grow_old(db, files)
        assert tidied(db, files).contents == number


def test_young_contents_are_left_to_the_requests_that_bring_them(db, files, folder):
    files.put(io.BytesIO(b"of a request that is still running"), 100)
    node = uploaded(db, files, folder, b"just purged", "a.txt").node
    purge_node(db, trash_node(db, node, by=SYSTEM)[0], by=SYSTEM)
    assert tidied(db, files).contents == 0
    assert len(list(files.contents(FUTURE))) == 2


def test_bytes_of_a_request_that_failed_are_removed_in_the_end(db, files, folder):
    with pytest.raises(Invalid), db.begin_nested():
        uploaded(db, files, folder, png(2000, 2000), "bomb.png")
    assert len(list(files.contents(FUTURE))) == 1
    grow_old(db, files)
    assert tidied(db, files).contents == 1
    assert list(files.contents(FUTURE)) == []


def test_a_content_that_is_uploaded_again_is_young_again(db, files, folder):
    node = uploaded(db, files, folder, b"content", "a.txt").node
    purge_node(db, trash_node(db, node, by=SYSTEM)[0], by=SYSTEM)
    grow_old(db, files)
    again = uploaded(db, files, folder, b"content", "b.txt")
    assert db.execute(select(Blob.created_at)).scalar_one() > utc_now() - tidying.GRACE
    assert tidied(db, files).contents == 0
    assert list(files.contents(FUTURE)) == [again.values["sha256"]]


def test_the_trash_is_emptied_after_its_days_with_all_that_lies_in_it(db, files, root):
    make_node(db, "/", "folder", "Outer")
    make_node(db, "/outer", "page", "Inner")
    trash_node(db, node_by_path(db, "/outer/inner"), by=SYSTEM)
    trash_node(db, node_by_path(db, "/outer"), by=SYSTEM)
    assert tidied(db, files).nodes == 0
    db.execute(update(Node).where(Node.trash_id.is_not(None)).values(trashed_at=utc_now() - dt.timedelta(days=31)))
    assert tidied(db, files).nodes == 2
    assert db.execute(select(Node.path)).scalars().all() == ["/"]


def test_sessions_end_with_their_age(db, files, root):
    user = User(name="ada", display_name="Ada Example")
    db.add(user)
    db.flush()
    for days, secret in ((0, "young"), (2, "old")):
        created = utc_now() - dt.timedelta(days=days)
        db.add(BrowserSession(secret_hash=secret, user_id=user.id, created_at=created))
    db.flush()
    assert tidied(db, files).sessions == 1
    assert db.execute(select(BrowserSession.secret_hash)).scalars().all() == ["young"]
