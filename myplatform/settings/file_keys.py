"""The keys about the bytes of files: where they are, how many there may be, what is read of them."""

from __future__ import annotations

from .kinds import DURATION, INTEGER, SIZE, absolute
from .part_urls import Scheme, offer, part_url
from .setting import Setting


def _folder_url(url: str) -> str:
    return f"file://{absolute(url.partition('://')[2], 'file://')}"


offer("files", Scheme("file", "myplatform.parts.files:local_files", "file:///ABSOLUTE/FOLDER", _folder_url))

FILES: tuple[Setting, ...] = (
    Setting(
        "files.url",
        part_url("files", "CFG019"),
        "file://%(here)s/data/files",
        "Where the bytes of all files are.",
        "file:///srv/files",
        secret=True,
    ),
    Setting("files.max_size", SIZE, "100MiB", "The largest file.", "1GiB", at_least="1KiB", at_most="100GiB"),
    Setting(
        "files.text_max_size",
        SIZE,
        "50MiB",
        "The largest file whose words are read, so that search finds them.",
        "20MiB",
        at_least="0B",
        at_most="1GiB",
    ),
    Setting(
        "files.text_timeout",
        DURATION,
        "5s",
        "How long reading the words of one file may take; the upload waits for it.",
        "3s",
        at_least="1s",
        at_most="5m",
    ),
    Setting(
        "files.zip_max_size",
        SIZE,
        "2GiB",
        "The most bytes of files that one download as a zip has.",
        "500MiB",
        at_least="1MiB",
        at_most="1024GiB",
    ),
    Setting(
        "files.zip_max_count",
        INTEGER,
        "10000",
        "The most pages, files and people that one download as a zip has.",
        "1000",
        at_least="10",
        at_most="1000000",
    ),
    Setting(
        "files.upload_expiry",
        DURATION,
        "2d",
        "How long an upload that was broken off can be taken up again.",
        "12h",
        at_least="1h",
        at_most="30d",
    ),
)
