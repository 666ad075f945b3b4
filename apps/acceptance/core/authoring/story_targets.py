"""What the test of a check with a story calls, besides the check's own call."""

from collections.abc import Iterator

from apps.acceptance.core.checks import Check, Literal, Made, Target
from apps.acceptance.core.literals import parts_of


def story_targets(check: Check) -> Iterator[Target]:
    """Every atom and value type in a check's story; names that were given are none."""
    for value in _values(check):
        yield from (part.target for part in parts_of(value) if isinstance(part, Made))


def _values(check: Check) -> Iterator[Literal]:
    if check.story is not None:
        yield from (given.value for given in check.story.given)
        for each in check.story.then:
            yield from (each.value, each.expect)
