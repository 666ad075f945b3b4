"""No character that cannot be stored comes out of the parser, however it was written."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.masterplans.core.parser import ParseResult, parse
from tests.masterplans import strategies
from tests.masterplans.plans import HEAD, read

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
ESCAPES = ["\\0", "\\x00", "\\u0000", "\\U00000000", "\\uD800", "\\uDFFF", "\\U0000D800"]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in strings(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in strings(each))


def is_storable(result: ParseResult) -> bool:
    texts = [*strings(asdict(result))]
    return not any(UNSTORABLE.search(text) for text in texts)


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("key", ["title", "package", "model", "language", "budget_usd", "zzz"])
def test_an_escape_brings_nothing_past_the_cleaning(key: str, escape: str) -> None:
    result = parse(f'---\n{key}: "a{escape}b"\n---\nIt must work.')
    found = next(each for each in result.diagnostics if each.code == "control-character")

    assert is_storable(result)
    assert (found.line, found.column) == (2, len(key) + 3)
    assert re.fullmatch(r"The character U\+(0000|D[8F].{2}) cannot .* remove it\.", found.message)
    assert result.has_errors


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_key_is_cleaned_as_well(escape: str) -> None:
    result = parse(f'---\n"x{escape}y": 1\n---\nIt must work.')
    found = {each.code: each for each in result.diagnostics}

    assert is_storable(result)
    assert "`x\ufffdy` is not a known key" in found["unknown-key"].message
    assert (found["control-character"].line, found["control-character"].column) == (2, 1)


def test_a_cleaned_title_keeps_its_other_characters() -> None:
    assert read('---\ntitle: "a\\0b\\u00e9"\n---\n').front.title == "a\ufffdbé"


@pytest.mark.parametrize(
    "entry",
    ['title: "\\U00110000"', 'title: "\\UFFFFFFFF"', '"\\UFFFFFFFF": x', f"%YAML 1.{'9' * 5000}"],
)
def test_what_no_character_or_number_can_be_is_refused_with_a_sentence(entry: str) -> None:
    result = parse(f"---\n{entry}\nlanguage: python\n---\nIt must work.")
    found = next(each for each in result.diagnostics if each.code == "front-matter-yaml")

    assert "expected plain text instead of escapes" in found.message
    assert result.document is not None


anything = st.characters(exclude_categories=())
escapes = st.one_of(
    st.sampled_from(ESCAPES),
    st.sampled_from(list('0abtnvfre"/\\N_LP \n')).map(lambda letter: f"\\{letter}"),
    st.integers(0, 0xFF).map(lambda number: f"\\x{number:02x}"),
    st.integers(0, 0xFFFF).map(lambda number: f"\\u{number:04X}"),
    st.integers(0, 0xFFFFFFFF).map(lambda number: f"\\U{number:08X}"),
    st.integers(0, 0x10FFFF).map(lambda number: f"\\U{number:08X}"),
    st.integers(0, 0x10FFFF).map(lambda number: json.dumps(chr(number)).strip('"')),
)
quoted = st.lists(st.one_of(escapes, anything), max_size=6).map(lambda each: f'"{"".join(each)}"')
values = st.one_of(quoted, st.text(anything, max_size=6), quoted.map(lambda text: f"[{text}]"))
keys = st.one_of(st.sampled_from(["title", "package", "model", "language", "gate"]), quoted)
fronts = st.lists(st.builds("{}: {}".format, keys, values), max_size=5).map("\n".join)


@given(
    fronts,
    st.one_of(st.text(anything, max_size=100), strategies.texts, strategies.plans),
)
@settings(max_examples=400)
def test_nothing_unstorable_comes_out(front: str, body: str) -> None:
    assert is_storable(parse(f"---\n{front}\n---\n{body}"))
    assert is_storable(parse(f"{HEAD}{body}"))
