"""A worker without rights: started by root as somebody else, it runs attacks that it is told.

One JSON object per line comes in on standard input, one outcome goes out on standard output. It
runs with the copied interpreter and has plain Python only, because nobody but root may be able to
read the project and its virtual environment.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from attacks import BY_NAME

from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.sandbox.runtime import Runtime
from apps.acceptance.adapters.sandbox.selftest import attack


def main(program: str, runtime: str, state: str) -> None:
    sandbox = Bubblewrap(
        program=Path(program), runtime=Runtime(Path(runtime)), slots=None, hidden=(Path(state),)
    )
    test = attack(sandbox, Path(state))
    _tell({"uid": os.geteuid(), "holds": test.holds, "message": test.message})
    for line in sys.stdin:
        asked = json.loads(line)
        _tell(asdict(sandbox.run(BY_NAME[asked["attack"]].job(asked["host"]))))


def _tell(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
