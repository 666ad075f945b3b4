"""The two statements that move money, in Postgres's own words.

An UPDATE of the ORM gives no totals back, and a second query for them would hold the row of the
budget, which all calls of a plan wait for, one round trip longer.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from apps.budgets.models import NO_MONEY, EventKind, Hold


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the ledger before it is written."""

    kind: EventKind
    spent_delta: Decimal = NO_MONEY
    held_delta: Decimal = NO_MONEY
    excess: Decimal = NO_MONEY  # USD charged beyond a hold: only this may pass the hard cap
    must_fit: bool = False  # write nothing unless it stays within the hard cap
    hold_id: UUID | None = None
    price_id: int | None = None
    by_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """A budget after a movement, in USD."""

    spent: Decimal
    held: Decimal
    overrun: Decimal
    hard_cap: Decimal
    soft_cap: Decimal
    soft_cap_passed_at: datetime | None


_INSERT_HOLD = """
INSERT INTO budgets_hold (
    id, call_id, budget_id, atom_id, attempt_id, attempt_number, purpose, trace_id, price_id,
    amount, state, max_tokens, lease_expires_at
) VALUES (
    %(id)s, %(call_id)s, %(budget_id)s, %(atom_id)s, %(attempt_id)s, %(attempt_number)s,
    %(purpose)s, %(trace_id)s, %(price_id)s, %(amount)s, 'held', %(max_tokens)s,
    %(lease_expires_at)s
)
ON CONFLICT (call_id) DO NOTHING
"""

_BOOK = """
WITH moved AS (
    UPDATE budgets_budget SET
        spent = spent + %(spent_delta)s,
        held = held + %(held_delta)s,
        overrun = LEAST(
            overrun + %(excess)s,
            GREATEST(0, spent + held + %(spent_delta)s + %(held_delta)s - hard_cap)
        )
    WHERE id = %(budget_id)s
        AND (NOT %(must_fit)s OR spent + held + %(spent_delta)s + %(held_delta)s <= hard_cap)
    RETURNING id, spent, held, overrun, hard_cap, soft_cap, soft_cap_passed_at
), line AS (
    INSERT INTO budgets_costevent (
        budget_id, kind, hold_id, price_id, spent_delta, held_delta,
        spent, held, overrun, hard_cap, soft_cap, by_id, reason
    )
    SELECT id, %(kind)s, %(hold_id)s, %(price_id)s, %(spent_delta)s, %(held_delta)s,
        spent, held, overrun, hard_cap, soft_cap, %(by_id)s, %(reason)s
    FROM moved
)
SELECT spent, held, overrun, hard_cap, soft_cap, soft_cap_passed_at FROM moved
"""


def insert_hold(hold: Hold) -> bool:
    """Write the hold; False when its call id is taken, which waits for whoever is writing it."""
    fields = {
        "id": hold.id,
        "call_id": hold.call_id,
        "budget_id": hold.budget_id,
        "atom_id": hold.atom_id,
        "attempt_id": hold.attempt_id,
        "attempt_number": hold.attempt_number,
        "purpose": hold.purpose,
        "trace_id": hold.trace_id,
        "price_id": hold.price_id,
        "amount": hold.amount,
        "max_tokens": hold.max_tokens,
        "lease_expires_at": hold.lease_expires_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_HOLD, fields)
        return bool(cursor.rowcount)


def book(budget_id: int, movement: Movement) -> Totals | None:
    """Move the budget's totals and write the line; None when it had to fit and did not.

    Locks the budget's row until the transaction ends, so that the lines of a budget are numbered
    in the order in which they took effect.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _BOOK,
            {
                "budget_id": budget_id,
                "kind": movement.kind.value,
                "spent_delta": movement.spent_delta,
                "held_delta": movement.held_delta,
                "excess": movement.excess,
                "must_fit": movement.must_fit,
                "hold_id": movement.hold_id,
                "price_id": movement.price_id,
                "by_id": movement.by_id,
                "reason": movement.reason,
            },
        )
        row = cursor.fetchone()
    return None if row is None else Totals(*row)
