"""What the CSP forbids, or htmx would evaluate, is in no template and no script."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SCRIPTS = sorted((settings.BASE_DIR / "static/js").glob("*.js"))
SHEETS = sorted((settings.BASE_DIR / "static/css").glob("*.css"))

FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style", re.IGNORECASE),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on needs eval": re.compile(r"hx-on[:\-]"),
    "js: values need eval": re.compile(r"hx-(vals|headers|vars)\s*=\s*['\"]\s*(js|javascript):"),
    "trigger filter needs eval": re.compile(r"hx-trigger\s*=\s*\"[^\"]*\[[^\"]*\""),
    "throttle loses the last event": re.compile(r"hx-trigger\s*=\s*\"[^\"]*throttle:"),
    "morph options need eval": re.compile(r"morph:\{"),
    "javascript address": re.compile(r"href\s*=\s*[\"']javascript:", re.IGNORECASE),
}
EVALUATED = re.compile(r"\beval\(|new Function\(|innerHTML\s*=|outerHTML\s*=|document\.write")
ICON = re.compile(r"\{%\s*icon\s+\"([\w-]+)\"")
IDS = re.compile(r'<symbol id="([\w-]+)"')


def name_of(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_keeps_to_the_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [why for why, shape in FORBIDDEN.items() if shape.search(text)] == []


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("inline style", '<rect style="width: 3px">'),
        ("style element", "<style>"),
        ("inline script", "<script>"),
        ("event attribute", '<a onclick="go()">'),
        ("hx-on needs eval", '<a hx-on:click="go()">'),
        ("js: values need eval", "<a hx-vals='js:{a: 1}'>"),
        ("trigger filter needs eval", '<a hx-trigger="click[ctrlKey]">'),
        ("throttle loses the last event", '<a hx-trigger="live:x throttle:1s">'),
        ("morph options need eval", '<a hx-swap="morph:{ignoreActive:true}">'),
        ("javascript address", '<a href="javascript:go()">'),
    ],
)
def test_forbidden_shape_is_recognised(why: str, text: str) -> None:
    assert FORBIDDEN[why].search(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_icons_are_in_the_sprite(path: Path) -> None:
    sprite = (settings.BASE_DIR / "static/icons.svg").read_text(encoding="utf-8")

    assert set(ICON.findall(path.read_text(encoding="utf-8"))) <= set(IDS.findall(sprite))


def test_every_icon_of_the_sprite_is_named_somewhere() -> None:
    sprite = (settings.BASE_DIR / "static/icons.svg").read_text(encoding="utf-8")
    looks = sorted((settings.BASE_DIR / "apps/dashboard").rglob("*.py"))
    text = "".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *looks])

    assert [name for name in IDS.findall(sprite) if f'"{name}"' not in text] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script_evaluates_no_text(path: Path) -> None:
    assert not EVALUATED.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SHEETS, ids=name_of)
def test_rules_stand_in_a_layer(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    outside = re.sub(r"@font-face \{[^}]*\}|@layer [\w, ]+;", "", text)
    starts = [line for line in outside.splitlines() if line and not line.startswith((" ", "}"))]

    assert all(line.startswith("@layer ") for line in starts)


def test_layers_are_ordered_first() -> None:
    text = (settings.BASE_DIR / "static/css/tokens.css").read_text(encoding="utf-8")
    first = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).lstrip()

    assert first.startswith("@layer reset, tokens, base, layout, components, utilities;")


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_fragment_extends_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not (path.name.startswith("_") and "{% extends" in text)
