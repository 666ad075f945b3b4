"""How many code versions a second a plan's repository takes.

python -m tests.bench.bench_workspace [COUNT]
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from apps.execution.adapters.export import ExportFormat, export
from apps.execution.adapters.workspace import VersionCommit, Workspace

START = datetime(2026, 3, 1, tzinfo=UTC)


def versions(count: int) -> Iterator[VersionCommit]:
    """Atoms of fifteen lines that share files by twos in packages of ten, as a plan has them."""
    for number in range(count):
        path = f"pkg/part{number // 20}/module{number // 2 % 10}.py"
        code = "\n".join(f"VALUE_{number}_{line} = {line}" for line in range(15)) + "\n"
        yield VersionCommit(
            version_id=uuid4(),
            atom_ref=f"{path}::atom{number}",
            subject=f"pkg: Add atom{number}",
            trailers={"Attempt": "1", "Cost-USD": "0.000412", "Trace-Id": f"{number:032x}"},
            files={path: code, f"pkg/part{number // 20}/__init__.py": f"# {number}\n"},
            committed_at=START + timedelta(seconds=number),
        )


def measured(title: str, count: int, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    elapsed_s = time.perf_counter() - start
    print(f"{title:40} {count / elapsed_s:9.0f} /s  {elapsed_s * 1000:9.1f} ms in all")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    plan = list(versions(count))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        one_by_one, by_tens = Workspace(root, UUID(int=1)), Workspace(root, UUID(int=2))
        one_by_one.ensure()
        by_tens.ensure()
        tens = [plan[n : n + 10] for n in range(0, count, 10)]
        measured("commit, one version each", count, lambda: [one_by_one.commit(v) for v in plan])
        measured(
            "commit_all, ten versions each", count, lambda: [by_tens.commit_all(t) for t in tens]
        )
        measured("rebuild", count, lambda: one_by_one.rebuild(plan))
        measured("compact", count, by_tens.compact)
        measured("verify", count, by_tens.verify)
        for wanted in ExportFormat:
            measured(
                f"export, {wanted}",
                count,
                lambda wanted=wanted: export(by_tens, wanted, slug="kit", folder=root),  # type: ignore[misc]  # a default binds the loop variable
            )


if __name__ == "__main__":
    main()
