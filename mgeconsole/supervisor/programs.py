"""Every program of the stack in tables: what runs, and in which order it stops."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from mgeconsole.environment import BASE_DIR
from mgeconsole.services.postgres import Postgres
from mgeconsole.services.valkey import Valkey
from mgeconsole.supervisor.child import Program

# One command each; the words in braces are filled in after the words were split.
APPLICATION: Mapping[str, str] = {
    "replay": (
        "{python} -m apps.llm.replay --port {replay_port} --answers examples"
        " --median-ms {latency_ms} --seed 7"
    ),
    "web": (
        "{python} -m uvicorn mgeconsole.asgi:application --host 127.0.0.1 --port {web_port}"
        " --lifespan off --no-access-log --timeout-graceful-shutdown 5"
    ),
    "worker": (
        "{python} -m celery --quiet -A mgeconsole worker -P threads -c 32 -Q control,attempts"
        " -n worker@%h --loglevel INFO --without-gossip --without-mingle"
    ),
    "sandbox": (
        "{python} -m celery --quiet -A mgeconsole worker -P threads -Q sandbox"
        " -n sandbox@%h --loglevel INFO --without-gossip --without-mingle"
    ),
    "beat": (
        "{python} -m celery --quiet -A mgeconsole beat --schedule {var}/beat/schedule --pidfile="
        " --loglevel WARNING"
    ),
}
ONE_OFF: Mapping[str, str] = {
    "static": "{python} manage.py collectstatic --noinput --verbosity 0",
    "migrate": "{python} manage.py migrate --noinput",
    "demo": "{python} manage.py demo",
}

# The worker finishes what it can while the replay server still answers; data come last.
STOP_ORDER = (("web", "beat", "worker", "sandbox"), ("replay",), ("valkey",), ("postgres",))

# The web server has children of its own to take along; the others leave nothing half done.
_ORPHAN_SIGNALS = {"web": signal.SIGTERM}


def application(name: str, env: Mapping[str, str], facts: Mapping[str, str]) -> Program:
    """Return a program of the console; facts fill in the braces of its command."""
    return Program(
        name=name,
        command=_fill(APPLICATION[name], facts),
        env=env,
        cwd=BASE_DIR,
        orphan_signal=_ORPHAN_SIGNALS.get(name, signal.SIGKILL),
    )


def one_off(name: str, env: Mapping[str, str]) -> Program:
    """Return a program that runs once and ends."""
    return Program(name=name, command=_fill(ONE_OFF[name], {}), env=env, cwd=BASE_DIR)


def postgres_program(postgres: Postgres) -> Program:
    return Program(
        name="postgres",
        command=postgres.command(),
        env=postgres.env(),
        cwd=postgres.place.home,
        account=postgres.place.account,
        stop_signal=signal.SIGINT,  # "fast": ends sessions, then writes a checkpoint
        grace_s=20.0,
        orphan_signal=signal.SIGINT,
        prepare=postgres.prepare,
    )


def valkey_program(valkey: Valkey) -> Program:
    return Program(
        name="valkey",
        command=valkey.command(),
        env=valkey.env(),
        cwd=valkey.home,
        orphan_signal=signal.SIGTERM,
        prepare=valkey.prepare,
    )


def _fill(command: str, facts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(word.format(python=sys.executable, **facts) for word in command.split())


def state_folders(var: Path) -> tuple[Path, ...]:
    """Return the folders that the programs above expect."""
    return (var / "run", var / "beat", var / "valkey")
