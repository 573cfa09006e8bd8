"""The keys about the bytes of files: where they are, how many there may be, what is read of them."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from .kinds import DURATION, INTEGER, SIZE, UnfitError, absolute, url_parts
from .part_urls import Scheme, offer, part_url
from .setting import Setting


def _folder_url(url: str) -> str:
    return f"file://{absolute(url.partition('://')[2], 'file://')}"


def _bucket_url(url: str) -> str:
    parts = url_parts(url)
    names, _, bucket = parts.netloc.rpartition("@")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise UnfitError("behind s3:// belongs the name of a bucket: small letters, digits, dots and hyphens")
    if names and not all(names.partition(":")):
        raise UnfitError("a key needs its secret, as in s3://KEY:SECRET@BUCKET; / : @ in it are written %2F %3A %40")
    if unknown := options.keys() - {"endpoint", "region", "ca"}:
        raise UnfitError(f"'{min(unknown)}' is no option here")
    endpoint = url_parts(options.get("endpoint", "https://s3"))
    if endpoint.scheme not in ("http", "https") or not endpoint.hostname:
        raise UnfitError("endpoint is the address of the server, as in endpoint=https://s3.example.com")
    if "ca" in options:
        absolute(options["ca"], "/")
    return url


offer(
    "files",
    Scheme("file", "myplatform.parts.files:local_files", "file:///ABSOLUTE/FOLDER", _folder_url),
    Scheme("s3", "myplatform.parts.files_s3:s3_files", "s3://BUCKET/PREFIX", _bucket_url, "production", ("boto3",)),
)

FILES: tuple[Setting, ...] = (
    Setting(
        "files.url",
        part_url("files", "CFG019"),
        "file://%(here)s/data/files",
        "Where the bytes of all files are: in a folder, or in a bucket of S3.",
        "s3://${S3_KEY}:${S3_SECRET}@intranet/files?endpoint=https://s3.example.com&region=eu-central-1",
        secret=True,
    ),
    Setting(
        "files.timeout",
        DURATION,
        "10s",
        "How long S3 may take to connect and for each answer; it is asked twice.",
        "30s",
        at_least="1s",
        at_most="5m",
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
        "How long reading the words of one file may take; an upload of up to 1 MiB waits for it.",
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
