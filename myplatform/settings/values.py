"""What a configuration says, typed and unchangeable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .reporting import Problem, mask
from .schema import Setting, declared


class Settings(Mapping[str, Any]):
    """The values of one configuration: `settings["database.url"]`; KeyError for a key nobody declared.

    Declared keys have typed values; those of libraries (`pyramid.includes`) keep their text.
    """

    __slots__ = ("_sources", "_values", "file")

    def __init__(self, values: Mapping[str, Any], sources: Mapping[str, str], file: Path | None = None):
        self._values = MappingProxyType(dict(values))
        self._sources = MappingProxyType(dict(sources))
        self.file = file
        """The INI file that they were read from, None where there is none."""

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Settings of {len(self)} keys>"

    def source(self, key: str) -> str:
        """Its origin: `a.ini:12`, `environment NAME`, `file /x`, `default`, `program`."""
        return self._sources[key] if key in self._sources or key not in self._values else "default"

    def problem(self, key: str, code: str, message: str, fix: str = "") -> Problem:
        """What is wrong with a key that was read well, as only starting shows it, at the place where it is set."""
        place, _, line = self.source(key).rpartition(":")
        at = (place, int(line)) if line.isdigit() else (self.source(key), 0)
        return Problem(*at, "app:main", key, None, code, message, fix)

    def for_libraries(self) -> dict[str, str]:
        """The keys of Pyramid and other libraries, for its Configurator, without the `plug_ins`."""
        own = declared()
        return {key: self[key] for key in self if key not in own and key != "pyramid.includes"}

    @property
    def plug_ins(self) -> tuple[str, ...]:
        """The modules that `pyramid.includes` names, to be included after what they build on."""
        return tuple(self.get("pyramid.includes", "").split())

    def masked(self) -> dict[str, str]:
        """Every value as it would stand in an INI file, secrets hidden, "" for what is not set."""
        known = declared()
        return {key: _shown(known.get(key), value) for key, value in self._values.items()}


def _shown(setting: Setting | None, value: Any) -> str:
    if value is None:
        return ""
    text = setting.kind.render(value) if setting else str(value)
    return mask(text) if setting and setting.secret else text
