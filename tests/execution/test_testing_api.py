"""Acceptance testing over HTTP: tests, runs, results, gate, report, and what people do to tests."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as Xml

import pytest
from django.conf import LazySettings

from apps.acceptance.core.gate import TestStatus
from apps.acceptance.models import AcceptanceTest, Suite, TestState
from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry
from apps.execution import actions
from apps.masterplans.models import Masterplan, PlanStatus
from mgeconsole.api import api
from tests.api.programs import Program, problem_of
from tests.execution.gate_plans import judge_waiting, with_tests, work_through
from tests.execution.plans import started_plan
from tests.factories import (
    AcceptanceTestFactory,
    CodeVersionFactory,
    DisputeFactory,
    MasterplanFactory,
    ObjectionFactory,
    ReadingFactory,
    RequirementFactory,
    SuiteFactory,
    TestResultFactory,
    TestRunFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db

API = "/api/v2/testing"
NOBODY = UUID(int=0)
READS = ("results", "gate-status", "gate", "report", "requirements")
REASON = "The example shows another result."


@pytest.fixture(autouse=True)
def _gates_hold(settings: LazySettings) -> None:
    settings.ACCEPTANCE_GATE = "enforce"


@pytest.fixture
def viewer() -> Program:
    return Program(Role.VIEWER)


@pytest.fixture
def operator() -> Program:
    return Program(Role.OPERATOR)


@pytest.fixture
def reviewer() -> Program:
    return Program(Role.REVIEWER)


@pytest.fixture
def lead() -> Program:
    return Program(Role.LEAD)


@pytest.fixture
def plan() -> Masterplan:
    """A plan with a suite and code 1, whose MUST R1 and SHOULD R2 have two tests each."""
    plan: Masterplan = MasterplanFactory(title="Words")
    SuiteFactory(plan=plan, revision=3)
    for ref, priority in (("R1", "must"), ("R2", "should")):
        reading = ReadingFactory(
            requirement__plan=plan, requirement__ref=ref, requirement__priority=priority
        )
        AcceptanceTestFactory.create_batch(2, requirement=reading.requirement)
    CodeVersionFactory(attempt__atom=plan.atoms.first())
    return plan


def newest_code(plan: Masterplan) -> int:
    sequence: int = plan.code_versions.latest("sequence").sequence
    return sequence


def test_of(plan: Masterplan, check_id: str) -> AcceptanceTest:
    return AcceptanceTest.objects.get(plan=plan, check_id=check_id, state=TestState.ACTIVE)


test_of.__test__ = False  # type: ignore[attr-defined]  # no test: pytest goes by the name


def judged(plan: Masterplan, statuses: dict[str, str], **fields: Any) -> Any:
    """A finished run over the newest code with these results."""
    facts = {"code_sequence": newest_code(plan), "revision": 3} | fields
    run = TestRunFactory(
        wave=plan.waves.first(), finished_at=datetime(2026, 3, 2, tzinfo=UTC), **facts
    )
    for check_id, status in statuses.items():
        TestResultFactory(
            run=run,
            test=test_of(plan, check_id),
            status=status,
            message=f"It {status}.",
            duration_ms=15,
            stdout="said\n",
        )
    return run


def send(program: Program, method: str, path: str, body: object = None) -> Any:
    data = json.dumps(body if body is not None else {})
    return program.client.generic(method, f"{API}/{path}", data, content_type="application/json")


class TestWhoMay:
    @pytest.mark.parametrize("path", READS)
    def test_without_a_role_nothing_is_told(self, path: str) -> None:
        plan = MasterplanFactory()

        answer = Program(None).get(f"{API}/{path}/{plan.ref}")

        assert problem_of(answer) == (403, "not_allowed")
        assert plan.ref.encode() not in answer.content

    @pytest.mark.parametrize("path", READS)
    def test_an_unknown_plan(self, viewer: Program, path: str) -> None:
        for name in ("mp-99999", str(NOBODY), "mp-²"):
            assert problem_of(viewer.get(f"{API}/{path}/{name}")) == (404, "plan_not_found")

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "generate/{plan}", {}),
            ("POST", "run/{id}", {}),
            ("PUT", "policy/{plan}", {"needs_review": True}),
            ("POST", "approve/{plan}", {}),
            ("POST", "tests/{id}/approve", {}),
            ("POST", "tests/{id}/reject", {"reason": REASON}),
            ("PUT", "tests/{id}", {"text": "def test_it() -> None: ..."}),
            ("POST", "tests/{id}/regenerate", {}),
            ("POST", "tests/{id}/quarantine", {"reason": REASON}),
            ("POST", "tests/{id}/release", {}),
            ("PATCH", "requirements/{id}", {"priority": "may", "reason": REASON}),
            ("POST", "requirements/{id}/dispute", {"reason": REASON}),
            ("POST", "objections/1/clear", {"reason": REASON}),
            ("POST", "disputes/1/decide", {"decision": "uphold", "comment": REASON}),
        ],
    )
    def test_who_only_looks_changes_nothing(
        self, viewer: Program, method: str, path: str, body: object
    ) -> None:
        address = path.format(plan=MasterplanFactory().ref, id=uuid4())

        answer = send(viewer, method, address, body)

        assert problem_of(answer) == (403, "not_allowed")

    @pytest.mark.parametrize(
        ("method", "path", "body", "code"),
        [
            ("POST", "generate/mp-99999", {}, "plan_not_found"),
            ("POST", "run/{id}", {}, "wave_not_found"),
            ("GET", "runs/{id}", None, "run_not_found"),
            ("PUT", "policy/mp-99999", {"needs_review": True}, "plan_not_found"),
            ("POST", "approve/mp-99999", {}, "plan_not_found"),
            ("POST", "tests/{id}/approve", {}, "test_not_found"),
            ("POST", "tests/{id}/reject", {"reason": REASON}, "test_not_found"),
            ("PUT", "tests/{id}", {"text": "x"}, "test_not_found"),
            ("POST", "tests/{id}/regenerate", {}, "test_not_found"),
            ("POST", "tests/{id}/quarantine", {"reason": REASON}, "test_not_found"),
            ("POST", "tests/{id}/release", {}, "test_not_found"),
            (
                "PATCH",
                "requirements/{id}",
                {"priority": "may", "reason": REASON},
                "requirement_not_found",
            ),
            ("POST", "requirements/{id}/dispute", {"reason": REASON}, "requirement_not_found"),
            ("POST", "objections/9999/clear", {"reason": REASON}, "objection_not_found"),
            ("POST", f"objections/{10**30}/clear", {"reason": REASON}, "objection_not_found"),
            ("POST", "objections/-1/clear", {"reason": REASON}, "objection_not_found"),
            (
                "POST",
                "disputes/dis-0099/decide",
                {"decision": "decline", "comment": REASON},
                "dispute_not_found",
            ),
            ("POST", "disputes/²/withdraw", {}, "dispute_not_found"),
            ("POST", f"disputes/{10**30}/withdraw", {}, "dispute_not_found"),
        ],
    )
    def test_what_is_not_there(
        self, lead: Program, method: str, path: str, body: object, code: str
    ) -> None:
        answer = send(lead, method, path.format(id=uuid4()), body)

        assert problem_of(answer) == (404, code)

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "tests/{id}/reject", {}),
            ("POST", "tests/{id}/reject", {"reason": REASON, "raeson": ""}),
            ("POST", "tests/{id}/quarantine", {"reason": "nul \0"}),
            ("POST", "tests/nonsense/approve", {}),
            ("PUT", "tests/{id}", {"text": 3}),
            ("PATCH", "requirements/{id}", {"priority": "must not", "reason": REASON}),
            ("POST", "objections/x/clear", {"reason": REASON}),
            ("POST", "disputes/1/decide", {"decision": "maybe", "comment": REASON}),
            ("GET", "results/{plan}?status=green", None),
            ("GET", "results/{plan}?history=0", None),
            ("GET", "results/{plan}?requirement=%00", None),
            ("GET", "results/{plan}?cursor=zzzz", None),
            ("GET", "report/{plan}?format=pdf", None),
            ("GET", "requirements/{plan}?priority=high", None),
        ],
    )
    def test_what_cannot_be_used(self, lead: Program, method: str, path: str, body: object) -> None:
        address = path.format(plan=MasterplanFactory().ref, id=uuid4())

        assert problem_of(send(lead, method, address, body)) == (422, "invalid_input")


class TestAsking:
    def test_generate(self, operator: Program) -> None:
        plan = MasterplanFactory()

        answer = send(operator, "POST", f"generate/{plan.ref}")

        assert answer.status_code == 202, answer.content
        body = answer.json()
        assert (body["plan"], body["status"], body["generated_at"]) == (plan.ref, "queued", None)
        assert body["seed"] == Suite.objects.get(plan=plan).seed

    def test_run_a_wave_and_poll(self, operator: Program) -> None:
        plan = started_plan()
        with_tests(plan, greeting={"R1": 1})
        plan = work_through(plan)
        [first, last] = operator.get(f"{API}/gate-status/{plan.ref}").json()["waves"]
        assert (first["state"], first["status"]) == ("not_evaluated", "passed")
        assert (last["state"], last["status"]) == ("open", "passed")

        answer = send(operator, "POST", f"run/{last['wave_id']}")

        assert answer.status_code == 202, answer.content
        run = answer.json()
        assert (run["plan"], run["wave"], run["scope"]) == (plan.ref, 2, "full")
        assert (run["status"], run["gate"], run["is_on_demand"]) == ("queued", None, True)
        again = send(operator, "POST", f"run/{last['wave_id']}").json()
        assert again["id"] == run["id"]
        active = operator.get(f"{API}/gate-status/{plan.ref}").json()["active_run"]
        assert active["id"] == run["id"]
        judge_waiting(plan)
        finished = operator.get(f"{API}/runs/{run['id']}").json()
        assert (finished["status"], finished["gate"]) == ("finished", "open")

    def test_a_wave_whose_code_is_not_there(self, operator: Program) -> None:
        answer = send(operator, "POST", f"run/{WaveFactory().pk}")

        assert problem_of(answer) == (409, "wave_not_done")

    def test_the_policy(self, operator: Program, plan: Masterplan) -> None:
        answer = send(operator, "PUT", f"policy/{plan.ref}", {"needs_review": True})

        assert (answer.status_code, answer.json()) == (200, {"needs_review": True})
        states = AcceptanceTest.objects.filter(plan=plan).values_list("state", flat=True)
        assert set(states) == {TestState.WAITING}


class TestResults:
    def test_the_latest_with_history(self, viewer: Program, plan: Masterplan) -> None:
        for status in ("error", "failed", "passed"):
            run = judged(plan, {"R1.c1": status})

        [first, second, *_] = viewer.get(f"{API}/results/{plan.ref}?history=2").json()["results"]

        assert first["id"] == "R1.c1"
        assert first["test_id"] == str(test_of(plan, "R1.c1").pk)
        assert (first["requirement"], first["priority"], first["state"]) == ("R1", "must", "active")
        assert first["status"] == "passed"
        assert [each["status"] for each in first["history"]] == ["passed", "failed"]
        assert first["latest"] == first["history"][0]
        latest = first["latest"]
        assert (latest["run"], latest["wave"]) == (run.number, run.wave.number)
        assert (latest["code_sequence"], latest["duration_ms"]) == (newest_code(plan), 15)
        assert (latest["message"], latest["stdout"]) == ("It passed.", None)
        assert (second["id"], second["status"], second["latest"]) == ("R1.c2", "never", None)
        assert second["history"] == []

    def test_the_output_on_demand(self, viewer: Program, plan: Masterplan) -> None:
        judged(plan, {"R1.c1": "passed"})

        [first, *_] = viewer.get(f"{API}/results/{plan.ref}?output=true").json()["results"]

        assert (first["latest"]["stdout"], first["latest"]["stderr"]) == ("said\n", "")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("requirement=R2", ["R2.c1", "R2.c2"]),
            ("status=failed", ["R2.c1"]),
            ("status=never", ["R1.c2", "R2.c2"]),
            ("requirement=R1&status=failed", []),
            ("requirement=R9", []),
        ],
    )
    def test_filters(self, viewer: Program, plan: Masterplan, query: str, found: list[str]) -> None:
        judged(plan, {"R1.c1": "failed", "R2.c1": "passed"})
        judged(plan, {"R1.c1": "passed", "R2.c1": "failed"})

        results = viewer.get(f"{API}/results/{plan.ref}?{query}").json()["results"]

        assert [each["id"] for each in results] == found

    def test_page_by_page(self, viewer: Program, plan: Masterplan) -> None:
        address: str | None = f"{API}/results/{plan.ref}?page_size=3"
        seen = []
        while address:
            page = viewer.get(address).json()
            seen.append([each["id"] for each in page["results"]])
            address = page["next"]

        assert seen == [["R1.c1", "R1.c2", "R2.c1"], ["R2.c2"]]

    def test_replaced_versions_are_left_out(self, viewer: Program, plan: Masterplan) -> None:
        requirement = plan.requirements.get(ref="R1")
        AcceptanceTestFactory(
            requirement=requirement, check_id="R1.c1", version=9, state=TestState.SUPERSEDED
        )

        results = viewer.get(f"{API}/results/{plan.ref}").json()["results"]

        assert [each["id"] for each in results] == ["R1.c1", "R1.c2", "R2.c1", "R2.c2"]

    def test_queries_do_not_grow_with_the_tests(
        self, viewer: Program, plan: Masterplan, django_assert_max_num_queries: Any
    ) -> None:
        requirement = plan.requirements.get(ref="R1")
        AcceptanceTestFactory.create_batch(20, requirement=requirement)
        names = plan.tests.values_list("check_id", flat=True)
        judged(plan, dict.fromkeys(names, "passed"))

        with django_assert_max_num_queries(9):
            assert viewer.get(f"{API}/results/{plan.ref}").status_code == 200


class TestGate:
    @pytest.mark.parametrize("path", ["gate-status", "gate"])
    def test_a_closed_gate_names_what_blocks(
        self, viewer: Program, plan: Masterplan, path: str
    ) -> None:
        run = judged(
            plan,
            {"R1.c1": "passed", "R1.c2": "failed", "R2.c1": "passed", "R2.c2": "timeout"},
            scope="full",
            gate="closed",
            gate_reason="Only 1 of 2 MUST tests passed; all have to.",
            must_passed=1,
            must_total=2,
            should_passed=1,
            should_total=2,
            blocking=["R1.c2", "R2.c2"],
        )

        found = viewer.get(f"{API}/{path}/{plan.ref}").json()

        assert (found["plan"], found["rule"], found["suite_status"]) == (
            plan.ref,
            "enforce",
            "ready",
        )
        assert (found["state"], found["reason"]) == ("closed", run.gate_reason)
        assert found["must"] == {"passed": 1, "total": 2, "share": 0.5}
        assert found["distance"] == {
            "tests": 2,
            "must": 1,
            "should": 1,
            "objections": 0,
            "uncovered": [],
        }
        test = test_of(plan, "R1.c2")
        assert found["blocking"][0] == {
            "id": "R1.c2",
            "test_id": str(test.pk),
            "requirement": "R1",
            "priority": "must",
            "atom": test.atom.ref,
            "atom_id": str(test.atom_id),
            "status": "failed",
            "message": "It failed.",
        }
        assert [each["id"] for each in found["blocking"]] == ["R1.c2", "R2.c2"]
        assert found["run"] == {
            "id": str(run.pk),
            "number": run.number,
            "scope": "full",
            "wave": 1,
            "code_sequence": newest_code(plan),
            "revision": 3,
            "finished_at": "2026-03-02T00:00:00Z",
            "is_current": True,
        }
        [wave] = found["waves"]
        assert (wave["wave"], wave["state"], wave["run"]["number"]) == (1, "closed", run.number)

    @pytest.mark.parametrize("has_suite", [True, False])
    def test_nothing_ran(self, viewer: Program, has_suite: bool) -> None:
        wave = WaveFactory()
        if has_suite:
            SuiteFactory(plan=wave.plan)

        found = viewer.get(f"{API}/gate/{wave.plan.ref}").json()

        assert (found["state"], found["run"], found["distance"]) == ("not_evaluated", None, None)
        assert found["must"] == {"passed": 0, "total": 0, "share": None}
        assert found["suite_status"] == ("ready" if has_suite else None)
        assert (found["blocking"], found["waves"][0]["state"]) == ([], "not_evaluated")

    def test_a_gate_that_judged_no_test_is_not_open(
        self, viewer: Program, plan: Masterplan
    ) -> None:
        judged(plan, {}, gate="open", gate_reason="Nothing can be judged yet.", pending=["R1"])

        found = viewer.get(f"{API}/gate/{plan.ref}").json()

        assert (found["state"], found["must"]["share"]) == ("not_evaluated", None)
        assert (found["pending"], found["distance"]) == (["R1"], None)

    def test_what_no_test_covers(self, viewer: Program, plan: Masterplan) -> None:
        judged(
            plan,
            {},
            gate="not_decidable",
            uncovered=["R1"],
            objections=["R2: The code carries the examples."],
        )

        found = viewer.get(f"{API}/gate/{plan.ref}").json()

        assert (found["state"], found["uncovered"]) == ("not_decidable", ["R1"])
        assert found["objections"] == ["R2: The code carries the examples."]
        assert found["distance"]["uncovered"] == ["R1"]
        assert (found["distance"]["tests"], found["distance"]["objections"]) == (0, 1)

    def test_newer_code_makes_it_old(self, viewer: Program, plan: Masterplan) -> None:
        passed = {"must_passed": 2, "must_total": 2}
        judged(plan, {}, scope="full", **passed)
        CodeVersionFactory(attempt__atom=plan.atoms.last())

        found = viewer.get(f"{API}/gate/{plan.ref}").json()

        assert (found["state"], found["run"]["is_current"]) == ("open", False)
        assert found["code_sequence"] == newest_code(plan) > found["run"]["code_sequence"]

    def test_changed_tests_make_it_old(self, viewer: Program, plan: Masterplan) -> None:
        judged(plan, {}, scope="full", must_passed=2, must_total=2)
        Suite.objects.filter(plan=plan).update(revision=4)

        assert viewer.get(f"{API}/gate/{plan.ref}").json()["run"]["is_current"] is False

    def test_the_full_run_speaks_while_it_is_current(
        self, viewer: Program, plan: Masterplan
    ) -> None:
        full = judged(plan, {}, scope="full", must_passed=2, must_total=2)
        single = judged(plan, {}, gate="closed", must_passed=0, must_total=1)
        assert viewer.get(f"{API}/gate/{plan.ref}").json()["run"]["number"] == full.number

        CodeVersionFactory(attempt__atom=plan.atoms.last())
        newer = judged(plan, {}, gate="closed", must_passed=0, must_total=1)

        assert newer.number > single.number
        assert viewer.get(f"{API}/gate/{plan.ref}").json()["run"]["number"] == newer.number

    def test_queries_do_not_grow_with_the_plan(
        self, viewer: Program, plan: Masterplan, django_assert_max_num_queries: Any
    ) -> None:
        names = list(plan.tests.values_list("check_id", flat=True))
        for _ in range(3):
            judged(plan, dict.fromkeys(names, "failed"), gate="closed", blocking=names)
            TestRunFactory(wave=WaveFactory(plan=plan))

        with django_assert_max_num_queries(13):
            assert viewer.get(f"{API}/gate/{plan.ref}").status_code == 200


class TestReport:
    def test_each_requirement_with_its_verdict(self, viewer: Program, plan: Masterplan) -> None:
        run = judged(plan, {"R1.c1": "passed", "R1.c2": "failed", "R2.c1": "passed"})
        ReadingFactory(
            requirement__plan=plan,
            requirement__ref="R3",
            kind="free",
            doubt="vague",
            questions=["What is fast?"],
        )
        RequirementFactory(plan=plan, ref="R4")  # never read
        ObjectionFactory(requirement=plan.requirements.get(ref="R2"))

        found = viewer.get(f"{API}/report/{plan.ref}").json()

        rows = {row["ref"]: row for row in found["requirements"]}
        assert {ref: row["verdict"] for ref, row in rows.items()} == {
            "R1": "not_met",
            "R2": "not_met",
            "R3": "untestable",
            "R4": "not_evaluated",
        }
        assert (rows["R1"]["priority"], rows["R1"]["confidence"]) == ("must", 0.95)
        assert rows["R2"]["objections"] == ["The code compares its argument with an example."]
        assert (rows["R3"]["testable"], rows["R3"]["questions"]) == (False, ["What is fast?"])
        [passed, failed] = rows["R1"]["tests"]
        assert (failed["id"], failed["status"], failed["message"]) == (
            "R1.c2",
            "failed",
            "It failed.",
        )
        assert (failed["run"], failed["code_sequence"]) == (run.number, newest_code(plan))
        assert (passed["is_current"], passed["counts"], passed["flags"]) == (True, True, [])
        assert found["generation"] == {"covered": 2, "testable": 2, "share": 1.0}
        assert found["gate"]["run"]["number"] == run.number
        assert (found["title"], found["suite_status"]) == ("Words", "ready")

    def test_flags(self, viewer: Program, plan: Masterplan) -> None:
        AcceptanceTest.objects.filter(plan=plan, check_id="R1.c1").update(
            is_held_out=True,
            is_low_trust=True,
            is_unproven=True,
            is_weak=True,
            is_flaky=True,
            quarantined_at=datetime(2026, 3, 1, tzinfo=UTC),
            quarantine_reason="It flickers.",
        )

        [first, *_] = viewer.get(f"{API}/report/{plan.ref}").json()["requirements"][0]["tests"]

        assert first["flags"] == [
            "held_out",
            "low_trust",
            "unproven",
            "weak",
            "flaky",
            "quarantined",
        ]
        assert first["counts"] is False

    def test_a_plan_without_anything(self, viewer: Program) -> None:
        plan = MasterplanFactory()

        found = viewer.get(f"{API}/report/{plan.ref}").json()

        assert (found["suite_status"], found["revision"]) == ("not_asked", None)
        assert (found["requirements"], found["gate"]["state"]) == ([], "not_evaluated")
        assert found["generation"]["share"] is None

    @pytest.mark.parametrize(
        ("query", "accept", "content_type"),
        [
            ("", "*/*", "application/json; charset=utf-8"),
            ("", "text/html", "application/json; charset=utf-8"),
            ("", "text/csv", "text/csv; charset=utf-8"),
            ("?format=csv", "application/json", "text/csv; charset=utf-8"),
            ("", "application/xml", "application/xml; charset=utf-8"),
            ("", "text/xml", "application/xml; charset=utf-8"),
            ("?format=junit", "*/*", "application/xml; charset=utf-8"),
            ("?format=json", "text/csv", "application/json; charset=utf-8"),
        ],
    )
    def test_formats(
        self, viewer: Program, plan: Masterplan, query: str, accept: str, content_type: str
    ) -> None:
        answer = viewer.get(f"{API}/report/{plan.ref}{query}", accept=accept)

        assert answer.status_code == 200
        assert answer["Content-Type"] == content_type
        assert "Accept" in answer["Vary"]
        again = viewer.get(
            f"{API}/report/{plan.ref}{query}", accept=accept, **{"If-None-Match": answer["ETag"]}
        )
        assert again.status_code == 304

    def test_files(self, viewer: Program, plan: Masterplan) -> None:
        judged(plan, {"R1.c1": "failed"})

        table = viewer.get(f"{API}/report/{plan.ref}?format=csv")
        lines = list(csv.DictReader(io.StringIO(table.content.decode())))
        assert [line["test"] for line in lines] == ["R1.c1", "R1.c2", "R2.c1", "R2.c2"]
        assert f'filename="{plan.ref}-acceptance.csv"' in table["Content-Disposition"]
        junit = viewer.get(f"{API}/report/{plan.ref}?format=junit")
        root = Xml.fromstring(junit.content)
        assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "4", "1")

    def test_queries_do_not_grow_with_the_plan(
        self, viewer: Program, plan: Masterplan, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(12):
            reading = ReadingFactory(requirement__plan=plan)
            AcceptanceTestFactory.create_batch(2, requirement=reading.requirement)
        names = plan.tests.values_list("check_id", flat=True)
        judged(plan, dict.fromkeys(names, "passed"))

        with django_assert_max_num_queries(18):
            assert viewer.get(f"{API}/report/{plan.ref}").status_code == 200


class TestRequirements:
    def test_as_they_were_read(self, viewer: Program, plan: Masterplan) -> None:
        requirement = plan.requirements.get(ref="R1")
        objection = ObjectionFactory(requirement=requirement)
        dispute = DisputeFactory(requirement=requirement)

        [row, _] = viewer.get(f"{API}/requirements/{plan.ref}").json()["results"]

        assert (row["ref"], row["requirement_id"]) == ("R1", str(requirement.pk))
        assert (row["priority"], row["confidence"], row["testable"]) == ("must", 0.95, True)
        assert [test["id"] for test in row["tests"]] == ["R1.c1", "R1.c2"]
        assert row["tests"][0]["text"].startswith("from demo.core import")
        assert [each["id"] for each in row["objections"]] == [objection.pk]
        assert (row["dispute"]["ref"], row["dispute"]["asked_by"]) == (
            dispute.ref,
            dispute.asked_by.username,
        )

    def test_one_that_nobody_read_yet(self, viewer: Program) -> None:
        requirement = RequirementFactory(reason="By its heading.")

        [row] = viewer.get(f"{API}/requirements/{requirement.plan.ref}").json()["results"]

        assert (row["priority"], row["reason"]) == ("must", "By its heading.")
        assert (row["confidence"], row["testable"], row["tests"]) == (None, None, [])

    @pytest.mark.parametrize(
        ("query", "found"),
        [("priority=should", ["R2"]), ("testable=false", ["R3"]), ("testable=true", ["R1", "R2"])],
    )
    def test_filters(self, viewer: Program, plan: Masterplan, query: str, found: list[str]) -> None:
        ReadingFactory(requirement__plan=plan, requirement__ref="R3", doubt="vague")

        rows = viewer.get(f"{API}/requirements/{plan.ref}?{query}").json()["results"]

        assert [row["ref"] for row in rows] == found


class TestActs:
    def test_approve_and_reject(self, reviewer: Program, plan: Masterplan) -> None:
        AcceptanceTest.objects.filter(plan=plan).update(state=TestState.WAITING)
        [one, other, *_] = plan.tests.order_by("position")

        approved = send(reviewer, "POST", f"tests/{one.pk}/approve").json()
        rejected = send(reviewer, "POST", f"tests/{other.pk}/reject", {"reason": REASON}).json()
        rest = send(reviewer, "POST", f"approve/{plan.ref}").json()

        assert (approved["state"], approved["decided_by"]) == (
            "active",
            reviewer.user.username,
        )
        assert rejected["state"] == "rejected"
        assert rest == {"approved": 2}
        again = send(reviewer, "POST", f"tests/{one.pk}/approve")
        assert problem_of(again) == (409, "test_decided")

    def test_quarantine_and_release(self, reviewer: Program, plan: Masterplan) -> None:
        test = test_of(plan, "R1.c1")

        shut = send(reviewer, "POST", f"tests/{test.pk}/quarantine", {"reason": REASON}).json()
        free = send(reviewer, "POST", f"tests/{test.pk}/release").json()

        assert (shut["flags"], shut["quarantine_reason"]) == (["quarantined"], REASON)
        assert shut["quarantined_by"] == reviewer.user.username
        assert (free["flags"], free["quarantined_by"]) == ([], None)

    def test_an_edit_passes_the_same_gates(self, reviewer: Program) -> None:
        plan = started_plan()
        with_tests(plan, greeting={"R1": 1})
        test = test_of(plan, "R1.c1")

        answer = send(reviewer, "PUT", f"tests/{test.pk}", {"text": "def test_x():\n    pass\n"})

        assert problem_of(answer) == (422, "test_refused")
        assert answer.json()["detail"]

    def test_a_priority(self, reviewer: Program, plan: Masterplan) -> None:
        requirement = plan.requirements.get(ref="R1")

        row = send(
            reviewer,
            "PATCH",
            f"requirements/{requirement.pk}",
            {"priority": "should", "reason": REASON},
        ).json()

        assert (row["priority"], row["corrected_by"]) == ("should", reviewer.user.username)
        assert row["confidence"] == 1
        assert AuditEntry.objects.filter(by=reviewer.user).count() == 1

    def test_an_objection(self, reviewer: Program, plan: Masterplan) -> None:
        objection = ObjectionFactory(requirement=plan.requirements.get(ref="R1"))

        found = send(
            reviewer, "POST", f"objections/{objection.pk}/clear", {"reason": REASON}
        ).json()

        assert (found["id"], found["requirement"]) == (objection.pk, "R1")
        assert (found["cleared_by"], found["clear_reason"]) == (reviewer.user.username, REASON)

    def test_a_dispute(self, operator: Program, lead: Program) -> None:
        plan = started_plan()
        requirement = plan.requirements.get(ref="R1")
        asked = {"reason": REASON, "proposal": '`greeting("Ada")` returns `"Hi, Ada!"`.'}

        opened = send(operator, "POST", f"requirements/{requirement.pk}/dispute", asked)
        assert opened.status_code == 201, opened.content
        ref = opened.json()["ref"]
        answer = {"decision": "decline", "comment": "The example is right."}
        decided = send(lead, "POST", f"disputes/{ref}/decide", answer).json()

        assert (decided["ref"], decided["status"]) == (ref, "declined")
        assert (decided["asked_by"], decided["decided_by"]) == (
            operator.user.username,
            lead.user.username,
        )

    def test_a_dispute_that_is_upheld_changes_the_plan(
        self, operator: Program, lead: Program
    ) -> None:
        plan = started_plan()
        requirement = plan.requirements.get(ref="R1")
        asked = {"reason": REASON, "proposal": '`greeting("Ada")` returns `"Hi, Ada!"`.'}
        opened = send(operator, "POST", f"requirements/{requirement.pk}/dispute", asked).json()

        answer = {"decision": "uphold", "comment": "So it was meant."}
        decided = send(lead, "POST", f"disputes/{opened['id']}/decide", answer)

        assert decided.json()["status"] == "upheld", decided.content
        plan.refresh_from_db()
        assert "Hi, Ada!" in plan.source_text

    def test_only_who_asked_takes_it_back(self, operator: Program, lead: Program) -> None:
        dispute = DisputeFactory(asked_by=operator.user)

        refused = send(lead, "POST", f"disputes/{dispute.pk}/withdraw")
        taken = send(operator, "POST", f"disputes/{dispute.pk}/withdraw").json()

        assert problem_of(refused) == (403, "not_your_dispute")
        assert taken["status"] == "withdrawn"


def test_an_act_lets_a_plan_that_waits_go_on(reviewer: Program) -> None:
    plan = started_plan()
    with_tests(plan, greeting={"R1": 1})
    AcceptanceTest.objects.filter(plan=plan).update(state=TestState.WAITING)
    plan = work_through(plan)
    assert (plan.status, plan.waves.last().status) == (PlanStatus.RUNNING, "testing")
    assert not plan.test_runs.exists()

    send(reviewer, "POST", f"approve/{plan.ref}")

    assert plan.test_runs.filter(status="queued").exists()


def test_from_a_blocked_wave_to_an_open_gate(operator: Program) -> None:
    """What a script sees: closed with the test named, then open after the code was mended."""
    plan = started_plan()
    with_tests(plan, greeting={"R1": 2})

    def first_fails(check_id: str) -> TestStatus:
        return TestStatus.FAILED if check_id == "R1.c1" else TestStatus.PASSED

    plan = work_through(plan, outcomes=first_fails)
    found = operator.get(f"{API}/gate-status/{plan.ref}").json()
    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "gate")
    assert (found["state"], found["distance"]["tests"]) == ("closed", 1)
    assert [each["id"] for each in found["blocking"]] == ["R1.c1"]
    report = operator.get(f"{API}/report/{plan.ref}").json()
    assert report["requirements"][0]["verdict"] == "not_met"

    actions.resume(plan_id=plan.pk, by=plan.owner)
    work_through(plan)

    found = operator.get(f"{API}/gate-status/{plan.ref}").json()
    assert (found["state"], found["blocking"]) == ("open", [])
    assert found["run"]["is_current"] is True
    report = operator.get(f"{API}/report/{plan.ref}").json()
    assert report["requirements"][0]["verdict"] == "met"


def test_every_field_that_is_not_plain_is_described() -> None:
    """Whoever reads the description of the API learns what a figure means."""
    schemas = api.get_openapi_schema()["components"]["schemas"]
    for name, fields in {
        "TallyOut": ["share"],
        "DistanceOut": ["tests", "should", "uncovered"],
        "PlanGateOut": ["state", "rule", "blocking", "run"],
        "TestResultsOut": ["flags", "status", "history"],
        "ReportRowOut": [],
        "RunOut": ["scope", "status", "gate"],
    }.items():
        for field in fields:
            assert schemas[name]["properties"][field].get("description"), (name, field)


def test_every_route_is_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([A-Z]+) (testing/[^`?]*)`", text))
    known = {
        (method.upper(), path.removeprefix("/api/v2/"))
        for path, item in api.get_openapi_schema()["paths"].items()
        for method in item
        if path.startswith("/api/v2/testing/")
    }

    assert documented == known
