"""Lines of a CSV file that a spreadsheet reads as data and never as a formula."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

# A cell that starts so is run as a formula. Source: OWASP, "CSV Injection".
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | Decimal | date | datetime | None


def csv_lines(rows: Iterable[Iterable[Cell]]) -> str:
    """Return the rows as CSV text: days and moments in UTC, amounts with six places, texts harmless."""
    output = io.StringIO()
    csv.writer(output).writerows([written(cell) for cell in row] for row in rows)
    return output.getvalue()


def written(cell: Cell) -> str:
    """Return one cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:.6f}"
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    text = cell.replace("\x00", "")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
