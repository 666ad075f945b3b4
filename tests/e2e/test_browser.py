"""The main job as a person does it, in a real browser."""

import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD, Console
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e]

TEXTKIT = ROOT / "examples" / "textkit" / "masterplan.md"
FINISH_MS = 90_000


def test_upload_start_watch_and_download(
    console: Console, operator: Page, complaints: list[str], tmp_path: Path
) -> None:
    page = operator
    page.get_by_role("link", name="New masterplan").first.click()
    page.get_by_label("File").set_input_files(TEXTKIT)
    expect(page.locator("#understood-title")).to_have_text("Text toolkit")
    expect(page.locator("#preview-state")).to_contain_text("Ready to import")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Text toolkit")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#plan-state")).to_contain_text("Running")

    page.evaluate("window.neverReloaded = true")
    expect(page.locator("#plan-state")).to_contain_text("Completed", timeout=FINISH_MS)
    assert page.evaluate("window.neverReloaded") is True

    page.locator("#download-button").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Git bundle").click()
    download.value.save_as(tmp_path / "textkit.bundle")
    assert answer_of_the_clone(tmp_path) == "hello-world\n"
    assert complaints == []


def answer_of_the_clone(folder: Path) -> str:
    """Clone the downloaded bundle, and run what was generated."""
    subprocess.run(
        ["git", "clone", "--quiet", "textkit.bundle", "clone"], cwd=folder, check=True, timeout=30
    )
    question = "from textkit.slug import slugify; print(slugify('Hello, World!'))"
    answer = subprocess.run(
        ["python3", "-c", question],
        cwd=folder / "clone",
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return answer.stdout


def test_every_page_is_accessible_and_within_the_csp(
    console: Console, operator: Page, complaints: list[str]
) -> None:
    page = operator
    page.goto(f"{console.url}/masterplans/new")
    page.get_by_label("File").set_input_files(TEXTKIT)
    expect(page.locator("#understood-title")).to_be_visible()
    violations = looked_at(page)
    page.get_by_role("button", name="Import").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#plan-state")).to_contain_text("Completed", timeout=FINISH_MS)
    plan_url = page.url.split("?")[0]
    page.goto(f"{plan_url}?wave=2")
    violations += looked_at(page)
    page.get_by_role("link", name="word_frequencies").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("word_frequencies")
    violations += looked_at(page)
    for path in ("/masterplans/", "/status"):
        page.goto(console.url + path)
        violations += looked_at(page)

    assert violations == []
    assert complaints == []


def looked_at(page: Page) -> list[str]:
    """Return what axe finds on this page in both themes, on a desk and on a phone."""
    found = []
    for scheme in ("light", "dark"):
        for width in (1440, 390):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
            page.set_viewport_size({"width": width, "height": 900})
            for entry in Axe().run(page).response["violations"]:
                place = "; ".join(node["html"][:160] for node in entry["nodes"][:2])
                found.append(f"{page.url} {scheme} {width}: {entry['id']}: {place}")
    page.set_viewport_size({"width": 1440, "height": 900})
    return found


def test_the_endpoint_goes_away_and_comes_back(console: Console, operator: Page) -> None:
    page = operator
    console.replay.set(outage=True)
    page.goto(f"{console.url}/masterplans/new")
    page.get_by_label("File").set_input_files(TEXTKIT)
    expect(page.locator("#understood-title")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    page.get_by_role("button", name="Start").click()

    expect(page.locator("#plan-state")).to_contain_text("Paused, provider", timeout=30_000)
    console.replay.set(outage=False)
    page.get_by_role("button", name="Resume").first.click()

    expect(page.locator("#plan-state")).to_contain_text("Completed", timeout=FINISH_MS)


def test_the_main_job_without_javascript(console: Console, context: BrowserContext) -> None:
    from apps.accounts.actions import ensure_user
    from apps.accounts.core.roles import Role

    ensure_user(username="operator", password=PASSWORD, roles=[Role.OPERATOR])
    browser = context.browser
    assert browser is not None
    bare = browser.new_context(java_script_enabled=False)
    page = bare.new_page()
    page.goto(f"{console.url}/masterplans/")
    page.get_by_label("Name").fill("operator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{console.url}/masterplans/new")
    page.get_by_label("Text").fill(TEXTKIT.read_text(encoding="utf-8"))
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#understood-title")).to_have_text("Text toolkit")
    page.get_by_role("button", name="Import").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#plan-state")).to_contain_text("Running")
    bare.close()
