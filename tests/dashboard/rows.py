"""Rows of the plan page, made by hand: no database."""

import uuid
from typing import Any

from apps.dashboard.core.triage import AtomRow


def atom_row(status: str = "queued", **changes: Any) -> AtomRow:
    """Return an atom in this state; everything else is empty unless stated."""
    values: dict[str, Any] = {
        "id": uuid.uuid4(),
        "wave_id": None,
        "position": 0,
        "path": "demo/core.py",
        "symbol": "work",
        "status": status,
        "note": "",
        "attempt_limit": 4,
        "started_s": None,
        "finished_s": None,
    }
    return AtomRow(**values | changes)
