"""manage.py check_acceptance PLAN --code DIR: does this code meet the requirements of that plan?"""

import json
import secrets
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.acceptance.adapters.runners import Runners
from apps.acceptance.adapters.sandbox.backends import NoSandbox, open_sandbox
from apps.acceptance.adapters.sandbox.folder import FolderError, read_folder
from apps.acceptance.adapters.script_judge.judge import CONFIG, is_read
from apps.acceptance.adapters.script_judge.programs import ScriptsUnavailable
from apps.acceptance.core.gate import GateState
from apps.acceptance.core.reporting import verdict_as_data, verdict_lines
from apps.acceptance.core.sandbox import MAX_FILE_BYTES
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
        files = self._files(code)
        verdict = verify(suite, files, _runners(suite))
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
        files = {
            path: data.decode("utf-8", "replace")
            for path, data in {**read.files, **_config(folder)}.items()
            if path.endswith(".py") or is_read(path)
        }
        for path, why in read.left_out.items():
            if path not in files:
                self.stderr.write(f"{path} was left out: {why}.")
        return files


def _config(folder: Path) -> dict[str, bytes]:
    """The compiler's configuration of a project, which names the aliases of its folders."""
    path = folder / CONFIG
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
        return {}
    try:
        return {CONFIG: path.read_bytes()}
    except OSError as error:
        raise _failed(f"{path} cannot be read: {error.strerror}.") from error


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


def _runners(suite: Suite) -> Runners:
    runners = Runners(_sandbox())
    try:
        if any(atom.is_script for atom in suite.atoms):
            runners.scripts  # noqa: B018 - asked for now, so that what is missing is said at once
    except ScriptsUnavailable as error:
        raise _failed(error.message) from error
    return runners


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
