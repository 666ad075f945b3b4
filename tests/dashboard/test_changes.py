from hypothesis import given
from hypothesis import strategies as st

from apps.dashboard.core.changes import DiffLine, diff


def test_one_changed_line_among_many() -> None:
    old = "\n".join(f"line {n}" for n in range(20))

    result = diff(old, old.replace("line 10", "line ten"))

    assert (result.added, result.removed) == (1, 1)
    assert [row.skipped for row in result.rows if row.skipped] == [7, 6]
    changed = [row for row in result.rows if row.is_change]
    assert [(row.old.text, row.new.text) for row in changed] == [("line 10", "line ten")]


def test_one_column_has_old_lines_before_new_ones() -> None:
    result = diff("a\nb\nc", "x\ny\nc")

    assert [(line.sign, line.text) for line in result.lines] == [
        ("-", "a"),
        ("-", "b"),
        ("+", "x"),
        ("+", "y"),
        (" ", "c"),
    ]


def test_an_added_line_has_nothing_on_its_left() -> None:
    result = diff("a", "a\nb")

    assert result.rows[-1].old is None
    assert result.rows[-1].new.number == 2


def test_the_same_code_is_no_change() -> None:
    assert diff("a\n", "a").is_empty


def test_unchanged_lines_left_out_are_counted() -> None:
    result = diff("\n".join("abcdefgh"), "\n".join("abcdefgX"))

    assert result.lines[0] == DiffLine("", 0, "4 unchanged lines")


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_both_columns_hold_every_changed_line(old: list[str], new: list[str]) -> None:
    result = diff("\n".join(old), "\n".join(new))

    assert len(old) - result.removed == len(new) - result.added
