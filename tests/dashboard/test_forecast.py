import pytest

from apps.dashboard.core.forecast import (
    Forecast,
    Pace,
    busy,
    forecast,
    pace,
    roughly,
    span_in_words,
    stretch,
)

STEADY = Pace(low_s=20, median_s=30, high_s=50, sample=10)


def test_two_atoms_are_too_few_to_learn_from() -> None:
    assert pace([10, 12]) is None


def test_pace_is_the_middle_half() -> None:
    assert pace([10, 20, 30, 40, 50]) == Pace(20, 30, 40, 5)


def test_waves_come_one_after_the_other() -> None:
    # 48 atoms in 24 slots are two rounds, the 5 of the last wave take one.
    assert forecast(STEADY, [48, 5], slots=24) == Forecast(60, 90, 150, 10)


@pytest.mark.parametrize(("known", "remaining"), [(None, [4]), (STEADY, []), (STEADY, [0])])
def test_no_forecast_without_a_sample_or_work(known: Pace | None, remaining: list[int]) -> None:
    assert forecast(known, remaining, slots=24) is None


def test_a_pause_does_not_count_as_work() -> None:
    assert busy([(0, 10), (5, 20), (1000, 1010)]) == 30


def test_stretch_is_what_the_waves_really_took() -> None:
    # Four atoms fit the slots at once, and yet ran one after the other.
    one_by_one = [(0.0, 30.0), (30.0, 60.0), (60.0, 90.0), (90.0, 120.0)]

    assert stretch(STEADY, [one_by_one], slots=4) == 4
    assert forecast(STEADY, [4], slots=4, stretch=4) == Forecast(80, 120, 200, 10)


@pytest.mark.parametrize("known", [None, STEADY])
def test_stretch_is_one_while_nothing_is_known(known: Pace | None) -> None:
    assert stretch(known, [[]], slots=4) == 1


@pytest.mark.parametrize(
    ("low_s", "high_s", "words"),
    [
        (20, 45.2, "20–46 s"),
        (1080, 1620, "18–27 min"),
        (119, 121, "1–3 min"),
        (100, 110.5, "100–111 s"),
        (30, 150, "under 3 min"),
        (0.1, 0.4, "under 1 s"),
        (4000, 8640, "1.1–2.4 h"),
        (7, 7, "7 s"),
    ],
)
def test_span_in_words(low_s: float, high_s: float, words: str) -> None:
    assert span_in_words(low_s, high_s) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (38, "38 s"), (480, "8 min"), (7200, "2 h")]
)
def test_roughly(seconds: float, words: str) -> None:
    assert roughly(seconds) == words
