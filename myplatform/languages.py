"""Words in the reader's language: catalogues of translations, and who reads, for everything that speaks to people.

    from .languages import gettext as _
    _("Nobody is called %(name)s.", name=name)

English stands in the code; a language is a folder `LANGUAGE/LC_MESSAGES/myplatform.po` below one of `FOLDERS`. What a
catalogue does not translate stays English. Outside a request the reader is the default one: English, UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup

SOURCE_LANGUAGE = "en"
DOMAIN = "myplatform"
FOLDERS = [Path(__file__).parent / "locale"]
"""Where catalogues are; a plug-in adds its own with `config.add_languages`. The first that knows a word wins."""

WORLD_ENGLISH = "en_GB"
"""How English of no country in particular is written: the day before the month, a day of 24 hours."""


UTC = ZoneInfo("UTC")
ZONES = frozenset(available_timezones())
"""The names of all time zones."""
SCRIPTS = "frontend/"
"""Where words of scripts stand, as catalogues name their places."""


@dataclass(frozen=True)
class Reader:
    """Whom words, dates and numbers are for: a language tag such as "de" or "de-AT", and a time zone."""

    language: str = SOURCE_LANGUAGE
    time_zone: ZoneInfo = UTC

    @property
    def locale(self) -> Locale:
        """How dates and numbers are written."""
        return _locale(self.language)

    @property
    def direction(self) -> str:
        """ "ltr" or "rtl": how the language is written."""
        return self.locale.text_direction


CAPITALISING = ("de", "lb")
"""Languages that write nouns with a capital letter wherever they stand."""
NOBODY = Reader()
_who_reads: ContextVar[Callable[[], Reader]] = ContextVar("who_reads", default=lambda: NOBODY)


def reader() -> Reader:
    """Who reads what is being made now."""
    return _who_reads.get()()


def read_by(who: Callable[[], Reader]) -> None:
    """From now on in this context, words are for whom `who` names; it is asked when the first word is needed."""
    _who_reads.set(who)


def gettext(message: str, /, **values: object) -> str:
    """The message in the reader's language, with `%(name)s` replaced where values are given."""
    words = _catalogue(reader().language).gettext(message) if message else ""
    return words % values if values else words


def marked_gettext(message: str, /, **values: object) -> Markup:
    """The same as HTML, with values escaped; a literal % is written %%, also where there are no values."""
    language = reader().language
    if not values:
        return _plain(language, message)
    return Markup(_catalogue(language).gettext(message)) % values  # noqa: S704 - messages are ours


@lru_cache(maxsize=8192)
def _plain(language: str, message: str) -> Markup:
    return Markup(_catalogue(language).gettext(message) if message else "") % {}  # noqa: S704 - messages are ours


def marked_ngettext(singular: str, plural: str, count: int, /, **values: object) -> Markup:
    """The message that fits the count as HTML, `%(num)s` replaced by it and other names by the escaped values."""
    return Markup(untouched_ngettext(singular, plural, count)) % {"num": count, **values}  # noqa: S704 - ours


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """The message that fits the count, `%(n)s` replaced by it and other names by the values."""
    return untouched_ngettext(singular, plural, count) % {"n": count, **values}


def untouched_ngettext(singular: str, plural: str, count: int, /) -> str:
    """The message that fits the count, with nothing put in yet."""
    return _catalogue(reader().language).ngettext(singular, plural, count)


def noun(label: str) -> str:
    """A label such as "People directory" in the reader's language, as it stands within a sentence."""
    words = gettext(label)
    return words if reader().language.partition("-")[0] in CAPITALISING else words[:1].lower() + words[1:]


def add_folder(folder: Path) -> None:
    """Know the words of a plug-in too."""
    if folder not in FOLDERS:
        FOLDERS.append(folder)
        languages.cache_clear()
        _catalogue.cache_clear()
        _plain.cache_clear()
        words_of_scripts.cache_clear()


def mark(message: str) -> str:
    """Marks words that are stored in English and translated when shown; returns them as they are."""
    return message


@cache
def languages() -> tuple[str, ...]:
    """The tags of all languages there are words in, English first."""
    found = {path.parent.parent.name for folder in FOLDERS for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return (SOURCE_LANGUAGE, *sorted(found - {SOURCE_LANGUAGE}))


def language_name(tag: str) -> str:
    """A language by its own name: "Deutsch"."""
    name = Locale.parse(tag, sep="-").get_display_name() or tag
    return name[:1].upper() + name[1:]


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(WORLD_ENGLISH if language == SOURCE_LANGUAGE else language.replace("-", "_"))


@cache
def _catalogue(language: str) -> NullTranslations:
    """The words of a language, then those of the language without its country; built from the sources once."""
    catalogue = NullTranslations()
    for tag in dict.fromkeys((language, language.partition("-")[0])):
        for folder in FOLDERS:
            path = folder / tag / "LC_MESSAGES" / f"{DOMAIN}.po"
            if path.is_file():
                catalogue.add_fallback(_compiled(path))
    return catalogue


def _compiled(path: Path) -> GNUTranslations:
    binary = BytesIO()
    write_mo(binary, _read(path))
    binary.seek(0)
    return GNUTranslations(binary)


@cache
def words_of_scripts(language: str) -> dict[str, str]:
    """What browsers' scripts say, as far as it is translated: the English words with those of the language."""
    tags = dict.fromkeys((language.partition("-")[0], language))
    paths = [folder / tag / "LC_MESSAGES" / f"{DOMAIN}.po" for tag in tags for folder in reversed(FOLDERS)]
    messages = [message for path in paths if path.is_file() for message in _read(path) if message.id and message.string]
    of_scripts = (each for each in messages if any(place.startswith(SCRIPTS) for place, _line in each.locations))
    return {str(message.id): str(message.string) for message in of_scripts}


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source)
