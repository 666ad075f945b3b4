"""What a call costs."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from apps.llm.core.types import Message, Usage

MICRO_DOLLAR = Decimal("0.000001")
TOKENS_PER_PRICE = Decimal(1_000_000)
BYTES_PER_TOKEN = 4  # rule of thumb for English text and code
TOKENS_PER_MESSAGE = 4  # role and separators


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens."""

    input_usd: Decimal = Decimal(0)
    output_usd: Decimal = Decimal(0)
    cached_input_usd: Decimal | None = None  # None: cached tokens cost what others cost


def cost_usd(usage: Usage, prices: Prices) -> Decimal:
    """Return the price of one call, rounded once, to 6 places."""
    cached_price = prices.input_usd if prices.cached_input_usd is None else prices.cached_input_usd
    fresh_tokens = max(0, usage.input_tokens - usage.cached_input_tokens)
    total = (
        fresh_tokens * prices.input_usd
        + usage.cached_input_tokens * cached_price
        + usage.output_tokens * prices.output_usd
    )
    return (total / TOKENS_PER_PRICE).quantize(MICRO_DOLLAR, ROUND_HALF_UP)


def estimate_usage(messages: tuple[Message, ...], answer: str) -> Usage:
    """Guess the tokens of a call whose endpoint did not report them."""
    asked = sum(_tokens(message.content) + TOKENS_PER_MESSAGE for message in messages)
    return Usage(input_tokens=asked, output_tokens=_tokens(answer), is_estimated=True)


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)
