"""What an approval changes, as the table before the decision says it."""

from dataclasses import dataclass
from decimal import Decimal

from apps.budgets.core.caps import soft_cap_of
from apps.common.display import counted, percent, usd
from apps.dashboard.core.looks import Look


@dataclass(frozen=True, slots=True)
class Caps:
    """A budget before the decision."""

    hard_cap: Decimal  # USD
    soft_cap: Decimal  # USD
    soft_share: Decimal | None  # of the hard cap; None: the soft cap was set by hand
    spent: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """One row: a setting, its value now and after, and a word on the difference."""

    setting: str
    before: str
    after: str
    delta: str
    note: str = ""  # beside the setting
    looks: tuple[Look, Look] | None = None  # of the values, where they are states


def soft_cap_after(caps: Caps, hard_cap: Decimal) -> Decimal:
    """Return the soft cap under another hard cap."""
    if caps.soft_share is None:
        return caps.soft_cap
    return soft_cap_of(hard_cap, caps.soft_share)


def hard_cap_row(before: Decimal, after: Decimal) -> Change:
    """Return the row of the hard cap."""
    share = f" · {(after - before) / before * 100:+.0f}%" if before != after else ""
    return Change("Hard cap", usd(before), usd(after), f"{_difference(before, after)}{share}")


def soft_cap_row(caps: Caps, hard_cap: Decimal) -> Change:
    """Return the row of the soft cap."""
    after = soft_cap_after(caps, hard_cap)
    passed = ", already passed" if caps.spent >= after else ""
    if caps.soft_share is None:
        note = "set by hand"
    else:
        note = f"{percent(caps.soft_share).replace('.0%', '%')} of hard cap"
    delta = f"{_difference(caps.soft_cap, after)}{passed}"
    return Change("Soft cap", usd(caps.soft_cap), usd(after), delta, note)


def left_row(caps: Caps, hard_cap: Decimal) -> Change:
    """Return the row of what new calls may still cost."""
    used = caps.spent + caps.held
    held = f", {usd(caps.held)} held" if caps.held else ""
    return Change(
        "Budget left",
        usd(max(caps.hard_cap - used, Decimal(0))),
        usd(max(hard_cap - used, Decimal(0))),
        f"spent so far {usd(caps.spent)}{held}",
    )


def execution_row(
    *, look: Look, is_resumed: bool, wave: int | None, atoms_to_go: int, is_over: bool
) -> Change:
    """Return the row of what the plan does, and will do."""
    to_go = f"{counted(atoms_to_go, 'atom')} to go"
    if is_resumed:
        word = "Resumes" if wave is None else f"Resumes wave {wave}"
        then = Look(word, "run", "play")
    elif is_over:
        then, to_go = Look("Nothing", look.tone, look.icon), "the masterplan is over"
    else:
        then = Look("Goes on" if look.spins else "Stays so", look.tone, look.icon)
    return Change("Execution", look.word, then.word, to_go, looks=(look, then))


def _difference(before: Decimal, after: Decimal) -> str:
    if before == after:
        return "unchanged"
    return f"{'+' if after > before else '-'}{usd(abs(after - before))}"
