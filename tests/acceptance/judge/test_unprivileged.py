"""The judge as an ordinary user starts it, with pairs kept warm: nothing is forged there either."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from tests.acceptance.judge.forgeries import FORGERIES, HONEST, REQUIREMENTS, Forgery
from tests.acceptance.namespaces import WORKER_UID
from tests.acceptance.sandbox.host import PROJECT

_TO_A_WORKER = (
    "apps/acceptance/core",
    "apps/acceptance/adapters",
    "apps/acceptance/judge_runtime",
    "apps/common/errors.py",
)
TESTS = {"test_money.py": REQUIREMENTS}


@dataclass
class Worker:
    """The other end of worker.py."""

    process: "subprocess.Popen[str]"
    uid: int

    def judge(self, code: dict[str, str]) -> dict[str, str]:
        """Return the status of each test by its name."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"code_files": code, "tests": TESTS}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["problem"] == ""
        return {name.rpartition("::")[2]: status for name, status in answer["statuses"].items()}


@pytest.fixture(scope="module")
def worker(sandbox: Bubblewrap) -> Iterator[Worker]:
    if os.geteuid() != 0:
        pytest.skip("Only root can start a worker as somebody else; the other suites were one.")
    with tempfile.TemporaryDirectory(prefix="judge-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _copy_sources(folder)
        state = folder / "state"
        state.mkdir()
        os.chown(state, WORKER_UID, WORKER_UID)
        runtime = sandbox.runtime
        with subprocess.Popen(
            [runtime.python, "worker.py", str(sandbox.program), str(runtime.folder), str(state)],
            cwd=folder,
            env={
                "LD_LIBRARY_PATH": str(runtime.folder / "python" / "lib"),
                "PYTHONPATH": str(folder),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            user=WORKER_UID,
            group=WORKER_UID,
            extra_groups=[],
            text=True,
        ) as process:
            assert process.stdout
            yield Worker(process, json.loads(process.stdout.readline())["uid"])
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=30)


def _copy_sources(folder: Path) -> None:
    shutil.copy(Path(__file__).with_name("worker.py"), folder / "worker.py")
    for name in _TO_A_WORKER:
        source, copy = PROJECT / name, folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)


def test_the_right_code_passes(worker: Worker) -> None:
    statuses = worker.judge({"money.py": HONEST})

    assert worker.uid == WORKER_UID
    assert set(statuses.values()) == {"passed"}


# All of them run against a worker that root started; here every third, of every sort.
SOME = [each for each in FORGERIES if not each.is_slow][::3]


@pytest.mark.parametrize("forgery", SOME, ids=lambda forgery: forgery.name)
def test_no_forged_pass(forgery: Forgery, worker: Worker) -> None:
    statuses = worker.judge(forgery.files())

    assert {name for name, status in statuses.items() if status == "passed"} <= set(forgery.met)
