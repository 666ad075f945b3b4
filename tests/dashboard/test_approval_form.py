from decimal import Decimal

import pytest

from apps.common.display import exact_usd
from apps.dashboard.core import approval_form
from apps.dashboard.core.approval_form import Choice, Sent, Terms

TERMS = Terms(asked=Decimal("260.000000"), ceiling=Decimal(300), enough=Decimal(251))


def sent(**fields: str) -> Sent:
    return Sent(**{"choice": "asked", "comment": "Checked.", "typed": "260", **fields})


@pytest.mark.parametrize(
    ("amount", "plain", "dollars"),
    [
        ("260", "260", "$260"),
        ("260.000000", "260", "$260"),
        ("1250.5", "1250.50", "$1,250.50"),
        ("0.012345", "0.012345", "$0.012345"),
        ("1E+2", "100", "$100"),
    ],
)
def test_an_amount_is_written_exactly(amount: str, plain: str, dollars: str) -> None:
    assert approval_form.plain(Decimal(amount)) == plain
    assert exact_usd(Decimal(amount)) == dollars


@pytest.mark.parametrize(
    ("needed", "asked", "amount"),
    [
        ("251", "260", "251"),
        ("251", "251", None),  # it is what was asked
        ("200", "260", None),  # the cap of now is enough
        ("300", "260", "300"),
        ("300.01", "260", None),  # more than anybody may approve
        (None, "260", None),
    ],
)
def test_enough_for_nine_runs_in_ten(needed: str | None, asked: str, amount: str | None) -> None:
    found = approval_form.enough(
        Decimal(needed) if needed else None,
        asked=Decimal(asked),
        hard_cap=Decimal(200),
        ceiling=Decimal(300),
    )

    assert found == (Decimal(amount) if amount else None)


def test_the_rows_of_the_form() -> None:
    rows = approval_form.options(TERMS)

    assert [(row.value, row.title, row.typed) for row in rows] == [
        ("asked", "Approve $260", "260"),
        ("enough-251", "Approve $251", "251"),
        ("other", "Another amount", ""),
        ("decline", "Decline", ""),
    ]
    assert rows[0].button == "Approve $260 and resume"


def test_a_running_plan_is_not_resumed() -> None:
    rows = approval_form.options(Terms(asked=Decimal(260), ceiling=Decimal(300), is_paused=False))

    assert [row.button for row in rows] == ["Approve $260", "Approve", "Decline"]
    assert rows[-1].hint == "the hard cap stays"


def test_what_is_above_the_ceiling_is_not_offered() -> None:
    rows = approval_form.options(Terms(asked=Decimal(400), ceiling=Decimal(300)))

    assert [row.choice for row in rows] == [Choice.OTHER, Choice.DECLINE]


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        ({}, "260"),
        ({"typed": "$260.00"}, "260"),
        ({"choice": "enough-251", "typed": "251"}, "251"),
        ({"choice": "other", "other": "240.5", "typed": "240.50"}, "240.5"),
    ],
)
def test_an_approval_is_read(fields: dict[str, str], amount: str) -> None:
    reading = approval_form.read(sent(**fields), TERMS)

    assert reading.problems == {}
    assert (reading.is_approval, reading.amount) == (True, Decimal(amount))


def test_to_decline_needs_no_amount() -> None:
    reading = approval_form.read(sent(choice="decline", typed="", other="nonsense"), TERMS)

    assert reading == approval_form.Reading(amount=None, is_approval=False, problems={})


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"comment": "  "}, "comment", "A comment is needed."),
        ({"comment": "x" * 2001}, "comment", "1 to 2000 characters"),
        ({"comment": "a\x00b"}, "comment", "cannot be stored"),
        ({"typed": ""}, "typed", "Type 260, the amount that you approve."),
        ({"typed": "251"}, "typed", "Type 260,"),
        ({"typed": "two hundred"}, "typed", "Type 260,"),
        ({"choice": ""}, "choice", "Choose what you decide."),
        ({"choice": "enough-"}, "choice", "Enter an amount"),
        ({"choice": "enough-999"}, "choice", "$999 is above the team ceiling of $300."),
        ({"choice": "other", "other": ""}, "other", "Enter an amount"),
        ({"choice": "other", "other": "-5"}, "other", "not an amount in USD"),
        ({"choice": "other", "other": "0"}, "other", "must be above zero"),
        ({"choice": "other", "other": "320"}, "other", "$320 is above the team ceiling of $300."),
    ],
)
def test_what_is_no_decision_is_told_at_its_field(
    fields: dict[str, str], field: str, words: str
) -> None:
    reading = approval_form.read(sent(**fields), TERMS)

    assert list(reading.problems) == [field]
    assert words in reading.problems[field]


def test_declining_needs_a_comment_too() -> None:
    reading = approval_form.read(sent(choice="decline", comment=""), TERMS)

    assert list(reading.problems) == ["comment"]
