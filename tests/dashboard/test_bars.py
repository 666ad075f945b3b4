import pytest

from apps.dashboard.core.bars import MOST_SLOTS, Segment, percent, segments, slots


def test_segments_share_the_width_and_leave_out_what_is_empty() -> None:
    drawn = segments([("ok", 3), ("run", 0), ("bg", 1)])

    assert drawn == (Segment("ok", "0.00%", "74.65%"), Segment("bg", "75.00%", "24.65%"))


def test_a_share_below_the_gap_is_still_seen() -> None:
    assert segments([("bad", 1), ("ok", 9999)])[0].width == "0.35%"


def test_nothing_is_an_empty_bar() -> None:
    assert segments([("ok", 0)]) == (Segment("bg", "0.00%", "100.00%"),)


def test_slots_are_drawn_one_by_one() -> None:
    assert [part.tone for part in slots(2, 3)] == ["run", "run", "bg"]


@pytest.mark.parametrize(("used", "limit"), [(3, MOST_SLOTS + 1), (5, 4)])
def test_slots_become_a_share_when_they_cannot_be_drawn(used: int, limit: int) -> None:
    assert len(slots(used, limit)) <= 2


@pytest.mark.parametrize(("value", "text"), [(-1, "0.00%"), (50.005, "50.01%"), (120, "100.00%")])
def test_percent_stays_inside_the_bar(value: float, text: str) -> None:
    assert percent(value) == text
