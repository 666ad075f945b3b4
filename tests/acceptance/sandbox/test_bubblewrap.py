"""What a sandbox does for those who use it, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from apps.acceptance.adapters.sandbox.backends import NoSandbox, Setup, open_sandbox
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap, RefusedError, is_trusted
from apps.acceptance.adapters.sandbox.selftest import attack
from apps.acceptance.adapters.sandbox.slots import NoSlotError, Slots
from apps.acceptance.core.sandbox import (
    MEBIBYTE,
    Job,
    KillReason,
    Limits,
    Network,
    Outcome,
    Sandbox,
    Status,
)
from tests.acceptance.sandbox.host import PROJECT
from tests.processes import wait_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has other users to start as")


def python(code: str, **changes: object) -> Job:
    return replace(Job({}, ("python3", "-c", code)), **changes)


def test_runs_a_command_over_files(sandbox: Bubblewrap) -> None:
    job = Job(
        {
            "main.py": "import sys, pkg.mod\nprint(pkg.mod.X, input(), *sys.argv[1:])",
            "pkg/mod.py": "X = 1",
        },
        ("python3", "main.py", "a b"),
        stdin="typed\n",
    )

    outcome = sandbox.run(job)

    assert (outcome.status, outcome.exit_code, outcome.stdout) == (Status.OK, 0, "1 typed a b\n")
    assert outcome.backend == "bubblewrap"
    assert outcome.wall_ms > 0
    assert outcome.cpu_ms > 0


def test_tells_how_it_ended(sandbox: Bubblewrap) -> None:
    failed = sandbox.run(python("import sys; print('x', file=sys.stderr); sys.exit(7)"))
    crashed = sandbox.run(python("import ctypes; ctypes.string_at(0)"))
    unknown = sandbox.run(Job({}, ("no-such-program",)))

    assert (failed.status, failed.exit_code, failed.stderr) == (Status.FAILED, 7, "x\n")
    assert (crashed.status, crashed.kill_reason) == (Status.KILLED, KillReason.SIGNAL)
    assert crashed.message == "It ended by signal 11."
    assert (unknown.status, unknown.exit_code) == (Status.FAILED, 127)


def test_variables_and_support_files(sandbox: Bubblewrap) -> None:
    code = "import os; print(os.environ['SEED'], open('/support/tool.json').read())"
    outcome = sandbox.run(python(code, env={"SEED": "7"}, support={"tool.json": "{}"}))

    assert outcome.stdout == "7 {}\n"


def test_a_file_may_hold_any_text(sandbox: Bubblewrap) -> None:
    files = {"bytes": bytes(range(256)), "text": "ñ", "empty": ""}
    code = "print([len(open(n, 'rb').read()) for n in ('bytes', 'text', 'empty')])"

    assert sandbox.run(python(code, files=files)).stdout == "[256, 2, 0]\n"


def test_half_a_character_is_refused(sandbox: Bubblewrap) -> None:
    assert sandbox.run(Job({"x": "\ud800"}, ("true",))).status is Status.REFUSED
    assert sandbox.run(Job({}, ("echo", "\ud800"))).status is Status.REFUSED


def test_keeps_the_end_of_the_output(sandbox: Bubblewrap) -> None:
    limits = Limits(output_bytes_kept=1000)
    outcome = sandbox.run(python("print('x' * 300_000); print('end')", limits=limits))

    assert outcome.status is Status.OK
    assert outcome.output_bytes == 300_005
    assert len(outcome.stdout) == 1000
    assert outcome.stdout.endswith("x\nend\n")


@pytest.mark.parametrize("network", Network)
def test_the_loopback_is_its_own(sandbox: Bubblewrap, network: Network) -> None:
    code = (
        "import socket\n"
        "with socket.create_server(('127.0.0.1', 0)) as s:\n"
        "    c = socket.create_connection(s.getsockname())\n"
        "    s.accept()[0].sendall(b'hello')\n"
        "    print(c.recv(9))"
    )
    outcome = sandbox.run(python(code, network=network))

    assert (outcome.stdout == "b'hello'\n") is (network is Network.LOOPBACK), outcome.stderr


def test_the_test_runner_is_there(sandbox: Bubblewrap) -> None:
    job = Job(
        {"test_it.py": "def test_a(): assert 1\ndef test_b(tmp_path): assert tmp_path.is_dir()"},
        ("python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
    )
    outcome = sandbox.run(job)

    assert outcome.status is Status.OK, outcome.stdout + outcome.stderr
    assert "2 passed" in outcome.stdout


def test_node_runs_with_workers(sandbox: Bubblewrap) -> None:
    code = (
        "const { Worker } = require('worker_threads');"
        "new Worker(\"require('worker_threads').parentPort.postMessage(6 * 7)\", { eval: true })"
        ".on('message', (m) => console.log(m));"
    )
    outcome = sandbox.run(Job({}, ("node", "-e", code)))

    assert (outcome.status, outcome.stdout) == (Status.OK, "42\n"), outcome.stderr


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))", KillReason.MEMORY),
        ("for (;;) ;", KillReason.CPU),
        ("const w = () => process.stdout.write('x'.repeat(1 << 16), w); w()", KillReason.OUTPUT),
        ("setInterval(() => 0, 1000)", KillReason.WALL),
    ],
)
def test_limits_of_node(sandbox: Bubblewrap, code: str, reason: KillReason) -> None:
    wall_s = 3 if reason is KillReason.WALL else 30  # a busy machine gives little processor time
    limits = Limits(wall_s=wall_s, cpu_s=1, memory_bytes=256 * MEBIBYTE)
    outcome = sandbox.run(Job({}, ("node", "-e", code), limits=limits))

    assert outcome.kill_reason is reason, outcome


def test_only_named_packages_are_there(sandbox: Bubblewrap) -> None:
    code = (
        "import importlib.util as u\n"
        "print([n for n in ('django', 'celery', 'psycopg', 'pip', 'pytest') if u.find_spec(n)])"
    )
    assert sandbox.run(python(code)).stdout == "['pytest']\n"


def test_two_sandboxes_talk_over_pipes(sandbox: Bubblewrap) -> None:
    """As a judge and the code that it judges do; the host reads no word of it."""
    to_code, from_judge = os.pipe()
    to_judge, from_code = os.pipe()
    judge = sandbox.start(
        python(
            f"import os; os.write({from_judge}, b'2+3'); print(os.read({to_judge}, 99))",
        ),
        channels=(from_judge, to_judge),
    )
    code = sandbox.start(
        python(f"import os; os.write({from_code}, str(eval(os.read({to_code}, 99))).encode())"),
        channels=(from_code, to_code),
    )
    for end in (to_code, from_judge, to_judge, from_code):
        os.close(end)
    with ThreadPoolExecutor() as threads:
        outcomes = [*threads.map(lambda cell: cell.wait(), (judge, code))]

    assert [each.status for each in outcomes] == [Status.OK, Status.OK], outcomes
    assert outcomes[0].stdout == "b'5'\n"


def test_one_that_waits_for_its_job(sandbox: Bubblewrap) -> None:
    """Started early; its time begins when the job comes, over its standard input."""
    reader, writer = os.pipe()
    cell = sandbox.start(python("print(input())", limits=Limits(wall_s=0.2)), stdin=reader)
    os.close(reader)
    cell.restart_clock(20)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(cell.wait)
        time.sleep(0.4)
        os.write(writer, b"the job\n")
        os.close(writer)

        assert waiting.result().stdout == "the job\n"


def test_one_that_nobody_needs_any_more(sandbox: Bubblewrap) -> None:
    cell = sandbox.start(python("import time; time.sleep(20)"))
    threading.Timer(0.2, cell.kill).start()
    outcome = cell.wait()

    assert (outcome.status, outcome.kill_reason) == (Status.KILLED, KillReason.CANCELLED)
    assert outcome.wall_ms < 5_000
    cell.kill()  # once more, too late: nothing happens


class Interrupted(Exception):
    pass


def test_nothing_is_left_when_its_watcher_is_interrupted(sandbox: Bubblewrap) -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted

    marker = f"interrupted-{time.monotonic_ns()}"
    cell = sandbox.start(Job({}, ("python3", "-c", "import time; time.sleep(30)", marker)))
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        with pytest.raises(Interrupted):
            cell.wait()
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert _running(marker) == []


def test_killed_before_it_came_up(sandbox: Bubblewrap) -> None:
    cell = sandbox.start(python("import time; time.sleep(20)"))
    cell.kill()

    assert cell.wait().status is Status.KILLED


def test_many_at_once(sandbox: Bubblewrap) -> None:
    jobs = [python(f"import os; print({number}, os.getuid())") for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        words = [outcome.stdout.split() for outcome in threads.map(sandbox.run, jobs)]

    assert [int(number) for number, _ in words] == list(range(12))
    assert "0" not in {uid for _, uid in words}


def test_started_from_a_thread_that_ends(sandbox: Bubblewrap) -> None:
    """The kernel would end it together with the thread, had that thread started it."""
    with ThreadPoolExecutor(1) as threads:
        cell = threads.submit(
            sandbox.start, python("import time; time.sleep(0.5); print('done')")
        ).result()

    assert cell.wait().stdout == "done\n"


def test_a_forked_process_starts_its_own(sandbox: Bubblewrap) -> None:
    sandbox.run(python("pass"))  # the thread that starts sandboxes exists, and is not copied
    child = os.fork()
    if not child:
        outcome = sandbox.run(python("print('forked')"))
        os._exit(0 if outcome.stdout == "forked\n" else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


WORKER = """
import sys, pathlib
from apps.acceptance.adapters.sandbox.backends import Setup, bubblewrap
from apps.acceptance.core.sandbox import Job, Limits
sandbox = bubblewrap(Setup(pathlib.Path(sys.argv[1])))
cell = sandbox.start(Job({}, ("python3", "-c", sys.argv[2], sys.argv[3])))
print("started", flush=True)
cell.wait()
"""


def test_dies_with_its_worker(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """Killed without a chance to clean up; what runs inside even asks not to be ended."""
    marker = f"orphan-{time.monotonic_ns()}"
    inside = (
        "import ctypes, os, time\n"
        "ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"
        "os.fork(); os.setsid() if os.getpid() != 1 else None\n"
        "time.sleep(30)"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path), inside, marker],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    with worker:
        wait_for(lambda: len(_running(marker)) >= 4, limit_s=20)  # worker, bwrap, and two inside
        worker.kill()

    wait_for(lambda: not _running(marker), limit_s=5)


def _running(marker: str) -> list[Path]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker.encode() in path.read_bytes():
                found.append(path)
        except OSError:
            continue
    return found


@as_root
def test_never_root_on_the_host(sandbox: Bubblewrap) -> None:
    """Seen from outside, where the numbers are the real ones."""
    marker = f"uid-{time.monotonic_ns()}"
    cells = [
        sandbox.start(Job({}, ("python3", "-c", "import time; time.sleep(20)", marker)))
        for _ in range(2)
    ]
    inside: set[int] = set()

    def both_are_up() -> bool:
        # bwrap itself, and what it started, are all those with the marker.
        inside.update(path.parent.stat().st_uid for path in _running(marker))
        return len(_running(marker)) >= 4

    wait_for(both_are_up, limit_s=20)
    for cell in cells:
        cell.kill()
        cell.wait()

    assert len(inside) == 2
    assert min(inside) >= 61_000


@as_root
def test_root_needs_other_users(sandbox: Bubblewrap) -> None:
    outcome = replace(sandbox, slots=None).run(python("print(1)"))

    assert outcome.status is Status.REFUSED
    assert "only as other users" in outcome.message


@as_root
@pytest.mark.parametrize(("first", "count"), [(0, 1), (65_533, 5), (500, 600), (61_000, 0)])
def test_ranges_of_users_that_are_refused(
    sandbox: Bubblewrap, tmp_path: Path, first: int, count: int
) -> None:
    outcome = replace(sandbox, slots=Slots(tmp_path, first, count)).run(python("print(1)"))

    assert outcome.status is Status.REFUSED
    assert "between 1000" in outcome.message


@as_root
def test_a_slot_is_one_sandbox_at_a_time(tmp_path: Path) -> None:
    ours, theirs = (Slots(tmp_path / "slots", 61_950, 2) for _ in range(2))
    first, second = ours.take(), theirs.take()
    with pytest.raises(NoSlotError, match="All 2 users"):
        ours.take()
    ours.give_back(first)

    assert theirs.take().uid == first.uid
    assert first.uid != second.uid


@as_root
def test_a_slot_with_somebody_left_in_it_is_not_given(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots", 61_960, 2)
    with subprocess.Popen(["sleep", "20"], user=61_960, group=61_960, extra_groups=[]) as left:
        taken = slots.take()
        left.kill()

    assert taken.uid == 61_961


@as_root
def test_a_slot_whose_last_process_was_not_collected_is_given(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots", 61_970, 1)
    with subprocess.Popen(["true"], user=61_970, group=61_970, extra_groups=[]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)

        assert slots.take().uid == 61_970


def test_a_secret_folder_that_would_be_seen(sandbox: Bubblewrap) -> None:
    outcome = replace(sandbox, hidden=(sandbox.runtime.folder / "site",)).run(python("print(1)"))

    assert outcome.status is Status.REFUSED
    assert "which sandboxes can read" in outcome.message


@pytest.mark.parametrize("program", ["/usr/bin/true", "/usr/bin/false", "/no/such/bwrap"])
def test_a_bwrap_that_does_not_work(sandbox: Bubblewrap, tmp_path: Path, program: str) -> None:
    broken = replace(sandbox, program=Path(program))

    assert broken.run(python("print(1)")).status is Status.REFUSED
    assert not attack(broken, tmp_path).holds


def test_a_folder_that_cannot_be_mounted(sandbox: Bubblewrap) -> None:
    runtime = replace(sandbox.runtime, folder=Path("/no/such/folder"))
    outcome = replace(sandbox, runtime=runtime).run(python("print(1)"))

    assert outcome.status is Status.REFUSED
    assert "/no/such/folder" in outcome.message


def test_no_place_no_sandbox(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(NoSandbox, match="no untrusted code runs"):
        open_sandbox(Setup(file / "state"))


CONTAINED = """
import sys, pathlib
from apps.acceptance.adapters.sandbox.backends import NoSandbox, Setup, open_sandbox
try:
    open_sandbox(Setup(pathlib.Path(sys.argv[1])))
