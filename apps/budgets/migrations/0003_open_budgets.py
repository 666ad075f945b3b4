"""Gives every plan its budget, with what its trace says was spent; and the replay model its price."""

from django.db import migrations

# Without a price of its own the replay server could not be called. The figures are the demo's.
PRICE_OF_REPLAY = """
INSERT INTO budgets_modelprice
    (provider, model, effective_from, input_usd, output_usd, max_output_tokens, source)
VALUES ('local', 'replay-1', '2026-01-01T00:00:00Z', 0.25, 1.25, 4096,
    'demo price of the replay server, which sends no bill');
"""
OPEN = """
INSERT INTO budgets_budget (plan_id, hard_cap, soft_cap, soft_share, spent, held, overrun)
SELECT plan.id, plan.budget_usd,
    GREATEST(round(plan.budget_usd * plan.soft_cap, 6), 0.000001), plan.soft_cap,
    traced.cost, 0, GREATEST(0, traced.cost - plan.budget_usd)
FROM masterplans_masterplan plan
CROSS JOIN LATERAL (
    SELECT coalesce(sum(cost_usd), 0) AS cost FROM traceability_traceevent WHERE plan_id = plan.id
) traced;
"""
# Calls that were made before the ledger: one settled hold per attempt, at what the trace says. A cost
# that names no attempt is carried over for its atom, or for the plan.
PRICE_OF_OLD_CALLS = """
INSERT INTO budgets_modelprice
    (provider, model, effective_from, input_usd, output_usd, max_output_tokens, source)
SELECT DISTINCT 'before the ledger', plan.model, '2026-01-01T00:00:00Z'::timestamptz, 0, 0, 1,
    'priced by settings of the time'
FROM masterplans_masterplan plan
WHERE EXISTS (SELECT FROM traceability_traceevent WHERE plan_id = plan.id AND cost_usd > 0);
"""
HOLDS = """
INSERT INTO budgets_hold (
    id, call_id, budget_id, atom_id, attempt_id, attempt_number, purpose, trace_id, price_id,
    amount, actual, state, max_tokens, lease_expires_at, created_at, ended_at
)
SELECT gen_random_uuid(),
    'before-the-ledger.' || coalesce(attempt.attempt_id, attempt.atom_id, attempt.plan_id),
    budget.id, attempt.atom_id,
    attempt.attempt_id, attempt.attempt_number, 'atom', attempt.trace_id, price.id,
    attempt.cost, attempt.cost, 'settled', 1, attempt.at, attempt.began_at, attempt.at
FROM (
    SELECT plan_id, atom_id, attempt_id, min(attempt_number) AS attempt_number,
        min(trace_id) AS trace_id, sum(cost_usd) AS cost, min(at) AS began_at, max(at) AS at
    FROM traceability_traceevent
    GROUP BY plan_id, atom_id, attempt_id HAVING sum(cost_usd) > 0
) attempt
JOIN budgets_budget budget ON budget.plan_id = attempt.plan_id
JOIN masterplans_masterplan plan ON plan.id = attempt.plan_id
JOIN budgets_modelprice price
    ON price.provider = 'before the ledger' AND price.model = plan.model;
"""
LINES = """
INSERT INTO budgets_costevent
    (budget_id, kind, spent_delta, held_delta, spent, held, overrun, hard_cap, soft_cap, reason)
SELECT id, 'cap_change', spent, 0, spent, 0, overrun, hard_cap, soft_cap,
    'Carried over: what was spent before there was a ledger.'
FROM budgets_budget;
"""

# Back again only while nothing was booked, asked or changed since: a ledger is not thrown away.
KEEP_BOOKS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM budgets_hold WHERE call_id NOT LIKE 'before-the-ledger.%')
        OR EXISTS (SELECT FROM budgets_costevent WHERE by_id IS NOT NULL)
        OR EXISTS (SELECT FROM budgets_override)
    THEN
        RAISE EXCEPTION 'The ledger has entries of its own; going back would lose them. Restore a backup.';
    END IF;
END $$;
"""
CLOSE = """
ALTER TABLE budgets_costevent DISABLE TRIGGER ledger_is_append_only;
DELETE FROM budgets_costevent;
ALTER TABLE budgets_costevent ENABLE TRIGGER ledger_is_append_only;
DELETE FROM budgets_denial;
DELETE FROM budgets_hold;
DELETE FROM budgets_budget;
DELETE FROM budgets_modelprice WHERE provider = 'before the ledger'
    OR (provider, model, effective_from) = ('local', 'replay-1', '2026-01-01T00:00:00Z');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0002_ledger_is_append_only'),
        ('traceability', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(
            [PRICE_OF_REPLAY, OPEN, PRICE_OF_OLD_CALLS, HOLDS, LINES],
            reverse_sql=[KEEP_BOOKS, CLOSE],
        ),
    ]
