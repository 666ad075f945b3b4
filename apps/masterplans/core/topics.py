"""The names of live topics: `mp.list`, `mp.mp-0142.waves`, `atom.<id>`, `status`."""

from uuid import UUID

PLAN_LIST = "mp.list"
STATUS = "status"
APPROVALS = "approvals"  # the inbox of everybody who decides
COST = "cost"  # spending across plans


def summary(plan_ref: str) -> str:
    """State, figures and notes of a plan."""
    return f"mp.{plan_ref}.summary"


def waves(plan_ref: str) -> str:
    """Waves and atoms of a plan."""
    return f"mp.{plan_ref}.waves"


def activity(plan_ref: str) -> str:
    """The log of a plan."""
    return f"mp.{plan_ref}.activity"


def budget(plan_ref: str) -> str:
    """Caps, spending and ledger of a plan."""
    return f"mp.{plan_ref}.budget"


def tests(plan_ref: str) -> str:
    """Requirements, tests and their results, and the gates of a plan."""
    return f"mp.{plan_ref}.tests"


def approval(override_ref: str) -> str:
    """One request for a higher cap."""
    return f"approval.{override_ref}"


def of_plan(plan_ref: str) -> tuple[str, ...]:
    """Every topic that a change of the plan's state touches."""
    return (PLAN_LIST, summary(plan_ref), waves(plan_ref), activity(plan_ref))


def atom(atom_id: UUID) -> str:
    """One atom and its attempts."""
    return f"atom.{atom_id}"
