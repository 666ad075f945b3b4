"""Cells that a spreadsheet does not run."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from apps.common.csv_text import Cell, csv_lines, written


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (Decimal("0.1"), "0.100000"),
        (Decimal("-1E-6"), "-0.000001"),
        (7, "7"),
        (date(2026, 11, 22), "2026-11-22"),
        (
            datetime(2026, 11, 22, 17, 4, 12, 5, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-22T15:04:12.000005Z",
        ),
        ("plain = text", "plain = text"),
        ("a\x00b", "ab"),
    ],
)
def test_cell(cell: Cell, text: str) -> None:
    assert written(cell) == text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_formula_becomes_text(start: str) -> None:
    assert written(f"{start}cmd") == f"'{start}cmd"
    assert written(f"\x00{start}cmd") == f"'{start}cmd"


def test_signs_of_the_format_are_quoted() -> None:
    assert (
        csv_lines([('say "no", please', "two\nlines")]) == '"say ""no"", please","two\nlines"\r\n'
    )
