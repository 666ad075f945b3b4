"""The steps of an atom's story."""

from enum import StrEnum


class StepKind(StrEnum):
    """What a trace event tells. Plan steps have no atom."""

    PLAN = "plan"  # started, paused, resumed, cancelled, finished
    WAVE = "wave"  # started, passed, blocked
    QUEUED = "queued"
    CONTEXT = "context"
    CALL = "call"
    CALL_FAILED = "call_failed"
    RESPONSE = "response"
    CHARGE = "charge"  # money was booked: the only step that carries a cost
    VALIDATION = "validation"
    RETRY = "retry"
    STORED = "stored"
    FAILED = "failed"
    BLOCKED = "blocked"
    INTERRUPTED = "interrupted"  # a worker died; the attempt is taken up again
