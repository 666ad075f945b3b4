"""The stack from its first folder to its last farewell."""

import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mgeconsole import environment
from mgeconsole.environment import BASE_DIR, StateError
from mgeconsole.services import placement, ports, processes
from mgeconsole.services.postgres import Postgres
from mgeconsole.services.valkey import Valkey
from mgeconsole.supervisor import programs
from mgeconsole.supervisor.child import Child
from mgeconsole.supervisor.output import Screen
from mgeconsole.supervisor.stamps import Stamp, mark_of, mark_of_files
from mgeconsole.supervisor.supervisor import StopAsked, Supervisor, answers_ok

WEB_PORT = 8000
REPLAY_PORT = 8091
VALKEY_PORT = 6379
DEMO_LOGINS = ("operator", "reviewer", "approver", "lead", "admin")

_LENT = (
    "DATABASE_URL",
    "REDIS_URL",
    "LLM_BASE_URL",
    "LLM_API_KEY",
    "SECRET_KEY",
    "MGE_VAR_DIR",
)
_LOCK_WAIT_S = 3.0  # a stack whose `make` was just killed needs a moment to notice
_STOP_WAIT_S = 40.0  # longer than the graces of all children in STOP_ORDER


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may ask of `manage.py up`."""

    port: int | None = None  # None: 8000, or a free one
    with_demo: bool = True
    latency_ms: int = 2000  # median answer time of the replay server
    stop_with_parent: bool = False


class Stack:
    """One run of the stack over one state folder."""

    def __init__(self, options: Options, environ: Mapping[str, str], screen: Screen) -> None:
        self._options = options
        self._given = environ
        self._var = environment.var_dir(environ)
        self._run = self._var / "run"
        self._supervisor = Supervisor(
            screen,
            self._run / "processes.json",
            stop_with_parent=options.stop_with_parent,
        )
        self._env: dict[str, str] = dict(environ)
        self._facts = {"var": str(self._var), "latency_ms": str(options.latency_ms)}

    def run(self) -> int:
        """Run until somebody ends it; return the exit code. Raises StateError when it cannot."""
        environment.make_state_folder(self._var)
        with _sole_stack(self._var):
            self._forget()
            self._end_leftovers()
            try:
                with self._supervisor.running():
                    self._run_until_stopped()
                self._supervisor.say("Stopped. Nothing is left running.")
            finally:
                self._forget()
        return 0

    def _run_until_stopped(self) -> None:
        try:
            self._start()
            while True:
                self._supervisor.tick()
        except StopAsked:
            self._supervisor.say("Stopping ...")
        finally:
            (self._run / "stopping").touch()  # a start that waits for us may wait longer

    def _end_leftovers(self) -> None:
        recorded = processes.read_identities(self._run / "processes.json")
        left = processes.end_leftovers(recorded)
        if left:
            self._supervisor.say(f"Ended {len(left)} processes of a stack that was killed.")

    def _forget(self) -> None:
        """Remove what a running stack tells others."""
        for name in ("stack.env", "address", "stopping"):
            (self._run / name).unlink(missing_ok=True)

    def _start(self) -> None:
        begun = time.monotonic()
        for folder in programs.state_folders(self._var):
            folder.mkdir(parents=True, exist_ok=True)
        self._settle_secrets()
        self._facts["web_port"] = str(self._choose_web_port())
        self._env["PUBLIC_URL"] = self._env.get("PUBLIC_URL") or self._address
        self._start_services()
        address = self._start_console()
        self._supervisor.is_up = True
        # Last: it attacks its own sandbox first, and no page waits for that.
        self._add_program("sandbox")
        self._announce(address, time.monotonic() - begun)

    @property
    def _address(self) -> str:
        """Where the pages answer on this machine; known once the port is chosen."""
        return f"http://{ports.LOOPBACK}:{self._facts['web_port']}"

    def _settle_secrets(self) -> None:
        if not self._env.get("SECRET_KEY"):
            self._env["SECRET_KEY"] = environment.kept_secret(self._var / "secret_key")
        self._env["MGE_VAR_DIR"] = str(self._var)
        self._env["PYTHONUNBUFFERED"] = "1"

    def _start_services(self) -> None:
        """Start what DATABASE_URL, REDIS_URL and LLM_BASE_URL do not name already."""
        postgres = None if self._env.get("DATABASE_URL") else self._start_postgres()
        valkey = None if self._env.get("REDIS_URL") else self._start_valkey()
        if not self._env.get("LLM_BASE_URL"):
            port = ports.choose(REPLAY_PORT)
            self._facts["replay_port"] = str(port)
            self._env["LLM_BASE_URL"] = f"http://{ports.LOOPBACK}:{port}/v1"
            # The client libraries insist on a key, whoever answers.
            self._env["LLM_API_KEY"] = self._env.get("LLM_API_KEY") or "replay"
            self._add_program("replay")
        self._lend()
        if postgres:
            self._supervisor.wait_for(
                postgres.ready,
                60,
                "Postgres did not start within 60 s. Its lines above say why.",
            )
        if valkey:
            self._supervisor.wait_for(
                valkey.ready,
                60,
                "Valkey did not start within 60 s. Its lines above say why.",
            )

    def _start_postgres(self) -> Postgres:
        postgres = Postgres(placement.place_cluster(self._var))
        place = postgres.place
        self._env["DATABASE_URL"] = postgres.url
        if place.account:
            self._supervisor.say(f"Postgres runs as the system user {place.account.name}.")
        if place.outside:
            self._supervisor.say("That user cannot enter this project, so its data lie outside.")
        self._supervisor.say(f"Postgres keeps its data in {place.data}")
        self._supervisor.add(programs.postgres_program(postgres))
        return postgres

    def _start_valkey(self) -> Valkey:
        valkey = Valkey(
            home=self._var / "valkey",
            port=ports.choose(VALKEY_PORT),
            password=secrets.token_urlsafe(24),
        )
        self._env["REDIS_URL"] = valkey.url
        self._supervisor.add(programs.valkey_program(valkey))
        return valkey

    def _lend(self) -> None:
        """Write the variables down for commands that run beside the stack."""
        lent = {name: self._env[name] for name in _LENT if self._env.get(name)}
        environment.write_private(
            environment.stack_env_file(self._var), environment.format_env(lent)
        )

    def _start_console(self) -> str:
        """Migrate, start the programs, fill in the demo; return the address that answers."""
        stamp = Stamp(self._var / "static.stamp")
        mark = mark_of_files(BASE_DIR / "static", BASE_DIR / "requirements.txt")
        collect = None if stamp.is_for(mark) else self._start_once("static", self._env)
        self._demand(self._start_once("migrate", self._env))
        if collect:
            self._demand(collect)
            stamp.set(mark)
        for name in ("web", "worker", "beat"):
            self._add_program(name)
        if self._options.with_demo:
            self._fill_demo()
        address = self._address
        self._supervisor.wait_for(
            lambda: self._supervisor.all_run and answers_ok(f"{address}/readyz"),
            90,
            f"{address}/readyz did not say 200 within 90 s. The lines above say why.",
        )
        (self._run / "address").write_text(address, encoding="utf-8")
        return address

    def _add_program(self, name: str) -> None:
        self._supervisor.add(programs.application(name, self._env, self._facts))

    def _start_once(self, name: str, env: Mapping[str, str]) -> Child:
        return self._supervisor.start_once(programs.one_off(name, env))

    def _demand(self, child: Child) -> None:
        if self._supervisor.wait_once(child):
            raise StateError(f"The stack cannot run without {child.name}.")

    def _choose_web_port(self) -> int:
        asked = self._options.port
        if asked is None:
            return ports.choose(WEB_PORT)
        if not ports.is_free(asked):
            raise StateError(f"Port {asked} is busy. Give another one, or leave --port out.")
        return asked

    def _fill_demo(self) -> None:
        """Make the demo users and plans; where that fails, the console runs all the same."""
        replay_port = self._facts.get("replay_port")
        if replay_port:
            self._supervisor.wait_for(
                lambda: ports.answers(int(replay_port)),
                60,
                "The replay server did not answer within 60 s. Its lines above say why.",
            )
        env = self._env | {"DEMO_PASSWORD": self._demo_password()}
        stamp = Stamp(self._var / "demo.stamp")
        mark = mark_of(env["DATABASE_URL"], env["DEMO_PASSWORD"])
        demo = self._start_once("demo", env)
        if stamp.is_for(mark):  # the logins are there, so nobody has to wait for the rest
            return
        if not self._supervisor.wait_once(demo):
            stamp.set(mark)

    def _demo_password(self) -> str:
        given = self._given.get("DEMO_PASSWORD")
        return given or environment.kept_secret(self._var / "demo_password", length=12)

    def _announce(self, address: str, took_s: float) -> None:
        say = self._supervisor.say
        say("")
        say(f"MGE Console runs at {address} (started in {took_s:.0f} s)")
        if self._options.with_demo:
            *names, last = DEMO_LOGINS
            say(f"Sign in as {', '.join(names)} or {last}; password: {self._demo_password()}")
        say("Ctrl-C stops all of it.")
        say("")


@contextmanager
def _sole_stack(var: Path) -> Iterator[None]:
    """Be the one stack of this state folder. Raises StateError when another one stays."""
    begun = time.monotonic()
    run = var / "run"
    while True:
        with environment.stack_lock(var) as free:
            if free:
                yield
                return
        limit_s = _STOP_WAIT_S if (run / "stopping").exists() else _LOCK_WAIT_S
        if time.monotonic() - begun > limit_s:
            raise StateError(_already(run))
        time.sleep(_LOCK_WAIT_S / 30)


def _already(run: Path) -> str:
    try:
        address = (run / "address").read_text(encoding="utf-8")
    except OSError:
        return f"MGE Console is already starting from {run.parent}. Wait for it, or stop it."
    return f"MGE Console already runs at {address}. Open that address, or stop it there first."


def up(options: Options, screen: Screen) -> int:
    """Run the stack; return the exit code, having said in a sentence what went wrong."""
    try:
        return Stack(options, os.environ, screen).run()
    except StateError as error:
        screen.say("console", str(error))
        return 1
