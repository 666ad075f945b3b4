"""A browser, and the whole console for it to open."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from django.conf import LazySettings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from apps.accounts.actions import ensure_user
from apps.accounts.core.roles import Role
from mgeconsole.services import ports
from tests.processes import (
    ROOT,
    Replay,
    answers_http,
    beat_program,
    collect_static,
    replay_server,
    running,
    sandbox_program,
    stack_env,
    wait_for,
    web_program,
    worker_program,
)

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "only-for-these-tests"
PATIENCE_MS = 15_000  # no test fails because the machine is slow

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def valkey(settings: LazySettings) -> Iterator[redis.Redis]:
    """The test's Valkey, empty."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@dataclass(frozen=True)
class Console:
    """The running console: where it is, and the endpoint that answers it."""

    url: str
    replay: Replay


@pytest.fixture
def console(transactional_db: None, valkey: redis.Redis, tmp_path: Path) -> Iterator[Console]:
    """Web server, worker, beat and replay server on the test's own database."""
    with running_console(tmp_path, ROOT / "examples") as console:
        yield console


@contextmanager
def running_console(folder: Path, answers: Path, **changes: str) -> Iterator[Console]:
    """Start the whole console, with a sandbox worker when `ACCEPTANCE_GATE` is not off."""
    port = ports.any_free()
    url = f"http://127.0.0.1:{port}"
    with replay_server(folder, answers, "--median-ms", "300", "--sigma", "0.3") as replay:
        env = stack_env(folder, LLM_BASE_URL=replay.base_url, LLM_CALL_TRIES="1", **changes)
        collect_static(env)
        with ExitStack() as programs:
            programs.enter_context(running(web_program(folder, env, port)))
            programs.enter_context(running(worker_program(folder, env)))
            programs.enter_context(running(beat_program(folder, env)))
            if env["ACCEPTANCE_GATE"] != "off":
                programs.enter_context(running(sandbox_program(folder, env)))
            wait_for(lambda: answers_http(f"{url}/readyz"), limit_s=40)
            yield Console(url, replay)


@pytest.fixture
def browser() -> Iterator[Browser]:
    """The system's Chromium. Missing: skipped with a reason, but an error in CI.

    One per test, because while it lives no other test of this process may run an event loop.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("No Chromium was found; .ci/run installs it.")
        pytest.skip("No Chromium was found. Install it to run the browser tests.")
    # Playwright's loop runs in this thread, where Django would refuse to query the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield context
    context.close()


# A page that is left while its socket is being opened; the next page opens one of its own.
LEFT_EARLY = "WebSocket is closed before the connection is established"


@pytest.fixture
def complaints() -> list[str]:
    """What the browser said: errors of scripts, blocked resources, failed requests."""
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:
    return new_page(context, complaints)


def new_page(context: BrowserContext, complaints: list[str]) -> Page:
    """Open a page whose complaints are noted."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)

    def note(message: ConsoleMessage) -> None:
        if LEFT_EARLY not in message.text:
            complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    return page


@pytest.fixture
def operator(console: Console, page: Page) -> Page:
    """A page on which an operator has signed in."""
    ensure_user(username="operator", password=PASSWORD, roles=[Role.OPERATOR])
    sign_in(page, console.url, "operator")
    return page


def sign_in(page: Page, url: str, name: str) -> None:
    """Sign in to the console at the address; the page then shows the masterplans."""
    page.goto(f"{url}/accounts/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/masterplans/")
