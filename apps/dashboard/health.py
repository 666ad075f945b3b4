"""Is the console itself fine? Every part is asked on its own, within a bounded time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import celery
import redis
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from apps.acceptance import sandbox_worker
from apps.common import display, events
from apps.dashboard.live import switchboard
from apps.llm.core.errors import LlmError
from apps.llm.probe import check_endpoint
from apps.llm.profiles import load_profiles

VALKEY_KNOWN_FOR_S = 1.0
WORKER_PATIENCE_S = 0.7
ENDPOINT_PATIENCE_S = 2.0
SWEEP_IS_LATE_AFTER = timedelta(seconds=30)  # six sweeps missed
QUEUES = {
    "attempts": "atoms that wait for a worker",
    "control": "small tasks of the engine",
    sandbox_worker.QUEUE: "tests that wait for a sandbox",
}
LAST_SWEEP_KEY = "mge:sweep:last"  # unix seconds, written by the sweep task


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the console, in words; `ok` None means that nobody could tell."""

    name: str
    ok: bool | None
    sentence: str
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def tone(self) -> str:
        return {True: "ok", False: "bad", None: "idle"}[self.ok]

    @property
    def word(self) -> str:
        return {True: "Fine", False: "Trouble", None: "Not known"}[self.ok]

    @property
    def icon(self) -> str:
        return {True: "check-circle-fill", False: "x-circle-fill", None: "question"}[self.ok]


class ValkeyMemo:
    """What Valkey last answered, so that a page does not wait for it again and again."""

    def __init__(self) -> None:
        self._known_until = 0.0
        self._is_up = False

    def __call__(self) -> bool:
        if time.monotonic() >= self._known_until:
            self._is_up = events.valkey.is_up()
            self._known_until = time.monotonic() + VALKEY_KNOWN_FOR_S
        return self._is_up

    def forget(self) -> None:
        """Ask again next time."""
        self._known_until = 0.0


valkey_answers = ValkeyMemo()


def services(now: datetime) -> list[Part]:
    """Ask what answers at once: Postgres, Valkey, queues, sweeper, sandbox, open pages."""
    return [postgres(), valkey(), queues(), sweeper(now), sandbox(now), open_pages()]


def helpers() -> list[Part]:
    """Ask what takes its time, up to three seconds: workers and LLM endpoints."""
    return [workers(), *endpoints()]


def postgres() -> Part:
    """Ask Postgres who it is and how many connections it has."""
    started = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version'), current_setting('max_connections'),"
                " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
                " pg_database_size(current_database())"
            )
            version, limit, connections, size = cursor.fetchone()
    except DatabaseError as error:
        return Part("Postgres", ok=False, sentence=_first_line(error))
    facts = {
        "Version": version.split()[0],
        "Connections": f"{connections} of {limit}",
        "Size": display.size(size),
    }
    return Part("Postgres", ok=True, sentence=_answered(started), facts=facts)


def valkey() -> Part:
    """Ask Valkey for its memory, and whether it keeps its data."""
    started = time.monotonic()
    info: Any = events.valkey.ask(lambda client: client.info())
    if info is None:
        return Part(
            "Valkey",
            ok=False,
            sentence="It does not answer. Pages load; live updates and execution wait for it.",
        )
    facts = {
        "Version": str(info.get("valkey_version") or info.get("redis_version", "")),
        "Memory": display.size(int(info["used_memory"])),
        "Clients": display.grouped(int(info["connected_clients"])),
        "Keeps its data": "yes" if int(info.get("aof_enabled", 0)) else "no, and needs not",
    }
    return Part("Valkey", ok=True, sentence=_answered(started), facts=facts)


def queues() -> Part:
    """Count what waits in the queues of Celery."""
    lengths = events.valkey.ask(lambda client: [client.llen(name) for name in QUEUES])
    if lengths is None:
        return Part("Queues", ok=None, sentence="They live in Valkey, which does not answer.")
    counts = dict(zip(QUEUES, lengths, strict=True))
    facts = {
        name.capitalize(): f"{display.grouped(count)} {QUEUES[name]}"
        for name, count in counts.items()
    }
    waiting = sum(counts.values())
    return Part(
        "Queues", ok=True, sentence=f"{display.counted(waiting, 'task')} waiting.", facts=facts
    )


def sweeper(now: datetime) -> Part:
    """Read when the sweep last ran; it finds what was lost, every five seconds."""
    stamp = events.valkey.ask(lambda client: client.get(LAST_SWEEP_KEY))
    if not stamp:
        return Part("Sweeper", ok=None, sentence="Nobody knows when it last ran.")
    last_at = datetime.fromtimestamp(float(stamp), tz=UTC)
    sentence = f"Last ran {display.since(last_at, now)}, at {display.clock_s(last_at)}."
    if now - last_at > SWEEP_IS_LATE_AFTER:
        late = f"{sentence} It should run every 5 s: look at beat and at the workers."
        return Part("Sweeper", ok=False, sentence=late)
    return Part("Sweeper", ok=True, sentence=sentence)


