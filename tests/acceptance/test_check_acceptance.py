"""manage.py check_acceptance, with real code in the real sandbox."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.acceptance.namespaces import may_make_namespaces
from tests.acceptance.test_suite import PLAN

RIGHT = {
    "words/__init__.py": "",
    "words/loud.py": """from decimal import Decimal


def shout(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError("shout needs a string")
    return text.upper()


def price(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))
""",
    "words/quiet.py": "def whisper(text: str) -> str:\n    return text.lower()\n",
}
DECIDABLE = PLAN.replace("- R4: The code must be elegant.\n", "")


@pytest.fixture(scope="module", autouse=True)
def _a_kernel_that_allows_it() -> None:
    if not may_make_namespaces():
        pytest.skip("This kernel gives no user namespaces to ordinary users.")


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """Return a function that judges code by a plan: the exit code, and what was printed as JSON."""

    def run(plan: str = DECIDABLE, **changes: str) -> tuple[int, dict[str, Any]]:
        code = RIGHT | {path.replace("__", "/") + ".py": text for path, text in changes.items()}
        for path, text in code.items():
            place = tmp_path / "code" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        (tmp_path / "plan.md").write_text(plan, encoding="utf-8")
        said, exit_code = StringIO(), 0
        try:
            call_command(
                "check_acceptance",
                str(tmp_path / "plan.md"),
                *("--code", str(tmp_path / "code"), "--seed", "7", "--format", "json"),
                stdout=said,
            )
        except SystemExit as end:
            exit_code = int(end.code or 0)
        return exit_code, json.loads(said.getvalue())

    return run


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in report["requirements"]}


def test_right_code_opens_the_gate(check: Any) -> None:
    exit_code, report = check()

    assert report["gate"]["reason"] == "All of 6 MUST tests passed, 2 of 2 SHOULD tests."
    assert (exit_code, report["gate"]["state"], report["seed"]) == (0, "open", 7)
    assert set(verdicts(report).values()) == {"met"}
    assert any(test["held_out"] for row in report["requirements"] for test in row["tests"])


def test_wrong_code_closes_it_and_the_test_is_named(check: Any) -> None:
    exit_code, report = check(words__quiet="def whisper(text: str) -> str:\n    return text\n")

    assert (exit_code, report["gate"]["state"]) == (1, "closed")
    assert verdicts(report)["R5"] == "not_met"
    assert "R5.c1" in report["gate"]["blocking"]


def test_answers_learnt_by_heart_do_not_pass(check: Any) -> None:
    by_heart = (
        "def shout(text: str) -> str:\n"
        "    if not isinstance(text, str):\n        raise TypeError\n"
        '    return {"hello": "HELLO"}.get(text, "")\n\n\n'
        "from decimal import Decimal\n\n\n"
        'def price(text: str) -> Decimal:\n    return Decimal(text).quantize(Decimal("0.01"))\n'
    )

    exit_code, report = check(words__loud=by_heart)

    assert (exit_code, verdicts(report)["R1"]) == (1, "not_met")
    assert report["gate"]["objections"]


def test_code_that_ends_the_process_proves_nothing(check: Any) -> None:
    exit_code, report = check(words__quiet="import os\n\nos._exit(0)\n")

    assert (exit_code, verdicts(report)["R5"]) == (1, "not_met")
    assert verdicts(report)["R1"] == "met"


def test_a_vague_must_is_not_decidable(check: Any) -> None:
    exit_code, report = check(plan=PLAN)

    assert (exit_code, report["gate"]["state"]) == (2, "not_decidable")
    assert report["gate"]["uncovered"] == ["R4"]
    assert verdicts(report)["R4"] == "untestable"


def test_missing_code_is_no_success(check: Any) -> None:
    exit_code, report = check(words__quiet="")

    assert (exit_code, verdicts(report)["R5"]) == (1, "not_met")


@pytest.mark.parametrize(
    ("plan", "words"),
    [("missing.md", "cannot be read"), ("empty.md", "holds no requirements")],
)
def test_what_is_no_plan_is_said_in_a_sentence(tmp_path: Path, plan: str, words: str) -> None:
    (tmp_path / "empty.md").write_text("", encoding="utf-8")

    with pytest.raises(CommandError, match=words) as refused:
        call_command("check_acceptance", str(tmp_path / plan), "--code", str(tmp_path))

    assert refused.value.returncode == 3  # no verdict
