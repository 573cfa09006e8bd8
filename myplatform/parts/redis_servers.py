"""What all parts in Redis or Valkey ask of the server."""

from __future__ import annotations

from typing import Any

from redis import Redis


def name_and_version(client: Redis) -> str:
    """What answers, as "Valkey 8.1.0". Raises what the client does."""
    facts: dict[str, Any] = client.info("server")
    if "valkey_version" in facts:
        return f"Valkey {facts['valkey_version']}"
    return f"Redis {facts['redis_version']}"
