"""Sentences as many people write them about small functions, and what is read from each.

`forms.json` holds functions with a right answer or two, their requirements, and the checks of each in
words. No check may refuse a right answer, whatever is drawn beside the stated inputs.
"""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from apps.acceptance.core.sentence import read_requirement
from apps.acceptance.core.sources import Source, read_source
from apps.acceptance.core.suite import build_suite
from apps.dashboard.core.check_words import check_words
from tests.acceptance.running import outcomes
from tests.bench.acceptance_corpus.case import Case

FUNCTIONS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("forms.json").read_text(encoding="utf-8")
)
NAMES = [function["signature"].partition("(")[0] for function in FUNCTIONS]
SEEDS = (1, 2, 3)
UNREAD = 7  # sentences that need more than a template


def source(function: dict[str, Any]) -> Source:
    text = Case(
        function["signature"],
        tuple(each["text"].replace("\n", "\n  ") for each in function["requirements"]),
        tuple(function["right"]),
        (),
        lambda rng: (),
    ).plan()
    partner = "- `rle_decode(text: str) -> str`: takes it back.\n"
    return read_source(text + (partner if "rle_encode" in text else ""))


def test_most_of_them_are_read() -> None:
    checks = [each["checks"] for function in FUNCTIONS for each in function["requirements"]]

    assert len(checks) > 340
    assert sum(not each for each in checks) <= UNREAD


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
def test_what_is_read_from_each(function: dict[str, Any]) -> None:
    found = source(function)

    for stated, row in zip(found.stated, function["requirements"], strict=True):
        checks = read_requirement(stated, found.targets).checks
        assert [check_words(check) for check in checks] == row["checks"], row["text"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
def test_a_right_answer_is_not_refused(function: dict[str, Any]) -> None:
    for seed in SEEDS:
        for atom in build_suite(source(function), seed=seed).atoms:
            for code in function["right"]:
                module = ModuleType("part")
                exec(compile(code, "<right>", "exec"), vars(module))
                refused = {
                    name: outcome
                    for name, outcome in outcomes(atom.text, vars(module), "kit.part").items()
                    if outcome != "passed"
                }
                assert not refused
