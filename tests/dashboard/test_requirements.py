import uuid

from apps.dashboard.core.requirements import Coverage, RequirementRow, coverage, in_order


def row(ref: str, priority: str, covered_by: int, text: str = "It must work.") -> RequirementRow:
    return RequirementRow(uuid.uuid4(), ref, text, priority, covered_by)


ROWS = [row("R1", "should", 1), row("R2", "must", 2), row("R3", "must", 0), row("R4", "may", 0)]


def test_coverage_by_priority() -> None:
    assert coverage(ROWS) == (
        Coverage("must", 1, 2),
        Coverage("should", 1, 1),
        Coverage("may", 0, 1),
    )


def test_what_nothing_covers_comes_first() -> None:
    assert [entry.ref for entry in in_order(ROWS)] == ["R3", "R4", "R2", "R1"]


def test_a_table_is_shown_by_its_first_line() -> None:
    assert row("R1", "must", 5, "Totals:\n| a |").first_line == "Totals:"
    assert row("R1", "must", 5).unnamed == 5
