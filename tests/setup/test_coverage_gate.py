"""The gate of `make test`."""

import json
from pathlib import Path

import pytest

from tests import coverage_gate


def summary(lines: int, statements: int, branches: int = 0, jumps: int = 0) -> dict[str, object]:
    return {
        "summary": {
            "covered_lines": lines,
            "num_statements": statements,
            "covered_branches": branches,
            "num_branches": jumps,
        }
    }


def report(**files: dict[str, object]) -> dict[str, object]:
    paths = {name.replace("__", "/") + ".py": entry for name, entry in files.items()}
    return {"files": paths}


def test_every_core_is_judged_alone_and_all_together() -> None:
    judged = coverage_gate.judge(
        report(
            apps__budgets__core__caps=summary(95, 100),
            apps__budgets__core__deep__rule=summary(95, 100),
            apps__llm__core__types=summary(90, 100),
            apps__llm__clients=summary(90, 100),
        )
    )

    assert [(part.name, part.percent, part.is_enough) for part in judged] == [
        ("apps/budgets/core", 95.0, True),
        ("apps/llm/core", 90.0, False),
        ("in all", 92.5, True),
    ]


def test_branches_count_like_lines() -> None:
    (whole,) = coverage_gate.judge(report(mgeconsole__urls=summary(8, 10, branches=6, jumps=10)))

    assert whole.percent == 70.0


def test_a_file_without_code_is_covered() -> None:
    (core, _) = coverage_gate.judge(report(apps__llm__core____init__=summary(0, 0)))

    assert core.percent == 100.0


@pytest.mark.parametrize(
    ("lines", "code", "sentence"),
    [(95, 0, None), (80, 1, "Too little is covered: apps/llm/core, in all. Add tests")],
)
def test_the_gate_fails_with_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    lines: int,
    code: int,
    sentence: str | None,
) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report(apps__llm__core__types=summary(lines, 100))))

    assert coverage_gate.main([str(path)]) == code
    printed = capsys.readouterr().out
    assert f"{lines:.1f} %" in printed
    assert ("Too little" in printed) is (sentence is not None)
    assert (sentence or "") in printed
