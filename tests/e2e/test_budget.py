"""A cap that is never exceeded, and the way in which people raise it, in a real browser."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps.accounts.actions import create_token, ensure_user
from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.budgets.models import Budget, CostEvent, EventKind, HoldState, Override, OverrideStatus
from apps.masterplans.models import AtomStatus, Masterplan, PlanStatus
from mgeconsole.services import ports
from tests.budgets.test_sums import assert_one_sum
from tests.dashboard.approvals import paused_plan, request_for
from tests.e2e.conftest import PASSWORD, Console, new_page, sign_in
from tests.e2e.test_browser import FINISH_MS, looked_at
from tests.factories import AtomFactory, HoldFactory
from tests.processes import (
    ROOT,
    answers_http,
    collect_static,
    running,
    stack_env,
    wait_for,
    web_program,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

INVENTORY = ROOT / "examples" / "inventory" / "masterplan.md"
CAP = Decimal("0.0125")  # a bit more than half of what the example costs
RAISED = "1.50"
SENTENCES = {  # what a page says where the API says the code
    "not_allowed": "Your role does not allow this",
    "own_request": "You cannot decide on your own request",
}


class Watch:
    """Looks at a budget through a connection of its own, as long as the block lasts."""

    def __init__(self, budget: Budget) -> None:
        self._budget_id = budget.pk
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.looks = 0
        self.most_used = Decimal(0)  # USD, spent and held
        self.least_left = budget.hard_cap  # USD, under the hard cap of the same moment

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(30)

    def _look(self) -> None:
        fields = connection.settings_dict
        own = psycopg.connect(
            host=fields["HOST"],
            port=fields["PORT"] or None,
            user=fields["USER"],
            password=fields["PASSWORD"] or None,
            dbname=fields["NAME"],
            autocommit=True,
        )
        question = "SELECT spent + held, hard_cap FROM budgets_budget WHERE id = %s"
        with closing(own):
            while not self._ends.wait(0.005):
                row = own.execute(question, [self._budget_id]).fetchone()
                assert row is not None
                self.looks += 1
                self.most_used = max(self.most_used, row[0])
                self.least_left = min(self.least_left, row[1] - row[0])


class TestTheExampleWithTooLittleMoney:
    """The whole way, with everything real: a pause, a request, a second person, the end."""

    def test_it_pauses_and_goes_on_when_a_second_person_raises_the_cap(
        self, console: Console, operator: Page, browser: Browser, complaints: list[str]
    ) -> None:
        plan = self.imported(operator)
        budget = Budget.objects.get(plan=plan)
        assert budget.hard_cap == CAP
        with Watch(budget) as watch:
            self.run_until_paused(operator, plan)
            assert watch.looks > 100
            assert CAP / 2 < watch.most_used <= CAP
            tab = new_page(operator.context, complaints)
            override = self.ask(operator, tab, plan)
            self.assert_only_others_decide(console, tab, override)
            self.approve(console, browser, override, complaints)
            expect(operator.locator("#plan-state")).to_contain_text("Completed", timeout=FINISH_MS)
        assert operator.evaluate("window.neverReloaded") is True
        assert watch.least_left >= 0
        assert watch.most_used > CAP
        self.assert_recorded(plan, override)
        assert complaints == []

    def imported(self, page: Page) -> Masterplan:
        text = INVENTORY.read_text(encoding="utf-8")
        text, changes = re.subn(r"(?m)^budget_usd: .*$", f"budget_usd: {CAP}", text)
        assert changes == 1
        page.get_by_role("link", name="New masterplan").first.click()
        page.get_by_label("Text").fill(text)
        expect(page.locator("#preview-state")).to_contain_text("Ready to import")
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Inventory service")
        return Masterplan.objects.get()

    def run_until_paused(self, page: Page, plan: Masterplan) -> None:
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#plan-state")).to_contain_text("Running")
        page.evaluate("window.neverReloaded = true")
        expect(page.locator("#plan-state")).to_contain_text("Paused, budget", timeout=FINISH_MS)
        plan.refresh_from_db()
        note = page.locator("#note-budget")
        expect(note).to_contain_text("Paused, reason: budget")
        expect(note).to_contain_text(plan.status_note)
        expect(note).to_contain_text("Nothing runs until someone approves more budget")
        passed = plan.atoms.filter(status=AtomStatus.SUCCEEDED).count()
        assert 15 < passed < 55
        kinds = [EventKind.SOFT_CAP, EventKind.HARD_CAP]
        events = CostEvent.objects.filter(budget__plan=plan, kind__in=kinds)
        assert [event.kind for event in events] == kinds

    def ask(self, page: Page, tab: Page, plan: Masterplan) -> Override:
        """Ask for more in another tab, which then shows the request; the plan's page hears of it."""
        tab.goto(link(page, "#note-ask"))
        tab.get_by_label("New hard cap").fill(RAISED)
        tab.get_by_label("Reason").fill("The example costs about two cents, it was given one.")
        tab.get_by_role("button", name="Send request").click()
        tab.wait_for_url("**/approvals/ovr-*")
        override = Override.objects.get(budget__plan=plan)
        assert (override.amount, override.status) == (Decimal(RAISED), OverrideStatus.WAITING)
        expect(page.locator("#note-waiting")).to_be_visible()
        return override

    def assert_only_others_decide(self, console: Console, tab: Page, override: Override) -> None:
        """Neither page nor API lets the requester decide, whatever roles the requester has."""
        self.assert_refused(console, tab, override, "not_allowed")
        roles = [Role.OPERATOR, Role.APPROVER]
        ensure_user(username="operator", password=PASSWORD, roles=roles)
        tab.reload()
        expect(tab.locator("#decision")).to_contain_text("You cannot decide on your own request")
        self.assert_refused(console, tab, override, "own_request")
        override.refresh_from_db()
        assert override.status == OverrideStatus.WAITING
        assert Budget.objects.get(pk=override.budget_id).hard_cap == CAP

    def assert_refused(self, console: Console, tab: Page, override: Override, code: str) -> None:
        expect(tab.locator("#decide-button")).to_have_count(0)
        for choice in ("asked", "decline"):
            status, text = forged(tab, choice=choice, typed=RAISED)
            assert (status, SENTENCES[code] in text) == (403, True)
        api = Api(console.url, "operator")
        for action in ("approve", "decline"):
            assert api.decide(override, action) == (403, code)

    def approve(
        self, console: Console, browser: Browser, override: Override, complaints: list[str]
    ) -> None:
        ensure_user(username="approver", password=PASSWORD, roles=[Role.APPROVER])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = new_page(context, complaints)
        sign_in(page, console.url, "approver")
        page.goto(f"{console.url}/approvals/")
        page.locator(f"#open-{override.ref}").click()
        expect(page.locator("#decide-button")).to_contain_text(f"Approve ${RAISED} and resume")
        fill_decision(page, comment="Two cents are well spent.", typed=RAISED)
        page.locator("#decide-button").click()
        expect(page.locator("#approval-state")).to_contain_text("Approved")
        expect(page.locator("#decision-words")).to_contain_text("approver approved")
        context.close()

    def assert_recorded(self, plan: Masterplan, override: Override) -> None:
        plan.refresh_from_db()
        assert plan.status == PlanStatus.COMPLETED
        assert plan.atoms.filter(status=AtomStatus.SUCCEEDED).count() == 60
        changes = CostEvent.objects.filter(budget__plan=plan, kind=EventKind.CAP_CHANGE)
        opened, raised = changes
        assert (opened.hard_cap, raised.hard_cap) == (CAP, Decimal(RAISED))
        assert raised.by is not None
        assert raised.by.username == "approver"
        assert raised.reason == f"{override.ref}: Two cents are well spent."
        entries = AuditEntry.objects.filter(subject=override.ref).order_by("id")
        assert [(entry.action, entry.by.username) for entry in entries if entry.by] == [
            ("budget.override_asked", "operator"),
            ("budget.override_approved", "approver"),
        ]
        said = StringIO()
        call_command("check_ledger", stdout=said)
        assert "every figure adds up" in said.getvalue()
        assert beside_the_browser(lambda: assert_one_sum(plan)) > CAP


