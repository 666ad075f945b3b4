import pytest

from apps.dashboard.core.review_form import (
    FEWEST_ROWS,
    LONGEST_REASON,
    LONGEST_TEXT,
    MOST_ROWS,
    ReviewForm,
    problems_of,
)


@pytest.mark.parametrize(
    ("choice", "reason", "text", "wrong"),
    [
        ("approve", "", "", []),
        ("regenerate", "", "", []),
        ("", "", "", ["choice"]),
        ("delete", "why", "text", ["choice"]),
        ("reject", "", "", ["reason"]),
        ("reject", "It tests nothing.", "", []),
        ("reject", "x" * (LONGEST_REASON + 1), "", ["reason"]),
        ("edit", "", " \n", ["text"]),
        ("edit", "", "x" * (LONGEST_TEXT + 1), ["text"]),
        ("edit", "", "def test(): ...", []),
    ],
)
def test_what_is_wrong_with_what_was_sent(
    choice: str, reason: str, text: str, wrong: list[str]
) -> None:
    assert list(problems_of(choice, reason=reason, text=text)) == wrong


@pytest.mark.parametrize(("lines", "rows"), [(0, FEWEST_ROWS), (20, 22), (1000, MOST_ROWS)])
def test_the_field_is_as_high_as_its_text_within_limits(lines: int, rows: int) -> None:
    assert ReviewForm(text="x\n" * lines).rows == rows


def test_wrong_fields_come_in_the_order_of_the_form() -> None:
    form = ReviewForm(problems={"text": "One.\nTwo.", "reason": "Say why."})

    assert form.wrong_fields == [("reason", "reason"), ("text", "text of the test")]
    assert form.weaknesses == ["One.", "Two."]
