"""Things on the host that no sandbox may reach, and a look at whether one did."""

import json
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from apps.acceptance.adapters.sandbox import seccomp

PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Host:
    state: Path  # plays the console's state folder
    shm: Path
    token: str
    servers: dict[str, socket.socket]
    victim: "subprocess.Popen[bytes]"

    @property
    def marker(self) -> str:
        """Given to programs that try to live on: it shows in the list of processes."""
        return f"marker-{self.token}"

    @property
    def variable(self) -> str:
        return f"MGE_CANARY_{self.token}"

    def as_json(self, worker: int) -> str:
        """What the attacks know; `worker` is the process that starts their sandbox."""
        column = seccomp.MACHINES[os.uname().machine].column
        numbers = seccomp.DENIED | seccomp.UNKNOWN | {"clone": seccomp.CLONE}
        return json.dumps(
            {
                "secret": str(self.state / "secret_key"),
                "state": str(self.state),
                "project": str(PROJECT),
                "shm": str(self.shm),
                "token": self.token,
                "variable": self.variable,
                "marker": self.marker,
                "name": socket.gethostname(),
                "tcp": self.servers["tcp"].getsockname()[1],
                "udp": self.servers["udp"].getsockname()[1],
                "address": "10.255.255.1",
                "unix": self.servers["unix"].getsockname(),
                "postgres": self.servers["postgres"].getsockname(),
                "victim": self.victim.pid,
                "worker": worker,
                "calls": {name: number[column] for name, number in numbers.items()},
            }
        )

    def harm(self) -> str:
        """Return what was done to the host; empty for nothing."""
        for name, server in self.servers.items():
            with suppress(BlockingIOError):
                return f"{name} was reached: {server.recvfrom(9) if name == 'udp' else server.accept()}"
        if self.victim.poll() is not None:
            return f"the process was ended: {self.victim.returncode}"
        for path in (self.state / "secret_key", self.shm):
            if path.read_text(encoding="utf-8") != self.token:
                return f"{path} was changed"
        return "; ".join(f"still alive: {each}" for each in _processes_with(self.marker))


def _processes_with(text: str) -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if text.encode() in path.read_bytes():
                yield str(path)


@contextmanager
def canaries() -> Iterator[Host]:
    """Put them out. Everything is open to all users: only the sandbox may keep them away."""
    token = secrets.token_hex(12)
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="canaries-")))
        state.chmod(0o777)
        shm = Path("/dev/shm", f"canary-{token}")
        stack.callback(shm.unlink, missing_ok=True)
        for path in (state / "secret_key", shm):
            path.write_text(token, encoding="utf-8")
            path.chmod(0o666)
        servers = {
            "tcp": _bound(stack, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "udp": _bound(stack, socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "unix": _bound(stack, socket.AF_UNIX, socket.SOCK_STREAM, str(state / "socket")),
            # Where the embedded Postgres has its own: it lets in whom the kernel names.
            "postgres": _bound(
                stack, socket.AF_UNIX, socket.SOCK_STREAM, str(state / ".s.PGSQL.5432")
            ),
            "abstract": _bound(stack, socket.AF_UNIX, socket.SOCK_STREAM, f"\0{token}"),
        }
        victim = stack.enter_context(subprocess.Popen(["sleep", "600"]))
        stack.callback(victim.kill)
        host = Host(state, shm, token, servers, victim)
        stack.callback(os.environ.pop, host.variable, None)
        os.environ[host.variable] = token
        yield host


def _bound(stack: ExitStack, family: int, kind: int, address: object) -> socket.socket:
    server = stack.enter_context(socket.socket(family, kind))
    server.bind(address)
    if family == socket.AF_UNIX and isinstance(address, str) and address.startswith("/"):
        Path(address).chmod(0o777)
    if kind == socket.SOCK_STREAM:
        server.listen()
    server.setblocking(False)
    return server
