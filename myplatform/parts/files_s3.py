"""Bytes of files in a bucket of S3, or of what speaks like it. Nothing is there before all of it is."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import groupby
from typing import IO, Any, BinaryIO, NamedTuple, cast
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from urllib3.exceptions import HTTPError

from ..errors import TooLarge
from ..forking import in_each_child
from ..settings import Settings
from . import Unavailable
from .files import CHUNK, UPLOADS, Stored
from .files_ranges import SMALLEST, Opened

CONTENTS = "contents"
IN_MEMORY = 8 << 20
"""Bytes of an incoming content that are kept in memory; more wait in a temporary file."""
IN_ONE_REQUEST = 32 << 20
"""Bytes from which on a content is sent in several parts, each of which can be sent again."""
NO_BYTES = "InvalidRange"
NOT_THERE = {"NoSuchKey", "404", "NotFound", NO_BYTES}
ATTEMPTS = 2


class Piece(NamedTuple):
    """Bytes of an upload: the key they are under, where they begin in it, how many, and when they came."""

    key: str
    start: int
    size: int
    at: dt.datetime

    @property
    def end(self) -> int:
        """Where the bytes behind it begin."""
        return self.start + self.size


class S3Files:
    """Contents under `PREFIX/contents/`, what has not arrived in full under `PREFIX/uploads/`."""

    def __init__(self, bucket: str, prefix: str, **options: Any):
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._options = options
        self._client: Any = None
        in_each_child(self, S3Files._forget_connections)

    def _forget_connections(self) -> None:
        """A child process must not speak over its parent's connections."""
        self._client = None

    def __repr__(self) -> str:
        return f"<S3Files {self.bucket}/{self.prefix}>"

    def put(self, stream: BinaryIO, limit: int) -> Stored:
        """Write a stream under its SHA-256. Raises `TooLarge` past `limit` bytes, keeping nothing."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as incoming:
            digest, size = hashlib.sha256(), 0
            for chunk in _chunks(stream):
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"The file is larger than the {limit:,} bytes allowed here.", limit)
                digest.update(chunk)
                incoming.write(chunk)
            self._send(self._key(digest.hexdigest()), incoming, size, digest.digest())
        return Stored(digest.hexdigest(), size)

    def put_derived(self, key: str, content: bytes) -> None:
        """Write something made from a content under "SHA256.NAME"."""
        with self._asked() as client:
            client.put_object(Bucket=self.bucket, Key=self._key(key), Body=content)

    def open(self, key: str) -> BinaryIO | None:
        """The bytes under a key, read in ranges as they are asked for, or None."""
        try:
            first, size = self._range(key, 0, SMALLEST)
        except ClientError as error:
            return io.BytesIO() if _code(error) == NO_BYTES else None
        return cast("BinaryIO", Opened(partial(self._further_range, key), first, size))

    def remove(self, sha256: str) -> None:
        """Delete a content and all that was derived from it."""
        self._delete([each["Key"] for each in self._listed(self._key(sha256))])

    def contents(self, before: dt.datetime) -> Iterator[str]:
        """The SHA-256 of every content that was last written before a moment."""
        for each in self._listed(f"{self.prefix}{CONTENTS}/"):
            name = each["Key"].rpartition("/")[2]
            if "." not in name and each["LastModified"] < before:
                yield name

    def append(self, upload: str, offset: int, stream: BinaryIO, limit: int) -> int:
        """Write the next bytes of an upload that arrives in pieces; returns how many it then has."""
        pieces = self._pieces(upload)
        if (pieces[-1].end if pieces else 0) < offset:
            raise ValueError(f"the upload has fewer than {offset} bytes")
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as incoming:
            size = 0
            for chunk in _chunks(stream):
                size += len(chunk)
                if offset + size > limit:
                    raise TooLarge(f"The file is larger than the {limit:,} bytes announced.", limit)
                incoming.write(chunk)
            self._delete([each.key for each in pieces if each.start >= offset])
            if size or not offset:
                self._send(self._upload_key(upload, f"{offset:020d}"), incoming, size)
        return offset + size

    def finish(self, upload: str) -> Stored:
        """Put the bytes of an upload under their SHA-256."""
        pieces = self._pieces(upload)
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as whole:
            digest = hashlib.sha256()
            for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
                if piece.start != whole.tell():
                    raise Unavailable(f"pieces of the upload {upload} are missing")
                for chunk in self._downloaded(piece, (following.start if following else piece.end) - piece.start):
                    digest.update(chunk)
                    whole.write(chunk)
            size = whole.tell()
            self._send(self._key(digest.hexdigest()), whole, size, digest.digest())
        return Stored(digest.hexdigest(), size)

    def discard(self, upload: str) -> None:
        """Delete the pieces of an upload."""
        self._delete([each.key for each in self._pieces(upload)])

    def uploads(self, before: dt.datetime) -> Iterator[str]:
        """The uploads to which nothing was added since a moment."""
        listed = self._listed(f"{self.prefix}{UPLOADS}/")
        for upload, pieces in groupby(listed, key=lambda each: each["Key"].split("/")[-2]):
            if max(each["LastModified"] for each in pieces) < before:
                yield upload

    def probe(self) -> str:
        """Write, read and delete a content; says where it was."""
        content = os.urandom(16)
        name = f"{self.prefix}probe-{content.hex()}"
        with self._asked() as client:
            client.put_object(Bucket=self.bucket, Key=name, Body=content)
            answer = client.get_object(Bucket=self.bucket, Key=name)
            is_kept = answer["Body"].read() == content
            client.delete_object(Bucket=self.bucket, Key=name)
        if not is_kept:
            raise Unavailable(f"the bucket {self.bucket} gives other bytes than it got")
        server = answer["ResponseMetadata"]["HTTPHeaders"].get("server", "S3")
        return f"{server}, the bucket {self.bucket}"

    def clock(self) -> dt.datetime:
        """The time of the server, in whole seconds."""
        with self._asked() as client:
            try:
                answer = client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
            except ClientError as refusal:  # it tells the time all the same, as where there is no bucket yet
                answer = refusal.response
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def _range(self, key: str, start: int, stop: int) -> tuple[bytes, int]:
        """Some bytes of a content, and how many it has. Raises `ClientError` where it is not there or has none."""
        with self._asked() as client:
            answer = client.get_object(Bucket=self.bucket, Key=self._key(key), Range=f"bytes={start}-{stop - 1}")
            return answer["Body"].read(), int(answer["ContentRange"].rpartition("/")[2])

    def _further_range(self, key: str, start: int, stop: int) -> bytes:
        try:
            return self._range(key, start, stop)[0]
        except ClientError as error:
            raise Unavailable(f"{key} is gone from the bucket {self.bucket} while it is read") from error

    def _key(self, key: str) -> str:
        return f"{self.prefix}{CONTENTS}/{key[:2]}/{key[2:4]}/{key}"

    def _upload_key(self, upload: str, name: str) -> str:
        return f"{self.prefix}{UPLOADS}/{upload}/{name}"

    def _pieces(self, upload: str) -> list[Piece]:
        """The pieces of an upload in order; where one was sent again, the first ends where the second begins."""
        listed = self._listed(self._upload_key(upload, ""))
        found = [
            Piece(each["Key"], int(each["Key"].rpartition("/")[2]), each["Size"], each["LastModified"])
            for each in listed
        ]
        return sorted(found, key=lambda piece: piece.start)

    def _downloaded(self, piece: Piece, size: int) -> Iterator[bytes]:
        if not size:
            return
        with self._asked() as client:
            answer = client.get_object(Bucket=self.bucket, Key=piece.key, Range=f"bytes=0-{size - 1}")
            yield from answer["Body"].iter_chunks(CHUNK)

    def _send(self, name: str, content: IO[bytes], size: int, sha256: bytes | None = None) -> None:
        """All or nothing; the server compares the bytes with their checksum before it keeps them."""
        content.seek(0)
        with self._asked() as client:
            if size > IN_ONE_REQUEST:
                parts = TransferConfig(IN_ONE_REQUEST, multipart_chunksize=IN_ONE_REQUEST, use_threads=False)
                client.upload_fileobj(content, self.bucket, name, Config=parts)
                return
            checksum = {"ChecksumSHA256": base64.b64encode(sha256).decode()} if sha256 else {}
            client.put_object(Bucket=self.bucket, Key=name, Body=content.read(), **checksum)

    def _listed(self, prefix: str) -> Iterator[dict[str, Any]]:
        with self._asked() as client:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                yield from page.get("Contents", ())

    def _delete(self, names: list[str]) -> None:
        for name in names:  # not several at once: not every server that speaks S3 can
            with self._asked() as client:
                client.delete_object(Bucket=self.bucket, Key=name)

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        """The client; what it cannot do now is `Unavailable`, and `ClientError` for what is not there."""
        if self._client is None:
            self._client = boto3.session.Session().client("s3", **self._options)
        try:
            yield self._client
        except ClientError as error:
            if _code(error) in NOT_THERE:
                raise
            raise Unavailable(f"the bucket {self.bucket} refuses: {error}") from error
        except (BotoCoreError, HTTPClientError, Boto3Error, HTTPError, OSError) as error:
            raise Unavailable(f"the bucket {self.bucket} does not answer: {error}") from error


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def s3_files(url: str, settings: Settings) -> S3Files:
    """The bucket that an `s3://` URL names."""
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    seconds = settings["files.timeout"].total_seconds()
    keys = {}
    if parts.username:
        keys = {"aws_access_key_id": unquote(parts.username), "aws_secret_access_key": unquote(parts.password or "")}
    config = Config(
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        s3={"addressing_style": "path" if "endpoint" in asked else "auto"},
        tcp_keepalive=True,
    )
    bucket = unquote(parts.netloc.rpartition("@")[2])
    where = {"endpoint_url": asked.get("endpoint"), "region_name": asked.get("region"), "verify": asked.get("ca")}
    return S3Files(bucket, unquote(parts.path), config=config, **where, **keys)
