"""Commits versions 0 … count-1, oldest first, as a worker does; prints "ready" before it begins.

python -m tests.execution.commit_until_killed ROOT COUNT
"""

import sys
from pathlib import Path

from apps.execution.adapters.workspace import Workspace
from tests.execution.versions import PLAN, version


def main(root: Path, count: int) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    workspace = Workspace(root, PLAN)
    workspace.ensure()
    for number in range(count):
        workspace.commit(version(number))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