except NoSandbox as problem:
    print(problem)
"""


def test_root_without_other_users_runs_nothing(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """As in a container that maps one user only: there is nobody to become."""
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", CONTAINED]
    ran = subprocess.run(
        [*command, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert "no untrusted code runs" in ran.stdout, ran.stderr


class Leaky:
    """Answers like a sandbox out of which one attempt got."""

    name = "leaky"

    def __init__(self, inside: Sandbox) -> None:
        self.inside = inside

    def run(self, job: Job) -> Outcome:
        outcome = self.inside.run(job)
        answers = json.loads(outcome.stdout) | {"read_secret": "read 'abc'"}
        return replace(outcome, stdout=json.dumps(answers))


def test_the_self_test_names_what_got_through(sandbox: Bubblewrap, tmp_path: Path) -> None:
    held, leaked = attack(sandbox, tmp_path), attack(Leaky(sandbox), tmp_path)

    assert held.holds, held.message
    assert len(held.results) >= 10
    assert not leaked.holds
    assert "read_secret: read 'abc'" in leaked.message
    assert list(tmp_path.iterdir()) == []  # the canary is gone


def test_a_program_of_others_is_not_trusted(tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text("")
    for mode in (0o4755, 0o2755, 0o775, 0o757):
        program.chmod(mode)
        assert not is_trusted(program)
    assert not is_trusted(tmp_path / "missing")


def test_a_refusal_to_start_is_an_error(sandbox: Bubblewrap) -> None:
    with pytest.raises(RefusedError, match="empty"):
        sandbox.start(Job({}, ()))
