#!/usr/bin/env python
"""Commands of the console: `up` runs the whole stack, all others work beside it."""

import os
import sys

from django.core.management import execute_from_command_line

from mgeconsole import environment
from mgeconsole.management.commands.up import Command as UpCommand

# Commands that need neither a database nor a running stack.
STAND_ALONE = frozenset({"check_acceptance", "requirements", "sandbox"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mgeconsole.settings")
    if sys.argv[1:2] == ["up"]:
        UpCommand().run_before_settings(sys.argv)
    environment.borrow_from_stack(os.environ)
    if sys.argv[1:2] and sys.argv[1] in STAND_ALONE:
        environment.stand_alone(os.environ)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
