"""The worker of the queue `sandbox`: takes no job before a sandbox held, and says how it stands.

Its reports live in Valkey, one per worker, for the health page: a worker that is silent for
GONE_AFTER_S counts as gone.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import redis

from apps.acceptance.adapters.judge import pool
from apps.acceptance.adapters.judge.judge import JudgeLimits
from apps.acceptance.adapters.sandbox.backends import Setup, Tested, open_sandbox
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.installation import sandbox_setup
from apps.acceptance.sandbox_figures import figures
from apps.common import events

logger = logging.getLogger(__name__)

QUEUE = "sandbox"
KEY = "mge:sandbox:workers"  # a hash: the report of each worker by its name, as JSON
BEAT_S = 10.0
GONE_AFTER_S = 30.0
RETRY_S = 60.0  # between two self-tests while nothing holds


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """How one sandbox worker stands; all moments are unix seconds."""

    name: str
    since: float  # it started
    seen: float  # it last said so
    tested: float = 0.0  # the last self-test ended; 0: the first one runs
    backend: str = ""  # what holds; empty: nothing does, and it takes no jobs
    attacks: int = 0  # that the backend held
    users: str = ""  # that sandboxes run as
    problem: str = ""  # why nothing holds, as a sentence


def worker_reports(now: float) -> list[WorkerReport] | None:
    """Return the reports of the workers that live, by name; None while Valkey is away."""
    found = events.valkey.ask(lambda client: client.hgetall(KEY))
    if found is None:
        return None
    read = (_parse(text) for text in found.values())
    alive = [report for report in read if report and now - report.seen <= GONE_AFTER_S]
    return sorted(alive, key=lambda report: report.name)


def as_text(report: WorkerReport) -> str:
    return json.dumps(asdict(report))


def _parse(text: str | bytes) -> WorkerReport | None:
    """Read a report, which a newer worker may have written; None when it is none."""
    known = {field.name for field in fields(WorkerReport)}
    try:
        return WorkerReport(**{k: v for k, v in json.loads(text).items() if k in known})
    except (ValueError, TypeError, AttributeError):
        return None


class Presence:
    """Keeps the report of this worker in Valkey until stop()."""

    def __init__(self, name: str, users: str, beat_s: float = BEAT_S) -> None:
        now = time.time()
        self.report = WorkerReport(name, since=now, seen=now, users=users)
        self._beat_s = beat_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="sandbox-presence", daemon=True)

    def start(self) -> None:
        self._write()
        self._thread.start()

    def tell(self, **facts: Any) -> None:
        self.report = replace(self.report, **facts)
        self._write()

    def stop(self) -> None:
        self._is_over.set()
        name = self.report.name
        events.valkey.ask(lambda client: client.hdel(KEY, name))

    def _keep(self) -> None:
        while not self._is_over.wait(self._beat_s):
            self._write()

    def _write(self) -> None:
        text = as_text(replace(self.report, seen=time.time()))
        events.valkey.ask(lambda client: _store(client, self.report.name, text))


def _store(client: redis.Redis, name: str, text: str) -> None:
    """Keep a report, and remove those of workers that were killed."""
    client.hset(KEY, name, text)
    client.expire(KEY, round(GONE_AFTER_S * 2))
    now = time.time()
    others = client.hgetall(KEY).items()
    gone = [
        other
        for other, report in ((other, _parse(text)) for other, text in others)
        if report is None or now - report.seen > GONE_AFTER_S
    ]
    if gone:
        client.hdel(KEY, *gone)


# --- the sandbox of this process ----------------------------------------------------------------

_lock = threading.Lock()
_opened: Tested | None = None
_presence: Presence | None = None


def current_sandbox() -> Bubblewrap:
    """Return the sandbox of this process, which held all attacks. Raises NoSandbox.

    In a sandbox worker it is there; elsewhere the first call attacks it, in about half a second.
    """
    global _opened  # noqa: PLW0603 - one per process is the whole point
    with _lock:
        if _opened is None:
            _opened = open_sandbox(sandbox_setup(figures))
        return _opened.sandbox


def guard_queue(*, sender: str, instance: Any, **_: object) -> None:
    """Hold a worker of the queue up until a sandbox holds. A receiver of celeryd_after_setup.

    At that moment the worker has not begun to consume anything. It never returns without a
    sandbox: what interrupts it ends the process.
    """
    if QUEUE not in instance.app.amqp.queues.consume_from:
        return
    global _opened, _presence  # noqa: PLW0603 - one per process is the whole point
    setup = sandbox_setup(figures)
    _presence = Presence(sender, _users(setup))
    _presence.start()
    tested = await_sandbox(_presence, setup)
    with _lock:
        _opened = tested
    pool.keep_warm(tested.sandbox, JudgeLimits().cell)


def leave(**_: object) -> None:
    """End what waits and take the report back. A receiver of worker_shutdown."""
    if _presence is not None:
        pool.let_go()
        _presence.stop()


def await_sandbox(
    presence: Presence, setup: Setup, pause: Callable[[float], None] = time.sleep
) -> Tested:
    """Return the first sandbox that holds, however long that takes."""
    while True:
        try:
            tested = open_sandbox(setup)
        except Exception as error:  # noqa: BLE001 - whatever it was, no sandbox has held
            _say_refused(presence, str(error) or type(error).__name__)
        else:
            attacks = len(tested.test.results)
            presence.tell(
                tested=time.time(), backend=tested.sandbox.name, attacks=attacks, problem=""
            )
            facts = {"event": "sandbox.holds", "backend": tested.sandbox.name, "attacks": attacks}
            logger.info("The sandbox holds; tests are taken", extra=facts)
            return tested
        pause(RETRY_S)


def _say_refused(presence: Presence, problem: str) -> None:
    if problem != presence.report.problem:
        logger.error(
            "No tests are taken, for no sandbox holds here",
            extra={"event": "sandbox.none", "problem": problem, "again_in_s": round(RETRY_S)},
        )
    presence.tell(tested=time.time(), problem=problem)


def _users(setup: Setup) -> str:
    if os.geteuid() != 0:
        return f"{os.geteuid()}, as the worker"
    return f"{setup.first_uid} to {setup.first_uid + setup.slots - 1}"
