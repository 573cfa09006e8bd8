"""The accent colours of a site: all shades the style sheet needs from one colour, readable in both themes."""

import re
from functools import lru_cache

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
# The backgrounds, in each theme, on which accent-coloured text stands; they are tokens in frontend/css/tokens.css.
LIGHT_SURFACE: Colour = (255, 255, 255)
LIGHT_HOVER: Colour = (239, 241, 243)
DARK_SURFACE: Colour = (22, 25, 29)
DARK_HOVER: Colour = (38, 43, 50)
READABLE = 4.5
"""The contrast that WCAG 2 asks of text at level AA."""


def parse_colour(text: str) -> Colour:
    """Read `#rgb` or `#rrggbb`; anything else raises ValueError with what is accepted."""
    if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", text):
        raise ValueError(f"{text!r} is not a colour: write # and three or six hexadecimal digits, such as #2456c7")
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, from 1 to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=8)
def style_sheet(accent: str) -> str:
    """The CSS that defines the accent variables for both themes, from a colour such as `#2456c7`."""
    base = parse_colour(accent)
    on_accent = max(WHITE, BLACK, key=lambda colour: contrast(base, colour))
    hover = _mix(base, BLACK if on_accent == WHITE else WHITE, 0.12)
    soft = _mix(LIGHT_SURFACE, base, 0.1), _mix(DARK_SURFACE, base, 0.28)
    ink = _readable(base, BLACK, (LIGHT_HOVER, soft[0])), _readable(base, WHITE, (DARK_HOVER, soft[1]))
    values = {
        "accent": _hex(base),
        "accent-hover": _hex(hover),
        "on-accent": _hex(on_accent),
        "accent-soft": _pair(*soft),
        "accent-ink": _pair(*ink),
        "accent-ink-hover": _pair(_mix(ink[0], BLACK, 0.25), _mix(ink[1], WHITE, 0.25)),
        "focus": _pair(*ink),
    }
    return ":root{" + "".join(f"--{name}:{value};" for name, value in values.items()) + "}\n"


def _readable(colour: Colour, towards: Colour, surfaces: tuple[Colour, ...]) -> Colour:
    """The nearest shade on the way to black or white that can be read on every one of the surfaces."""
    for step in range(101):
        shade = _mix(colour, towards, step / 100)
        if all(contrast(shade, surface) >= READABLE for surface in surfaces):
            return shade
    return towards


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    """One colour with a share (0 to 1) of the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _pair(light: Colour, dark: Colour) -> str:
    return f"light-dark({_hex(light)},{_hex(dark)})"
