"""Latency, failures and limits of the replay server."""

import statistics

import pytest

from apps.llm.replay.options import Outage, OutageMode, ReplayOptions
from apps.llm.replay.weather import Draw, TokenBucket, Weather, latency_s

CALM = Draw(error=0.5, latency=0.0)


def test_the_same_request_has_the_same_luck_in_any_order() -> None:
    options = ReplayOptions(seed=7)
    one, other = Weather(0.0), Weather(0.0)

    forth = {name: one.draw(options, name) for name in ("a", "b", "c")}
    back = {name: other.draw(options, name) for name in ("c", "b", "a")}

    assert forth == back
    assert one.draw(options, "a") != forth["a"]  # a retry has luck of its own
    assert Draw.of(8, "a", 1) != forth["a"]


def test_weather_that_is_forgotten_starts_over() -> None:
    weather, options = Weather(0.0), ReplayOptions(rate_limit_rps=1)
    first = weather.draw(options, "a")
    assert weather.find_failure(options, CALM, 0.0) is None

    weather.forget()

    assert weather.draw(options, "a") == first
    assert weather.find_failure(options, CALM, 0.0) is None


@pytest.mark.parametrize(
    ("luck", "concurrent", "expected"),
    [
        (0.0, 1, 0.2),
        (1.0, 1, 0.2 * 1.6487),  # one sigma of 0.5 up
        (-1.0, 1, 0.2 / 1.6487),
        (0.0, 10, 0.2),
        (0.0, 25, 0.5),  # two and a half times the knee
    ],
)
def test_latency(luck: float, concurrent: int, expected: float) -> None:
    options = ReplayOptions(median_ms=200, sigma=0.5, knee=10)

    assert latency_s(options, Draw(0.5, luck), concurrent) == pytest.approx(expected, rel=1e-3)


def test_without_a_knee_latency_stays() -> None:
    assert latency_s(ReplayOptions(median_ms=200), CALM, 500) == 0.2


def test_latencies_have_the_median_that_was_asked_for() -> None:
    options = ReplayOptions(median_ms=300, sigma=0.4)
    latencies = [latency_s(options, Draw.of(1, "a", n), 1) for n in range(2000)]

    assert statistics.median(latencies) == pytest.approx(0.3, rel=0.05)


def test_errors_have_the_rate_that_was_asked_for() -> None:
    weather, options = Weather(0.0), ReplayOptions(error_rate=0.2, error_status=502)
    failures = [weather.find_failure(options, weather.draw(options, "a"), 0.0) for _ in range(2000)]
    statuses = [failure.status for failure in failures if failure]

    assert set(statuses) == {502}
    assert len(statuses) / len(failures) == pytest.approx(0.2, abs=0.03)


def test_the_bucket_lets_the_rate_through() -> None:
    bucket = TokenBucket()

    assert [bucket.take(2, now_s=0.0) for _ in range(3)] == [0.0, 0.0, 0.5]
    assert bucket.take(2, now_s=0.5) == 0.0
    assert bucket.take(2, now_s=0.5) == 0.5
    assert [bucket.take(2, now_s=100.0) for _ in range(3)] == [0.0, 0.0, 0.5]  # none are hoarded


def test_a_slow_rate_lets_one_through_at_a_time() -> None:
    bucket = TokenBucket()

    assert bucket.take(0.1, now_s=0.0) == 0.0
    assert bucket.take(0.1, now_s=0.0) == pytest.approx(10.0)


def test_a_rate_limit_names_whole_seconds() -> None:
    weather, options = Weather(0.0), ReplayOptions(rate_limit_rps=0.4)

    assert weather.find_failure(options, CALM, 0.0) is None
    failure = weather.find_failure(options, CALM, 0.0)

    assert failure is not None
    assert (failure.status, failure.retry_after_s) == (429, 3)


@pytest.mark.parametrize(
    ("options", "second", "status"),
    [
        (ReplayOptions(outage=True), 0.0, 503),
        (ReplayOptions(outages=(Outage(10, 5),)), 111.0, 503),  # counted from the start
        (ReplayOptions(outages=(Outage(10, 5),)), 11.0, None),
        (ReplayOptions(outage=True, outage_mode=OutageMode.HANG), 0.0, None),
        (ReplayOptions(outage=True, outage_mode=OutageMode.DROP), 0.0, None),
    ],
)
def test_outages(options: ReplayOptions, second: float, status: int | None) -> None:
    failure = Weather(started_s=100.0).find_failure(options, CALM, second)

    assert (failure.status if failure else None) == status
