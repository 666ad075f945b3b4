import pytest

from apps.dashboard.core import looks
from apps.dashboard.core.plan_groups import (
    STATUSES,
    TEXTS,
    Cursor,
    PlanGroup,
    group_of,
    rank_of,
    read_cursor,
)


def test_every_status_is_in_one_group() -> None:
    statuses = [status for group in STATUSES.values() for status in group]

    assert sorted(statuses) == sorted(looks.PLAN)


def test_every_group_has_its_words() -> None:
    assert set(TEXTS) == set(PlanGroup) == set(STATUSES)
    assert PlanGroup.NEEDS_YOU.title_text == "Needs you"


@pytest.mark.parametrize(
    ("status", "group", "rank"),
    [
        ("paused", PlanGroup.NEEDS_YOU, 0),
        ("running", PlanGroup.RUNNING, 1),
        ("ready", PlanGroup.READY, 2),
        ("cancelled", PlanGroup.DONE, 3),
    ],
)
def test_group_of(status: str, group: PlanGroup, rank: int) -> None:
    assert group_of(status) is group
    assert rank_of(group) == rank


@pytest.mark.parametrize("cursor", [Cursor(0, 1), Cursor(3, 142)])
def test_cursor_reads_back(cursor: Cursor) -> None:
    assert read_cursor(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "-", "1", "a-1", "1-b", "1-²", "1-9999999999999", "-1-2"])
def test_bad_cursor_shows_the_first_page(text: str) -> None:
    assert read_cursor(text) is None
