"""What the sandbox and the separated judge cost: against a bare runner, and under load.

python -m tests.bench.bench_sandbox [ROUNDS]

The bare runner is a Python process without any sandbox that was started early, has run one empty
test like the judge's, waits for files, runs pytest over them in itself, and ends. What is measured
of both: from handing the files over until the results are known, with the next process started
beforehand. A round runs both, so a busy machine is busy for both.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from apps.acceptance.adapters.judge.judge import JudgeLimits, judge
from apps.acceptance.adapters.judge.pool import Pool
from apps.acceptance.adapters.sandbox.backends import Setup, bubblewrap
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.core.sandbox import Job
from apps.acceptance.judge_runtime.test_runner import ARGUMENTS
from apps.acceptance.judge_runtime.test_runner import TESTS as TESTS_INSIDE

ROUNDS = 40
LOAD, AT_ONCE = 20, 10
SETTLE_S = 0.3  # between two measurements, so that what was started beforehand is there
CODE = {
    "shop/money.py": (
        "def to_cents(text):\n"
        "    if not isinstance(text, str):\n"
        "        raise TypeError('text is needed')\n"
        "    return round(float(text) * 100)\n"
    )
}
TESTS = {
    "test_money.py": (
        "import pytest\n"
        "from shop.money import to_cents\n\n"
        "def test_whole():\n    assert to_cents('3') == 300\n\n"
        "def test_parts():\n    assert to_cents('1.25') == 125\n\n"
        "def test_less_than_nothing():\n    assert to_cents('-0.5') == -50\n\n"
        "def test_refuses_numbers():\n"
        "    with pytest.raises(TypeError):\n        to_cents(1.5)\n\n"
        "@pytest.mark.parametrize('text', ['0', '0.0', '-0'])\n"
        "def test_nothing(text):\n    assert to_cents(text) == 0\n"
    )
}
ONE_TEST = {
    "test_money.py": "from shop.money import to_cents\n\ndef test_it():\n    assert to_cents('3') == 300\n"
}

_BARE = """
import contextlib, io, json, os, sys, tempfile
import pytest
OPTIONS = sys.argv[1:]
with tempfile.TemporaryDirectory() as top, contextlib.redirect_stdout(io.StringIO()):
    with open(os.path.join(top, "test_rehearsal.py"), "w") as file:
        file.write("def test_nothing(): pass\\n")
    pytest.main([*OPTIONS, "--rootdir", top, top])
print("ready", flush=True)
job = json.loads(sys.stdin.readline())
os.chdir(job["top"])
for name, text in job["files"].items():
    os.makedirs(os.path.dirname(os.path.abspath(name)), exist_ok=True)
    with open(name, "w") as file:
        file.write(text)
sys.path.insert(0, job["top"])
class Last:
    def pytest_sessionfinish(self, exitstatus):
        os.write(1, b"\\n" + json.dumps({"code": int(exitstatus)}).encode() + b"\\n")
pytest.main([*OPTIONS, "--rootdir", job["top"], job["top"]], plugins=[Last()])
os._exit(0)
"""


# The options of the judge's own pytest; the folder is another one.
PYTEST = [option for option in ARGUMENTS if option not in ("--rootdir", str(TESTS_INSIDE))]


class BareRunner:
    """One warm process without a sandbox; it takes one job."""

    def __init__(self, sandbox: Bubblewrap, top: Path) -> None:
        runtime = sandbox.runtime
        self._top = top
        self._process = subprocess.Popen(
            [str(runtime.python), "-s", "-P", "-c", _BARE, *PYTEST],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=top,
            env={
                "LD_LIBRARY_PATH": str(runtime.folder / "python" / "lib"),
                "PYTHONPATH": str(runtime.folder / "site"),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def run(self, files: Mapping[str, str]) -> None:
        """Return when the result is known. The process then ends by itself."""
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"top": str(self._top), "files": dict(files)}) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith("{"):
                assert json.loads(line) == {"code": 0}
                return
        raise AssertionError("The bare runner left without a result.")

    def close(self) -> None:
        with self._process:
            self._process.kill()


def took_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


def say(title: str, values: Sequence[float]) -> None:
    print(f"{title:48} {median(values):8.0f} ms median  {p95(values):8.0f} ms p95")


@contextmanager
def warm_pool(sandbox: Bubblewrap, size: int) -> Iterator[Pool]:
    pool = Pool(sandbox, JudgeLimits().cell, size=size)
    try:
        settle(pool, size)
        yield pool
    finally:
        pool.close()


def settle(pool: Pool, size: int) -> None:
    """Wait until the pool is full and its processes have loaded what they load."""
    while pool.ready < size:
        time.sleep(0.02)
    time.sleep(SETTLE_S * 2)


def judged(sandbox: Bubblewrap, tests: Mapping[str, str], pool: Pool | None = None) -> None:
    report = judge(language="python", code_files=CODE, tests=tests, sandbox=sandbox, pool=pool)
    assert report.passed, report


def overhead(sandbox: Bubblewrap, rounds: int) -> None:
    """One module with seven cases, by the judge and by the bare runner, in turns."""
    bare, warm = [], []
    with warm_pool(sandbox, 1) as pool:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as top:
                runner = BareRunner(sandbox, Path(top))
                time.sleep(SETTLE_S)
                bare.append(took_ms(lambda runner=runner: runner.run({**CODE, **TESTS})))  # type: ignore[misc]  # a default binds the loop variable
                runner.close()
            settle(pool, 1)
            warm.append(took_ms(lambda: judged(sandbox, TESTS, pool)))
    say("bare runner, warm", bare)
    say("judge in two sandboxes, warm", warm)
    differences = [judge_ms - bare_ms for judge_ms, bare_ms in zip(warm, bare, strict=True)]
    say("  more than the bare runner (goal: < 100)", differences)
    cold = [took_ms(lambda: judged(sandbox, TESTS)) for _ in range(max(5, rounds // 4))]
    say("judge in two sandboxes, cold", cold)


def start(sandbox: Bubblewrap, rounds: int) -> None:
    job = Job(files={}, command=("true",))
    say("one sandbox around `true`", [took_ms(lambda: sandbox.run(job)) for _ in range(rounds)])


def load(sandbox: Bubblewrap, title: str, pool: Pool | None) -> None:
    """Twenty atoms with one test each, ten at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        work = [
            threads.submit(took_ms, lambda: judged(sandbox, ONE_TEST, pool)) for _ in range(LOAD)
        ]
        each = [done.result() for done in work]
    say(f"{LOAD} tests, {AT_ONCE} at once, {title}", each)
    print(f"{'  all of them':48} {(time.perf_counter() - began) * 1000:8.0f} ms")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else ROUNDS
    with tempfile.TemporaryDirectory() as state:
        sandbox = bubblewrap(Setup(Path(state)))
        start(sandbox, rounds)
        overhead(sandbox, rounds)
        load(sandbox, "cold", None)
        with warm_pool(sandbox, 2) as pool:
            load(sandbox, "two pairs warm", pool)


if __name__ == "__main__":
    main()
