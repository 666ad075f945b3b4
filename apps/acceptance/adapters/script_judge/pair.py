"""Two sandboxes of two users: one with a script, one with its tests."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from apps.acceptance.adapters.judge.pair import Pair, Running
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
    theirs: list[int] = []
    ours: list[int] = []

    def pipe(*, is_written_here: bool) -> int:
        read, write = os.pipe()
        theirs.append(read if is_written_here else write)
        ours.append(write if is_written_here else read)
        os.set_blocking(ours[-1], False)
        return ours[-1]

    started: list[Running] = []
    try:
        to_code, from_code = pipe(is_written_here=True), pipe(is_written_here=False)
        to_tests, from_tests = pipe(is_written_here=True), pipe(is_written_here=False)
        report = pipe(is_written_here=False)
        roomy = replace(limits, memory_bytes=limits.memory_bytes * 2)
        jobs = (
            (programs.code, "code_server", theirs[:2], limits),
            (programs.tests, "test_runner", theirs[2:], roomy),
        )
        for sandbox, name, channels, each in jobs:
            job = _job(name, channels, each, env)
            started.append(Running(sandbox.start(job, channels=channels)))
    except BaseException:
        for running in started:
            running.end()
        for file in ours:
            os.close(file)
        raise
    finally:
        for file in theirs:
            os.close(file)
    return Pair(started[0], started[1], to_code, from_code, to_tests, from_tests, report)


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
