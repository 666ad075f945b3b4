"""Run a command over the files of a folder, in the sandbox; print how it went as JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.acceptance.adapters.sandbox.backends import NoSandbox, open_sandbox
from apps.acceptance.adapters.sandbox.folder import FolderError, read_folder
from apps.acceptance.core.sandbox import (
    MEBIBYTE,
    Job,
    KillReason,
    Limits,
    Network,
    Outcome,
    Status,
    refused,
)
from apps.acceptance.installation import sandbox_setup

# As `timeout` and the shells have it; a command that ends by itself gives its own code.
EXIT_TIMEOUT = 124
EXIT_REFUSED = 125
EXIT_KILLED = 137


class Command(BaseCommand):
    help = "Run a command over the files of a folder, where it can do no harm. Needs no database."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="its files, seen in /work")
        parser.add_argument("--timeout", type=_positive, default=30.0, help="seconds; default 30")
        parser.add_argument("--memory", type=_positive, default=512.0, help="MB; default 512")
        parser.add_argument(
            "--loopback",
            action="store_true",
            help="allow TCP and UDP on a loopback of the sandbox's own",
        )
        parser.add_argument(
            "program", nargs="+", metavar="-- CMD", help="python3, node, sh, and what /usr/bin has"
        )

    def handle(
        self,
        *,
        folder: Path,
        timeout: float,
        memory: float,
        loopback: bool,
        program: list[str],
        **_: Any,
    ) -> None:
        left_out: dict[str, str] = {}
        try:
            read = read_folder(folder)
            left_out = read.left_out
            tested = open_sandbox(sandbox_setup())
        except (FolderError, NoSandbox) as problem:
            outcome = refused(str(problem))
        else:
            job = Job(
                files=read.files,
                command=program,
                # Twice: the host's clock ends what waits, this what computes in several processes.
                limits=Limits(
                    wall_s=timeout,
                    cpu_s=max(1, round(timeout)) + 1,
                    memory_bytes=round(memory * MEBIBYTE),
                ),
                network=Network.LOOPBACK if loopback else Network.NONE,
            )
            outcome = tested.sandbox.run(job)
        self.stdout.write(json.dumps(asdict(outcome) | {"left_out": left_out}, indent=2))
        if code := exit_code(outcome):
            sys.exit(code)


def exit_code(outcome: Outcome) -> int:
    if outcome.status is Status.REFUSED:
        return EXIT_REFUSED
    if outcome.kill_reason is KillReason.WALL:
        return EXIT_TIMEOUT
    return EXIT_KILLED if outcome.exit_code is None else outcome.exit_code


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be greater than 0")
    return number
