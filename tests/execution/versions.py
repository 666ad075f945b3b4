"""Code versions for the repository tests: version n of a plan, always the same."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from apps.execution.adapters.workspace import VersionCommit

PLAN = UUID("0f3c7d1e-5a52-4a55-9d3a-6a1f0a6a7b01")
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def version(
    number: int,
    *,
    files: dict[str, str | None] | None = None,
    subject: str | None = None,
    trailers: dict[str, str] | None = None,
    committed_at: datetime | None = None,
) -> VersionCommit:
    path = f"textkit/part{number % 7}/atom{number}.py"
    return VersionCommit(
        version_id=UUID(int=number + 1),
        atom_ref=f"{path}::atom{number}",
        subject=subject if subject is not None else f"textkit: Add atom{number}",
        trailers=trailers if trailers is not None else {"Attempt": "1", "Cost-USD": "0.000412"},
        files=files
        if files is not None
        else {path: f"def atom{number}() -> int:\n    return {number}\n"},
        committed_at=committed_at or START + timedelta(seconds=number),
    )