def sandbox(now: datetime) -> Part:
    """Read what the workers say that run untrusted code: whether a sandbox holds where they are."""
    reports = sandbox_worker.worker_reports(now.timestamp())
    if reports is None:
        return Part("Sandbox", ok=None, sentence="Its workers say so in Valkey, which is away.")
    if not reports:
        return Part(
            "Sandbox",
            ok=False,
            sentence="No sandbox worker is running, so no tests run. All else does.",
        )
    holding = [report for report in reports if report.backend]
    facts = {report.name: _sandbox_fact(report, now) for report in reports}
    if holding:
        return _holding(holding, len(reports), facts)
    problems = [report.problem for report in reports if report.problem]
    if not problems:
        return Part("Sandbox", ok=None, sentence="Its first self-test runs.", facts=facts)
    retry = display.duration(sandbox_worker.RETRY_S)
    sentence = f"{problems[0]} It is tried again every {retry}; until then tests wait."
    return Part("Sandbox", ok=False, sentence=sentence, facts=facts)


def _holding(
    holding: Sequence[sandbox_worker.WorkerReport], count: int, facts: dict[str, str]
) -> Part:
    backends = " and ".join(sorted({report.backend for report in holding}))
    if len(holding) == count:
        sentence = f"{backends} held all attacks of the self-test."
        return Part("Sandbox", ok=True, sentence=sentence, facts=facts)
    workers = display.counted(count, "worker")
    sentence = f"It holds for {len(holding)} of {workers}; the others take no tests."
    return Part("Sandbox", ok=False, sentence=sentence, facts=facts)


def _sandbox_fact(report: sandbox_worker.WorkerReport, now: datetime) -> str:
    """One worker in words."""
    if not report.tested:
        return "its first self-test runs"
    tested_at = datetime.fromtimestamp(report.tested, tz=UTC)
    when = f"tested {display.since(tested_at, now)}, at {display.clock_s(tested_at)}"
    if not report.backend:
        return f"takes no tests; {when}"
    attacks = display.counted(report.attacks, "attack")
    return f"{report.backend} held {attacks}, {when}; users {report.users}"


def open_pages() -> Part:
    """Count the pages that this process keeps up to date."""
    pages = display.counted(switchboard.page_count, "open page")
    if not events.valkey.answers():
        waits = "Valkey does not answer: pages look for news every 15 s instead."
        return Part("Live updates", ok=False, sentence=f"{waits} This web process serves {pages}.")
    return Part("Live updates", ok=True, sentence=f"This web process serves {pages}.")


def workers() -> Part:
    """Ask the workers to answer. Takes as long as WORKER_PATIENCE_S."""
    if not valkey_answers():
        return Part("Workers", ok=None, sentence="They are asked through Valkey, which is away.")
    try:
        answers = celery.current_app.control.ping(timeout=WORKER_PATIENCE_S)
    except (redis.RedisError, OperationalError, OSError) as error:
        return Part("Workers", ok=None, sentence=_first_line(error))
    names = sorted(name for answer in answers or [] for name in answer)
    if not names:
        return Part(
            "Workers",
            ok=False,
            sentence=f"None answered within {display.duration(WORKER_PATIENCE_S)}: nothing runs.",
        )
    sentence = f"{display.counted(len(names), 'worker')} answered."
    return Part("Workers", ok=True, sentence=sentence, facts=dict.fromkeys(names, "answers"))


def endpoints() -> list[Part]:
    """Ask the endpoint of every LLM profile."""
    try:
        profiles = load_profiles()
    except LlmError as error:
        return [Part("LLM", ok=False, sentence=str(error))]
    parts = []
    for profile in profiles.values():
        answer = check_endpoint(profile, timeout_s=ENDPOINT_PATIENCE_S)
        facts = {"Model": profile.model, "Address": profile.base_url}
        if answer.latency_ms is not None:
            facts["Latency"] = display.duration(answer.latency_ms / 1000)
        parts.append(Part(f"LLM “{profile.name}”", answer.ok, answer.sentence, facts))
    return parts


class Readiness:
    """Whether this process can serve: Postgres answers and its tables are up to date."""

    def __init__(self) -> None:
        self._is_migrated = False

    def check(self) -> tuple[int, dict[str, Any]]:
        """Return the HTTP status and what to say."""
        checks = {"postgres": "ok", "migrations": "ok", "valkey": "ok"}
        try:
            if not self._migrated():
                checks["migrations"] = "not applied"
        except DatabaseError:
            checks["postgres"] = "does not answer"
            checks["migrations"] = "not known"
        if not valkey_answers():
            checks["valkey"] = "does not answer"
        if checks["postgres"] != "ok" or checks["migrations"] != "ok":
            return 503, {"status": "unavailable", "checks": checks}
        is_whole = checks["valkey"] == "ok"
        return 200, {"status": "ready" if is_whole else "degraded", "checks": checks}

    def _migrated(self) -> bool:
        """Ask Postgres each time, but compare the migrations only until they were applied once."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not self._is_migrated:
            executor = MigrationExecutor(connection)
            self._is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self._is_migrated


readiness = Readiness()


def _answered(started: float) -> str:
    return f"It answered in {display.duration(time.monotonic() - started)}."


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
