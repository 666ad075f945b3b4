"""Fail when too little of the code is covered: `coverage_gate.py REPORT.json`.

Reads the JSON report of coverage.py. Lines and branches count alike, as they do in its own total.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CORE_PERCENT = 95.0  # least coverage of every core/
TOTAL_PERCENT = 85.0  # least coverage in all

_COUNTS = ("covered_lines", "covered_branches", "num_statements", "num_branches")


@dataclass(frozen=True, slots=True)
class Covered:
    """What of some files is covered, in lines and branches."""

    name: str
    hit: int
    all: int
    wanted: float  # percent

    @property
    def percent(self) -> float:
        return 100.0 * self.hit / self.all if self.all else 100.0

    @property
    def is_enough(self) -> bool:
        return self.percent >= self.wanted


def core_of(path: str) -> str | None:
    """Return "apps/x/core" for a file in there, None for all others."""
    parts = Path(path).parts
    return "/".join(parts[:3]) if parts[:1] == ("apps",) and parts[2:3] == ("core",) else None


def add_up(name: str, summaries: Iterable[Mapping[str, int]], wanted: float) -> Covered:
    """Add up the summaries of several files."""
    rows = [[summary.get(count, 0) for count in _COUNTS] for summary in summaries]
    lines, branches, statements, jumps = (sum(column) for column in zip(*rows, strict=True))
    return Covered(name, lines + branches, statements + jumps, wanted)


def judge(report: Mapping[str, Any]) -> list[Covered]:
    """Return each core, by name, and last of all the whole."""
    summaries = {path: entry["summary"] for path, entry in report["files"].items()}
    cores = sorted({core for path in summaries if (core := core_of(path))})
    judged = [
        add_up(
            core, (each for path, each in summaries.items() if core_of(path) == core), CORE_PERCENT
        )
        for core in cores
    ]
    return [*judged, add_up("in all", summaries.values(), TOTAL_PERCENT)]


def tell(judged: Sequence[Covered]) -> str:
    """Return a table, and below it a sentence when something falls short."""
    lines = ["", "Branch coverage"]
    lines += [
        f"  {part.name:<26}{part.percent:6.1f} % of {part.all:>6}, wanted {part.wanted:.0f} %"
        for part in judged
    ]
    short = ", ".join(part.name for part in judged if not part.is_enough)
    if short:
        lines.append(f"Too little is covered: {short}. Add tests for what is missing there.")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    judged = judge(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    sys.stdout.write(tell(judged))
    return 0 if all(part.is_enough for part in judged) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
