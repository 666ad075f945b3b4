"""The chart of a plan's money: places, labels and words."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.budgets.core.spend_line import (
    BOTTOM,
    FORECAST_END,
    LABEL_HEIGHT,
    LEFT,
    POINTS,
    RIGHT,
    TOP,
    nice_step,
    spend_line,
)
from apps.budgets.core.spend_story import TABLE_STEPS, Cone, Point, Story

START = datetime(2026, 11, 22, 12, 33, tzinfo=UTC)
CONE = Cone(low=Decimal(226), middle=Decimal(238), high=Decimal(251), remaining_atoms=42)
MARCH = (0, 22, 54, 82, 96, 114, 150, 184, "199.86")  # USD at equal distances of 15 minutes


def points(*amounts: object, every: timedelta = timedelta(minutes=15)) -> list[Point]:
    return [Point(START + every * i, Decimal(str(amount))) for i, amount in enumerate(amounts)]


def story(spent: Sequence[Point] = (), **facts: object) -> Story:
    facts = {
        "now": spent[-1].at if spent else START,
        "soft_cap": Decimal(140),
        "hard_cap": Decimal(200),
        **facts,
    }
    return Story(points=spent, **facts)


def corners(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.-]+) ([\d.-]+)", path)]


def test_the_whole_chart() -> None:
    spent = points(*MARCH)

    line = spend_line(
        story(
            spent,
            now=spent[-1].at + timedelta(minutes=4),
            new_cap=Decimal(260),
            forecast=CONE,
            paused_at=spent[-1].at,
        )
    )

    assert line.view_box == "0 0 760 236"
    assert [cap.label for cap in line.caps] == ["New cap $260", "Hard cap $200", "Soft cap $140"]
    assert [cap.line_class for cap in line.caps] == ["k-new", "k-hard", "k-soft"]
    assert [tick.label for tick in line.grid] == ["$0", "$50", "$100", "$150", "$250"]
    assert [tick.label for tick in line.times] == ["13:00", "13:30", "14:00", "14:30"]
    assert line.spend_path.startswith("M44.0 210.0 L44.0 210.0 L")
    assert line.cone_path.endswith(" Z")
    assert line.forecast_mark
    assert (line.forecast_mark.label, line.forecast_mark.x) == ("$238", FORECAST_END)
    assert line.paused_mark
    assert (line.paused_mark.label, line.paused_mark.anchor) == ("paused 14:33", "end")
    # The cone opens where spending stands now.
    assert corners(line.cone_path)[0] == corners(line.spend_path)[-1]


def test_amounts_and_moments_stand_in_proportion() -> None:
    line = spend_line(story(points(0, 50, 100, 150, 200)))

    path = corners(line.spend_path)[1:-1]

    steps_x = {round(right[0] - left[0], 1) for left, right in pairwise(path)}
    steps_y = {round(left[1] - right[1], 1) for left, right in pairwise(path)}
    assert max(steps_x) - min(steps_x) <= 0.2
    assert max(steps_y) - min(steps_y) <= 0.2
    assert path[0] == (LEFT, BOTTOM)
    assert path[-1][0] == RIGHT


def test_no_points_leave_the_caps() -> None:
    line = spend_line(story())

    assert line.spend_path == line.cone_path == line.forecast_path == ""
    assert line.forecast_mark is line.paused_mark is None
    assert len(line.caps) == 2
    assert line.sentence == "Nothing has been spent yet."
    assert [row.what for row in line.rows] == ["soft cap", "hard cap"]


def test_one_point_is_a_step_and_a_level_line_until_now() -> None:
    line = spend_line(story(points(100), now=START + timedelta(hours=1)))

    (_, first), (_, second), (right, third) = corners(line.spend_path)
    assert (first, right) == (BOTTOM, RIGHT)
    assert second == third < BOTTOM


def test_points_at_one_moment_need_no_time() -> None:
    line = spend_line(story(points(1, 2, 3, every=timedelta(0))))

    assert {x for x, _ in corners(line.spend_path)} == {LEFT}


def test_a_free_model_draws_a_level_line() -> None:
    line = spend_line(story(points(0, 0, 0)))

    assert {y for _, y in corners(line.spend_path)} == {BOTTOM}
    assert line.sentence == "What ran so far cost nothing."


@pytest.mark.parametrize(
    ("hard_cap", "labels", "cap"),
    [
        ("0.0004", ["$0", "$0.0001", "$0.0002", "$0.0003"], "Hard cap $0.0004"),
        ("0.5", ["$0", "$0.10", "$0.20", "$0.30", "$0.40"], "Hard cap $0.50"),
        ("4.5", ["$0", "$1", "$2", "$3", "$4"], "Hard cap $4.50"),
        ("9000", ["$0", "$2,000", "$4,000", "$6,000", "$8,000"], "Hard cap $9,000"),
        ("45000", ["$0", "$10k", "$20k", "$30k", "$40k"], "Hard cap $45k"),
        ("4500000", ["$0", "$1M", "$2M", "$3M", "$4M"], "Hard cap $4.5M"),
    ],
)
def test_scales_from_tiny_to_huge(hard_cap: str, labels: list[str], cap: str) -> None:
    amount = Decimal(hard_cap)

    line = spend_line(story(points("0"), hard_cap=amount, soft_cap=amount * Decimal("0.999")))

    assert [tick.label for tick in line.grid] == labels
    assert line.caps[0].label == cap


def test_spending_over_the_cap_stays_inside() -> None:
    line = spend_line(story(points(0, 190, 230)))

    assert min(y for _, y in corners(line.spend_path)) >= TOP
    assert "reached the hard cap of $200 at 13:03 UTC" in line.sentence


def test_labels_of_near_caps_stand_apart() -> None:
    line = spend_line(story(soft_cap=Decimal(198), hard_cap=Decimal(200), new_cap=Decimal("200.5")))

    texts = [cap.text_y for cap in line.caps]
    assert all(low - high >= LABEL_HEIGHT - 0.11 for high, low in pairwise(texts))
    assert line.caps[0].y < line.caps[1].y < line.caps[2].y < line.caps[0].y + 3


def test_labels_at_the_floor_are_pushed_up() -> None:
    line = spend_line(
        story(
            points(0, 100_000),
            soft_cap=Decimal(1),
            hard_cap=Decimal(2),
            new_cap=Decimal(3),
        )
    )

    texts = [cap.text_y for cap in line.caps]
    assert all(low - high >= LABEL_HEIGHT - 0.11 for high, low in pairwise(texts))
    assert texts[-1] <= BOTTOM + 4


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (timedelta(seconds=5), ["12:33:01", "12:33:02", "12:33:03", "12:33:04"]),
        (timedelta(minutes=3), ["12:33:30", "12:34:00", "12:34:30", "12:35:00", "12:35:30"]),
        (timedelta(hours=3), ["13:00", "13:30", "14:00", "14:30", "15:00"]),
        (timedelta(hours=30), ["18:00", "23 Nov", "06:00", "12:00"]),
        (timedelta(days=5), ["23 Nov", "24 Nov", "25 Nov", "26 Nov", "27 Nov"]),
        (timedelta(days=4000), ["Dec 2027", "Dec 2029", "Dec 2031", "Dec 2033", "Dec 2035"]),
    ],
)
def test_times_are_round_and_say_the_day_where_it_matters(
    span: timedelta, labels: list[str]
) -> None:
    line = spend_line(story(points(0, 10, every=span)))

    assert [tick.label for tick in line.times] == labels


def test_a_known_end_sets_the_scale() -> None:
    spent = points(0, 100)
    cone = Cone(Decimal(150), Decimal(160), Decimal(170), 8, ends_at=START + timedelta(minutes=30))

    line = spend_line(story(spent, forecast=cone))

    halfway = (LEFT + FORECAST_END) / 2
    assert corners(line.spend_path)[-1][0] == pytest.approx(halfway, abs=0.1)
    assert "12:45" in [tick.label for tick in line.times]
    assert line.rows[2].when == "22 Nov 2026, 13:03 UTC"


def test_an_end_that_has_passed_is_no_end() -> None:
    cone = Cone(Decimal(150), Decimal(160), Decimal(170), 8, ends_at=START)

    line = spend_line(story(points(0, 100), forecast=cone))

    assert line.rows[2].when == "at the end"
    assert corners(line.forecast_path)[-1][0] == FORECAST_END


def test_many_points_are_thinned_and_the_step_stays() -> None:
    amounts = [i / 1000 for i in range(5000)] + [100 + i / 1000 for i in range(5000)]

    line = spend_line(story(points(*amounts, every=timedelta(seconds=1))))

    path = corners(line.spend_path)
    assert len(path) <= POINTS
    step = max(pairwise(path), key=lambda pair: pair[0][1] - pair[1][1])
    assert step[1][0] - step[0][0] < 0.2  # as steep as it was
    assert path[-1][0] == RIGHT


def test_a_pause_at_the_left_has_its_label_on_the_right() -> None:
    line = spend_line(story(points(0, 100), paused_at=START, now=START + timedelta(hours=5)))

    assert line.paused_mark
    assert line.paused_mark.anchor == "start"
    assert line.paused_mark.text_x > line.paused_mark.x


@pytest.mark.parametrize(
    ("amounts", "pace"),
    [
        ((0, 40, 80, 120, 160), "Spend rose evenly to $160.00 by 13:33 UTC"),
        ((0, 10, 20, 30, 160), "Spend rose, fastest towards the end, to $160.00 by 13:33 UTC"),
        ((0, 130, 140, 150, 160), "Spend rose, fastest at first, to $160.00 by 13:33 UTC"),
        ((0, 0, 0, 0, 160), "Spend rose, fastest towards the end, to $160.00 by 13:33 UTC"),
    ],
)
def test_the_sentence_tells_the_pace(amounts: tuple[int, ...], pace: str) -> None:
    assert spend_line(story(points(*amounts))).sentence.startswith(pace)


@pytest.mark.parametrize(
    ("new_cap", "verdict"),
    [
        (Decimal(260), "The 80% range stays under the new cap."),
        (Decimal(251), "The 80% range stays under the new cap."),
        (Decimal(240), "The 80% range crosses the new cap of $240."),
        (None, "The 80% range lies above the hard cap of $200."),
    ],
)
def test_the_sentence_holds_the_forecast_against_the_cap(
    new_cap: Decimal | None, verdict: str
) -> None:
    spent = points(*MARCH)

    line = spend_line(story(spent, forecast=CONE, new_cap=new_cap, paused_at=spent[-1].at))

    assert line.sentence == (
        "Spend rose evenly to $199.86 by 14:33 UTC and reached the soft cap of $140 at 14:03 UTC."
        " The plan has been paused since 14:33 UTC. With 42 atoms left, the forecast is $238,"
        f" between $226 and $251. {verdict}"
    )


def test_the_sentence_says_when_nothing_is_left() -> None:
    done = Cone(Decimal(3), Decimal(3), Decimal(3), remaining_atoms=0)

    assert spend_line(story(points(1, 3), forecast=done)).sentence.endswith(
        "No atom is left to run."
    )


def test_the_table_tells_the_same() -> None:
    line = spend_line(story(points(*range(100)), forecast=CONE, new_cap=Decimal(260)))

    spent = [row for row in line.rows if row.what == "spent"]
    assert len(spent) == TABLE_STEPS
    assert (spent[0].amount, spent[-1].amount) == ("$0.00", "$99.00")
    assert [(row.amount, row.what) for row in line.rows[TABLE_STEPS:]] == [
        ("$226.00", "forecast, 1 run in 10 ends below it"),
        ("$238.00", "forecast, expected"),
        ("$251.00", "forecast, 9 runs in 10 end below it"),
        ("$140", "soft cap"),
        ("$200", "hard cap"),
        ("$260", "new cap"),
    ]


@given(span=st.floats(1e-6, 1e9), steps=st.integers(2, 10))
def test_steps_are_nice_and_not_too_many(span: float, steps: int) -> None:
    step = nice_step(span, steps)

    assert f"{step:e}"[0] in "125"
    assert span / step <= steps * (1 + 1e-6)
    assert nice_step(span, steps) <= 3 * span / steps


amounts = st.decimals(min_value=0, max_value=1_000_000, places=6)
cap_pairs = st.tuples(
    st.decimals(min_value="0.000001", max_value=1_000_000, places=6),
    st.decimals(min_value="0.000001", max_value=1_000_000, places=6),
).map(sorted)


@given(
    spent=st.lists(amounts, max_size=8),
    caps=cap_pairs,
    every=st.sampled_from([0.0, 0.001, 1.0, 3600.0, 1e6]),
    waited=st.sampled_from([0, 5, 10**6]),
    high=st.none() | amounts,
)
@settings(max_examples=60)
def test_everything_stays_inside_the_plot(
    spent: list[Decimal], caps: list[Decimal], every: float, waited: int, high: Decimal | None
) -> None:
    known = points(*spent, every=timedelta(seconds=every))
    last = known[-1].at if known else START
    cone = high and Cone(high / 3, high / 2, high, remaining_atoms=3)

    line = spend_line(
        story(
            known,
            now=last + timedelta(seconds=waited),
            soft_cap=caps[0],
            hard_cap=caps[1],
            forecast=cone or None,
            paused_at=last,
        )
    )

    places = corners(line.spend_path) + corners(line.cone_path) + corners(line.forecast_path)
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in places)
    assert all(TOP <= tick.at <= BOTTOM for tick in line.grid)
    assert all(LEFT <= tick.at <= RIGHT for tick in line.times)
    assert all(right.at - left.at >= 30 for left, right in pairwise(line.times))
    assert line.sentence
