"""How requirements, tests, runs and gates look: a word, an icon and a tone."""

from collections.abc import Mapping
from enum import StrEnum

from apps.dashboard.core.looks import Look


class Verdict(StrEnum):
    """How a requirement stands."""

    NOT_MET = "not_met"
    UNCOVERED = "uncovered"
    WAITING = "waiting"
    NOT_RUN = "not_run"
    MET = "met"
    UNTESTABLE = "untestable"
    WITHDRAWN = "withdrawn"


VERDICT: Mapping[str, Look] = {
    Verdict.NOT_MET: Look("Not met", "bad", "x-circle"),
    Verdict.UNCOVERED: Look("No test", "warn", "alert-fill"),
    Verdict.WAITING: Look("Needs approval", "hold", "eye"),
    Verdict.NOT_RUN: Look("Not run", "idle", "circle"),
    Verdict.MET: Look("Met", "ok", "check-circle"),
    Verdict.UNTESTABLE: Look("Cannot be tested", "warn", "question"),
    Verdict.WITHDRAWN: Look("Withdrawn", "idle", "skip-fill"),
}

OUTCOME: Mapping[str, Look] = {
    "passed": Look("Passed", "ok", "check-circle"),
    "failed": Look("Failed", "bad", "x-circle"),
    "error": Look("Error", "bad", "alert-fill"),
    "timeout": Look("Timed out", "bad", "clock"),
    "untrusted": Look("Not trusted", "bad", "no-entry"),
    "not_run": Look("Not run", "idle", "circle"),
}
NEVER_RUN = Look("Not run", "idle", "circle")

STATE: Mapping[str, Look] = {
    "waiting": Look("Waits for approval", "hold", "eye"),
    "active": Look("Active", "ok", "check"),
    "rejected": Look("Rejected", "idle", "x"),
    "superseded": Look("Replaced", "idle", "iterations"),
}

GATE: Mapping[str, Look] = {
    "open": Look("Open", "ok", "check"),
    "closed": Look("Closed", "warn", "lock"),
    "not_decidable": Look("Not decidable", "warn", "question"),
    "": Look("Not evaluated", "idle", "circle"),
}

SUITE: Mapping[str, Look] = {
    "queued": Look("Waiting to be generated", "idle", "clock"),
    "generating": Look("Being generated", "run", "sync", spins=True),
    "ready": Look("Ready", "ok", "check"),
    "failed": Look("Not generated", "bad", "x-circle"),
}

RUN: Mapping[str, Look] = {
    "queued": Look("Waiting for a sandbox", "idle", "clock"),
    "running": Look("Running", "run", "sync", spins=True),
    "finished": Look("Finished", "ok", "check"),
    "not_run": Look("Not run", "warn", "alert-fill"),
}

DISPUTE: Mapping[str, Look] = {
    "open": Look("Open", "hold", "comment"),
    "upheld": Look("Upheld", "ok", "check"),
    "declined": Look("Declined", "idle", "x"),
    "withdrawn": Look("Taken back", "idle", "skip-fill"),
}
