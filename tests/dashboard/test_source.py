import pytest

from apps.dashboard.core.source import LONGEST_LINE, MOST_PROBLEMS, Problem, listing, problem_from


def problem(line: int, column: int = 1, severity: str = "error") -> Problem:
    return Problem(line, column, severity, "Correct this.")


def test_a_problem_stands_under_its_line_with_a_caret_at_its_column() -> None:
    shown = listing("one\n\ttwo\nthree", [problem(2, 3)])

    assert [line.number for line in shown.lines] == [1, 2, 3]
    assert shown.lines[1].problems[0].caret == "\t ^"


def test_problems_are_counted_by_severity() -> None:
    shown = listing("a", [problem(1), problem(1, severity="warning"), problem(1)])

    assert (shown.errors, shown.warnings) == (2, 1)
    assert [entry.look.word for entry in shown.problems] == ["Error", "Warning", "Error"]


def test_a_long_text_is_shown_around_its_problems() -> None:
    text = "\n".join(str(number) for number in range(1, 1001))

    shown = listing(text, [problem(500)])

    assert [line.skipped or line.number for line in shown.lines] == [
        497,
        498,
        499,
        500,
        501,
        502,
        498,
    ]


@pytest.mark.parametrize(("line", "expected"), [(0, 1), (99, 2)])
def test_a_problem_outside_the_text_is_shown_at_its_end(line: int, expected: int) -> None:
    shown = listing("a\nb", [problem(line)])

    assert [row.number for row in shown.lines if row.problems] == [expected]


def test_a_long_line_is_cut_and_its_caret_stays_in_it() -> None:
    shown = listing("x" * 1000, [problem(1, 900)])

    assert len(shown.lines[0].text) == LONGEST_LINE + 1
    assert len(shown.lines[0].problems[0].caret) == LONGEST_LINE + 1


def test_the_rest_of_very_many_problems_is_counted() -> None:
    assert listing("a", [problem(1)] * (MOST_PROBLEMS + 5)).hidden_problems == 5


def test_problem_from_a_stored_diagnostic() -> None:
    row = {"line": 3, "column": 2, "severity": "warning", "code": "x", "message": "Do it."}

    assert problem_from(row) == Problem(3, 2, "warning", "Do it.")
