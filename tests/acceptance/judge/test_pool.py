"""Pairs that were started early: always ready, never used twice, never left behind."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from apps.acceptance.adapters.judge import pool as pools
from apps.acceptance.adapters.judge.judge import JudgeLimits, judge
from apps.acceptance.adapters.judge.pair import Pair
from apps.acceptance.adapters.judge.pool import Pool
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap, RefusedError
from apps.acceptance.core.sandbox import KillReason, Limits
from mgeconsole.services import processes

CODE = {"thing.py": "def one(): return 1"}
TESTS = {"test_it.py": "from thing import one\ndef test_a(): assert one() == 1"}
LIMITS = JudgeLimits().cell


@pytest.fixture
def pool(sandbox: Bubblewrap) -> Iterator[Pool]:
    pool = Pool(sandbox, LIMITS)
    yield pool
    pool.close()


def fills(pool: Pool) -> bool:
    return processes.wait_until(lambda: pool.ready == 1, 10)


def is_over(pair: Pair) -> bool:
    return processes.wait_until(
        lambda: pair.code.outcome is not None and pair.tests.outcome is not None, 10
    )


def test_another_takes_its_place(pool: Pool) -> None:
    assert fills(pool)
    pair = pool.take()
    assert pair.is_alive
    assert fills(pool)
    other = pool.take()

    assert other is not pair
    for each in (pair, other):
        each.end()


def test_a_burst_gets_pairs_at_once(pool: Pool) -> None:
    pairs = [pool.take() for _ in range(3)]

    assert len({id(pair) for pair in pairs}) == 3
    assert all(pair.is_alive for pair in pairs)
    for pair in pairs:
        pair.end()


def test_a_dead_one_is_not_handed_out(pool: Pool) -> None:
    assert fills(pool)
    waiting = pool._waiting[0].pair
    waiting.code.cell.kill()
    assert processes.wait_until(lambda: not waiting.is_alive, 10)
    pair = pool.take()

    assert pair is not waiting
    assert pair.is_alive
    assert is_over(waiting)
    pair.end()


def test_an_old_one_is_replaced_while_it_waits(sandbox: Bubblewrap) -> None:
    pool = Pool(sandbox, replace(LIMITS, wall_s=2.0))
    try:
        assert fills(pool)
        old = pool._waiting[0].pair
        assert is_over(old)
        assert fills(pool)
        assert pool._waiting[0].pair is not old
    finally:
        pool.close()


def test_closing_ends_those_that_wait(sandbox: Bubblewrap) -> None:
    pool = Pool(sandbox, LIMITS)
    assert fills(pool)
    waiting = pool._waiting[0].pair
    pool.close()

    assert is_over(waiting)


def test_closing_while_one_starts(sandbox: Bubblewrap) -> None:
    for _ in range(3):
        Pool(sandbox, LIMITS).close()


def test_a_sandbox_that_refuses(sandbox: Bubblewrap) -> None:
    pool = Pool(replace(sandbox, program=Path("/no/such/program")), LIMITS)
    try:
        with pytest.raises(RefusedError):
            pool.take()
    finally:
        pool.close()


class TestStanding:
    @pytest.fixture(autouse=True)
    def _warm(self, sandbox: Bubblewrap) -> Iterator[None]:
        pools.keep_warm(sandbox, LIMITS, size=1)
        yield
        pools.let_go()

    def test_judgements_of_that_sandbox_take_from_it(self, sandbox: Bubblewrap) -> None:
        pool = pools.standing(sandbox)
        assert pool is not None
        assert fills(pool)
        waiting = pool._waiting[0].pair
        report = judge(language="python", code_files=CODE, tests=TESTS, sandbox=sandbox)

        assert report.passed
        assert is_over(waiting)

    def test_others_do_not(self, sandbox: Bubblewrap) -> None:
        assert pools.standing(replace(sandbox)) is None

    def test_a_pair_with_variables_is_its_own(self, sandbox: Bubblewrap) -> None:
        pool = pools.standing(sandbox)
        assert pool is not None
        assert fills(pool)
        waiting = pool._waiting[0].pair
        report = judge(
            language="python",
            code_files=CODE,
            tests=TESTS,
            sandbox=sandbox,
            env={"TZ": "Asia/Tokyo"},
        )

        assert report.passed
        assert waiting.is_alive

    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
    def test_a_forked_process_has_none(self, sandbox: Bubblewrap) -> None:
        child = os.fork()
        if child == 0:
            os._exit(0 if pools.standing(sandbox) is None else 1)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 0


def test_nothing_is_left_of_a_judgement(sandbox: Bubblewrap) -> None:
    """The verdict does not wait for the end of the two, but it comes."""
    if sandbox.slots is None:
        pytest.skip("Only sandboxes that root starts have users of their own to be counted.")
    report = judge(
        language="python",
        # Stays when its pipe is closed.
        code_files={
            "thing.py": "import threading, time\n"
            "threading.Thread(target=lambda: time.sleep(60)).start()\ndef one(): return 1"
        },
        tests=TESTS,
        sandbox=sandbox,
    )
    began = time.monotonic()

    assert report.passed
    assert processes.wait_until(lambda: not sandbox.slots._held, 5)
    assert time.monotonic() - began < 4


def test_a_test_whose_time_ran_out_is_a_kill_by_the_clock(sandbox: Bubblewrap) -> None:
    limits = JudgeLimits(test_s=0.5, cell=Limits(wall_s=60))
    report = judge(
        language="python",
        code_files={"thing.py": "import time\ndef one(): time.sleep(60)"},
        tests=TESTS,
        sandbox=sandbox,
        limits=limits,
    )

    assert [each.status for each in report.results] == ["timeout"]
    assert report.outcome_of_tests is not None
    assert report.outcome_of_tests.kill_reason is KillReason.WALL
    assert report.outcome_of_tests.message == "The time of a test ran out."
