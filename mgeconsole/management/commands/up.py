"""`manage.py up`: the whole stack, in one terminal."""

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from mgeconsole.supervisor.output import Screen, wants_colour
from mgeconsole.supervisor.stack import Options, up


class Command(BaseCommand):
    help = "Start Postgres, Valkey, web server, worker, beat and replay server; Ctrl-C stops all."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="port of the pages (8000, or a free one)")
        parser.add_argument(
            "--no-demo",
            action="store_true",
            help="make no demo users and no demo plans",
        )
        parser.add_argument(
            "--latency-ms",
            type=int,
            default=2000,
            help="median time of a replayed model answer (2000)",
        )
        parser.add_argument(
            "--stop-with-parent",
            action="store_true",
            help="stop when the process that started this one ends",
        )

    def run_before_settings(self, argv: Sequence[str]) -> NoReturn:
        """Run as manage.py does, but without a look at the settings, which need what we make."""
        parser = self.create_parser(argv[0], argv[1])
        parser.called_from_command_line = True  # a wrong option is told, not raised
        self.handle(**vars(parser.parse_args(argv[2:])))

    def handle(self, *args: object, **options: Any) -> NoReturn:
        asked = Options(
            port=options["port"],
            with_demo=not options["no_demo"],
            latency_ms=options["latency_ms"],
            stop_with_parent=options["stop_with_parent"],
        )
        sys.exit(up(asked, Screen(colour=wants_colour(sys.stdout, os.environ))))
