"""How the soft cap follows the hard cap."""

from decimal import Decimal

from apps.budgets.core.pricing import MICRO_DOLLAR


def soft_cap_of(hard_cap: Decimal, share: Decimal) -> Decimal:
    """Return the soft cap, USD, that is this share, 0 to 1, of the hard cap; never nothing."""
    return max((hard_cap * share).quantize(MICRO_DOLLAR), MICRO_DOLLAR)
