import pytest

from apps.dashboard.core.highlighting import LONGEST, highlighted_lines


@pytest.mark.parametrize("language", ["python", "typescript", "javascript", "markdown", "cobol"])
def test_markup_in_code_stays_text(language: str) -> None:
    html = "\n".join(highlighted_lines("# <script>alert('&')</script>", language))

    assert "<script" not in html
    assert "style=" not in html


def test_each_line_is_well_formed_by_itself() -> None:
    lines = highlighted_lines('"""One\ntwo"""\n\nx = 1\n', "python")

    assert len(lines) == 4
    assert all(line.count("<span") == line.count("</span>") for line in lines)
    assert 'class="hl-' in lines[0]


def test_very_long_code_is_shown_plain() -> None:
    assert "<span" not in highlighted_lines("x = 1\n" * (LONGEST // 6 + 1), "python")[0]
