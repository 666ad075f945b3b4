import pytest

from apps.masterplans.core.markup import as_code_span, code_spans, sentences, without_mentions


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("`a` and `b`", ["a", "b"]),
        ("``a`b``", ["a`b"]),
        ("`` `a` ``", ["`a`"]),
        ("`a", []),
        ("``a`", []),
        ("` ``a`` `b`", ["``a``"]),
        ("`a\nb`", ["a b"]),
        ("` `", [" "]),
        ("`` a` `b``", [" a` `b"]),
        ("` a``b `c` ```", ["a``b"]),
    ],
)
def test_code_spans(text: str, contents: list[str]) -> None:
    assert [span.content for span in code_spans(text)] == contents


@pytest.mark.parametrize("content", ["a", "a`b", "`a`", "``", "a``b`c"])
def test_a_code_span_holds_any_backticks(content: str) -> None:
    assert [span.content for span in code_spans(as_code_span(content))] == [content]


def test_mentions_are_blanked_in_place() -> None:
    text = "a `b` \"c\" <!-- d --> 'e' it's «f» <!-- g"

    assert without_mentions(text) == f"a XXX XXX {' ' * 10} XXX it's XXX {' ' * 6}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It is 0.5, e.g. this. `a. b` stays.", ["It is 0.5, e.g. this.", "`a. b` stays."]),
        ("He said “no. no” twice.", ["He said “no. no” twice."]),
        ("(It ends.) *So.* it", ["(It ends.)", "*So.*", "it"]),
        ("  ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
