"""How many tokens a text can be at most, where nobody counted them."""

from collections.abc import Iterable

from apps.llm.core.types import Message, Usage

# Role, separators and the start of the answer, counted generously: the chat formats in use take 3 to
# 5 tokens per message and 3 for the whole.
TOKENS_PER_MESSAGE = 8
TOKENS_PER_CALL = 16


def input_bound(messages: Iterable[Message]) -> int:
    """Return at least as many tokens as any tokenizer of bytes makes of the messages.

    A token stands for one byte of UTF-8 or more, so the bytes are an upper bound.
    """
    return TOKENS_PER_CALL + sum(
        byte_count(message.content) + TOKENS_PER_MESSAGE for message in messages
    )


def bounded_usage(messages: Iterable[Message], answer: str, max_tokens: int) -> Usage:
    """Return the most that a call can have used whose endpoint reported nothing."""
    return Usage(
        input_tokens=input_bound(messages),
        output_tokens=min(byte_count(answer), max_tokens),
        is_estimated=True,
    )


def byte_count(text: str) -> int:
    """Return the length in UTF-8; a lone surrogate counts as three bytes."""
    return len(text.encode("utf-8", "surrogatepass"))
