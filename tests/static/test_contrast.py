"""WCAG contrast of every text and background pair of the tokens, in both themes.

axe cannot judge the contrast of text in SVG, so the tokens themselves are held to it.
"""

import re

import pytest
from django.conf import settings

TOKENS = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
TEXT = 4.5  # WCAG 2.2, 1.4.3
SHAPE = 3.0  # WCAG 2.2, 1.4.11

BACKGROUNDS = ("surface", "canvas", "sunken", "raised", "hover")
STATES = ("ok", "run", "warn", "bad", "hold", "accent")
PAIRS = [
    *((text, back, TEXT) for text in ("text", "text-2", "text-3") for back in BACKGROUNDS),
    *((s, back, TEXT) for s in STATES for back in ("surface", "sunken", f"{s}-soft")),
    *(("text", f"{s}-soft", TEXT) for s in ("warn", "bad", "run", "accent")),
    *((text, "accent-soft", TEXT) for text in ("text-2", "text-3")),
    ("accent-ink", "accent", TEXT),
    *(("control", back, SHAPE) for back in ("surface", "sunken")),
    *((f"{s}-fill", back, SHAPE) for s in ("run", "bad", "hold") for back in ("surface", "sunken")),
]


def tokens() -> dict[str, tuple[str, str]]:
    text = (settings.BASE_DIR / "static/css/tokens.css").read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in TOKENS.findall(text)}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_known_maximum() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "needed"), PAIRS)
def test_pair(theme: str, front: str, back: str, needed: float) -> None:
    known = tokens()
    side = 0 if theme == "light" else 1

    assert contrast(known[front][side], known[back][side]) >= needed
