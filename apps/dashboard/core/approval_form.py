"""What somebody may decide on a request, and whether what was sent is a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from apps.budgets.core.amounts import read_usd
from apps.budgets.core.overrides import COMMENT_LENGTH, text_problem
from apps.common.display import exact_usd


class Choice(StrEnum):
    """The four rows of the form."""

    ASKED = "asked"
    ENOUGH = "enough"
    OTHER = "other"
    DECLINE = "decline"


def plain(amount: Decimal) -> str:
    """Return the exact amount as somebody would type it: 260, 250.50, 0.012345."""
    text = f"{amount:f}"
    if "." not in text:
        return text
    whole, fraction = text.rstrip("0").split(".")
    return f"{whole}.{fraction:0<2}" if fraction else whole


def enough(
    needed: Decimal | None, *, asked: Decimal, hard_cap: Decimal, ceiling: Decimal
) -> Decimal | None:
    """Return the cap that suffices in 9 runs of 10, if it may be approved and is not what was asked.

    All in USD; `needed` is None where no forecast is known.
    """
    if needed is None or not hard_cap < needed <= ceiling or needed == asked:
        return None
    return needed


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision is bound by."""

    asked: Decimal  # USD
    ceiling: Decimal  # USD, nobody approves more
    enough: Decimal | None = None  # USD that suffice in 9 runs of 10, where that is another amount
    is_paused: bool = True  # the plan waits for the money


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the form."""

    choice: Choice
    amount: Decimal | None
    title: str
    hint: str
    button: str  # what the submit button then says

    @property
    def value(self) -> str:
        """What is sent; the amount that was offered is part of it, since the offer may change."""
        if self.choice == Choice.ENOUGH and self.amount is not None:
            return f"{self.choice}-{plain(self.amount)}"
        return self.choice.value

    @property
    def typed(self) -> str:
        """What has to be typed to confirm the row."""
        return "" if self.amount is None else plain(self.amount)


def options(terms: Terms) -> tuple[Option, ...]:
    """Return the rows of the form."""
    after = " and resume" if terms.is_paused else ""
    stays = "stays paused, work so far is kept" if terms.is_paused else "the hard cap stays"
    rows = []
    if terms.asked <= terms.ceiling:
        rows.append(_approve(Choice.ASKED, terms.asked, "as requested", after))
    if terms.enough is not None:
        rows.append(_approve(Choice.ENOUGH, terms.enough, "enough for 9 runs in 10", after))
    limit = f"up to the team ceiling, {exact_usd(terms.ceiling)}"
    rows.append(Option(Choice.OTHER, None, "Another amount", limit, f"Approve{after}"))
    rows.append(Option(Choice.DECLINE, None, "Decline", stays, "Decline"))
    return tuple(rows)


def _approve(choice: Choice, amount: Decimal, hint: str, after: str) -> Option:
    title = f"Approve {exact_usd(amount)}"
    return Option(choice, amount, title, hint, f"{title}{after}")


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields as they were sent; passwords are not among them."""

    choice: str = ""
    other: str = ""
    comment: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood: a decision, or what is wrong with which field."""

    amount: Decimal | None = None  # of an approval
    is_approval: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)


def read(sent: Sent, terms: Terms) -> Reading:
    """Return the decision, or the problems by field."""
    problems: dict[str, str] = {}
    if wrong := text_problem(sent.comment.strip(), name="comment", length=COMMENT_LENGTH):
        problems["comment"] = wrong
    if sent.choice == Choice.DECLINE:
        return Reading(problems=problems)
    amount = _amount(sent, terms, problems)
    if amount is not None and (wrong := _mistyped(sent.typed, amount)):
        problems["typed"] = wrong
    return Reading(amount, is_approval=True, problems=problems)


def _amount(sent: Sent, terms: Terms, problems: dict[str, str]) -> Decimal | None:
    """Return the amount that the chosen row approves; None, with a problem noted, without one."""
    kind, _, offered = sent.choice.partition("-")
    field_name = "other" if kind == Choice.OTHER else "choice"
    texts = {Choice.OTHER: sent.other, Choice.ENOUGH: offered, Choice.ASKED: plain(terms.asked)}
    if kind not in texts:
        problems["choice"] = "Choose what you decide."
        return None
    amount, wrong = _read(texts[Choice(kind)], terms.ceiling)
    if wrong:
        problems[field_name] = wrong
    return amount


def _read(text: str, ceiling: Decimal) -> tuple[Decimal | None, str]:
    """Return the amount, or None and what is wrong with it."""
    try:
        amount = read_usd(text)
    except ValueError as error:
        return None, str(error)
    if not amount:
        return None, "The amount must be above zero."
    if amount > ceiling:
        return None, (
            f"{exact_usd(amount)} is above the team ceiling of {exact_usd(ceiling)}."
            " Ask an administrator to raise the ceiling first."
        )
    return amount, ""


def _mistyped(typed: str, amount: Decimal) -> str:
    wanted = f"Type {plain(amount)}, the amount that you approve."
    try:
        return "" if read_usd(typed) == amount else wanted
    except ValueError:
        return wanted
