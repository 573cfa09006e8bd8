"""Handbook Markdown with Liquid tags to plain Markdown.

A tag that names something becomes a path from the root of the import, which the importer then turns into a
link to the node; a call-out becomes a block quote; comments go; `raw` gives its content; what is not known
stays readable, as inline code, and is reported. In code (fenced or inline) only `raw` and quoted output are
evaluated: authors write them there to show Liquid itself, and any other tag in code is meant to be seen.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<fence>^(?P<indent>[ \t>]*)(?P<mark>`{3,}+|~{3,}+)[^\n]*+\n.*?
          (?:^[ \t>]*(?P=mark)[`~]*[ \t]*(?=\n|\Z)|\Z))
    | (?P<raw>\{%-?\s*raw\s*-?%\}(?P<verbatim>.{0,100000}?)\{%-?\s*endraw\s*-?%\})
    | (?P<comment>\{%-?\s*comment\b[^%]{0,2000}%\}.{0,100000}?
          \{%-?\s*endcomment\s*-?%\}(?:[ \t]*\n(?=\n|\Z))?)
    | (?P<alert>\{%-?\s*alert\b(?P<alert_words>(?:[^%]|%(?!\})){0,2000}?)-?%\}
          (?P<alert_body>.{0,100000}?)\{%-?\s*endalert\s*-?%\})
    | (?P<tag>\{%-?\s*(?P<name>[\w-]++)(?P<words>(?:[^%]|%(?!\})){0,2000}?)-?%\})
    | (?P<output>\{\{-?(?P<expression>[^{}]{0,500}(?:\{%[^{}]{0,500}%\}[^{}]{0,500})?)-?\}\})
    | (?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).){1,5000}?(?<!`)(?P=ticks)(?!`))
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_IN_CODE = re.compile(
    r"\{%-?\s*raw\s*-?%\}(?P<verbatim>.{0,100000}?)\{%-?\s*endraw\s*-?%\}"
    r"|\{\{-?\s*(?P<quote>[\"'])(?P<quoted>(?:(?!(?P=quote)).)*)(?P=quote)\s*-?\}\}",
    re.DOTALL,
)
# A quote ends a word only where a gap, a comma or the end follows: authors forget to escape those inside.
_WORD = re.compile(r"""(["'])(.*?)\1(?=[\s,]|$)|([^\s,"']+)""", re.DOTALL)
_ROOT_EXPRESSION = re.compile(r"\s*\w+\.base_?url\s*")
_LEVELS = {"warning": "Warning", "error": "Error", "success": "Success", "emergency": "Emergency"}


@dataclass(frozen=True)
class UnknownTag:
    """A tag that was kept as text, and the line it stands on."""

    name: str
    line: int


@dataclass
class Converted:
    """Markdown without Liquid; `lines[n]` is the line of the source that line n of `text` comes from."""

    text: str = ""
    lines: list[int] = field(default_factory=lambda: [1])
    unknown: list[UnknownTag] = field(default_factory=list)

    def source_line(self, position: int) -> int:
        """The line of the source that the character at `position` of `text` comes from."""
        return self.lines[self.text.count("\n", 0, position)]


def convert(source: str, first_line: int = 1) -> Converted:
    """Markdown of `source`, whose first line has the number `first_line` in its file."""
    return _Converter(first_line).run(source)


def _words(text: str) -> list[str]:
    return [match[2] if match[1] else match[3] for match in _WORD.finditer(text.strip())]


class _Converter:
    def __init__(self, first_line: int) -> None:
        self.line = first_line
        self.lines = [first_line]
        self.parts: list[str] = []
        self.unknown: list[UnknownTag] = []

    def run(self, source: str) -> Converted:
        position = 0
        for match in _TOKEN.finditer(source):
            self._emit(source[position : match.start()])
            before = self.line
            self._token(match)
            self.line = before + match[0].count("\n")
            self.lines[-1] = self.lines[-1] if match[0].count("\n") == 0 else self.line
            position = match.end()
        self._emit(source[position:])
        return Converted("".join(self.parts), self.lines, self.unknown)

    def _emit(self, text: str) -> None:
        self.parts.append(text)
        for _ in range(text.count("\n")):
            self.line += 1
            self.lines.append(self.line)

    def _token(self, match: re.Match[str]) -> None:
        if match["fence"] is not None or match["code"] is not None:
            self._emit(_IN_CODE.sub(lambda m: m["verbatim"] or m["quoted"] or "", match[0]))
        elif match["raw"] is not None:
            self._emit(match["verbatim"])
        elif match["alert"] is not None:
            self._alert(match)
        elif match["tag"] is not None:
            known = _TAGS.get(match["name"])
            text = known(_words(match["words"])) if known else None
            self._emit(text if text is not None else self._kept(match["name"], match[0]))
        elif match["output"] is not None:
            self._output(match)

    def _output(self, match: re.Match[str]) -> None:
        words = _words(match["expression"])
        if _ROOT_EXPRESSION.fullmatch(match["expression"]):
            return  # the root of the site, written before an absolute path
        if match["expression"].strip()[:1] in ("'", '"') and len(words) == 1:
            self._emit(words[0])
        else:
            self._emit(self._kept("{{ }}", match[0]))

    def _kept(self, name: str, source: str) -> str:
        self.unknown.append(UnknownTag(name, self.line))
        return f"`{' '.join(source.split())}`"

    def _alert(self, match: re.Match[str]) -> None:
        title, level, *_ = [*_words(match["alert_words"]), "", ""]
        body = textwrap.dedent(match["alert_body"]).strip("\n").rstrip()
        skipped = match["alert_body"][: match["alert_body"].find(body[:1] or "\n")].count("\n")
        inner = convert(body, self.line + match["alert_words"].count("\n") + skipped)
        self.unknown += inner.unknown
        quoted = [f"> **{title or _LEVELS.get(level, 'Note')}**", ">"]
        quoted += (f"> {line}".rstrip() for line in inner.text.split("\n"))
        if "".join(self.parts[-1:]).rpartition("\n")[2].strip():
            self._blank_line(self.line)
        self.parts.append("\n".join(quoted))
        self.lines += [self.line, *inner.lines]
        if not re.match(r"[ \t]*(\n[ \t]*\n|\n?\Z)", match.string[match.end() : match.end() + 200]):
            self._blank_line(self.lines[-1])  # or the next line would count as part of the quote

    def _blank_line(self, line: int) -> None:
        self.parts.append("\n\n")
        self.lines += [line, line]


def _path(words: list[str]) -> str | None:
    if not words:
        return None
    target = words[0].strip()
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#", target):
        return target
    return "/" + target.lstrip("/").replace(" ", "%20")


def _image(words: list[str], alt_at: int) -> str | None:
    target = _path(words)
    alt = words[alt_at] if len(words) > alt_at else ""
    alt = " ".join(alt.replace("[", "(").replace("]", ")").split())
    return target and f"![{alt}]({target})"


def _channel(words: list[str]) -> str | None:
    if not words:
        return None
    channel = f"#{words[0].lstrip('#')}"
    return f"{' '.join(words[1].split())} ({channel})" if len(words) > 1 else channel


_TAGS: dict[str, Callable[[list[str]], str | None]] = {
    "page": _path,
    "link": _path,
    "download": _path,
    "image": lambda words: _image(words, 1),
    "image_with_class": lambda words: _image(words, 2),
    "slack_channel": _channel,
}
