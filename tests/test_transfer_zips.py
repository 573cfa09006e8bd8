"""Zips that people send: unpacked within bounds that count what comes out, and nowhere but in their folder."""

import io
import tracemalloc
import zipfile

import pytest

from myplatform.errors import Invalid, TooLarge
from myplatform.transfer.unzipping import unzip


def packed(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    stream.seek(0)
    return stream


def peak_of_refusing(error, *args, **options):
    """The most memory that was taken, in MiB, until it was refused."""
    tracemalloc.start()
    try:
        with pytest.raises(error):
            unzip(*args, **options)
        return tracemalloc.get_traced_memory()[1] >> 20
    finally:
        tracemalloc.stop()


def test_what_is_unpacked_lies_in_the_folder(tmp_path):
    folder = unzip(packed({"a.md": "A", "b/c.md": "C"}), tmp_path, most_bytes=100, most_files=2)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")} == {"a.md", "b/c.md"}


@pytest.mark.parametrize("name", ["../a.md", "a/../../b.md", "/etc/a.md", "..\\a.md", "C:a.md"])
def test_nothing_lies_outside_of_it(tmp_path, name):
    with pytest.raises(Invalid):
        unzip(packed({name: "A"}), tmp_path / "in", most_bytes=100, most_files=2)
    assert not list(tmp_path.rglob("*.md"))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_few_bytes_that_become_many_at_once_are_not_unpacked(tmp_path, method):
    stream = packed({"a.md": bytes(32 << 20)}, method)
    assert peak_of_refusing(Invalid, stream, tmp_path, most_bytes=1 << 20, most_files=2) < 8


def test_what_comes_out_is_counted_whatever_the_zip_says(tmp_path):
    stream = packed({"a.md": bytes(32 << 20)})
    assert peak_of_refusing(TooLarge, stream, tmp_path, most_bytes=1 << 20, most_files=2) < 8


def test_a_list_of_too_many_files_is_not_read(tmp_path):
    stream = packed({f"{number}.md": "" for number in range(8000)})
    assert peak_of_refusing(Invalid, stream, tmp_path, most_bytes=1 << 20, most_files=2) < 2
