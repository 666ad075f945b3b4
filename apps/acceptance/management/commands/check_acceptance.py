"""manage.py check_acceptance PLAN --code DIR: does this code meet the requirements of that plan?"""

import json
import secrets
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.acceptance.adapters.judge.tests import JudgedTests
from apps.acceptance.adapters.sandbox.backends import NoSandbox, open_sandbox
from apps.acceptance.adapters.sandbox.folder import FolderError, read_folder
from apps.acceptance.core.gate import GateState
from apps.acceptance.core.reporting import verdict_as_data, verdict_lines
from apps.acceptance.core.sources import Source, UnreadableError, read_source
from apps.acceptance.core.suite import Suite, build_suite
from apps.acceptance.installation import sandbox_setup
from apps.acceptance.verification import verify

EXIT_CODES = {GateState.OPEN: 0, GateState.CLOSED: 1, GateState.NOT_DECIDABLE: 2}
EXIT_FAILED = 3
SEEDS = 2**31


class Command(BaseCommand):
    help = (
        "Generate the tests of a plan, run them against the code of a folder in the sandbox, and"
        " print the verdict on each requirement and the gate. Needs no database and no model. Exit"
        " code 0: the gate is open; 1: closed; 2: not decidable; 3: not checked."
    )
    requires_system_checks = ()  # some of them ask the database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=Path, metavar="PLAN", help="a masterplan in Markdown")
        parser.add_argument("--code", type=Path, metavar="DIR", required=True, help="the code")
        parser.add_argument(
            "--seed",
            type=_seed,
            help="draws the inputs that nobody stated; printed, random by default",
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *, plan: Path, code: Path, seed: int | None, **options: Any) -> None:
        source = _source(plan)
        suite = build_suite(source, seed=secrets.randbelow(SEEDS) if seed is None else seed)
        _refuse_scripts(suite)
        files = self._files(code)
        verdict = verify(suite, files, JudgedTests(_sandbox()))
        if options["format"] == "json":
            data = verdict_as_data(verdict)
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False))
        else:
            self.stdout.write("\n".join(verdict_lines(verdict)))
        if exit_code := EXIT_CODES[verdict.gate.state]:
            sys.exit(exit_code)

    def _files(self, folder: Path) -> dict[str, str]:
        """Read the sources; what may not enter the sandbox is named on standard error."""
        try:
            read = read_folder(folder)
        except FolderError as error:
            raise _failed(str(error)) from error
        for path, why in read.left_out.items():
            self.stderr.write(f"{path} was left out: {why}.")
        sources = {path: data for path, data in read.files.items() if path.endswith(".py")}
        return {path: data.decode("utf-8", "replace") for path, data in sources.items()}


def _source(path: Path) -> Source:
    try:
        return read_source(path.read_bytes().decode("utf-8-sig"), path.name)
    except OSError as error:
        raise _failed(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _failed(f"{path} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    except UnreadableError as error:
        why = str(error).rstrip(".")
        raise _failed(f"{path} holds no requirements that can be read: {why}.") from error


def _refuse_scripts(suite: Suite) -> None:
    if any(atom.is_script for atom in suite.atoms):
        raise _failed(
            "This plan is in TypeScript or JavaScript, and only Python code can be judged so far."
        )


def _sandbox() -> Any:
    try:
        return open_sandbox(sandbox_setup()).sandbox
    except NoSandbox as error:
        raise _failed(error.message) from error


def _failed(sentence: str) -> CommandError:
    """Return the error of a check that could not be made, which is no verdict."""
    return CommandError(sentence, returncode=EXIT_FAILED)


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ArgumentTypeError("must be a whole number from 0")
    return int(text)
