"""A second person raises the cap, in a real browser: by keyboard, live, and while both are at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apps.accounts.actions import ensure_user
from apps.accounts.core.roles import Role
from apps.budgets.models import Budget, Override
from apps.masterplans.models import Masterplan, PlanStatus
from mgeconsole.services import ports
from tests.e2e.conftest import PASSWORD
from tests.e2e.test_browser import looked_at
from tests.factories import AtomFactory, MasterplanFactory, OverrideFactory
from tests.processes import answers_http, collect_static, running, stack_env, wait_for, web_program

pytestmark = [pytest.mark.e2e]


@pytest.fixture
def web(transactional_db: None, valkey: redis.Redis, tmp_path: Path) -> Iterator[str]:
    """The web server alone, on the test's own database."""
    port = ports.any_free()
    url = f"http://127.0.0.1:{port}"
    env = stack_env(tmp_path, LLM_BASE_URL="http://127.0.0.1:9/v1", LLM_CALL_TRIES="1")
    collect_static(env)
    with running(web_program(tmp_path, env, port)):
        wait_for(lambda: answers_http(f"{url}/readyz"), limit_s=40)
        yield url


@pytest.fixture
def override(transactional_db: None) -> Override:
    """Marta asks for 260 instead of 200 USD, because her plan is paused; dana and iker decide."""
    marta = ensure_user(username="marta", password=PASSWORD, roles=[Role.OPERATOR])
    for name in ("dana", "iker"):
        ensure_user(username=name, password=PASSWORD, roles=[Role.APPROVER])
    now = timezone.now()
    plan = MasterplanFactory(
        title="Billing sync",
        owner=marta,
        started_by=marta,
        started_at=now,
        status=PlanStatus.PAUSED,
        pause_reason="budget",
    )
    AtomFactory(plan=plan)
    Budget.objects.filter(plan=plan).update(paused_at=now)
    request: Override = OverrideFactory(
        budget=Budget.objects.get(plan=plan),
        asked_by=marta,
        amount=260,
        asked_at=now,
        expires_at=now + timedelta(hours=4),
    )
    return request


def sign_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/accounts/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/masterplans/")


@contextmanager
def page_of(browser: Browser, url: str, name: str, *, scripts: bool = True) -> Iterator[Page]:
    """A page in a browser of somebody's own."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, java_script_enabled=scripts
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    sign_in(page, url, name)
    yield page
    context.close()


def fill(page: Page, *, comment: str, typed: str) -> None:
    page.get_by_label("Comment").fill(comment)
    page.locator("#typed").fill(typed)
    page.locator("#password").fill(PASSWORD)


def test_from_the_inbox_by_keyboard(
    web: str, override: Override, page: Page, complaints: list[str]
) -> None:
    sign_in(page, web, "dana")
    page.goto(f"{web}/approvals/")
    violations = looked_at(page)
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#approval-state")).to_contain_text("Waiting for you")
    violations += looked_at(page)

    button = page.locator("#decide-button")
    expect(button).to_contain_text("Approve $260 and resume")
    page.locator("#other").fill("240")
    expect(page.locator("#choice-other")).to_be_checked()
    expect(button).to_contain_text("Approve $240 and resume")
    expect(page.locator("[data-confirm-amount]")).to_have_text("240")
    page.get_by_label("Decline").check()
    expect(page.locator("#typed")).to_be_hidden()
    page.get_by_label("Another amount").check()
    fill(page, comment="Enough for now.", typed="240")
    page.locator("#password").press("Control+Enter")

    expect(page.locator("#messages")).to_contain_text("raised to $240. It resumes.")
    expect(page.locator("#approval-state")).to_contain_text("Approved $240")
    violations += looked_at(page)
    assert Masterplan.objects.get().status == PlanStatus.RUNNING
    assert violations == []
    assert complaints == []


def test_somebody_else_is_faster(
    web: str, override: Override, page: Page, browser: Browser
) -> None:
    sign_in(page, web, "dana")
    page.goto(f"{web}/approvals/{override.ref}")
    expect(page.locator("#live")).to_have_text("Live")
    page.get_by_label("Comment").fill("I was about to say yes.")
    with page_of(browser, web, "iker") as other:
        other.goto(f"{web}/approvals/{override.ref}")
        fill(other, comment="Spec fix checked.", typed="260")
        other.locator("#decide-button").click()
        expect(other.locator("#approval-state")).to_contain_text("Approved $260")

    expect(page.locator("#approval-state")).to_contain_text("Approved $260")
    expect(page.locator("#decision-words")).to_contain_text("iker approved")
    expect(page.locator("#kept")).to_have_value("I was about to say yes.")
    expect(page.locator("#decide-button")).to_have_count(0)


def test_what_is_typed_survives_news(
    web: str, override: Override, page: Page, browser: Browser
) -> None:
    sign_in(page, web, "dana")
    page.goto(f"{web}/approvals/{override.ref}")
    expect(page.locator("#live")).to_have_text("Live")
    fill(page, comment="Half a sentence", typed="26")
    with page_of(browser, web, "iker") as other:
        other.goto(f"{web}/approvals/{override.ref}")
        other.locator("#code-summary").click()
        other.locator("#code-password").fill(PASSWORD)
        other.get_by_role("button", name="Show a code").click()
        expect(other.locator("#issued-code")).to_be_visible()

    expect(page.locator("#approval_record")).to_contain_text("read a confirmation code")
    expect(page.locator("#comment")).to_have_value("Half a sentence")
    expect(page.locator("#typed")).to_have_value("26")
    expect(page.locator("#password")).to_have_value(PASSWORD)


def test_the_decision_without_javascript(web: str, override: Override, browser: Browser) -> None:
    with page_of(browser, web, "dana", scripts=False) as page:
        page.goto(f"{web}/approvals/{override.ref}")
        fill(page, comment="Checked.", typed="2600")
        page.get_by_role("button", name="Send the decision").click()
        expect(page.locator("#typed-error")).to_contain_text("Type 260")
        expect(page.get_by_label("Comment")).to_have_value("Checked.")
        fill(page, comment="Checked.", typed="260")
        page.get_by_role("button", name="Send the decision").click()

        expect(page.locator("#approval-state")).to_contain_text("Approved $260")