def beside_the_browser(work: Callable[[], Decimal]) -> Decimal:
    """Return what the work returns; Django's own client needs a thread without the browser's loop."""

    def carry_out() -> Decimal:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(carry_out).result(timeout=60)


class Api:
    """A person's program, with a token."""

    def __init__(self, url: str, username: str) -> None:
        token = create_token(user=User.objects.get(username=username), name="test")
        self._url = f"{url}/api/v2/execution/budget"
        self._headers = {"authorization": f"Bearer {token}"}

    def decide(self, override: Override, action: str) -> tuple[int, str]:
        """Return status and code of the refusal."""
        body = {"action": action, "comment": "Mine.", "confirmation_code": "ABCD2345"}
        answer = httpx.post(
            f"{self._url}/{override.budget.plan.ref}/override",
            json={**body, "override": override.ref},
            headers=self._headers,
            timeout=10,
        )
        return answer.status_code, answer.json()["code"]


def link(page: Page, locator: str) -> str:
    """Return the whole address of a link."""
    address: str = page.locator(locator).evaluate("link => link.href")
    return address


def forged(page: Page, **fields: str) -> tuple[int, str]:
    """Send the decision's form although the page has none; return status and text of the answer."""
    token = page.locator("input[name=csrfmiddlewaretoken], meta[name=csrf-token]").first
    value = token.evaluate("element => element.value ?? element.content")
    form = {"do": "decide", "comment": "Mine.", "password": PASSWORD, **fields}
    answer = page.request.post(page.url, form={**form, "csrfmiddlewaretoken": value})
    return answer.status, answer.text()


