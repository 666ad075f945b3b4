import pytest

from apps.dashboard.core.submission import Submission, typed, uploaded
from apps.masterplans.core.parser import MAX_BYTES


def test_line_ends_become_one_kind() -> None:
    assert typed("a\r\nb\rc") == Submission("a\nb\nc")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no text"),
        ("  \n", "no text"),
        ("a\x00b", "code 0"),
        ("é" * MAX_BYTES, "more than 1,000,000 bytes"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_with_a_sentence(text: str, part: str) -> None:
    sent = typed(text)

    assert part in sent.problem
    assert sent.text.replace("\ufffd", "\x00") == text


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"ok\nna\xefve", "line 2"),
        (b"x" * (MAX_BYTES + 1), "more than 1,000,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_the_text_as_it_was(content: bytes, part: str) -> None:
    sent = uploaded(content, kept="typed before")

    assert part in sent.problem
    assert sent.text == "typed before"


def test_a_file_takes_the_place_of_the_text() -> None:
    assert uploaded("\ufeff# Título\r\n".encode(), kept="old") == Submission("# Título\n")
