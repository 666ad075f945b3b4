"""What a signature says about its atom."""

from dataclasses import dataclass

from apps.masterplans.core.document import AtomKind

MAX_CHARACTERS = 2_000
MAX_SYMBOL = 200  # characters


@dataclass(frozen=True, slots=True)
class Signature:
    symbol: str
    kind: AtomKind
    names: frozenset[str]  # the types and values that it mentions, without its own
    arguments: frozenset[str]


class SignatureError(ValueError):
    """A signature that the language's grammar refuses; the text says what to write."""
