"""Attack a sandbox before anything untrusted is given to it."""

import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from apps.acceptance.adapters.sandbox import probe
from apps.acceptance.core.sandbox import (
    MEBIBYTE,
    Job,
    KillReason,
    Limits,
    Network,
    Sandbox,
    Status,
)

_LIMITS = Limits(wall_s=20, cpu_s=10, memory_bytes=192 * MEBIBYTE, processes=16)
# Leaves a grandchild in a session of its own, and does not end; the host must end both.
_DAEMON = (
    "import os,time\nif not os.fork():\n os.setsid()\n if os.fork(): os._exit(0)\ntime.sleep(60)"
)
_HOG = "kept = []\nwhile True: kept.append(bytearray(1 << 20))"


@dataclass(frozen=True, slots=True)
class SelfTest:
    backend: str
    results: Mapping[str, str]  # by attempt; empty text: held. Else what got through

    @property
    def holds(self) -> bool:
        return bool(self.results) and not any(self.results.values())

    @property
    def message(self) -> str:
        broken = [f"{name}: {result}" for name, result in self.results.items() if result]
        if broken:
            return f"{self.backend} does not hold here ({'; '.join(broken)})."
        return f"{self.backend} held {len(self.results)} of {len(self.results)} attacks."


def attack(sandbox: Sandbox, state: Path) -> SelfTest:
    """Try a dozen ways out, with canaries on the host; takes about half a second.

    `state` is the folder that must stay hidden. Raises OSError when the canaries cannot be set.
    """
    results = _probe(sandbox, state)
    # After a failed probe the sandbox may not run at all, or not hold what follows.
    if not any(results.values()):
        results |= {"outlive": _outlive(sandbox), "eat_memory": _eat_memory(sandbox)}
    return SelfTest(sandbox.name, results)


def _probe(sandbox: Sandbox, state: Path) -> dict[str, str]:
    expected = {attempt.__name__ for attempt in probe.ATTEMPTS}
    with _canaries(state) as host:
        job = Job(
            files={},
            command=("python3", "/support/probe.py"),
            support={"probe.py": Path(probe.__file__).read_bytes()},
            stdin=json.dumps(host),
            limits=_LIMITS,
            network=Network.LOOPBACK,  # the wider of the two
        )
        outcome = sandbox.run(job)
    try:
        answers = json.loads(outcome.stdout)
    except ValueError:
        problem = outcome.message or outcome.stderr.strip()[-500:] or "no answer"
        return {"start": f"{outcome.status}: {problem}"}
    missing = dict.fromkeys(expected - set(answers), "was not tried")
    return {name: result or "" for name, result in answers.items()} | missing


@contextmanager
def _canaries(state: Path) -> Iterator[dict[str, object]]:
    """Put a secret file, a variable and two servers on the host."""
    token = secrets.token_hex(16)
    variable = f"MGE_CANARY_{token}"
    secret = state.resolve() / f"canary-{token}"
    with ExitStack() as stack:
        stack.callback(secret.unlink, missing_ok=True)
        secret.write_text(token, encoding="utf-8")
        secret.chmod(0o644)  # only the sandbox shall keep it from being read
        stack.callback(os.environ.pop, variable, None)
        os.environ[variable] = token
        loopback = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0{token}")
        abstract.listen()
        yield {
            "secret": str(secret),
            "variable": variable,
            "port": loopback.getsockname()[1],
            "abstract": token,
            "pid": os.getpid(),
            "processes": _LIMITS.processes,
        }


def _outlive(sandbox: Sandbox) -> str:
    """A daemon must end with its sandbox, and the sandbox with its time."""
    began = time.monotonic()
    limits = Limits(wall_s=0.3, processes=16)
    outcome = sandbox.run(Job(files={}, command=("python3", "-c", _DAEMON), limits=limits))
    took_s = time.monotonic() - began
    if outcome.status is not Status.TIMEOUT or took_s > 10:
        return f"{outcome.status} after {took_s:.1f} s {outcome.message}"
    return ""


def _eat_memory(sandbox: Sandbox) -> str:
    outcome = sandbox.run(Job(files={}, command=("python3", "-c", _HOG), limits=_LIMITS))
    if outcome.kill_reason is not KillReason.MEMORY:
        return f"{outcome.status} {outcome.stderr.strip()[-200:]}"
    return ""
