"""Does the ledger add up? Every budget recomputed from its lines, its holds and the trace."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from apps.masterplans.models import Masterplan


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures of a budget that should be one, in USD."""

    ref: str
    figure: str
    stored: Decimal
    computed: Decimal

    @property
    def sentence(self) -> str:
        return f"{self.ref}: {self.figure} is {self.stored:.6f} and should be {self.computed:.6f}."


# Each row: the plan's number, what is compared, the figure as stored, and as computed.
_TOTALS = """
WITH line AS (
    SELECT budget_id, sum(spent_delta) AS spent, sum(held_delta) AS held
    FROM budgets_costevent GROUP BY budget_id
), hold AS (
    SELECT budget_id, coalesce(sum(actual), 0) AS spent,
        coalesce(sum(amount) FILTER (WHERE state = 'held'), 0) AS held
    FROM budgets_hold GROUP BY budget_id
), trace AS (
    SELECT plan_id, sum(cost_usd) AS spent FROM traceability_traceevent GROUP BY plan_id
), last AS (
    SELECT DISTINCT ON (budget_id) budget_id, spent, held, hard_cap, soft_cap, overrun
    FROM budgets_costevent ORDER BY budget_id, id DESC
)
SELECT plan.number, figure, stored, computed
FROM budgets_budget budget
JOIN masterplans_masterplan plan ON plan.id = budget.plan_id
LEFT JOIN line ON line.budget_id = budget.id
LEFT JOIN hold ON hold.budget_id = budget.id
LEFT JOIN trace ON trace.plan_id = budget.plan_id
LEFT JOIN last ON last.budget_id = budget.id
CROSS JOIN LATERAL (VALUES
    ('spent, by the lines of the ledger', budget.spent, coalesce(line.spent, 0)),
    ('held, by the lines of the ledger', budget.held, coalesce(line.held, 0)),
    ('spent, by the holds', budget.spent, coalesce(hold.spent, 0)),
    ('held, by the holds', budget.held, coalesce(hold.held, 0)),
    ('spent, by the trace', budget.spent, coalesce(trace.spent, 0)),
    ('spent, by the last line', budget.spent, coalesce(last.spent, 0)),
    ('held, by the last line', budget.held, coalesce(last.held, 0)),
    ('hard cap, by the last line', budget.hard_cap, coalesce(last.hard_cap, 0)),
    ('soft cap, by the last line', budget.soft_cap, coalesce(last.soft_cap, 0)),
    ('overrun, by the last line', budget.overrun, coalesce(last.overrun, 0))
) AS compared (figure, stored, computed)
WHERE stored <> computed
ORDER BY plan.number, figure
"""

# The lines of a budget, each with what its totals should be after the line before it.
_CHAIN = """
SELECT plan.number, 'line ' || line.id || ', ' || figure, stored, computed
FROM (
    SELECT event.*,
        coalesce(lag(spent) OVER own, 0) + spent_delta AS spent_then,
        coalesce(lag(held) OVER own, 0) + held_delta AS held_then
    FROM budgets_costevent event
    WINDOW own AS (PARTITION BY budget_id ORDER BY id)
) line
JOIN budgets_budget budget ON budget.id = line.budget_id
JOIN masterplans_masterplan plan ON plan.id = budget.plan_id
CROSS JOIN LATERAL (VALUES
    ('spent', line.spent, line.spent_then),
    ('held', line.held, line.held_then),
    ('spent and held under the cap', line.spent + line.held,
        LEAST(line.spent + line.held, line.hard_cap + line.overrun))
) AS compared (figure, stored, computed)
WHERE stored <> computed
ORDER BY plan.number, line.id
LIMIT 1000
"""

# The holds, each with what its own lines say; those from before the ledger have none.
_HOLDS = """
SELECT plan.number, 'call ' || hold.call_id || ', ' || figure, stored, computed
FROM (
    SELECT hold_id, sum(spent_delta) AS spent, sum(held_delta) AS held
    FROM budgets_costevent WHERE hold_id IS NOT NULL GROUP BY hold_id
) line
JOIN budgets_hold hold ON hold.id = line.hold_id
JOIN budgets_budget budget ON budget.id = hold.budget_id
JOIN masterplans_masterplan plan ON plan.id = budget.plan_id
CROSS JOIN LATERAL (VALUES
    ('spent', coalesce(hold.actual, 0), line.spent),
    ('held', CASE hold.state WHEN 'held' THEN hold.amount ELSE 0 END, line.held)
) AS compared (figure, stored, computed)
WHERE stored <> computed
ORDER BY plan.number, hold.created_at, hold.id
LIMIT 1000
"""


def differences() -> Iterator[Difference]:
    """Yield every figure that does not add up, to the micro-dollar. Three queries over all plans."""
    for question in (_TOTALS, _CHAIN, _HOLDS):
        with connection.cursor() as cursor:
            cursor.execute(question)
            rows = cursor.fetchall()
        for number, figure, stored, computed in rows:
            yield Difference(Masterplan(number=number).ref, figure, stored, computed)
