"""The keys about the bytes of files: where they are, how many there may be, what is read of them."""

from __future__ import annotations

from .kinds import DURATION, FILES_URL, INTEGER, SIZE
from .setting import Setting

FILES: tuple[Setting, ...] = (
    Setting(
        "files.url", FILES_URL, "file://%(here)s/data/files", "The folder of all files.", "file:///srv/files"
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
