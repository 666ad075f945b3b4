"""The forging suite: wrong code with a trick passes no test, and right code passes all."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from apps.acceptance.adapters.judge.judge import JudgeLimits, JudgeReport, judge
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.core.judge.verdict import TestStatus
from apps.acceptance.core.sandbox import MEBIBYTE, Limits
from tests.acceptance.judge.forgeries import FORGERIES, HONEST, REQUIREMENTS, SHORT, Forgery

_CELL = Limits(wall_s=60, memory_bytes=128 * MEBIBYTE)
LIMITS = JudgeLimits(test_s=6, collect_s=10, start_s=30, pairs=2, cell=_CELL)
IMPATIENT = JudgeLimits(test_s=1, collect_s=2, start_s=30, total_s=20, pairs=2, cell=_CELL)


def judged(forgery: Forgery, sandbox: Bubblewrap) -> JudgeReport:
    return judge(
        language="python",
        code_files=forgery.files(),
        tests={"test_money.py": SHORT if forgery.is_slow else REQUIREMENTS},
        sandbox=sandbox,
        limits=IMPATIENT if forgery.is_slow else LIMITS,
    )


@pytest.fixture(scope="module")
def reports(sandbox: Bubblewrap) -> Iterator[dict[str, Future[JudgeReport]]]:
    """All of them, two at once: half of the time of each goes into waiting."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {each.name: pool.submit(judged, each, sandbox) for each in FORGERIES}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_no_forged_pass(forgery: Forgery, reports: dict[str, Future[JudgeReport]]) -> None:
    report = reports[forgery.name].result()

    passed = [
        each.id.rpartition("::")[2] for each in report.results if each.status is TestStatus.PASSED
    ]
    assert report.problem == ""
    assert set(passed) <= set(forgery.met)


def test_the_right_code_passes(sandbox: Bubblewrap) -> None:
    report = judge(
        language="python",
        code_files={"money.py": HONEST},
        tests={"test_money.py": REQUIREMENTS},
        sandbox=sandbox,
        limits=LIMITS,
    )

    assert [(each.id, each.message) for each in report.results if each.message] == []
    assert report.passed


def test_enough_forgeries() -> None:
    assert len({each.name for each in FORGERIES}) == len(FORGERIES) >= 30
