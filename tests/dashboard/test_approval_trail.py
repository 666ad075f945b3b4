from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.dashboard.core import approval_trail
from apps.dashboard.core.approval_trail import AUDIT, LEDGER, Line

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def line(minute: int, words: str = "Something happened", **facts: str) -> Line:
    values = {"source": AUDIT, "action": "budget.code_issued", "who": "", **facts}
    return Line(at=NOON + timedelta(minutes=minute), words=words, **values)


def test_all_sources_become_one_list() -> None:
    lines = approval_trail.newest_first([line(1), line(5)], [line(3, source=LEDGER)])

    assert [(found.at.minute, found.source) for found in lines] == [
        (5, AUDIT),
        (3, LEDGER),
        (1, AUDIT),
    ]


def test_a_name_at_the_start_is_told_apart() -> None:
    told = line(0, "dana approved it", who="dana")

    assert (told.name, told.rest) == ("dana", "approved it")


def test_words_that_do_not_start_with_the_name_stay_whole() -> None:
    told = line(0, "A program sent a wrong code", who="dana")

    assert (told.name, told.rest) == ("", "A program sent a wrong code")


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((2, 0, 0), "It waits: sent to 2 channels"),
        (
            (1, 1, 1),
            "It waits: sent to 1 channel, on its way to 1 channel, not delivered to 1 channel",
        ),
        ((0, 0, 0), "It waits: no channel is set up"),
    ],
)
def test_what_became_of_a_message(counts: tuple[int, int, int], words: str) -> None:
    assert approval_trail.message_words("It waits", *counts) == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("soft_cap", "Soft cap of $140 passed"),
        ("hard_cap", "Paused at $199.86, under the hard cap of $200"),
    ],
)
def test_what_the_ledger_tells(kind: str, words: str) -> None:
    told = approval_trail.cap_words(
        kind, spent=Decimal("199.86"), soft_cap=Decimal(140), hard_cap=Decimal(200)
    )

    assert told == words


def test_every_action_has_a_look() -> None:
    assert line(0, action="budget.override_approved").look.tone == "ok"
    assert line(0, action="something.new").look.icon == "dot-fill"


def test_a_line_is_a_row_of_the_csv() -> None:
    cells = line(0, "dana asked", who="dana", reason="Because.").cells

    assert len(cells) == len(approval_trail.CSV_HEAD)
    assert cells[2:] == ("budget.code_issued", "dana", "dana asked", "Because.")
