"""manage.py import_masterplan FILE: store a masterplan from a file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.common.errors import ConsoleError
from apps.execution import actions


class Command(BaseCommand):
    help = "Import a masterplan from a Markdown file, and start it with --start."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="path of the Markdown file, or - for standard input")
        parser.add_argument("--user", default="operator", help="owner of the plan")
        parser.add_argument("--copy", action="store_true", help="import a known text once more")
        parser.add_argument("--start", action="store_true", help="start it at once")

    def handle(self, *args: Any, **options: Any) -> None:
        text = _read(options["file"])
        try:
            by = User.objects.get(username=options["user"])
        except User.DoesNotExist as error:
            raise CommandError(
                f"There is no user {options['user']!r}. Name the owner with --user."
            ) from error
        try:
            plan = actions.import_masterplan(text=text, by=by, is_copy=options["copy"])
            for entry in plan.diagnostics:
                self.stderr.write(
                    f"{options['file']}:{entry['line']}:{entry['column']}:"
                    f" {entry['severity']}: {entry['message']} [{entry['code']}]"
                )
            if options["start"]:
                plan = actions.start(plan_id=plan.pk, by=by)
        except ConsoleError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{plan.ref} {plan.status} {plan.title}")


def _read(name: str) -> str:
    """Return the file's text. Raises CommandError when it cannot be read or is no UTF-8."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not UTF-8 text. Save it as UTF-8 and try again.") from error
