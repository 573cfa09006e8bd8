"""Queries that whoever runs the site has registered: files of a folder, called by the SHA-256 of their text.

Programs may send that hash instead of the query, as Apollo's protocol of persisted queries says. Nothing that a caller
sends is ever kept: a hash that is not known is answered as the protocol says, upon which clients send the query too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from .bounds import LONGEST, Refused

SUFFIX = ".graphql"
MOST = 1000
"""Queries that can be registered."""
PROTOCOL, MEMBER = 1, "persistedQuery"
NOT_FOUND = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
"""What clients of the protocol look for: message and code."""


@dataclass(frozen=True)
class Registered:
    """The queries by the hashes of their texts. With `only` nothing else is run."""

    by_hash: Mapping[str, str] = field(default_factory=dict)
    only: bool = False

    @classmethod
    def of(cls, texts: Iterable[str], *, only: bool = False) -> Registered:
        """Those texts, each known as it stands and without the white space around it."""
        given = list(texts)
        return cls({hash_of(each): text for text in given for each in (text, text.strip())}, only)

    def query(self, query: str | None, extensions: Mapping[str, Any] | None) -> str:
        """The query that a caller means, by its text or hash. Raises `Refused`."""
        given = _hash_in(extensions)
        if query is None:
            if given is None:
                raise Refused("Send a query, or the hash of a registered one.", "bad-query")
            if given not in self.by_hash:
                raise Refused(*NOT_FOUND)
            return self.by_hash[given]
        own = hash_of(query)
        if given is not None and given != own:
            raise Refused("The hash is not that of the query.", "bad-query")
        if self.only and own not in self.by_hash and hash_of(query.strip()) not in self.by_hash:
            raise Refused("Only registered queries are run here.", "not-registered")
        return query


def _hash_in(extensions: Mapping[str, Any] | None) -> str | None:
    member = (extensions or {}).get(MEMBER)
    if member is None:
        return None
    given = member.get("sha256Hash") if isinstance(member, dict) else None
    if not isinstance(given, str) or member.get("version") != PROTOCOL:
        raise Refused(f"{MEMBER} has the version {PROTOCOL} and a sha256Hash.", "bad-query")
    return given.lower()


def hash_of(text: str) -> str:
    """What a query is called."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_queries(folder: Path) -> dict[Path, str]:
    """The texts of all files of a folder and those in it, by file. Raises ValueError with what is wrong with which."""
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    files = sorted(folder.rglob(f"*{SUFFIX}"))
    if not files:
        raise ValueError(f"there is no file *{SUFFIX} in {folder}")
    if len(files) > MOST:
        raise ValueError(f"there can be {MOST} queries, {folder} has {len(files)}")
    return {file: _text_of(file) for file in files}


def _text_of(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            text = stream.read(LONGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ValueError(f"{file} cannot be read: {reason}") from None
    if len(text) > LONGEST:
        raise ValueError(f"{file} has more than {LONGEST:,} characters")
    return text
