"""The legal transitions of plans, waves and atoms; docs/states.md is drawn from this table."""

from collections.abc import Mapping

PLAN: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"ready", "cancelled"}),
    "ready": frozenset({"running", "cancelled"}),
    "running": frozenset({"paused", "completed", "failed", "cancelled"}),
    "paused": frozenset({"running", "cancelled"}),
    "failed": frozenset({"running", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}
WAVE: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"running"}),
    "running": frozenset({"validating", "blocked"}),
    "validating": frozenset({"testing", "blocked"}),
    "testing": frozenset({"passed", "blocked"}),
    "blocked": frozenset({"running"}),
    "passed": frozenset({"running"}),  # a later gate refused the code of one of its atoms
}
ATOM: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"queued", "blocked"}),
    "queued": frozenset({"running", "pending"}),
    "running": frozenset({"queued", "succeeded", "in_review", "failed", "pending"}),
    "in_review": frozenset({"queued", "succeeded", "failed"}),
    "failed": frozenset({"queued"}),
    "blocked": frozenset({"pending"}),
    "succeeded": frozenset({"queued"}),  # a test refused its code, and somebody asked for more
}
MACHINES: Mapping[str, Mapping[str, frozenset[str]]] = {"Plan": PLAN, "Wave": WAVE, "Atom": ATOM}


def is_legal(machine: Mapping[str, frozenset[str]], old: str, new: str) -> bool:
    """Return whether the table has this transition."""
    return new in machine[old]


def diagram() -> str:
    """Return the three machines as Mermaid state diagrams."""
    return "\n\n".join(_draw(name, machine) for name, machine in MACHINES.items()) + "\n"


def _draw(name: str, machine: Mapping[str, frozenset[str]]) -> str:
    arrows = [f"    {old} --> {new}" for old, targets in machine.items() for new in sorted(targets)]
    ends = [f"    {state} --> [*]" for state, targets in machine.items() if not targets]
    first = next(iter(machine))
    lines = ["stateDiagram-v2", f"    [*] --> {first}", *arrows, *ends]
    return "\n".join([f"## {name}", "", "```mermaid", *lines, "```"])
