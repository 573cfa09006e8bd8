"""Secrets given out once and kept as SHA-256; they are long and random, a slow hash adds nothing."""

from __future__ import annotations

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits as text for a cookie, URL or header."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is stored and looked up instead of the secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
