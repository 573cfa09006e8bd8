"""From the texts of an INI file, the environment and files to typed values, or to every problem at once."""

from __future__ import annotations

import difflib
import importlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .ini import PASTE_KEYS, Entry, app_entries, misplaced
from .kinds import Kind, UnfitError
from .reporting import HIDDEN, Problem, SettingsError, hide_password, mask, place_name
from .rules import RULES
from .schema import Setting, declared
from .servers import loader_problems, server_problems
from .values import Settings

LIBRARY_PREFIXES = ("pyramid.", "jinja2.", "tm.", "retry.", "debugtoolbar.")
APP_SECTION = "app:main"
_ENVIRONMENT = re.compile(r"\$\$|\$\{(?P<name>[^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def load(path: str | Path, app: str = "main") -> Settings:
    """The settings of `[app:NAME]` in an INI file (`FILE.ini#NAME` too); SettingsError has all problems."""
    name, _, fragment = str(path).partition("#")
    file = Path(name)
    entries, problems = app_entries(file, fragment or app, {})
    problems.extend(loader_problems(entries, "paste.app_factory", "egg:myplatform"))
    if file.is_file():
        problems.extend([*misplaced(file, declared()), *server_problems(file, {})])
    elif not entries:
        raise SettingsError(problems)
    return _resolve(entries, file.parent.absolute(), problems, file)


def from_paste(global_config: Mapping[str, str], app_settings: Mapping[str, str]) -> Settings:
    """The settings PasteDeploy hands to the application; lines from `global_config["__file__"]`, if any."""
    file = Path(global_config["__file__"]) if global_config.get("__file__") else None
    lines: dict[str, Entry] = {}
    problems: list[Problem] = []
    if file and file.is_file():
        found, _ = app_entries(file, "main", global_config)
        lines = {entry.key: entry for entry in found}
        problems = [*misplaced(file, declared()), *server_problems(file, global_config)]
    nowhere = place_name(file) if file else "settings"
    entries = [
        replace(lines[key], value=str(value), broken=False)
        if key in lines
        else Entry(key, str(value), nowhere, 0, APP_SECTION)
        for key, value in app_settings.items()
    ]
    return _resolve(entries, Path(global_config.get("here") or Path.cwd()), problems, file)


def from_values(values: Mapping[str, Any]) -> Settings:
    """Settings for programs and tests, from Python values or INI texts; the rest are defaults."""
    known = declared()
    entries = []
    for key, value in values.items():
        setting = known.get(key)
        typed = setting and isinstance(value, setting.kind.type) and not isinstance(value, str)
        text = setting.kind.render(value) if setting and typed else str(value)
        if value is not None:
            entries.append(Entry(key, text, "settings", 0, ""))
    return _resolve(entries, Path.cwd(), [])


def _resolve(entries: list[Entry], here: Path, problems: list[Problem], path: Path | None = None) -> Settings:
    """Typed values of entries and defaults; SettingsError if any problem is found here or was before."""
    file, section = (entries[-1].file, entries[-1].section) if entries else ("settings", "")
    entries = [entry for entry in entries if entry.key not in PASTE_KEYS]
    problems = problems + _import_plug_ins(entries)
    known = declared()
    values: dict[str, Any] = {key: _default(setting, here) for key, setting in known.items()}
    places: dict[str, Entry] = {}
    sources: dict[str, str] = {}
    for entry in entries:
        setting, by_file = _setting_of(entry.key, known)
        if entry.key.startswith(LIBRARY_PREFIXES) and not setting:
            values[entry.key], sources[entry.key] = entry.value, _place(entry)
        elif setting is None:
            problems.append(_unknown(entry, known))
        elif setting.key in places:
            problems.append(_both(entry, places[setting.key]))
        else:
            places[setting.key] = entry
            text, sources[setting.key] = _text_of(entry, by_file, problems)
            if text is not None and not entry.broken:
                values[setting.key] = _typed(entry, setting, text, values[setting.key], problems)
    for setting in known.values():
        if setting.required and setting.key not in places:
            problems.append(_missing(setting, file, section))
    problems.extend(_contradictions(values, places, {problem.key for problem in problems}))
    if problems:
        told = [_without_secrets(problem, known) for problem in problems]
        raise SettingsError(sorted(told, key=lambda problem: (problem.file, problem.line)))
    return Settings(values, sources, path.absolute() if path is not None else None)


def _without_secrets(problem: Problem, known: Mapping[str, Setting]) -> Problem:
    """The problem as it may be shown, whatever it is about: no secret, nor a password in any other address."""
    if problem.value is None:
        return problem
    is_secret = problem.key in known and known[problem.key].secret
    value = mask(problem.value) if is_secret else hide_password(problem.value)
    return replace(problem, value=value, fix=hide_password(problem.fix))


def _place(entry: Entry) -> str:
    return f"{entry.file}:{entry.line}" if entry.line else "program"


def _default(setting: Setting, here: Path) -> Any:
    return (
        None
        if setting.default is None
        else setting.kind.parse(setting.default.replace("%(here)s", str(here)))
    )


def _setting_of(key: str, known: Mapping[str, Setting]) -> tuple[Setting | None, bool]:
    """The setting a key is about, and whether it names the file that holds the value."""
    if key in known:
        return known[key], False
    return (known.get(key.removesuffix("_file")), True) if key.endswith("_file") else (None, False)


def _import_plug_ins(entries: Iterable[Entry]) -> list[Problem]:
    """Import what `pyramid.includes` names, so that its keys are declared; failing at that is a problem."""
    problems = []
    for entry in entries:
        for name in entry.value.split() if entry.key == "pyramid.includes" else ():
            try:
                _import(name.partition(":")[0])
            except Exception as error:  # noqa: BLE001 - whatever a plug-in raises is told to the deployer
                message = f"cannot import '{name}': {type(error).__name__}: {error}"
                problems.append(entry.problem("CFG024", message))
    return problems


def _import(name: str) -> None:
    """Import the module `name`, or the one that holds the function `name`."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        parent = name.rpartition(".")[0]
        if (
            error.name != name
            or not parent
            or not hasattr(importlib.import_module(parent), name.rpartition(".")[2])
        ):
            raise


def _unknown(entry: Entry, known: Iterable[str]) -> Problem:
    keys = [*known, *_PYRAMID_KEYS]
    close = difflib.get_close_matches(entry.key, keys, n=1, cutoff=LEAST_ALIKE)
    family, _dot, rest = entry.key.partition(".")
    hint = f"; did you mean '{close[0]}'?" if close else ""
    if rest.removesuffix("_file") in PARTS_OF_URLS and f"{family}.url" in keys:
        hint = f"; it stands in '{family}.url'"
    return Problem(entry.file, entry.line, entry.section, entry.key, None, "CFG002", f"unknown key{hint}")


LEAST_ALIKE = 0.7
"""How much an unknown key is like a known one, from 0 to 1, that this was probably meant."""
PARTS_OF_URLS = frozenset({"host", "port", "user", "username", "password", "name", "database", "bucket", "tls"})
_PYRAMID_KEYS = ("pyramid.includes", "pyramid.reload_templates", "pyramid.debug_all", "pyramid.tweens")


def _both(entry: Entry, other: Entry) -> Problem:
    return Problem(
        entry.file,
        entry.line,
        entry.section,
        entry.key,
        None,
        "CFG007",
        f"'{other.key}' is set in line {other.line} already"
        if other.line
        else f"'{other.key}' is set already",
        "keep one of the two lines",
    )


def _text_of(entry: Entry, by_file: bool, problems: list[Problem]) -> tuple[str | None, str]:
    """The text of an entry with the environment put in, or of the file it names; and where it comes from."""
    names: list[str] = []
    missing: list[str] = []

    def put(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name = match["name"]
        names.append(name)
        if name not in os.environ:
            missing.append(name if _NAME.fullmatch(name) and match[0].endswith("}") else match[0])
        return os.environ.get(name, "")

    text = _ENVIRONMENT.sub(put, entry.value).strip()
    for name in missing:
        if name.startswith("${"):
            message = f"'{name}' is not a variable as ${{NAME}}; a dollar sign itself is written $$"
            problems.append(entry.problem("CFG006", message))
        else:
            problems.append(
                entry.problem("CFG006", f"the environment variable {name} is not set", f"export {name}=…")
            )
    if missing:
        return None, ""
    if by_file:
        return _file_text(entry, text, problems), f"file {text}"
    return text, f"environment {', '.join(names)}" if names else _place(entry)


def _file_text(entry: Entry, path: str, problems: list[Problem]) -> str | None:
    if not Path(path).is_absolute():
        message = "expected the absolute path of a file"
        problems.append(entry.problem("CFG008", message, f"{entry.key} = %(here)s/{path}" if path else ""))
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (getattr(error, "strerror", None) or "it is not UTF-8 text").lower()
        problems.append(entry.problem("CFG008", f"the file cannot be read: {reason}"))
        return None


def _typed(entry: Entry, setting: Setting, text: str, default: Any, problems: list[Problem]) -> Any:
    """The value of a text; a problem and the default where it is none."""
    kind = setting.kind
    shown = mask(text) if setting.secret else text
    try:
        value = kind.parse(text)
    except UnfitError as unfit:
        message = (
            unfit.message or f"expected {kind.accepted}" + (f"; got {shown!r}" if shown != HIDDEN else "")
            if text
            else f"{f'{entry.value} is empty; ' if entry.value else ''}expected {kind.accepted}"
        )
        bare = _without_comment(kind, text)
        if bare is not None and setting.secret:
            bare = setting.example
        if bare is not None:
            message += "; a comment stands on a line of its own"
        fix = f"{setting.key} = {bare or unfit.fix or setting.example}"
        problems.append(entry.problem(kind.code, message, fix))
        return default
    low = kind.parse(setting.at_least) if setting.at_least else None
    high = kind.parse(setting.at_most) if setting.at_most else None
    if (low is not None and value < low) or (high is not None and value > high):
        nearest = setting.at_least if low is not None and value < low else setting.at_most
        message = f"expected {setting.at_least} to {setting.at_most}; got {shown}"
        problems.append(entry.problem("CFG009", message, f"{setting.key} = {nearest}"))
        return default
    return value


def _without_comment(kind: Kind, text: str) -> str | None:
    """The text before what was meant as a comment, where that is a value."""
    bare = re.split(r"\s+[#;]", text)[0]
    try:
        kind.parse(bare)
    except UnfitError:
        return None
    return bare if bare != text else None


def _missing(setting: Setting, file: str, section: str) -> Problem:
    message = f"is missing; {setting.meaning[:1].lower()}{setting.meaning[1:].rstrip('.')}"
    fix = f"{setting.key} = {setting.example}"
    return Problem(file, 0, section, setting.key, None, "CFG004", message, fix)


def _contradictions(
    values: Mapping[str, Any], places: Mapping[str, Entry], wrong: set[str]
) -> Iterator[Problem]:
    """Broken rules, told at the entry that can be mended; keys wrong by themselves are not judged."""
    known = declared()
    for rule in RULES:
        pair = (rule.first, rule.second)
        if wrong.intersection(pair) or not rule.broken(values[rule.first], values[rule.second]):
            continue
        first, second = (known[key].kind.render(values[key]) for key in pair)
        entry = places[rule.first if rule.first in places else rule.second]
        message = rule.message.format(first=first, second=second)
        yield entry.problem("CFG030", message, rule.fix or f"{rule.first} = {second}")
