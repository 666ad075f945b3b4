"""A stack of small programs under the real supervisor: `small_stack.py RECORD [NAME=CODE ...]`.

Each CODE is Python text. The stack counts as up once every program has printed a line; `--parent`
in front of RECORD makes it stop with its parent.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mgeconsole.environment import StateError
from mgeconsole.supervisor.child import Program
from mgeconsole.supervisor.output import Screen
from mgeconsole.supervisor.supervisor import StopAsked, Supervisor


def main(arguments: Sequence[str]) -> int:
    with_parent = arguments[0] == "--parent"
    record, *programs = arguments[1:] if with_parent else arguments
    supervisor = Supervisor(Screen(sys.stdout), Path(record), stop_with_parent=with_parent)
    try:
        with supervisor.running():
            for text in programs:
                name, _, code = text.partition("=")
                supervisor.add(program(name, code))
            supervisor.is_up = "breaks" not in record
            try:
                while True:
                    supervisor.tick()
            except StopAsked:
                supervisor.say("asked to stop")
    except StateError as error:
        supervisor.say(str(error))
        return 1
    supervisor.say("stopped")
    return 0


def program(name: str, code: str) -> Program:
    command = (sys.executable, "-u", "-S", "-c", code)
    return Program(name, command, env={"PATH": os.defpath}, cwd=Path("/"), grace_s=1.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
