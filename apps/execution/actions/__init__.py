"""Every write of the engine."""

from apps.execution.actions.attempts import run_attempt
from apps.execution.actions.intake import import_masterplan
from apps.execution.actions.overrides import decide_override, decide_with_code
from apps.execution.actions.plans import cancel, pause, resume, retry_failed, start
from apps.execution.actions.reconcile import reconcile
from apps.execution.actions.sweep import sweep
from apps.execution.actions.workspace import sync_workspace

__all__ = [
    "cancel",
    "decide_override",
    "decide_with_code",
    "import_masterplan",
    "pause",
    "reconcile",
    "resume",
    "retry_failed",
    "run_attempt",
    "start",
    "sweep",
    "sync_workspace",
]
