"""Which buttons a plan has in each state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.common.display import counted


@dataclass(frozen=True, slots=True)
class Command:
    """A button; `verb` is the last part of the address that it posts to."""

    verb: str
    label: str
    icon: str
    is_main: bool = False


_START = Command("start", "Start", "play", is_main=True)
_PAUSE = Command("pause", "Pause", "pause")
_RESUME = Command("resume", "Resume", "play", is_main=True)

CANCELLABLE = frozenset({"draft", "ready", "running", "paused", "failed"})


def commands(
    status: str,
    counts: Mapping[str, int],
    *,
    needs_money: bool = False,
    blocked: int | None = None,
) -> tuple[Command, ...]:
    """Return what a person can do with the plan now, cancelling apart.

    A plan that needs money may be resumed, but asking for more is what helps it. `blocked` counts
    the atoms whose tests keep a gate shut, and is None unless the plan waits for its gate.
    """
    if needs_money:
        return (replace(_RESUME, is_main=False),)
    if blocked is not None:
        again = replace(_RESUME, label="Run the tests again", is_main=not blocked)
        return (_retry(blocked), again) if blocked else (again,)
    if status == "failed":
        return (_retry(counts.get("failed", 0)),)
    return {"ready": (_START,), "running": (_PAUSE,), "paused": (_RESUME,)}.get(status, ())


def _retry(atoms: int) -> Command:
    return Command("retry-failed", f"Retry {counted(atoms, 'atom')}", "iterations", is_main=True)
