"""What a call costs: its worst case before it is made, its bill afterwards. Decimal throughout."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from apps.llm.core.types import Usage

MICRO_DOLLAR = Decimal("0.000001")
TOKENS_PER_PRICE = Decimal(1_000_000)
FREE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, and how far the price holds."""

    input_usd: Decimal
    output_usd: Decimal
    cache_read_usd: Decimal | None = None  # None: as input
    cache_write_usd: Decimal | None = None  # None: as input
    reasoning_usd: Decimal | None = None  # None: as output
    max_output_tokens: int = 2**31 - 1
    max_input_tokens: int | None = None  # None: whatever the prompt's length

    @property
    def dearest_input_usd(self) -> Decimal:
        """The most that an input token can cost."""
        return max(self.input_usd, self.cache_read_usd or FREE, self.cache_write_usd or FREE)

    @property
    def dearest_output_usd(self) -> Decimal:
        """The most that an output token can cost."""
        return max(self.output_usd, self.reasoning_usd or FREE)


def worst_case(price: Price, *, input_tokens: int, max_tokens: int) -> Decimal:
    """Return what the call can cost at most, rounded up."""
    total = input_tokens * price.dearest_input_usd + max_tokens * price.dearest_output_usd
    return (total / TOKENS_PER_PRICE).quantize(MICRO_DOLLAR, ROUND_CEILING)


def affordable_tokens(price: Price, *, input_tokens: int, left: Decimal) -> int:
    """Return how long an answer may be so that its worst case fits into what is left, in USD.

    0 when not even the prompt fits. A price of nothing affords any length.
    """
    after_input = left * TOKENS_PER_PRICE - input_tokens * price.dearest_input_usd
    if after_input < 0:
        return 0
    if not price.dearest_output_usd:
        return price.max_output_tokens
    tokens = int((after_input / price.dearest_output_usd).to_integral_value(ROUND_FLOOR))
    return min(tokens, price.max_output_tokens)


def bill(usage: Usage, price: Price) -> Decimal:
    """Return the price of one call, rounded once, half up, to the micro-dollar."""
    cache_read = _or(price.cache_read_usd, price.input_usd)
    cache_write = _or(price.cache_write_usd, price.input_usd)
    reasoning = _or(price.reasoning_usd, price.output_usd)
    fresh = max(0, usage.input_tokens - usage.cached_input_tokens - usage.cache_write_input_tokens)
    spoken = max(0, usage.output_tokens - usage.reasoning_tokens)
    total = (
        fresh * price.input_usd
        + usage.cached_input_tokens * cache_read
        + usage.cache_write_input_tokens * cache_write
        + spoken * price.output_usd
        + min(usage.reasoning_tokens, usage.output_tokens) * reasoning
    )
    return (total / TOKENS_PER_PRICE).quantize(MICRO_DOLLAR, ROUND_HALF_UP)


def _or(price: Decimal | None, default: Decimal) -> Decimal:
    return default if price is None else price
