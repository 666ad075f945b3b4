"""How much the engine adds to the model's own time.

Runs the 60-atom example through a real worker against a replay server that takes one second for
every answer. The shortest possible time is one second for each link of the longest chain: the waves,
and the retries that the example has.
"""

import statistics
import tempfile
import time
from pathlib import Path

from apps.accounts.actions import ensure_user
from apps.accounts.core.roles import Role
from apps.execution import actions
from apps.masterplans.models import Masterplan
from tests.processes import (
    ROOT,
    beat_program,
    replay_server,
    running,
    stack_env,
    wait_for,
    worker_program,
)

LATENCY_MS = 1000
EXAMPLE = ROOT / "examples" / "inventory"
LIMIT_S = 240


def main() -> None:
    """Print the time of the run and the engine's share of it."""
    with tempfile.TemporaryDirectory(prefix="mge-bench-") as name:
        folder = Path(name)
        options = ("--median-ms", str(LATENCY_MS), "--sigma", "0")
        with replay_server(folder, EXAMPLE / "answers.yaml", *options) as replay:
            env = stack_env(folder, LLM_BASE_URL=replay.base_url, ENGINE_MAX_IN_FLIGHT="64")
            with (
                running(beat_program(folder, env)),
                running(worker_program(folder, env, threads=64)),
            ):
                _report(_timed_run())


def _timed_run() -> tuple[Masterplan, float]:
    owner = ensure_user(username="bench", password="bench-only", roles=[Role.OPERATOR])
    text = (EXAMPLE / "masterplan.md").read_text(encoding="utf-8")
    warm_up = actions.import_masterplan(text=text, by=owner, is_copy=True)
    _run(warm_up)  # so that imports and connections are not counted
    plan = actions.import_masterplan(text=text, by=owner, is_copy=True)
    return plan, _run(plan)


def _run(plan: Masterplan) -> float:
    """Run the plan to its end; return the seconds it took."""

    def ended() -> bool:
        plan.refresh_from_db()
        return plan.status != "running"

    started = time.monotonic()
    actions.start(plan_id=plan.pk, by=plan.owner)
    wait_for(ended, limit_s=LIMIT_S, step_s=0.02)
    if plan.status != "completed":
        raise RuntimeError(f"The plan ended as {plan.status}: {plan.status_note}")
    return time.monotonic() - started


def _report(result: tuple[Masterplan, float]) -> None:
    plan, took_s = result
    attempts = list(plan.attempts.values("started_at", "finished_at", "latency_ms"))
    busy_ms = [
        (row["finished_at"] - row["started_at"]).total_seconds() * 1000 - row["latency_ms"]
        for row in attempts
    ]
    rounds = sum(
        max(atom.attempts.count() for atom in wave.atoms.all()) for wave in plan.waves.all()
    )
    shortest_s = rounds * LATENCY_MS / 1000
    print(f"atoms {plan.atoms.count()}, attempts {len(attempts)}, waves {plan.waves.count()}")
    print(
        f"run {took_s:.2f} s, shortest possible {shortest_s:.1f} s, ratio {took_s / shortest_s:.2f}"
    )
    print(
        f"engine per atom: {(took_s - shortest_s) * 1000 / plan.atoms.count():.0f} ms of wall time"
    )
    print(f"engine per attempt, median: {statistics.median(busy_ms):.0f} ms beside the call itself")
