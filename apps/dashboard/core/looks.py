"""How a state looks: a word, an icon and a tone, so that colour never stands alone."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    word: str
    tone: str  # a class of status.css: ok, run, warn, bad, hold, idle
    icon: str  # an id of icons.svg
    spins: bool = False


PLAN: Mapping[str, Look] = {
    "draft": Look("Draft", "warn", "file-code"),
    "ready": Look("Ready", "idle", "circle"),
    "running": Look("Running", "run", "sync", spins=True),
    "paused": Look("Paused", "warn", "pause"),
    "completed": Look("Completed", "ok", "check-circle-fill"),
    "failed": Look("Failed", "bad", "x-circle-fill"),
    "cancelled": Look("Cancelled", "idle", "skip-fill"),
}

WAVE: Mapping[str, Look] = {
    "pending": Look("Waiting", "idle", "circle"),
    "running": Look("Running", "run", "sync", spins=True),
    "validating": Look("Validating", "run", "sync", spins=True),
    "testing": Look("Testing", "run", "beaker"),
    "passed": Look("Passed", "ok", "check-circle-fill"),
    "blocked": Look("Blocked", "bad", "no-entry"),
    "held": Look("Paused", "warn", "pause"),
    "not_finished": Look("Not finished", "idle", "skip-fill"),
    "not_run": Look("Not run", "idle", "circle"),
}

ATOM: Mapping[str, Look] = {
    "pending": Look("Waiting", "idle", "circle"),
    "queued": Look("Queued", "idle", "clock"),
    "running": Look("Running", "run", "sync", spins=True),
    "succeeded": Look("Passed", "ok", "check-circle"),
    "in_review": Look("In review", "hold", "eye"),
    "failed": Look("Failed", "bad", "x-circle"),
    "blocked": Look("Blocked", "warn", "no-entry"),
    "held": Look("Paused", "idle", "pause"),
    "not_finished": Look("Not finished", "idle", "skip-fill"),
    "not_run": Look("Not run", "idle", "circle"),
}

ATTEMPT: Mapping[str, Look] = {
    "queued": Look("Queued", "idle", "clock"),
    "running": Look("Running", "run", "sync", spins=True),
    "succeeded": Look("Accepted", "ok", "check-circle"),
    "rejected": Look("Rejected", "bad", "x-circle"),
    "cancelled": Look("Cancelled", "idle", "skip-fill"),
}

FINDING: Mapping[str, Look] = {
    "critical": Look("Critical", "bad", "x-circle-fill"),
    "high": Look("High", "bad", "alert-fill"),
    "medium": Look("Medium", "warn", "alert-fill"),
    "low": Look("Low", "idle", "info"),
}

DIAGNOSTIC: Mapping[str, Look] = {
    "error": Look("Error", "bad", "x-circle"),
    "warning": Look("Warning", "warn", "alert-fill"),
}
