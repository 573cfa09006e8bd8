"""What people and programs asked of a site, and what came of it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import urllib3

IMPATIENCE = urllib3.Timeout(connect=10, read=40)
REFUSED = (409, 412)
"""What may be answered where several write the same: somebody else was quicker."""
ONCE = ("POST", "PATCH")
"""What must not be sent twice goes over a new connection: a web server may close one that is idle at any time."""
AGAIN = urllib3.Retry(
    1, connect=0, read=1, other=0, redirect=False, allowed_methods=("GET", "PUT"), respect_retry_after_header=False
)
"""What may be sent twice is, where a connection turns out to be closed, as browsers do."""
STACK = ("Traceback", "sqlalchemy", "psycopg", 'File "', "botocore")


class Failed(Exception):  # noqa: N818 - what came of a request
    """A request that was not answered as it should be; `status` is None where there was no answer."""

    def __init__(self, status: int | None, words: str):
        super().__init__(f"{status}: {words}")
        self.status = status


class Announced(Exception):  # noqa: N818 - what came of a request
    """The site said that it cannot do it now, and when to try again."""


class Ledger:
    """Counts outcomes and seconds; `during` is what is being done to the site meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.during = "nothing"
        self.seconds: list[float] = []
        self.asked: Counter[str] = Counter()
        self.announced: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str, str]] = Counter()
        self.failed: list[tuple[str, str, str]] = []
        self.longest: dict[str, float] = {}

    def note(self, what: str, during: str, seconds: float, error: Exception | None) -> None:
        """One request is over, which began while `during` was being done; what is being done now may have met it."""
        with self._lock:
            during = during if self.during == "nothing" else self.during
            self.asked[during] += 1
            self.seconds.append(seconds)
            self.longest[during] = max(seconds, self.longest.get(during, 0.0))
            if isinstance(error, Announced):
                self.announced[during] += 1
                self.reasons[during, what.partition("?")[0], str(error)[:100]] += 1
            elif error is not None:
                self.failed.append((during, what, str(error)[:300]))

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """What is asked in this block, and until a moment later, is counted under `what`."""
        self.during = what
        try:
            yield
        finally:
            self.during = "nothing"

    def percentile(self, share: float) -> float:
        """The seconds within which this share of requests was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Client:
    """Somebody who asks over HTTP: a program with a token, or a browser that keeps cookies."""

    def __init__(
        self, base: str, ledger: Ledger, *, token: str = "", expected: tuple[int, ...] = REFUSED, ca: str | None = None
    ):
        self.base, self.ledger, self.expected = base, ledger, expected
        self.pool = urllib3.PoolManager(num_pools=2, retries=False, timeout=IMPATIENCE, ca_certs=ca)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.cookies: dict[str, str] = {"time-zone": "UTC"}

    def ask(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """The answer, refusals in `expected` included. Raises `Announced` and `Failed`, which are noted."""
        sent = {**self.headers, **(headers or {})}
        if not self.headers:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if isinstance(body, dict):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        during, began, error = self.ledger.during, time.monotonic(), None
        if method in ONCE:
            self.pool.clear()
        try:
            answer = self.pool.request(method, self.base + path, body=body, headers=sent, redirect=False, retries=AGAIN)
            self._keep_cookies(answer)
            self._judge(answer)
        except urllib3.exceptions.HTTPError as raised:
            error = Failed(None, f"{type(raised).__name__} {raised}")
            raise error from raised
        except (Failed, Announced) as raised:
            error = raised
            raise
        else:
            return answer
        finally:
            self.ledger.note(f"{method} {path}", during, time.monotonic() - began, error)

    def _judge(self, answer: urllib3.BaseHTTPResponse) -> None:
        text = answer.data[:20000].decode("utf-8", "replace") if answer.status >= 400 else ""
        if any(word in text for word in STACK):
            raise Failed(answer.status, f"shows its inside: {text[:200]}")
        if answer.status == 503 and int(answer.headers.get("Retry-After", "0")) > 0:
            is_program = "Authorization" in self.headers
            if is_program != (answer.headers["Content-Type"] == "application/problem+json"):
                raise Failed(503, f"in a form for others: {answer.headers['Content-Type']}")
            raise Announced(_reason(answer, text))
        if answer.status >= 400 and answer.status not in self.expected:
            raise Failed(answer.status, text[:200])

    def _keep_cookies(self, answer: urllib3.BaseHTTPResponse) -> None:
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]


def _reason(answer: urllib3.BaseHTTPResponse, text: str) -> str:
    if answer.headers["Content-Type"] == "application/problem+json":
        return str(json.loads(text)["detail"])
    found = re.search(r"<main.*?<p[^>]*>(.*?)</p>", text, re.DOTALL)
    return " ".join(found[1].split()) if found else "a page"
