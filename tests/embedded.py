"""Pytest plugin: a Postgres and a Valkey of its own for every test session.

Loaded with `-p tests.embedded`, before Django reads its settings. DATABASE_URL and REDIS_URL, when
set, are used as they are. Workers of pytest-xdist share what their session started.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit, urlunsplit

from mgeconsole import environment
from mgeconsole.services import placement, ports, processes
from mgeconsole.services.postgres import Postgres
from mgeconsole.services.valkey import Valkey

START_LIMIT_S = 60


class Session:
    """The services of one test session, in a folder that goes when the session ends.

    The folder holds a locked file; a session whose lock is free is over, however it ended.
    """

    def __init__(self, root: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="session-", dir=root))
        self.folder.chmod(0o755)
        self._lock = _locked(self.folder / "lock")
        environment.make_state_folder(self.var)
        self._pid = os.getpid()
        self._started: list[tuple[subprocess.Popen[bytes], processes.Identity | None]] = []

    @property
    def var(self) -> Path:
        return self.folder / "var"

    def start_postgres(self) -> str:
        """Start Postgres; return its address."""
        postgres = Postgres(placement.place_cluster(self.var), throwaway=True)
        (self.folder / "home").write_text(str(postgres.place.home), encoding="utf-8")
        postgres.prepare()
        self._start(
            "postgres",
            postgres.command(),
            postgres.env(),
            postgres.place.home,
            postgres.place.account,
        )
        self._await("postgres", postgres.ready)
        return postgres.url

    def start_valkey(self) -> str:
        """Start Valkey; return its address."""
        password = secrets.token_urlsafe(24)
        valkey = Valkey(self.var / "valkey", ports.any_free(), password, throwaway=True)
        valkey.prepare()
        self._start("valkey", valkey.command(), valkey.env(), valkey.home)
        self._await("valkey", valkey.ready)
        return valkey.url

    def _start(
        self,
        name: str,
        command: Sequence[str],
        env: dict[str, str],
        cwd: Path,
        account: processes.Account | None = None,
    ) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = processes.spawn(command, env=env, cwd=cwd, output=log, account=account)
        self._started.append((process, processes.identify(process.pid, command)))
        known = (identity for _, identity in self._started if identity)
        processes.write_identities(self.folder / "processes", known)

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        process, _ = self._started[-1]

        def settled() -> bool:
            return ready() or processes.has_ended(process)

        if not processes.wait_until(settled, START_LIMIT_S, step_s=0.02) or not ready():
            log = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"{name} for the tests did not start. It said:\n{log}")

    def close(self) -> None:
        """End the services and remove the folder; does nothing in a forked process."""
        if os.getpid() != self._pid:
            return
        for process, _ in self._started:
            processes.signal_group(process.pid, signal.SIGKILL)  # the data are not kept
            process.wait()
        self._started.clear()
        remove(self.folder)
        self._lock.close()


def remove(folder: Path) -> None:
    """Remove a session's folder, and the home of its Postgres where that lies outside."""
    try:
        home = Path((folder / "home").read_text(encoding="utf-8"))
    except FileNotFoundError:
        home = folder
    for path in (home, folder):
        shutil.rmtree(path, ignore_errors=True)


def remove_stale(root: Path) -> int:
    """End and remove the sessions under root that were killed; return how many there were."""
    count = 0
    for folder in root.glob("session-*"):
        with (folder / "lock").open("a", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            processes.end_leftovers(processes.read_identities(folder / "processes"))
            remove(folder)
            count += 1
    return count


def open_session(root: Path) -> Session:
    """Begin a session under root, once the stale ones are gone."""
    root.mkdir(parents=True, exist_ok=True)
    with _turn(root):
        remove_stale(root)
        return Session(root)


@contextmanager
def _turn(root: Path) -> Iterator[None]:
    """Let one session at a time come and go: a new folder is not locked for a moment."""
    with (root / "lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _locked(path: Path) -> TextIO:
    file = path.open("a", encoding="utf-8")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _prepare() -> None:
    """Give the settings what they ask for."""
    var = environment.var_dir()
    environment.make_state_folder(var)
    session = open_session(var / "test")
    atexit.register(session.close)
    os.environ.pop("NOTIFY_URLS", None)  # the developer's own channels get nothing from a test
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = session.start_postgres()
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = session.start_valkey()
    os.environ["MGE_VAR_DIR"] = str(session.var)
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(32))
    os.environ.setdefault("LLM_API_KEY", "tests")


def _take_own_valkey_database(worker: str) -> None:
    """Let no worker of pytest-xdist see the keys and queues of another; "gw0" gets database 1."""
    number = int(worker.removeprefix("gw")) + 1
    address = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = urlunsplit(address._replace(path=f"/{number}"))


if "PYTEST_XDIST_WORKER" in os.environ:
    _take_own_valkey_database(os.environ["PYTEST_XDIST_WORKER"])
else:
    _prepare()
