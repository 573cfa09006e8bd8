"""What is known of one INI key."""

from __future__ import annotations

from dataclasses import dataclass

from .kinds import Kind


@dataclass(frozen=True)
class Setting:
    """One key. `default`, `at_least` and `at_most` read as in the INI file; a `secret` is shown to nobody.

    Without a default the value is None or, if `required`, its absence is an error.
    """

    key: str
    kind: Kind
    default: str | None
    meaning: str
    example: str
    at_least: str | None = None
    at_most: str | None = None
    secret: bool = False
    required: bool = False

    @property
    def topic(self) -> str:
        """The part of the key before the first dot."""
        return self.key.partition(".")[0]