def fill_decision(page: Page, *, comment: str, typed: str = "") -> None:
    page.locator("#comment").fill(comment)
    if typed:
        page.locator("#typed").fill(typed)
    page.locator("#password").fill(PASSWORD)


# What follows needs the web server only.


@pytest.fixture(scope="module")
def folder(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the web server finds its static files."""
    folder = tmp_path_factory.mktemp("site")
    collect_static(stack_env(folder))
    return folder


@pytest.fixture
def url(transactional_db: None, valkey: object, folder: Path) -> Iterator[str]:
    """The address of a web server that no worker stands behind."""
    port = ports.any_free()
    url = f"http://127.0.0.1:{port}"
    with running(web_program(folder, stack_env(folder), port)):
        wait_for(lambda: answers_http(f"{url}/healthz"), limit_s=40)
        yield url


@pytest.fixture
def signed_in(browser: Browser, url: str, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Return a way to open a page in a browser of its own, signed in by name."""
    contexts: list[BrowserContext] = []

    def open_page(name: str, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        page = new_page(context, complaints)
        sign_in(page, url, name)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def waiting() -> Override:
    """A request for 260 instead of 200 USD; its plan is paused, and has work to do."""
    plan = paused_plan()
    AtomFactory(plan=plan)
    return request_for(plan)


def test_deciding_without_javascript(
    url: str, signed_in: Callable[..., Page], waiting: Override
) -> None:
    ensure_user(username="approver", password=PASSWORD, roles=[Role.APPROVER])
    page = signed_in("approver", java_script_enabled=False)
    page.goto(f"{url}/approvals/")
    page.locator(f"#open-{waiting.ref}").click()

    page.locator("#choice-other").check()
    page.locator("#other").fill("250.50")
    fill_decision(page, comment="A little less will do.", typed="250")
    page.locator("#decide-button").click()
    expect(page.locator("#typed-error")).to_contain_text("250.50")
    assert page.locator("#comment").input_value() == "A little less will do."

    fill_decision(page, comment="A little less will do.", typed="250.50")
    page.locator("#decide-button").click()
    expect(page.locator("#approval-state")).to_contain_text("Approved")
    expect(page.locator("#decision-words")).to_contain_text("$250.50")
    waiting.refresh_from_db()
    assert (waiting.granted, waiting.status) == (Decimal("250.5"), OverrideStatus.APPROVED)
    plan = Masterplan.objects.get(budget=waiting.budget_id)
    assert (plan.status, plan.pause_reason) == (PlanStatus.RUNNING, "")


def test_of_two_approvers_the_slower_one_sees_who_was_faster(
    url: str, signed_in: Callable[..., Page], waiting: Override, complaints: list[str]
) -> None:
    pages = []
    for name in ("faster", "slower"):
        ensure_user(username=name, password=PASSWORD, roles=[Role.APPROVER])
        page = signed_in(name)
        page.goto(f"{url}/approvals/{waiting.ref}")
        expect(page.locator("body")).to_have_attribute("data-live", "on")
        pages.append(page)
    faster, slower = pages
    slower.evaluate("window.neverReloaded = true")
    slower.locator("#comment").fill("I would wait for the figures of Friday.")
    slower.locator("#typed").fill("26")

    faster.locator("#choice-decline").check()
    expect(faster.locator("#decide-button")).to_contain_text("Decline")
    fill_decision(faster, comment="Not this week.")
    faster.locator("#decide-button").click()
    expect(faster.locator("#approval-state")).to_contain_text("Declined")

    expect(slower.locator("#decision-words")).to_contain_text("faster declined")
    expect(slower.locator("#approval-state")).to_contain_text("Declined")
    expect(slower.locator("#decide-button")).to_have_count(0)
    expect(slower.locator("#kept")).to_be_visible()
    expect(slower.locator("#kept")).to_have_value("I would wait for the figures of Friday.")
    assert slower.evaluate("window.neverReloaded") is True
    assert Budget.objects.get(pk=waiting.budget_id).hard_cap == 200
    assert complaints == []


def test_every_page_about_money_is_accessible_and_within_the_csp(
    url: str, signed_in: Callable[..., Page], waiting: Override, complaints: list[str]
) -> None:
    roles = [Role.OPERATOR, Role.APPROVER, Role.ADMIN]
    reader = ensure_user(username="reader", password=PASSWORD, roles=roles)
    paths = [*money_paths(waiting), *approval_paths(reader), "/cost", "/prices"]
    page = signed_in("reader")

    violations = []
    for path in paths:
        page.goto(url + path)
        violations += looked_at(page)
    page.goto(f"{url}/approvals/{waiting.ref}")
    expect(page.locator("#decide-button")).to_be_visible()
    violations += looked_at(page)
    fill_decision(page, comment="Checked.", typed="1")
    page.locator("#decide-button").click()
    expect(page.locator("#decision-problems")).to_be_visible()
    violations += looked_at(page)

    assert violations == []
    assert [text for text in complaints if "422" not in text] == []  # the refused form


def money_paths(waiting: Override) -> list[str]:
    """Return the pages of a plan that waits for money, and of one that spends it."""
    budget = waiting.budget
    atom = budget.plan.atoms.get()
    for number, actual in enumerate((45, 40, 30), start=1):
        HoldFactory(budget=budget, atom=atom, attempt_number=number, amount=50, actual=actual)
    lost = HoldFactory(
        budget=budget, atom=atom, attempt_number=4, amount=5, state=HoldState.UNKNOWN
    )
    other = paused_plan(title="Another service")
    parts = ("", "/request", f"/charges/{lost.pk}")
    return [
        *(f"/masterplans/{budget.plan.ref}/budget{part}" for part in parts),
        f"/masterplans/{other.ref}/budget/request",
        f"/masterplans/{other.ref}/budget/caps",
        "/prices?provider=local&model=replay-1",
    ]


def approval_paths(reader: User) -> list[str]:
    """Return the inbox, and a request in each state; the one that waits is the reader's own."""
    ended = {"decided_at": timezone.now(), "comment": "Looked at."}
    states: list[dict[str, Any]] = [
        {"asked_by": reader},
        {"status": OverrideStatus.APPROVED, "granted": Decimal(250), "decided_by": reader, **ended},
        {"status": OverrideStatus.DECLINED, "decided_by": reader, **ended},
        {"status": OverrideStatus.EXPIRED, "decided_at": timezone.now()},
    ]
    refs = [request_for(paused_plan(), **state).ref for state in states]
    return ["/approvals/", "/approvals/?for=decided", *(f"/approvals/{ref}" for ref in refs)]
