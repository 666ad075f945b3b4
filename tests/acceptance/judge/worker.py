"""A worker without rights that judges: started by root as somebody else, it is told what to judge.

One JSON object per line comes in on standard input, with the files and the tests; the statuses go
out on standard output. It runs with the copied interpreter and has plain Python only, because
nobody but root may be able to read the project and its virtual environment.
"""

import json
import os
import sys
from pathlib import Path

from apps.acceptance.adapters.judge import pool
from apps.acceptance.adapters.judge.judge import JudgeLimits, judge
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.sandbox.runtime import Runtime
from apps.acceptance.core.sandbox import MEBIBYTE, Limits

_CELL = Limits(wall_s=60, memory_bytes=128 * MEBIBYTE)
LIMITS = JudgeLimits(test_s=6, collect_s=10, start_s=30, pairs=2, cell=_CELL)


def main(program: str, runtime: str, state: str) -> None:
    sandbox = Bubblewrap(
        program=Path(program), runtime=Runtime(Path(runtime)), slots=None, hidden=(Path(state),)
    )
    pool.keep_warm(sandbox, _CELL)
    _tell({"uid": os.geteuid()})
    for line in sys.stdin:
        asked = json.loads(line)
        report = judge(language="python", sandbox=sandbox, limits=LIMITS, **asked)
        _tell(
            {
                "problem": report.problem,
                "statuses": {each.id: each.status for each in report.results},
            }
        )
    pool.let_go()


def _tell(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
