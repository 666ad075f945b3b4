"""Every write of the engine."""

from apps.execution.actions.attempts import run_attempt
from apps.execution.actions.intake import import_masterplan
from apps.execution.actions.overrides import decide_override, decide_with_code
from apps.execution.actions.plans import cancel, pause, resume, retry_failed, start
from apps.execution.actions.reconcile import reconcile
from apps.execution.actions.sweep import sweep
from apps.execution.actions.testing import (
    carry_out_evidence,
    carry_out_generation,
    carry_out_run,
    generate_tests,
    run_wave_tests,
)
from apps.execution.actions.workspace import sync_workspace

__all__ = [
    "cancel",
    "carry_out_evidence",
    "carry_out_generation",
    "carry_out_run",
    "decide_override",
    "decide_with_code",
    "generate_tests",
    "import_masterplan",
    "pause",
    "reconcile",
    "resume",
    "retry_failed",
    "run_attempt",
    "run_wave_tests",
    "start",
    "sweep",
    "sync_workspace",
]
