"""The worker of the queue `sandbox`: real ones, with a sandbox that holds and with none."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings

from apps.acceptance import sandbox_worker
from apps.acceptance.adapters.judge import pool
from apps.acceptance.adapters.sandbox.backends import NoSandbox, Setup
from apps.acceptance.sandbox_worker import Presence, WorkerReport, await_sandbox, worker_reports
from apps.common import events
from mgeconsole.services import processes
from mgeconsole.supervisor.programs import APPLICATION
from tests.acceptance.namespaces import may_make_namespaces
from tests.acceptance.sandbox.host import PROJECT

# A world in which root is alone, as in some containers: there is nobody to become.
WITHOUT_USERS = ("unshare", "--user", "--map-root-user")
START_LIMIT_S = 60.0


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    events.valkey.ask(lambda client: client.delete(sandbox_worker.KEY, sandbox_worker.QUEUE))


@pytest.fixture
def _namespaces() -> None:
    if not may_make_namespaces():
        pytest.skip("This kernel gives no user namespaces to ordinary users.")


@contextmanager
def worker(log: Path, *prefix: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [*prefix, *APPLICATION["sandbox"].format(python=sys.executable).split()]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=output) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def the_report() -> WorkerReport | None:
    reports = worker_reports(time.time())
    return reports[0] if reports else None


def waiting() -> int:
    length = events.valkey.ask(lambda client: client.llen(sandbox_worker.QUEUE))
    assert isinstance(length, int)
    return length


def has_tested() -> bool:
    report = the_report()
    return report is not None and report.tested > 0


@pytest.mark.usefixtures("_namespaces")
class TestRealWorkers:
    def test_one_that_holds_takes_jobs(self, tmp_path: Path) -> None:
        current_app.send_task("tests.nobody_knows_it", queue=sandbox_worker.QUEUE)
        with worker(tmp_path / "log"):
            assert processes.wait_until(has_tested, START_LIMIT_S)
            report = the_report()
            assert processes.wait_until(lambda: waiting() == 0, 20)

        said = (tmp_path / "log").read_text(encoding="utf-8")
        assert report is not None
        assert report.name.startswith("sandbox@")
        assert (report.backend, report.problem) == ("bubblewrap", "")
        assert report.attacks >= 10
        assert "The sandbox holds; tests are taken" in said
        assert the_report() is None, "it takes its report along when it stops"

    def test_one_without_a_sandbox_takes_none(self, tmp_path: Path) -> None:
        current_app.send_task("tests.nobody_knows_it", queue=sandbox_worker.QUEUE)
        with worker(tmp_path / "log", *WITHOUT_USERS) as process:
            assert processes.wait_until(has_tested, START_LIMIT_S)
            time.sleep(3)  # one that consumed would have done so by now
            report, is_running, left = the_report(), process.poll() is None, waiting()

        said = (tmp_path / "log").read_text(encoding="utf-8")
        assert report is not None
        assert (is_running, left, report.backend) == (True, 1, "")
        assert "No sandbox holds on this machine" in report.problem
        assert said.count("No tests are taken, for no sandbox holds here") == 1


@pytest.mark.usefixtures("_namespaces")
def test_it_is_tried_again_until_it_holds(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("in the way")
    presence = Presence("sandbox@test", "")
    reports = []

    def pause(seconds: float) -> None:
        assert seconds == sandbox_worker.RETRY_S
        reports.append(presence.report)
        if len(reports) == 2:
            state.unlink()
            state.mkdir()

    tested = await_sandbox(presence, Setup(state, hidden=(PROJECT,)), pause)

    assert tested.test.holds
    assert [report.backend for report in (*reports, presence.report)] == ["", "", "bubblewrap"]
    assert reports[0].problem
    assert presence.report.problem == ""


class TestReports:
    REPORT = WorkerReport("sandbox@here", since=1_000.0, seen=1_000.0)

    def test_a_silent_worker_is_gone(self) -> None:
        presence = Presence("sandbox@here", "61000 to 61099", beat_s=600)
        presence.start()
        now = time.time()

        assert [each.name for each in worker_reports(now) or ()] == ["sandbox@here"]
        assert worker_reports(now + sandbox_worker.GONE_AFTER_S + 1) == []
        presence.stop()
        assert worker_reports(now) == []

    def test_it_says_so_again_and_again(self) -> None:
        presence = Presence("sandbox@here", "", beat_s=0.05)
        presence.start()
        first = the_report()

        def is_newer() -> bool:
            now = the_report()
            return bool(first and now and now.seen > first.seen)

        assert processes.wait_until(is_newer, 10)
        presence.stop()

    def test_those_that_were_killed_are_removed(self) -> None:
        old = WorkerReport("sandbox@old", since=1.0, seen=1.0)
        texts = {"sandbox@old": sandbox_worker.as_text(old), "sandbox@odd": "[1"}
        events.valkey.ask(lambda client: client.hset(sandbox_worker.KEY, mapping=texts))
        presence = Presence("sandbox@here", "", beat_s=600)
        presence.start()

        assert events.valkey.ask(lambda client: client.hkeys(sandbox_worker.KEY)) == [
            "sandbox@here"
        ]
        presence.stop()

    def test_a_newer_worker_may_say_more(self) -> None:
        now = time.time()
        text = sandbox_worker.as_text(replace(self.REPORT, seen=now))[:-1] + ', "more": 1}'
        events.valkey.ask(lambda client: client.hset(sandbox_worker.KEY, "sandbox@here", text))

        assert worker_reports(now) == [replace(self.REPORT, seen=now)]


def test_other_workers_are_not_held_up() -> None:
    class Queues:
        consume_from = ("control",)

    class Instance:
        class app:  # noqa: N801 - as Celery's worker has it
            class amqp:  # noqa: N801 - as Celery's worker has it
                queues = Queues

    sandbox_worker.guard_queue(sender="worker@here", instance=Instance)

    assert the_report() is None


def test_the_tasks_of_the_queue() -> None:
    def queue_of(task: str) -> str:
        return str(current_app.amqp.router.route({}, f"apps.execution.tasks.{task}")["queue"].name)

    assert [queue_of("generate_tests"), queue_of("run_tests")] == [sandbox_worker.QUEUE] * 2
    assert [queue_of("run_attempt"), queue_of("sweep")] == ["attempts", "control"]
    assert settings.SANDBOX_AT_ONCE >= 1


@pytest.mark.usefixtures("_namespaces")
def test_the_sandbox_of_a_process_is_tested_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_worker, "_opened", None)
    first = sandbox_worker.current_sandbox()

    assert sandbox_worker.current_sandbox() is first
    assert pool.standing(first) is None


def test_no_process_gets_one_that_was_not_tested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: object
) -> None:
    monkeypatch.setattr(sandbox_worker, "_opened", None)
    (tmp_path / "file").write_text("")
    settings.VAR_DIR = tmp_path / "file" / "state"  # type: ignore[attr-defined]  # of pytest-django
    if os.geteuid() == 0:
        settings.SANDBOX_FIRST_UID = 65_500  # type: ignore[attr-defined]  # the range ends too late

    with pytest.raises(NoSandbox):
        sandbox_worker.current_sandbox()
