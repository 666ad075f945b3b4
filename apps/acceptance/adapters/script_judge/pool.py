"""Pairs for scripts that were started early; kept like those for Python."""

import os

from apps.acceptance.adapters.judge.judge import JudgeLimits
from apps.acceptance.adapters.judge.pair import Pair
from apps.acceptance.adapters.judge.pool import Pool
from apps.acceptance.adapters.judge.pool import standing as standing_for_python
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.script_judge.pair import start_pair
from apps.acceptance.adapters.script_judge.programs import Programs
from apps.acceptance.core.sandbox import Limits


class ScriptPool(Pool):
    """Keeps `size` pairs ready. close() ends those that wait."""

    def __init__(self, programs: Programs, limits: Limits, size: int = 1) -> None:
        self.programs = programs
        super().__init__(programs.code, limits, size)

    def _start(self) -> Pair:
        return start_pair(self.programs, self._limits, {})


# --- the pool of this process -------------------------------------------------------------------

_standing: ScriptPool | None = None


def _forget() -> None:
    global _standing  # noqa: PLW0603 - one per process is the whole point
    _standing = None


# A forked worker must not hand out pairs that its parent hands out too.
os.register_at_fork(after_in_child=_forget)


def keep_warm(programs: Programs, limits: Limits, size: int = 1) -> None:
    """Keep pairs ready for every judgement of this process with these programs, until let_go()."""
    global _standing  # noqa: PLW0603 - one per process is the whole point
    let_go()
    _standing = ScriptPool(programs, limits, size)


def follow(sandbox: Bubblewrap, programs: Programs) -> None:
    """Keep a pair warm from the first script on, in a process that does so for Python."""
    if standing_for_python(sandbox) is not None and standing(programs) is None:
        keep_warm(programs, JudgeLimits().cell)


def let_go() -> None:
    global _standing
    pool, _standing = _standing, None
    if pool is not None:
        pool.close()


def standing(programs: Programs) -> ScriptPool | None:
    """Return the pool that is kept for these very programs, if there is one."""
    return _standing if _standing is not None and _standing.programs == programs else None
