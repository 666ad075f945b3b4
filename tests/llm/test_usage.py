"""How many tokens a call can have at most."""

from apps.llm.core.types import Message, Role, Usage
from apps.llm.core.usage import bounded_usage, byte_count, input_bound


def test_bytes_bound_the_tokens_of_a_prompt() -> None:
    messages = (Message(Role.SYSTEM, "12345678"), Message(Role.USER, "é"))

    assert input_bound(messages) == 16 + (8 + 8) + (2 + 8)


def test_an_empty_prompt_has_its_overhead() -> None:
    assert input_bound(()) == 16


def test_a_lone_surrogate_counts_too() -> None:
    assert byte_count("\ud800") == 3


def test_what_nobody_reported_is_bounded_and_says_so() -> None:
    messages = (Message(Role.USER, "Hello."),)

    assert bounded_usage(messages, "12345", 100) == Usage(16 + 6 + 8, 5, is_estimated=True)


def test_an_answer_has_no_more_tokens_than_it_was_allowed() -> None:
    assert bounded_usage((), "x" * 500, 100).output_tokens == 100
