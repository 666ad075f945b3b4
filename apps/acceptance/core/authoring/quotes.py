"""Where words that a model quotes stand in a requirement."""

from apps.acceptance.core.checks import Span

MIN_CHARACTERS = 3  # of a quote, without blanks and marks
_MARKS = frozenset("`*_\"'“”‘’")


def find_quote(quote: str, text: str) -> Span | None:
    """The place of a quote; blanks, capitals, quotation marks and the marks of code do not count."""
    wanted = "".join(char for char, _ in _telling(quote))
    if len(wanted) < MIN_CHARACTERS:
        return None
    letters = _telling(text)
    start = "".join(char for char, _ in letters).find(wanted)
    if start < 0:
        return None
    return Span(letters[start][1], letters[start + len(wanted) - 1][1] + 1)


def _telling(text: str) -> list[tuple[str, int]]:
    """The characters that count, each one character in lower case, with its place."""
    return [
        (lowered if len(lowered := char.lower()) == 1 else char, place)
        for place, char in enumerate(text)
        if not char.isspace() and char not in _MARKS
    ]
