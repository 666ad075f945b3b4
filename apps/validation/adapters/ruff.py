"""ruff's F rules over one file, on standard input: nothing is written, configured or executed."""

import json
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from apps.common.errors import ConsoleError
from apps.validation.adapters.processes import ProcessTimeoutError, run_bounded
from apps.validation.core.linting import LintMessage

OPTIONS = (
    *("check", "--isolated", "--no-cache", "--exit-zero", "--ignore-noqa"),
    *("--select", "F", "--target-version", "py311", "--output-format", "json"),
)
SYNTAX_CODES = frozenset({"", "invalid-syntax"})


class LinterUnavailable(ConsoleError):
    """The Python linter cannot run: {problem}. Install the pinned dependencies again."""

    code = "linter_unavailable"
    status = 503


@dataclass(frozen=True, slots=True)
class RuffLinter:
    timeout_s: float = 20
    memory_mb: int = 4096  # address space; ruff maps far more than it uses

    def lint(self, *, path: str, text: str) -> Sequence[LintMessage]:
        """Raises LinterUnavailable when ruff is missing, hangs or crashes."""
        command = [str(find_ruff()), *OPTIONS, "--stdin-filename", path, "-"]
        try:
            ended = run_bounded(
                command,
                cwd=Path(tempfile.gettempdir()),
                timeout_s=self.timeout_s,
                memory_mb=self.memory_mb,
                stdin=text,
            )
        except (OSError, ProcessTimeoutError) as error:
            raise LinterUnavailable(
                problem=str(error) or f"no answer in {self.timeout_s:g} s"
            ) from error
        if ended.returncode != 0:
            raise LinterUnavailable(
                problem=ended.stderr.strip()[-300:] or f"exit code {ended.returncode}"
            )
        return read_report(ended.stdout)


def find_ruff() -> Path:
    """The binary beside the running interpreter, or on the path."""
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    found = beside if beside.is_file() else which("ruff")
    if found is None:
        raise LinterUnavailable(problem="no ruff binary is installed")
    return Path(found)


def read_report(report: str) -> tuple[LintMessage, ...]:
    """Raises LinterUnavailable for a report that is not the expected JSON."""
    try:
        return tuple(_message(entry) for entry in json.loads(report))
    except (ValueError, TypeError, KeyError) as error:
        raise LinterUnavailable(problem="its report cannot be read") from error


def _message(entry: dict[str, object]) -> LintMessage:
    rule = str(entry["code"] or "")
    location = entry["location"]
    line = location["row"] if isinstance(location, dict) else 1
    return LintMessage(
        "" if rule in SYNTAX_CODES else rule, str(entry["message"]).rstrip("."), int(line)
    )
