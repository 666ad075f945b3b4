"""From the sentence of a requirement to typed checks, by templates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apps.acceptance.core.binding import Scope
from apps.acceptance.core.checks import (
    Check,
    CheckKind,
    OpenQuestion,
    QuestionCode,
    Target,
)
from apps.acceptance.core.masking import MAX_CHARACTERS, mask
from apps.acceptance.core.plain_words import plain_words
from apps.acceptance.core.read_bounds import read_bounds
from apps.acceptance.core.read_cases import (
    read_cases,
    read_further,
    read_judgements,
    read_refused_examples,
)
from apps.acceptance.core.read_laws import read_laws
from apps.acceptance.core.read_performance import read_performance
from apps.acceptance.core.read_properties import read_equations, read_properties, read_types
from apps.acceptance.core.read_tables import read_tables, tables
from apps.acceptance.core.read_values import (
    read_calls,
    read_errors,
    read_pairs,
    read_parts,
    read_refusals,
)
from apps.acceptance.core.scene import Answer, Scene, Template

MAX_CHECKS = 60  # of one requirement; the rows of a long table behind them are not read

# In the order in which their checks are numbered.
TEMPLATES: tuple[Template, ...] = (
    read_calls,
    read_errors,
    read_parts,
    read_pairs,
    read_refusals,
    read_cases,
    read_refused_examples,
    read_judgements,
    read_further,
    read_tables,
    read_equations,
    read_performance,
    read_bounds,
    read_laws,
    read_properties,
    read_types,
)
# Those that read calls whose arguments and result are both spelled out.
_STATED: tuple[Template, ...] = (read_calls, read_pairs, read_tables)
# What says little beside a stated result.
_WEAK = frozenset({CheckKind.TYPE})


@dataclass(frozen=True, slots=True)
class Reading:
    checks: tuple[Check, ...]
    questions: tuple[OpenQuestion, ...]


def read_checks(text: str, *, requirement: str, targets: Sequence[Target]) -> Reading:
    """Every check that the templates find in a requirement's text, in a stable order.

    What no template reads gives no check; a question stands where the reason is known. A target
    with an empty symbol lets any name be called, for reading without a plan.
    """
    answers = list(_answers(_scene(text, requirement, targets)))
    checks = [answer for answer in answers if isinstance(answer, Check)]
    if any(check.kind not in _WEAK for check in checks):
        checks = [check for check in checks if check.kind not in _WEAK]
    unique = _unique(checks)[:MAX_CHECKS]
    numbered = (replace(each, id=f"{requirement}.c{n}") for n, each in enumerate(unique, start=1))
    asked = [answer for answer in answers if isinstance(answer, OpenQuestion)]
    if any(
        check.kind is CheckKind.RAISES for check in checks
    ):  # its input is known by another form
        asked = [each for each in asked if each.code is not QuestionCode.NO_INPUT]
    return Reading(tuple(numbered), tuple(dict.fromkeys(asked)))


def read_stated(text: str, *, requirement: str, targets: Sequence[Target]) -> tuple[Check, ...]:
    """The checks of calls and pairs that a text spells out, without numbers."""
    scene = _scene(text, requirement, targets)
    found = (answer for template in _STATED for answer in template(scene))
    return tuple(answer for answer in found if isinstance(answer, Check))


def _scene(text: str, requirement: str, targets: Sequence[Target]) -> Scene:
    text = text[:MAX_CHARACTERS]
    scope = Scope(targets, requirement)
    masked = mask(_without_tables(text), scope.symbols)
    return Scene(requirement, text, replace(masked, text=plain_words(masked.text)), scope)


def _without_tables(text: str) -> str:
    """The text with the lines of its tables blanked out, every other character in its place."""
    found = list(tables(text))
    for table in found:
        cells = [cell for row in (table.head, *table.rows) for cell in row]
        end = max(cell.span.end for cell in cells) if cells else table.start
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop
        blank = "".join("\n" if char == "\n" else " " for char in text[table.start : stop])
        text = text[: table.start] + blank + text[stop:]
    return text


def _answers(scene: Scene) -> Iterator[Answer]:
    for template in TEMPLATES:
        yield from template(scene)


def _unique(checks: Sequence[Check]) -> list[Check]:
    """The first of checks that observe the same."""
    kept: list[Check] = []
    for check in checks:
        bare = replace(check, span=kept[0].span if kept else check.span)
        if not any(replace(one, span=bare.span) == bare and _same_types(one, bare) for one in kept):
            kept.append(check)
    return kept


def _same_types(one: Check, other: Check) -> bool:
    """1, 1.0 and True are equal, and not the same input."""
    return repr((one.args, one.expect)) == repr((other.args, other.expect))
