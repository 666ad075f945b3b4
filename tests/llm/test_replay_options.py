"""Options of the replay server."""

from typing import Any

import pytest

from apps.llm.replay.options import (
    InvalidOption,
    Outage,
    OutageMode,
    ReplayOptions,
    change,
    parse_outage,
)


def test_options_change_one_by_one() -> None:
    options = change(ReplayOptions(), {"median_ms": 300, "sigma": "0.4", "knee": 8})
    options = change(options, {"knee": None, "outage": True, "outage_mode": "hang"})

    assert options == ReplayOptions(
        median_ms=300.0, sigma=0.4, outage=True, outage_mode=OutageMode.HANG
    )


def test_all_options_can_be_set_from_json() -> None:
    options = change(
        ReplayOptions(),
        {
            "seed": 7,
            "error_rate": 0.1,
            "error_status": 503,
            "rate_limit_rps": 2.5,
            "outages": [{"start_s": 10, "duration_s": 5}],
            "auth_key": "k",
        },
    )

    assert options.outages == (Outage(10.0, 5.0),)
    assert options.describe()["auth_key"] == "set"
    assert change(options, {"auth_key": "", "rate_limit_rps": None}).auth_key is None


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"colour": "red"}, "no option 'colour'. Options: seed, median_ms"),
        ({"median_ms": "slow"}, "must be a number"),
        ({"median_ms": float("nan")}, "must be a number"),
        ({"median_ms": True}, "must be a number"),
        ({"median_ms": -1}, "must not be negative"),
        ({"error_rate": 1.5}, "between 0 and 1"),
        ({"error_status": 200}, "from 400 to 599"),
        ({"seed": 1.5}, "whole number"),
        ({"rate_limit_rps": 0}, "above 0"),
        ({"knee": 0}, "at least 1"),
        ({"outage": "yes"}, "true or false"),
        ({"outage_mode": "nap"}, "one of error, drop, hang"),
        ({"outages": 5}, "must be a list"),
        ({"outages": [{"start_s": 1}]}, "start_s and duration_s"),
        ({"outages": [{"start_s": 1, "duration_s": -1}]}, "must not be negative"),
        ({"auth_key": 5}, "must be a text"),
    ],
)
def test_a_wrong_option_is_explained(wishes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        change(ReplayOptions(), wishes)

    assert words in str(caught.value)


def test_parse_outage() -> None:
    assert parse_outage("10:2.5") == Outage(10.0, 2.5)
    with pytest.raises(InvalidOption):
        parse_outage("10")


@pytest.mark.parametrize(
    ("second", "is_out"), [(9.9, False), (10, True), (14.9, True), (15, False)]
)
def test_an_outage_has_a_first_and_a_last_moment(second: float, is_out: bool) -> None:
    assert Outage(10, 5).covers(second) is is_out
