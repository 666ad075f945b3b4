"""A sandbox as root starts it, one as a worker without rights starts it, and the host around."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.acceptance.adapters.sandbox.backends import Setup, open_sandbox
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.core.sandbox import KillReason, Outcome, Status
from tests.acceptance.namespaces import WORKER_UID, may_make_namespaces
from tests.acceptance.sandbox import host as hosts
from tests.acceptance.sandbox.attacks import Attack

_TO_A_WORKER = (
    "apps/acceptance/core/sandbox.py",
    "apps/acceptance/adapters",
    "apps/common/errors.py",
)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Bubblewrap:
    if not may_make_namespaces():
        pytest.skip("This kernel gives no user namespaces to ordinary users.")
    state = tmp_path_factory.mktemp("state")
    return open_sandbox(Setup(state, hidden=(hosts.PROJECT,))).sandbox


@pytest.fixture
def host() -> Iterator[hosts.Host]:
    with hosts.canaries() as host:
        yield host


@dataclass
class Worker:
    """The other end of worker.py."""

    process: "subprocess.Popen[str]"
    greeting: dict[str, object]

    def run(self, attack: Attack, host: hosts.Host) -> Outcome:
        asked = {"attack": attack.name, "host": host.as_json(self.process.pid)}
        answer = self._ask(json.dumps(asked))
        return Outcome(
            **answer
            | {
                "status": Status(answer["status"]),
                "kill_reason": KillReason(answer["kill_reason"]),
            }
        )

    def _ask(self, line: str) -> dict[str, str]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer: dict[str, str] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="session")
def worker(sandbox: Bubblewrap) -> Iterator[Worker]:
    if os.geteuid() != 0:
        pytest.skip("Only root can start a worker as somebody else; the other run was as oneself.")
    with tempfile.TemporaryDirectory(prefix="worker-") as name:
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
                "SECRET_KEY": "of the worker",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            user=WORKER_UID,
            group=WORKER_UID,
            extra_groups=[],
            text=True,
        ) as process:
            assert process.stdout
            yield Worker(process, json.loads(process.stdout.readline()))
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=30)


def _copy_sources(folder: Path) -> None:
    here = Path(__file__).parent
    for name in ("attacks.py", "worker.py"):
        shutil.copy(here / name, folder / name)
    for name in _TO_A_WORKER:
        source = hosts.PROJECT / name
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)


Run = Callable[[Attack, hosts.Host], Outcome]


@pytest.fixture(params=["started by root", "started by a worker without rights"])
def run(request: pytest.FixtureRequest, sandbox: Bubblewrap) -> Run:
    if request.param == "started by root" and os.geteuid() == 0:
        return lambda attack, host: sandbox.run(attack.job(host.as_json(os.getpid())))
    if os.geteuid() == 0:
        other: Worker = request.getfixturevalue("worker")
        return other.run
    if request.param == "started by root":
        pytest.skip("These tests do not run as root.")
    return lambda attack, host: sandbox.run(attack.job(host.as_json(os.getpid())))
