import re

import pytest
from django.conf import settings

from apps.dashboard.core import commands, looks, story
from apps.dashboard.core.looks import Look
from apps.dashboard.core.stage import HELD, NOT_FINISHED, NOT_RUN
from apps.execution.models import AttemptStatus
from apps.masterplans.core.document import DiagnosticSeverity
from apps.masterplans.models import AtomStatus, PlanStatus, WaveStatus
from apps.validation.core.findings import Severity

SHOWN = (HELD, NOT_FINISHED, NOT_RUN)


@pytest.mark.parametrize(
    ("table", "states"),
    [
        (looks.PLAN, PlanStatus.values),
        (looks.WAVE, [*WaveStatus.values, *SHOWN]),
        (looks.ATOM, [*AtomStatus.values, *SHOWN]),
        (looks.ATTEMPT, AttemptStatus.values),
        (looks.FINDING, list(Severity)),
        (looks.DIAGNOSTIC, list(DiagnosticSeverity)),
    ],
)
def test_every_state_has_a_look(table: dict[str, Look], states: list[str]) -> None:
    assert set(table) == set(states)


def test_every_icon_is_in_the_sprite() -> None:
    sprite = (settings.BASE_DIR / "static/icons.svg").read_text(encoding="utf-8")
    tables = (looks.PLAN, looks.WAVE, looks.ATOM, looks.ATTEMPT, looks.FINDING, looks.DIAGNOSTIC)
    wanted = {look.icon for table in (*tables, story.LOOKS) for look in table.values()}
    wanted |= {each.icon for state in PlanStatus for each in commands.commands(state, {})}

    assert wanted <= set(re.findall(r'id="([\w-]+)"', sprite))
