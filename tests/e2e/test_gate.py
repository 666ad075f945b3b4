"""A plan that violates a requirement is held at its wave, and goes on when its code is mended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import yaml
from playwright.sync_api import Page, expect

from apps.accounts.actions import ensure_user
from apps.accounts.core.roles import Role
from apps.masterplans.models import Masterplan, PlanStatus
from tests.e2e.conftest import PASSWORD, Console, running_console, sign_in
from tests.e2e.test_browser import FINISH_MS
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TEXTKIT = ROOT / "examples" / "textkit"
SLUGIFY = "textkit/slug.py::slugify"


def answers_with_a_mistake(folder: Path) -> Path:
    """Return recorded answers of the example whose first slug keeps its capitals."""
    entries = yaml.safe_load((TEXTKIT / "answers.yaml").read_text(encoding="utf-8"))
    right = next(entry for entry in entries if entry.get("atom") == SLUGIFY)
    wrong = {**right, "text": right["text"].replace("plain.lower()", "plain")}
    assert wrong["text"] != right["text"]
    rest = [entry for entry in entries if entry is not right]
    folder.mkdir()
    text = yaml.safe_dump([wrong, {**right, "attempt": 2}, *rest], allow_unicode=True)
    (folder / "answers.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def gated(transactional_db: None, valkey: redis.Redis, tmp_path: Path) -> Iterator[Console]:
    """The console with its gate enforced, and a worker that runs tests."""
    answers = answers_with_a_mistake(tmp_path / "answers")
    with running_console(tmp_path, answers, ACCEPTANCE_GATE="enforce") as console:
        yield console


def test_a_violated_must_holds_the_plan_and_a_retry_opens_the_gate(
    gated: Console, page: Page, complaints: list[str]
) -> None:
    ensure_user(username="operator", password=PASSWORD, roles=[Role.OPERATOR])
    sign_in(page, gated.url, "operator")
    page.get_by_role("link", name="New masterplan").first.click()
    page.get_by_label("Text").fill((TEXTKIT / "masterplan.md").read_text(encoding="utf-8"))
    expect(page.locator("#preview-state")).to_contain_text("Ready to import")
    page.get_by_role("button", name="Import").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#plan-state")).to_contain_text("Running")
    page.evaluate("window.neverReloaded = true")

    expect(page.locator("#plan-state")).to_contain_text("Paused, gate", timeout=FINISH_MS)
    note = page.locator("#note-gate")
    expect(note).to_contain_text("Wave 2 is blocked")
    expect(note).to_contain_text(f"R1.c1 (MUST) on {SLUGIFY}")
    blocking = page.get_by_role("list", name="Tests that keep the gate shut")
    expect(blocking).to_contain_text("R1.c1")
    expect(blocking).to_contain_text("slugify")
    plan = Masterplan.objects.get()
    assert list(plan.waves.values_list("status", flat=True)[:3]) == ["passed", "blocked", "pending"]

    page.locator("#gate-retry").click()
    expect(page.locator("#plan-state")).to_contain_text("Completed", timeout=FINISH_MS)
    expect(page.locator("#note-gate")).to_have_count(0)
    expect(page.locator("#gates")).to_contain_text("Open")
    plan.refresh_from_db()
    assert plan.status == PlanStatus.COMPLETED
    assert plan.attempts.filter(atom__symbol="slugify").count() == 2
    assert set(plan.test_runs.filter(scope="full").values_list("gate", flat=True)) == {"open"}

    page.get_by_role("link", name="Tests").first.click()
    expect(page.locator("#requirements")).to_contain_text("R1")
    assert complaints == []
