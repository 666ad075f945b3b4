"""What of the ledger an address asks for."""

from datetime import UTC, datetime

import pytest

from apps.budgets.core.ledger_filter import LARGEST_ID, NOT_A_TIME, LedgerFilter, read_filter

KINDS = ("reserve", "settle")


def read(**query: str) -> LedgerFilter:
    return read_filter(query, KINDS)


def test_nothing_asked_is_everything() -> None:
    assert read().is_empty
    assert read().query == ""


@pytest.mark.parametrize(("kind", "read_as"), [("settle", "settle"), ("bribe", ""), ("", "")])
def test_kind(kind: str, read_as: str) -> None:
    assert read(kind=kind).kind == read_as


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22 15:04", datetime(2026, 11, 22, 15, 4, tzinfo=UTC)),
        ("2026-11-22T15:04:12Z", datetime(2026, 11, 22, 15, 4, 12, tzinfo=UTC)),
        ("2026-11-22T15:04+02:00", datetime(2026, 11, 22, 13, 4, tzinfo=UTC)),
    ],
)
def test_since(text: str, moment: datetime) -> None:
    assert read(since=text).since == moment


def test_until_a_day_is_until_its_end() -> None:
    assert read(until="2026-11-22").until == datetime(2026, 11, 23, tzinfo=UTC)
    assert read(until="2026-11-22 15:04").until == datetime(2026, 11, 22, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "9999-12-31", "9999-12-31T23:59-12:00", "2026-11-22 25:00"]
)
def test_a_time_that_cannot_be_read_filters_nothing_and_is_told(text: str) -> None:
    wanted = read(until=text)

    assert wanted.until is None
    assert wanted.problems == {"until": NOT_A_TIME}
    assert wanted.typed["until"] == text


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("12", 12),
        ("", None),
        ("-1", None),
        ("x", None),
        ("²", None),
        (f"{LARGEST_ID + 1}", LARGEST_ID),
    ],
)
def test_before(text: str, before: int | None) -> None:
    assert read(before=text).before == before


def test_the_address_of_a_filter_leaves_the_page_out() -> None:
    wanted = read(kind="settle", atom="a::b", since="2026-11-22", before="9", stray="x")

    assert wanted.query == "?kind=settle&atom=a%3A%3Ab&since=2026-11-22"


def test_odd_signs_and_lengths_are_cut() -> None:
    assert read(atom=" a\x00b ").atom == "ab"
    assert len(read(atom="x" * 1000).atom) == 300
