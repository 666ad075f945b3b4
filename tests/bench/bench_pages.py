"""How long the pages take and what they weigh, with a plan of 2,000 atoms that is half done.

Server time is that of Django's test client: every middleware, no network. Queries are counted for
a plan of 200 atoms too, because they must not grow with the plan.
"""

import gzip
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.actions import ensure_user
from apps.accounts.core.roles import Role
from apps.accounts.models import User
from apps.execution import actions
from apps.execution.core.intake import read
from apps.execution.models import Attempt, AttemptStatus
from apps.masterplans.models import Atom, AtomStatus, Masterplan, WaveStatus
from tests.bench import large_plan

ATOMS, FEW_ATOMS, MOST_ATOMS = 2_000, 200, 5_000
REQUESTS = 20
_ASSET = re.compile(r'(?:href|src)="/static/([^"#]+)')
_IMPORT = re.compile(r'(?:from|import)\s*"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Page:
    """An address, or the fragment of it that htmx fetches."""

    title: str
    address: str
    part: str = ""

    def get(self, browser: Client) -> bytes:
        headers = {"HX-Request": "true", "HX-Target": self.part} if self.part else {}
        response = browser.get(self.address, headers={"Host": "localhost", **headers})
        if response.status_code != 200:
            raise RuntimeError(f"{self.address} answered {response.status_code}.")
        return response.content


def main() -> None:
    """Print the figures of pages, import and reconciler."""
    call_command("collectstatic", interactive=False, verbosity=0)
    owner = ensure_user(username="bench", password="bench-only", roles=[Role.OPERATOR])
    browser = Client()
    browser.force_login(owner)
    few = _half_done_plan(FEW_ATOMS, owner)
    plan = _half_done_plan(ATOMS, owner)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _report_pages(browser, plan, few)
    _report_weight(browser, plan)
    _report_reconcile(plan)
    for atoms in (ATOMS, MOST_ATOMS):
        _report_import(atoms, owner)


def _half_done_plan(atoms: int, owner: User) -> Masterplan:
    text = large_plan.text(atoms)
    plan = actions.import_masterplan(text=text, by=owner, is_copy=True)
    large_plan.half_done(plan, owner)
    plan.refresh_from_db()
    return plan


# Pages.


def _pages(plan: Masterplan) -> list[Page]:
    address = f"/masterplans/{plan.ref}"
    waves = "&".join(f"wave={number}" for number in range(1, plan.waves.count() + 1))
    atoms = Atom.objects.filter(plan=plan)
    tried = atoms.annotate(tries=Count("attempts")).order_by("-tries", "position")[0]
    needed = atoms.annotate(count=Count("needed_by")).order_by("-count")[0]
    return [
        Page("plan list", "/masterplans/"),
        Page("plan list: plans", "/masterplans/", "plans"),
        Page("plan", address),
        Page("plan: summary", address, "plan_summary"),
        Page("plan: waves", address, "waves"),
        Page("plan: waves, all open", f"{address}?{waves}", "waves"),
        Page("plan: waves, all open, 100 rows each", f"{address}?{waves}&page=1", "waves"),
        Page("plan: activity", address, "activity"),
        Page("plan: activity, long", f"{address}?activity=all", "activity"),
        Page("atom, four tries", f"/atoms/{tried.pk}"),
        Page("atom, needed by most", f"/atoms/{needed.pk}"),
        Page("atom: neighbours of that", f"/atoms/{needed.pk}", "neighbours"),
    ]


def _report_pages(browser: Client, plan: Masterplan, few: Masterplan) -> None:
    atoms, attempts = plan.atoms.count(), plan.attempts.count()
    events = plan.trace_events.count()
    print(f"{atoms} atoms, {plan.waves.count()} waves, {attempts} attempts, {events} trace events")
    small = f"at {FEW_ATOMS}"
    print(f"{'':38} median ms    p95 ms  queries {small:>7}      kB   kB gz")
    for page, same_of_few in zip(_pages(plan), _pages(few), strict=True):
        html, queries = _queries(browser, page)
        _, queries_of_few = _queries(browser, same_of_few)
        waits_ms = [_timed(lambda page=page: page.get(browser)) for _ in range(REQUESTS)]  # type: ignore[misc]  # a default binds the loop variable
        print(
            f"{page.title:38} {statistics.median(waits_ms):9.1f} {_p95(waits_ms):9.1f}"
            f" {queries:8} {queries_of_few:7} {len(html) / 1000:7.1f} {_zipped_kb(html):7.1f}"
        )


def _queries(browser: Client, page: Page) -> tuple[bytes, int]:
    page.get(browser)  # templates and connections are ready then
    with CaptureQueriesContext(connection) as captured:
        html = page.get(browser)
    return html, len(captured)


# The first load.


def _report_weight(browser: Client, plan: Masterplan) -> None:
    html = Page("plan", f"/masterplans/{plan.ref}").get(browser)
    weights = {"html": _zipped_kb(html), "css": 0.0, "js": 0.0, "svg": 0.0}
    assets = _assets(html.decode())
    for path in assets:
        weights[path.suffix[1:]] += _asset_kb(path)
    parts = ", ".join(f"{kind} {weight:.1f}" for kind, weight in weights.items())
    print(
        f"first load of the plan page, kB gz without fonts: {sum(weights.values()):.1f} ({parts})"
    )
    print(f"  in {len(assets) + 1} requests")


def _assets(html: str) -> set[Path]:
    """The files that the page asks for, scripts that scripts import among them; no fonts."""
    static = Path(settings.STATIC_ROOT)
    waiting = [static / name for name in _ASSET.findall(html)]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop().resolve()
        if path in found or path.suffix == ".woff2":
            continue
        found.add(path)
        if path.suffix == ".js":
            script = path.read_text(encoding="utf-8")
            waiting += [path.parent / name for name in _IMPORT.findall(script) if "." in name[:2]]
    return found


def _asset_kb(path: Path) -> float:
    zipped = path.with_name(path.name + ".gz")  # not there when it would be no smaller
    return (zipped if zipped.exists() else path).stat().st_size / 1000


# Reconciler and import.


def _report_reconcile(plan: Masterplan) -> None:
    wave = plan.waves.get(status=WaveStatus.RUNNING)
    running = Attempt.objects.filter(plan=plan, status=AttemptStatus.RUNNING)
    unfinished = wave.atoms.exclude(status=AtomStatus.SUCCEEDED)

    def free_all_slots() -> None:
        running.update(status=AttemptStatus.REJECTED)

    def finish_wave() -> None:
        free_all_slots()
        unfinished.update(status=AtomStatus.SUCCEEDED, finished_at=timezone.now())

    cases: dict[str, Callable[[], object]] = {
        "nothing to do": lambda: None,
        "every slot is free": free_all_slots,
        "the wave is done": finish_wave,
    }
    for title, prepare in cases.items():
        waits_ms, queries = [], 0
        for _ in range(REQUESTS):
            # Rolled back, so that nothing is sent and the next round finds the same rows.
            with transaction.atomic():
                prepare()
                with CaptureQueriesContext(connection) as captured:
                    waits_ms.append(_timed(lambda: actions.reconcile(plan.pk)))
                queries = len(captured)
                transaction.set_rollback(True)
        print(
            f"reconcile, {title:20} median {statistics.median(waits_ms):6.1f} ms,"
            f" p95 {_p95(waits_ms):6.1f} ms, {queries} queries"
        )


def _report_import(atoms: int, owner: User) -> None:
    text = large_plan.text(atoms)
    understood_ms = _timed(lambda: read(text))
    with CaptureQueriesContext(connection) as captured:
        all_ms = _timed(lambda: actions.import_masterplan(text=text, by=owner, is_copy=True))
    print(
        f"import of {atoms} atoms, {len(text.encode()) / 1000:.0f} kB: {all_ms / 1000:.2f} s,"
        f" of it reading {understood_ms / 1000:.2f} s; {len(captured)} queries"
    )


def _timed(work: Callable[[], object]) -> float:
    """Return milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _p95(waits_ms: list[float]) -> float:
    return statistics.quantiles(waits_ms, n=20, method="inclusive")[-1]


def _zipped_kb(content: bytes) -> float:
    return len(gzip.compress(content, 6)) / 1000
