"""How waves and atoms stand once their plan rests or is over.

Their own states say where they stopped: "running" stays in a wave's row when its plan is cancelled.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

# States that only pages know, beside those that are stored.
HELD = "held"  # waits for the plan to be resumed
NOT_RUN = "not_run"  # the plan ended first
NOT_FINISHED = "not_finished"  # the plan ended in the middle of it

OVER = frozenset({"completed", "failed", "cancelled"})
PAUSED = "paused"
_OPEN_WAVE = frozenset({"running", "validating", "testing"})


@dataclass(frozen=True, slots=True)
class Stage:
    """What the plan does at this moment."""

    status: str  # of the plan
    now: datetime
    stopped_at: datetime | None = None  # when it ended or was paused; None while it runs

    @property
    def is_running(self) -> bool:
        return self.status == "running"

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_paused(self) -> bool:
        return self.status == PAUSED

    def until(self, state: str) -> datetime:
        """Return when the clock of something in this state stops; calls under way go on."""
        return self.now if state in _OPEN_WAVE else self.stopped_at or self.now

    def atom_state(self, status: str, *, was_started: bool = True) -> str:
        """Return how an atom of this status stands."""
        if self.is_over and status in {"pending", "queued", "running"}:
            return NOT_FINISHED if was_started else NOT_RUN
        return HELD if self.is_paused and status == "queued" else status

    def wave_state(self, status: str, atoms: Mapping[str, int]) -> str:
        """Return how a wave of this status stands; it goes on while one of its atoms does."""
        if self.is_over and status == "pending":
            return NOT_RUN
        if self.is_over and status in _OPEN_WAVE:
            return NOT_FINISHED
        if self.is_paused and status in _OPEN_WAVE and not atoms.get("running"):
            return HELD
        return status

    def atom_states(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Return counts of statuses as counts of how atoms stand."""
        states: Counter[str] = Counter()
        for status, count in counts.items():
            states[self.atom_state(status)] += count
        return dict(states)
