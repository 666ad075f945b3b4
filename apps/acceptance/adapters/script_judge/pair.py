"""Two sandboxes of two users: one with a script, one with its tests."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from apps.acceptance.adapters.judge.pair import Pair, Start, open_pair
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.script_judge.programs import INSIDE, Programs
from apps.acceptance.core.sandbox import Job, Limits

ENV = {
    "GOMAXPROCS": "2",  # the compiler would start a thread for each processor
    "NODE_OPTIONS": "",
}
_POSIX_ZONE = re.compile(r"(?:<[^>]+>|[A-Za-z]+)(?P<sign>[+-]?)(?P<hours>\d{1,2})(?::\d+)?")
# Node keeps garbage until it nears this; the host counts what it keeps.
HEAP_SHARE = 0.6


def start_pair(programs: Programs, limits: Limits, env: Mapping[str, str]) -> Pair:
    """Start both. Raises RefusedError when one cannot be started."""
    roomy = replace(limits, memory_bytes=limits.memory_bytes * 2)

    def start(sandbox: Bubblewrap, name: str, limits: Limits) -> Start:
        return lambda channels: sandbox.start(_job(name, channels, limits, env), channels=channels)

    return open_pair(
        start(programs.code, "code_server", limits), start(programs.tests, "test_runner", roomy)
    )


def _job(name: str, channels: Sequence[int], limits: Limits, env: Mapping[str, str]) -> Job:
    heap = int(limits.memory_bytes * HEAP_SHARE) // 2**20
    program = ("node", f"--max-old-space-size={heap}", f"{INSIDE}/{name}.mjs")
    return Job(
        files={},
        command=(*program, *map(str, channels)),
        limits=limits,
        env={**env, **_zone(env), **ENV},
    )


def _zone(env: Mapping[str, str]) -> dict[str, str]:
    """Node knows zones by their names alone: `<+14>-14` is Etc/GMT-14. Parts of an hour are lost."""
    found = _POSIX_ZONE.fullmatch(env.get("TZ", ""))
    if found is None:
        return {}
    return {"TZ": f"Etc/GMT{found['sign'] or '+'}{int(found['hours'])}"}
