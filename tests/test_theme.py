"""The accent's shades stay readable whatever colour a deployer picks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.theme import DARK_HOVER, LIGHT_HOVER, contrast, parse_colour, style_sheet

FRONTEND = Path(__file__).parent.parent / "frontend"
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def shades(accent: str) -> dict[str, list[str]]:
    """The colours of each variable: one, or those of the light and the dark theme."""
    found = re.findall(r"--([a-z-]+):([^;]+);", style_sheet(accent))
    return {name: re.findall(r"#[0-9a-f]{6}", value) for name, value in found}


@given(colours)
def test_text_on_and_in_the_accent_is_readable(accent: str) -> None:
    shade = shades(accent)
    on_accent = parse_colour(shade["on-accent"][0])
    for background in ("accent", "accent-hover"):
        assert contrast(on_accent, parse_colour(shade[background][0])) >= 4.5
    for theme, hover in ((0, LIGHT_HOVER), (1, DARK_HOVER)):
        ink = parse_colour(shade["accent-ink"][theme])
        assert contrast(ink, parse_colour(shade["accent-soft"][theme])) >= 4.5
        assert contrast(ink, hover) >= 4.5
        assert contrast(parse_colour(shade["accent-ink-hover"][theme]), hover) >= 4.5


def test_the_accent_itself_is_the_one_chosen() -> None:
    assert shades("#0b7a4b")["accent"] == ["#0b7a4b"]
    assert shades("#fa0")["accent"] == ["#ffaa00"]


@pytest.mark.parametrize("wrong", ["", "blue", "#12", "#12345", "#gggggg", "rgb(0,0,0)", "#123456; }"])
def test_what_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a colour"):
        style_sheet(wrong)


def tokens() -> dict[str, tuple[str, str]]:
    """Each colour of the token file in the light and the dark theme."""
    text = (FRONTEND / "css" / "tokens.css").read_text()
    plain = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", text))
    found = {name: (value, value) for name, value in plain.items()}
    for name, light, dark in re.findall(r"--([a-z0-9-]+): light-dark\((\S+), (\S+)\);", text):
        sides = [re.sub(r"var\(--(.*)\)", lambda match: plain[match[1]], side) for side in (light, dark)]
        found[name] = (sides[0], sides[1])
    return found


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("ink", ("surface", "surface-sunken", "surface-raised", "surface-float", "surface-hover", "mark")),
        ("ink-soft", ("surface", "surface-sunken", "surface-raised", "surface-float", "surface-hover")),
        ("ink-faint", ("surface", "surface-sunken", "surface-raised", "surface-float", "surface-hover")),
        ("good", ("surface", "good-soft")),
        ("warning", ("warning-soft",)),
        ("bad", ("surface", "surface-float", "bad-soft")),
        ("info", ("info-soft",)),
        ("on-bad", ("bad-strong",)),
        ("bad", ("surface-code",)),
        *((f"code-{meaning}", ("surface-code",)) for meaning in ("keyword", "string", "number", "name", "comment")),
        ("ink", tuple(f"tone-{number}" for number in range(8))),
    ],
)
def test_the_tokens_are_readable_in_both_themes(text: str, surfaces: tuple[str, ...]) -> None:
    known = tokens()
    for surface in surfaces:
        for theme in (0, 1):
            ratio = contrast(parse_colour(known[text][theme]), parse_colour(known[surface][theme]))
            assert ratio >= 4.5, f"{text} on {surface}, {('light', 'dark')[theme]}: {ratio:.2f}"


def test_the_parts_of_a_chart_stand_out_in_both_themes() -> None:
    known = tokens()
    for number in range(1, 8):
        for theme in (0, 1):
            part = parse_colour(known[f"plot-{number}"][theme])
            assert contrast(part, parse_colour(known["surface"][theme])) >= 3


def test_lines_of_controls_are_visible() -> None:
    known = tokens()
    for theme in (0, 1):
        line = parse_colour(known["line-control"][theme])
        assert contrast(line, parse_colour(known["surface-raised"][theme])) >= 3


def test_only_the_token_file_names_colours_and_sizes() -> None:
    literal = re.compile(r"#[0-9a-f]{3,8}\b|\b\d*\.?\d+(?:px|rem)\b|\brgba?\(")
    for path in (FRONTEND / "css").glob("*.css"):
        if path.name == "tokens.css":
            continue
        lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("@media")]
        assert not [line for line in lines if literal.search(line)], path.name
