"""The examples as files: what is announced of each, its plan and its recorded answers."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from apps.masterplans.core.document import Language, PlanDocument
from apps.masterplans.core.parser import parse

ROOT = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True, slots=True)
class Expected:
    language: Language
    package: str
    atoms: int
    waves: tuple[int, ...]  # atoms per wave
    retried: Mapping[str, str]  # atoms whose first answer is wrong -> the rule that it breaks


EXPECTED = {
    "textkit": Expected(
        Language.PYTHON,
        "textkit",
        atoms=12,
        waves=(5, 4, 2, 1),
        retried={"textkit/words.py::word_frequencies": "py.F821"},
    ),
    "inventory": Expected(
        Language.PYTHON,
        "inventory",
        atoms=60,
        waves=(15, 17, 10, 8, 6, 3, 1),
        retried={
            "inventory/domain/stock.py::apply_movement": "py.signature",
            "inventory/reports/tables.py::render_table": "answer.several-blocks",
            "inventory/services/reorder.py::suggest_reorders": "py.F821",
        },
    ),
    "daterange": Expected(
        Language.TYPESCRIPT,
        "daterange",
        atoms=16,
        waves=(5, 5, 5, 1),
        retried={"src/sets/merge.ts::mergeRanges": "ts.TS2339"},
    ),
}


def read_document(name: str) -> PlanDocument:
    document = parse((ROOT / name / "masterplan.md").read_text(encoding="utf-8")).document
    assert document is not None
    return document


def read_answers(name: str) -> Mapping[str, Mapping[int, str]]:
    """Texts of the recorded answers, by atom and attempt number."""
    texts: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for entry in _entries(name):
        if "atom" in entry:
            assert entry["attempt"] not in texts[entry["atom"]], "recorded twice"
            texts[entry["atom"]][entry["attempt"]] = entry["text"]
    return texts


def read_matches(name: str) -> Mapping[str, str]:
    """Texts of the answers that are found by a part of the prompt, by that part."""
    found = [entry for entry in _entries(name) if "match" in entry]
    texts = {entry["match"]: entry["text"] for entry in found}
    assert len(texts) == len(found), "recorded twice"
    return texts


def _entries(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(
        (ROOT / name / "answers.yaml").read_text(encoding="utf-8")
    )
    return entries
