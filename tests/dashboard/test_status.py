from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from apps.acceptance import sandbox_worker
from apps.acceptance.sandbox_worker import WorkerReport
from apps.accounts.core.roles import Role
from apps.common import events
from apps.dashboard import health
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(UserFactory(role=Role.VIEWER))
    return client


@pytest.fixture
def without_valkey(settings, monkeypatch: pytest.MonkeyPatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(events, "valkey", events.ValkeyGate())
    health.valkey_answers.forget()
    yield
    health.valkey_answers.forget()


@pytest.fixture
def without_endpoint(settings) -> None:
    settings.LLM_PROFILES = {
        "default": {**settings.LLM_PROFILES["default"], "base_url": "http://127.0.0.1:1/v1"}
    }


NOW = 1_800_000_000.0  # unix seconds
YOUNG = WorkerReport("sandbox@a", since=NOW - 300, seen=NOW)
HOLDS = replace(YOUNG, tested=NOW - 180, backend="bubblewrap", attacks=13, users="61000 to 61099")
REFUSED = replace(YOUNG, name="sandbox@b", tested=NOW - 50, problem="Nothing holds.")


class TestSandbox:
    def part(self, *reports: WorkerReport) -> health.Part:
        texts = {report.name: sandbox_worker.as_text(report) for report in reports}
        if texts:
            events.valkey.ask(lambda client: client.hset(sandbox_worker.KEY, mapping=texts))
        part = health.sandbox(datetime.fromtimestamp(NOW, tz=UTC))
        events.valkey.ask(lambda client: client.delete(sandbox_worker.KEY))
        return part

    def test_it_holds(self) -> None:
        part = self.part(HOLDS)

        assert part.ok is True
        assert part.sentence == "bubblewrap held all attacks of the self-test."
        assert part.facts["sandbox@a"] == (
            "bubblewrap held 13 attacks, tested 3 min ago, at 07:57:00 UTC; users 61000 to 61099"
        )

    @pytest.mark.parametrize("reports", [(), (replace(HOLDS, seen=NOW - 31),)])
    def test_no_worker_is_running(self, reports: tuple[WorkerReport, ...]) -> None:
        part = self.part(*reports)

        assert part.ok is False
        assert "No sandbox worker is running" in part.sentence

    def test_nothing_holds(self) -> None:
        part = self.part(REFUSED)

        assert part.ok is False
        assert part.sentence == (
            "Nothing holds. It is tried again every 1 min 00 s; until then tests wait."
        )
        assert part.facts["sandbox@b"].startswith("takes no tests; tested 1 min ago")

    def test_it_holds_for_some(self) -> None:
        part = self.part(HOLDS, REFUSED)

        assert part.ok is False
        assert part.sentence == "It holds for 1 of 2 workers; the others take no tests."

    def test_the_first_test_runs(self) -> None:
        part = self.part(YOUNG)

        assert (part.ok, part.sentence) == (None, "Its first self-test runs.")


class TestParts:
    def test_postgres(self) -> None:
        part = health.postgres()

        assert part.ok is True
        assert part.facts["Version"].startswith("18")
        assert " of " in part.facts["Connections"]

    def test_postgres_in_trouble(self) -> None:
        def fail(*_: object) -> None:
            raise OperationalError("server closed the connection\nmore")

        with connection.execute_wrapper(fail):
            part = health.postgres()

        assert (part.ok, part.sentence) == (False, "server closed the connection")

    def test_valkey(self) -> None:
        part = health.valkey()

        assert part.ok is True
        assert part.facts["Memory"].endswith("B")

    def test_queues(self) -> None:
        events.valkey.ask(lambda client: client.rpush("attempts", "a", "b"))
        part = health.queues()
        events.valkey.ask(lambda client: client.delete("attempts"))

        assert part.facts["Attempts"] == "2 atoms that wait for a worker"

    def test_the_queue_of_the_sandbox(self) -> None:
        events.valkey.ask(lambda client: client.rpush("sandbox", "a"))
        part = health.queues()
        events.valkey.ask(lambda client: client.delete("sandbox"))

        assert part.facts["Sandbox"] == "1 tests that wait for a sandbox"

    @pytest.mark.parametrize(("age_s", "ok"), [(2, True), (31, False)])
    def test_sweeper(self, age_s: int, ok: bool) -> None:
        now = timezone.now()
        last = (now - timedelta(seconds=age_s)).timestamp()
        events.valkey.ask(lambda client: client.set(health.LAST_SWEEP_KEY, str(last)))
        part = health.sweeper(now)
        events.valkey.ask(lambda client: client.delete(health.LAST_SWEEP_KEY))

        assert part.ok is ok

    def test_sweeper_that_never_ran(self) -> None:
        events.valkey.ask(lambda client: client.delete(health.LAST_SWEEP_KEY))

        assert health.sweeper(timezone.now()).ok is None

    def test_no_worker_answers(self) -> None:
        part = health.workers()

        assert part.ok is False
        assert "None answered within 700 ms" in part.sentence

    @pytest.mark.usefixtures("without_endpoint")
    def test_endpoint_that_is_away(self) -> None:
        [part] = health.endpoints()

        assert part.ok is False
        assert part.facts["Address"] == "http://127.0.0.1:1/v1"

    def test_profile_that_cannot_be_read(self, settings) -> None:
        settings.LLM_PROFILES = {"default": {}}

        [part] = health.endpoints()

        assert part.ok is False
        assert "needs the field" in part.sentence

    @pytest.mark.usefixtures("without_valkey")
    def test_without_valkey_every_part_still_speaks(self) -> None:
        parts = {part.name: part.ok for part in health.services(timezone.now())}

        assert parts == {
            "Postgres": True,
            "Valkey": False,
            "Queues": None,
            "Sweeper": None,
            "Sandbox": None,
            "Live updates": False,
        }
        assert health.workers().ok is None


class TestPage:
    def test_stranger_signs_in_first(self, client: Client) -> None:
        assert client.get("/status").status_code == 302

    def test_somebody_without_a_role_is_refused(self, client: Client) -> None:
        client.force_login(UserFactory())

        assert client.get("/status").status_code == 403

    def test_page_does_not_wait_for_the_slow_half(self, viewer: Client) -> None:
        text = viewer.get("/status").content.decode()

        assert "Postgres" in text
        assert 'hx-trigger="load, poll"' in text
        assert '<a class="btn push" href="?ask=1">' in text

    @pytest.mark.usefixtures("without_endpoint")
    def test_without_javascript_a_link_asks_the_slow_half(self, viewer: Client) -> None:
        text = viewer.get("/status?ask=1").content.decode()

        assert "None answered" in text
        assert "cannot be reached" in text

    def test_fast_half_alone(self, viewer: Client) -> None:
        headers = {"HX-Request": "true", "HX-Target": "services"}

        text = viewer.get("/status", headers=headers).content.decode()

        assert "Valkey" in text
        assert "<html" not in text
        assert 'id="helpers"' not in text

    @pytest.mark.usefixtures("without_endpoint")
    def test_slow_half_alone(self, viewer: Client) -> None:
        headers = {"HX-Request": "true", "HX-Target": "helpers"}

        text = viewer.get("/status", headers=headers).content.decode()

        assert "Workers" in text
        assert 'id="services"' not in text

    @pytest.mark.usefixtures("without_valkey")
    def test_every_page_says_that_valkey_is_away(self, viewer: Client) -> None:
        text = viewer.get("/masterplans/").content.decode()

        assert "Valkey does not answer: pages load" in text

    def test_no_banner_while_valkey_answers(self, viewer: Client) -> None:
        assert "Valkey does not answer" not in viewer.get("/masterplans/").content.decode()
