"""INI files with the line of each entry: PasteDeploy's format, every problem found instead of the first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .reporting import Problem, place_name

PASTE_KEYS = frozenset({"use", "require", "filter-with", "paste.app_factory"})
MAX_CHAIN = 10
SECTIONS = frozenset({"DEFAULT", "app", "loggers", "handlers", "formatters", "pserve", "pshell", "proutes"})
"""Whole names of sections that something reads: this package, PasteDeploy, logging, Pyramid's programs."""
SECTION_BEGINNINGS = ("app:", "application:", "composite:", "composit:", "filter:", "filter-app:", "pipeline:")
SECTION_BEGINNINGS += ("server:", "logger_", "handler_", "formatter_")
USUAL_SECTIONS = ("app:main", "server:main", "loggers", "handlers", "formatters", "DEFAULT")
_SECTION = re.compile(r"\[(?P<name>.+)\]")
_UNCLOSED = re.compile(r"\[(?P<name>[^\]=]+)$")
_OPTION = re.compile(r"(?P<key>[^=:\s][^=:]*?)\s*[=:]\s*(?P<value>.*)$")
_VARIABLE = re.compile(r"%(?:%|\((?P<name>[^)]+)\)s)")


@dataclass
class Entry:
    """`key = value` at a line of a file; `written` is the value before variables were replaced."""

    key: str
    value: str
    file: str
    line: int
    section: str
    written: str | None = None
    broken: bool = False
    further: list[tuple[int, str]] = field(default_factory=list)
    """The indented lines that belong to the value too, each with its number."""

    def problem(self, code: str, message: str, fix: str = "") -> Problem:
        """A problem at this place, with the value as it is written: secrets are hidden when it is told."""
        value = self.value if self.written is None else self.written
        return Problem(self.file, self.line, self.section, self.key, value, code, message, fix)


@dataclass
class IniFile:
    """The entries of one file by section, and what does not read as an INI file."""

    path: Path
    sections: dict[str, list[Entry]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)
    """The line at which each section begins."""

    @property
    def name(self) -> str:
        """The file as people would write it."""
        return place_name(self.path)

    def problem(self, code: str, message: str, *, line: int = 0, section: str = "", key: str = "") -> None:
        """Note a problem of this file."""
        self.problems.append(Problem(self.name, line, section, key, None, code, message))

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """What `%(name)s` may name in this file: `here`, `[DEFAULT]`, and what was given from outside."""
        here = {"here": str(self.path.parent.absolute()), "__file__": str(self.path.absolute())}
        defaults = {entry.key: entry.value for entry in self.sections.get("DEFAULT", ())}
        names = {**given, **here, **defaults}
        return {
            **names,
            **{key: replace_variables(value, names, [], depth=MAX_CHAIN) for key, value in defaults.items()},
        }


