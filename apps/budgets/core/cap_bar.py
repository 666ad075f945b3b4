"""The bar of a budget, as percentages that go into SVG attributes."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from apps.budgets.core.status import CRITICAL_SHARE

ROOM = Decimal("1.1")  # the hard cap stands inside the bar, with a tenth of it behind
FARTHEST = Decimal(2)  # a forecast beyond twice the hard cap ends at the bar's end
LABEL_EDGE = 12  # percent of the width in which a label would leave the bar
LABEL_GAP = 22  # percent of the width that two labels need between their middles


@dataclass(frozen=True)
class CapBar:
    """What is spent, held and allowed; in USD."""

    spent: Decimal
    held: Decimal
    soft_cap: Decimal
    hard_cap: Decimal
    low: Decimal | None = None  # the forecast: its 80 % range, and its middle
    middle: Decimal | None = None
    high: Decimal | None = None

    @property
    def tone(self) -> str:
        """A class of marks.css without its prefix."""
        if self.spent >= self.hard_cap * CRITICAL_SHARE:
            return "bad"
        return "warn" if self.spent >= self.soft_cap else "run"

    @cached_property
    def _whole(self) -> Decimal:
        farthest = min(self.high or Decimal(0), self.hard_cap * FARTHEST)
        return max(self.hard_cap * ROOM, self.spent + self.held, farthest)

    def _at(self, amount: Decimal) -> str:
        share = 100 * amount / self._whole
        return f"{min(max(share, Decimal(0)), Decimal(100)):.2f}%"

    @property
    def spent_width(self) -> str:
        return self._at(self.spent)

    @property
    def held_width(self) -> str:
        return self._at(min(self.held, self._whole - self.spent))

    @property
    def allowed_width(self) -> str:
        """The part of the bar up to the hard cap."""
        return self._at(self.hard_cap)

    @property
    def soft_at(self) -> str:
        return self._at(self.soft_cap)

    @property
    def hard_at(self) -> str:
        return self._at(self.hard_cap)

    @property
    def low_at(self) -> str | None:
        return None if self.low is None else self._at(self.low)

    @property
    def middle_at(self) -> str | None:
        return None if self.middle is None else self._at(self.middle)

    @property
    def high_at(self) -> str | None:
        return None if self.high is None else self._at(self.high)

    @property
    def soft_anchor(self) -> str:
        """Where the soft cap's label starts from, so that it stays inside and off the other."""
        share = 100 * self.soft_cap / self._whole
        if share < LABEL_EDGE:
            return "start"
        is_close = 100 * (self.hard_cap - self.soft_cap) / self._whole < LABEL_GAP
        return "end" if is_close else "middle"
