from datetime import UTC, datetime

import pytest

from apps.dashboard.core import looks, tiles, triage
from apps.dashboard.core.triage import GROUPS, Cut, cut, group_of, groups_beside, in_order
from apps.masterplans.models import AtomStatus
from tests.dashboard.rows import atom_row

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def test_every_state_has_a_look_and_a_place() -> None:
    assert set(looks.ATOM) == set(triage.ORDER) == set(tiles.LEGEND) >= set(AtomStatus.values)


def test_what_needs_a_person_comes_first_then_what_has_run_longest() -> None:
    rows = [
        atom_row("succeeded", symbol="done_early", finished_s=10),
        atom_row("succeeded", symbol="done_late", finished_s=20),
        atom_row("queued", symbol="second", position=2),
        atom_row("queued", symbol="first", position=1),
        atom_row("running", symbol="young", started_s=50),
        atom_row("running", symbol="old", started_s=40),
        atom_row("blocked", symbol="blocked"),
        atom_row("failed", symbol="failed"),
        atom_row("in_review", symbol="review"),
    ]

    assert [row.symbol for row in in_order(rows)] == [
        "review",
        "failed",
        "blocked",
        "old",
        "young",
        "first",
        "second",
        "done_late",
        "done_early",
    ]


@pytest.mark.parametrize(
    ("key", "word"),
    [("", "All"), ("attention", "Needs attention"), ("failed", "Failed"), ("nonsense", "All")],
)
def test_group_of_an_address(key: str, word: str) -> None:
    assert group_of(key).word == word


def test_a_single_state_is_offered_beside_the_groups() -> None:
    chosen = group_of("failed")

    assert groups_beside(chosen) == (*GROUPS, chosen)
    assert groups_beside(GROUPS[0]) == GROUPS
    assert groups_beside(GROUPS[0], is_over=True) == triage.GROUPS_AT_THE_END
    assert group_of("left") == triage.LEFT


@pytest.mark.parametrize(
    ("total", "page", "expected"),
    [
        (3, 0, Cut(0, 3, 3, 0, 1)),
        (96, 0, Cut(0, 7, 96, 0, 1)),
        (96, 1, Cut(0, 96, 96, 1, 1)),
        (250, 2, Cut(100, 200, 250, 2, 3)),
        (250, 99, Cut(200, 250, 250, 3, 3)),
        (0, 5, Cut(0, 0, 0, 1, 1)),
    ],
)
def test_cut(total: int, page: int, expected: Cut) -> None:
    assert cut(total, page) == expected


def test_a_cut_knows_what_it_hides() -> None:
    assert cut(96, 0).hidden == 89


@pytest.mark.parametrize(
    ("row", "note"),
    [
        (atom_row("queued", note="No code.", attempts=2, rejected=1), "try 1: No code."),
        (atom_row("running", note="No code.", attempts=2, rejected=1), "try 1: No code."),
        (atom_row("failed", note="No code.", attempts=4, rejected=4), "No code."),
        (atom_row("queued", note="Endpoint down.", attempts=1), "Endpoint down."),
    ],
)
def test_a_note_names_the_try_that_it_is_about(row: triage.AtomRow, note: str) -> None:
    assert row.note_with_try == note


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (atom_row("succeeded"), "passed"),
        (atom_row("running", rejected=1), "running"),
        (atom_row("failed", rejected=4), "failed"),
        (atom_row("queued"), "not run"),
    ],
)
def test_check(row: triage.AtomRow, word: str) -> None:
    assert row.check.word == word


def test_time_runs_until_now_or_the_end() -> None:
    start = NOW.timestamp() - 60

    assert atom_row().time_s(NOW) is None
    assert atom_row("running", started_s=start).time_s(NOW) == 60
    assert atom_row("succeeded", started_s=start, finished_s=start + 5).time_s(NOW) == 5
