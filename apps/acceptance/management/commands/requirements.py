"""manage.py requirements FILE: what the requirements of a file mean, and what is to be asked."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.acceptance.core.diagnostics import (
    RequirementCode,
    RequirementDiagnostic,
    diagnose,
)
from apps.acceptance.core.listing import listed
from apps.acceptance.core.sentence import Requirement, read_requirement
from apps.acceptance.core.sources import Source, UnreadableError, read_source

MAX_SHOWN = 100  # characters of a requirement in the table


class Command(BaseCommand):
    help = (
        "Read the requirements of a masterplan, or of a JSON or YAML list of sentences: priority, kind,"
        " whether a test can be written, the checks read from them, and the questions that are open."
        " Needs no database and no model, and runs nothing that a requirement says."
    )
    requires_system_checks = ()  # some of them ask the database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="path of the file, or - for standard input")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        source = _source(options["file"])
        found = [read_requirement(stated, source.targets) for stated in source.stated]
        diagnostics = [*_renamed(source), *diagnose(found)]
        self._report(options["file"], source, diagnostics)
        if options["format"] == "json":
            entries = listed(found, diagnostics)
            self.stdout.write(json.dumps(entries, ensure_ascii=False, indent=2, allow_nan=False))
            return
        for line in _lines(found):
            self.stdout.write(line)

    def _report(
        self, name: str, source: Source, diagnostics: Iterable[RequirementDiagnostic]
    ) -> None:
        """What is wrong goes to standard error, so that standard output stays JSON."""
        for note in source.notes:
            self.stderr.write(
                f"{name}:{note.line}:{note.column}: {note.severity}: {note.message} [{note.code}]"
            )
        for each in diagnostics:
            self.stderr.write(f"{name}: warning: {each.message} [{each.code}]")


def _source(name: str) -> Source:
    """Read the file. Raises CommandError with what to do about it."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return read_source(raw.decode("utf-8-sig"), name)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    except UnreadableError as error:
        why = str(error).rstrip(".")
        raise CommandError(f"{name} holds no requirements that can be read: {why}.") from error


def _renamed(source: Source) -> Iterable[RequirementDiagnostic]:
    for taken, ref in source.renamed:
        message = f"The id {taken} stands twice; the later one is listed as {ref}."
        yield RequirementDiagnostic(ref, RequirementCode.DUPLICATE_ID, message, taken)


def _lines(found: Iterable[Requirement]) -> Iterable[str]:
    for each in found:
        judged = each.judgement
        text = " ".join(each.stated.text.split())
        shown = text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
        yield f"{each.id}  {judged.priority.upper()}  {each.kind}  {shown}"
        yield f"    {judged.reason} ({judged.confidence:.0%} sure)"
        yield from (
            f"    check {check.id}: {check.kind} {check.target.symbol}".rstrip()
            for check in each.checks
        )
        yield from (f"    ? {question}" for question in each.questions)
