"""Hashing of passwords by argon2id, and which passwords are too easy to guess."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..languages import gettext as _

MIN_LENGTH = 12
MAX_PASSWORD_LENGTH = 1024
HASHER = PasswordHasher()
"""argon2id, second recommended parameters of RFC 9106; hashes by other ones are renewed at sign-in."""

COMMON_STEMS = frozenset(
    """
    password passw0rd p@ssw0rd p@ssword pass passwd passwort kennwort secret letmein welcome willkommen
    login admin administrator root user guest test testing default changeme change master access intranet
    company office internet computer server database system superuser qwerty qwertyuiop qwertz qwertzuiop
    azerty asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm yxcvbnm qazwsx qazwsxedc 1q2w3e 1q2w3e4r 1q2w3e4r5t
    1qaz2wsx 1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 abc abcd abcdef abcdefgh abcdefghijkl aabbcc a1b2c3 a1b2c3d4
    iloveyou ichliebedich sunshine princess dragon monkey football baseball basketball soccer hockey
    batman superman spiderman pokemon starwars shadow michael jennifer jessica jordan charlie daniel
    thomas andrew michelle ashley nicole hunter killer freedom whatever trustno1 summer winter spring
    autumn sommer herbst fruehling january february march april june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday correcthorsebatterystaple
    hello hallo helloworld google facebook microsoft windows linux samsung apple cookie flower cheese
    banana chocolate pepper ginger buster harley ranger tigger maggie mustang ferrari mercedes porsche
    london berlin paris newyork america germany europe
    """.split()  # noqa: SIM905 - a column of literals would be ten times as long and no easier to read
)
"""What most guessed passwords are made of, before somebody adds digits or signs to reach a length."""

ENDINGS = "0123456789!?.,;:#*+-_$@&%/()= "
SEQUENCES = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz")
KNOWN_LONG = frozenset({"correcthorsebatterystaple", "thequickbrownfox", "letmeinletmein", "iloveyousomuch"})


def normal_password(typed: str) -> str:
    """One form of what different keyboards send for the same password."""
    return unicodedata.normalize("NFKC", typed)


def good_password(typed: str, min_length: int, names: tuple[str | None, ...] = ()) -> str:
    """A password that may be set; `names` are what belongs to the account. ValueError says what is wrong."""
    password = normal_password(typed)
    if not password:
        raise ValueError(_("is required"))
    if len(password) < min_length:
        raise ValueError(_("must have at least %(count)s characters; a few unrelated words will do", count=min_length))
    if len(password) > MAX_PASSWORD_LENGTH:
        raise ValueError(_("can have at most %(count)s characters", count=MAX_PASSWORD_LENGTH))
    lowered = password.lower()
    if any(name and lowered in _variants_of(name) for name in names):
        raise ValueError(_("must not be the name or the e-mail address of the account"))
    if is_common(lowered):
        raise ValueError(_("is among the first that are guessed; choose a few unrelated words instead"))
    return password


def _variants_of(name: str) -> set[str]:
    lowered = name.lower()
    return {lowered, lowered.replace(" ", ""), lowered.partition("@")[0], lowered[::-1]}


def is_common(lowered: str) -> bool:
    """Whether a lower-case password is well known, a repetition, or a run of neighbouring characters."""
    core = lowered.strip(ENDINGS)
    if core in COMMON_STEMS or core in KNOWN_LONG or lowered in COMMON_STEMS:
        return True
    if len(set(lowered)) <= 3 or any(lowered in sequence for sequence in SEQUENCES):
        return True
    return any(_is_repeated(word, lowered) for word in (core, lowered))


def _is_repeated(word: str, whole: str) -> bool:
    """Whether `whole` is one short well-known piece again and again, as in "passwordpassword"."""
    for length in range(1, len(word) // 2 + 1):
        piece = word[:length]
        if piece * (len(word) // length) == word and (length <= 3 or piece in COMMON_STEMS):
            return len(word) >= len(whole) // 2
    return False


def hash_of(password: str) -> str:
    """The argon2id hash to store; `password` comes from `good_password`."""
    return HASHER.hash(password.encode())


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash(b"nobody has this password")


def matches(stored: str | None, typed: str) -> bool:
    """Whether the password is the stored one; takes as long where there is none, or no account."""
    expected = _hash_of_nobody(HASHER)  # always: its first making would tell apart who exists
    try:
        HASHER.verify(
            stored or expected, normal_password(typed)[: MAX_PASSWORD_LENGTH + 1].encode(errors="replace")
        )
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)
