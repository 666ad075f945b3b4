"""docs/states.md is drawn from the table of legal transitions."""

from pathlib import Path

from apps.execution.core import states
from apps.masterplans.models import AtomStatus, PlanStatus, WaveStatus

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "states.md"


def test_the_document_shows_the_table() -> None:
    assert DOCUMENT.read_text(encoding="utf-8").endswith(states.diagram())


def test_the_table_knows_every_state() -> None:
    assert set(states.PLAN) == set(PlanStatus.values)
    assert set(states.WAVE) == set(WaveStatus.values)
    assert set(states.ATOM) == set(AtomStatus.values)