def read_ini(path: Path) -> IniFile:
    """The file's entries; unreadable files and lines become problems."""
    ini = IniFile(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        ini.problem("CFG001", f"cannot be read: {(error.strerror or str(error)).lower()}")
        return ini
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        ini.problem("CFG001", f"is not UTF-8 text (byte {error.start + 1} of the file)", line=line)
        return ini
    _read_lines(ini, text)
    return ini


def _read_lines(ini: IniFile, text: str) -> None:
    section, entry, indent = "", None, 0
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith(("#", ";")):
            continue
        width = len(line) - len(line.lstrip())
        if entry and width > indent:
            entry.value = f"{entry.value}\n{content}" if entry.value else content
            entry.further.append((number, content))
            continue
        indent = width
        if header := _SECTION.match(content):
            section, entry = header["name"], None
            _open_section(ini, section, number)
        elif header := _UNCLOSED.match(content):
            section, entry = header["name"].strip(), None
            ini.problem("CFG001", f"the bracket is not closed; expected [{section}]", line=number, section=section)
            _open_section(ini, section, number)
        elif option := _OPTION.match(content):
            entry = Entry(option["key"], option["value"], ini.name, number, section)
            _add_entry(ini, entry)
        else:
            entry = None
            ini.problem(
                "CFG001", "expected [section] or key = value", line=number, section=section, key=content
            )


def _open_section(ini: IniFile, section: str, line: int) -> None:
    if section in ini.sections:
        ini.problem("CFG003", f"the section [{section}] is there twice", line=line, section=section)
    ini.sections.setdefault(section, [])
    ini.heads.setdefault(section, line)


def _add_entry(ini: IniFile, entry: Entry) -> None:
    entries = ini.sections.setdefault(entry.section, [])
    first = next((other for other in entries if other.key == entry.key), None)
    if first:
        ini.problems.append(
            entry.problem(
                "CFG003", f"'{entry.key}' is in line {first.line} already", "keep one of the two lines"
            )
        )
    elif entry.section:
        entries.append(entry)
    else:
        ini.problem("CFG001", "stands before the first [section]", line=entry.line, key=entry.key)


def app_entries(path: Path, app: str, given: Mapping[str, str]) -> tuple[list[Entry], list[Problem]]:
    """The entries of `[app:NAME]`, with those it is built on by `use`, variables replaced."""
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    files: dict[Path, IniFile] = {}
    chain: list[tuple[Path, str]] = []
    step: tuple[Path, str] | None = (path, app)
    while step and step not in chain and len(chain) < MAX_CHAIN:
        chain.append(step)
        ini = files.get(step[0]) or read_ini(step[0])
        if step[0] not in files:
            files[step[0]] = ini
            problems.extend(ini.problems)
        section = _find_section(ini, step[1])
        if section is None:
            problems.extend(_no_section(ini, step[1]))
            break
        found = replaced(ini, section, given, problems)
        entries = {**found, **entries}
        step = _next_step(ini, found.get("use"), problems)
    return list(entries.values()), problems


def _find_section(ini: IniFile, app: str) -> str | None:
    names = [f"app:{app}", f"application:{app}", *(["app"] if app == "main" else [])]
    return next((name for name in names if name in ini.sections), None)


def _no_section(ini: IniFile, app: str) -> list[Problem]:
    if not ini.sections and ini.problems:
        return []  # the file could not be read at all, which is said already
    close = difflib.get_close_matches(f"app:{app}", ini.sections, n=1)
    hint = f"; did you mean it by [{close[0]}]?" if close else ""
    return [Problem(ini.name, 0, "", "", None, "CFG004", f"there is no section [app:{app}]{hint}")]


def replaced(ini: IniFile, section: str, given: Mapping[str, str], problems: list[Problem]) -> dict[str, Entry]:
    """The entries of a section by their keys, with variables put in; those that nothing names become problems."""
    variables = ini.variables(given)
    found = {}
    for entry in ini.sections[section]:
        missing: list[str] = []
        value = replace_variables(entry.value, variables, missing)
        for name in missing:
            close = difflib.get_close_matches(name, variables, n=1)
            hint = f"; did you mean %({close[0]})s?" if close else ""
            message = f"%({name})s is neither %(here)s nor in [DEFAULT]{hint}"
            problems.append(entry.problem("CFG005", message))
        found[entry.key] = replace(entry, value=value, written=entry.value, broken=bool(missing))
    return found


def replace_variables(text: str, variables: Mapping[str, str], missing: list[str], depth: int = 0) -> str:
    """Put variables in, up to `depth` within each other.

    Any other percent sign stands for itself, and a doubled one, as PasteDeploy wants it, for one.
    """

    def put(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return "%"
        if name not in variables:
            missing.append(name)
            return match[0]
        return replace_variables(variables[name], variables, missing, depth - 1) if depth else variables[name]

    return _VARIABLE.sub(put, text)


def _next_step(ini: IniFile, use: Entry | None, problems: list[Problem]) -> tuple[Path, str] | None:
    """The file and section that `use` names; code (`egg:`, `call:`) ends the chain."""
    if use is None or use.value.startswith(("egg:", "call:")):
        return None
    if not use.value.startswith("config:"):
        return ini.path, use.value
    name, _, section = use.value.removeprefix("config:").partition("#")
    path = ini.path.parent / name
    if not path.is_file():
        problems.append(use.problem("CFG001", f"there is no file {place_name(path)}"))
        return None
    return path, section or "main"


def misplaced(path: Path, keys: Mapping[str, object]) -> list[Problem]:
    """Settings that would take no effect where they stand: under `[DEFAULT]`, in no known section, or indented."""
    ini = read_ini(path)
    under_default = [
        entry.problem("CFG023", "has no effect under [DEFAULT]", "move the line below [app:main]")
        for entry in ini.sections.get("DEFAULT", ())
        if entry.key in keys
    ]
    return under_default + _unread(ini) + _indented(ini, keys)


def _unread(ini: IniFile) -> list[Problem]:
    """Sections that nothing reads, as their names are mistaken."""
    found = []
    for section, line in ini.heads.items():
        if section not in SECTIONS and not section.startswith(SECTION_BEGINNINGS):
            close = difflib.get_close_matches(section, USUAL_SECTIONS, n=1)
            hint = f"; did you mean [{close[0]}]?" if close else ""
            found.append(Problem(ini.name, line, section, "", None, "CFG027", f"nothing reads this section{hint}"))
    if "app" in ini.sections and "app:main" in ini.sections:
        message = "has no effect beside [app:main]; keep one of the two sections"
        found.append(Problem(ini.name, ini.heads["app"], "app", "", None, "CFG027", message))
    return found


def _indented(ini: IniFile, keys: Mapping[str, object]) -> list[Problem]:
    """Lines that were meant as settings, but belong to the value above as they are indented."""
    found = []
    for section, entries in ini.sections.items():
        for entry in entries if section.startswith("app") else ():
            for line, content in entry.further:
                option = _OPTION.match(content)
                if option and option["key"].removesuffix("_file") in keys:
                    message = f"is indented, and so belongs to the value of '{entry.key}' in line {entry.line}"
                    fix = "begin the line at its left edge"
                    found.append(Problem(ini.name, line, section, option["key"], None, "CFG028", message, fix))
    return found
