"""The forging suite for scripts: wrong code with a trick passes no test, right code passes all."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from apps.acceptance.adapters.judge.judge import JudgeLimits, JudgeReport
from apps.acceptance.adapters.script_judge.judge import judge_script
from apps.acceptance.adapters.script_judge.programs import Programs
from apps.acceptance.core.judge.verdict import TestStatus
from apps.acceptance.core.sandbox import MEBIBYTE, Limits
from tests.acceptance.script_judge.forgeries import (
    FORGERIES,
    HONEST,
    NAMES,
    PATH,
    REQUIREMENTS,
    Forgery,
)

_CELL = Limits(wall_s=60, memory_bytes=192 * MEBIBYTE)
LIMITS = JudgeLimits(test_s=4, collect_s=10, start_s=30, total_s=30, pairs=2, cell=_CELL)
IMPATIENT = JudgeLimits(test_s=1, collect_s=2, start_s=30, total_s=20, pairs=2, cell=_CELL)


def judged(forgery: Forgery, programs: Programs) -> JudgeReport:
    return judge_script(
        code_files=forgery.files(),
        tests={PATH: forgery.test},
        expected=[f"{PATH}::{name}" for name in forgery.names],
        programs=programs,
        limits=IMPATIENT if forgery.is_slow else LIMITS,
    )


@pytest.fixture(scope="module")
def reports(programs: Programs) -> Iterator[dict[str, Future[JudgeReport]]]:
    """All of them, two at once: half of the time of each goes into waiting."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {each.name: pool.submit(judged, each, programs) for each in FORGERIES}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_no_forged_pass(forgery: Forgery, reports: dict[str, Future[JudgeReport]]) -> None:
    report = reports[forgery.name].result()

    passed = [
        each.id.rpartition("::")[2] for each in report.results if each.status is TestStatus.PASSED
    ]
    assert report.problem == ""
    assert set(passed) <= set(forgery.met)


def test_the_right_code_passes(programs: Programs) -> None:
    report = judge_script(
        code_files={"src/money.ts": HONEST},
        tests={PATH: REQUIREMENTS},
        expected=[f"{PATH}::{name}" for name in NAMES],
        programs=programs,
        limits=LIMITS,
    )

    assert [(each.id, each.message) for each in report.results if each.message] == []
    assert report.passed


def test_enough_forgeries() -> None:
    assert len({each.name for each in FORGERIES}) == len(FORGERIES) >= 15
