"""Whether a test could tell that a requirement is met, and if not, why not."""

import re
from collections.abc import Callable
from enum import StrEnum

from apps.acceptance.core import matter
from apps.acceptance.core.clause import Clause
from apps.acceptance.core.kinds import RequirementKind
from apps.masterplans.core.document import Priority


class Doubt(StrEnum):
    """Why no test can be written yet."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    PEOPLE = "people"  # about what people do or think
    INSIDE = "inside"  # about how it is built, which nothing shows from outside
    PERMISSION = "permission"  # to do it and to leave it are both right
    SUBJECTIVE = "subjective"  # a matter of taste
    VAGUE = "vague"  # no figure, no case, no result


def _is_work(clause: Clause) -> bool:
    return matter.is_about_people(clause) and not matter.is_measured_work(clause)


_DOUBTS: tuple[tuple[Doubt, Callable[[Clause], bool]], ...] = (
    (Doubt.PLACEHOLDER, matter.is_placeholder),
    (Doubt.PEOPLE, _is_work),
    (Doubt.INSIDE, matter.is_inside),
    (Doubt.SUBJECTIVE, matter.is_taste),
    (Doubt.VAGUE, matter.is_vague),
)


def doubt_of(clause: Clause, kind: RequirementKind, priority: Priority) -> Doubt | None:
    """Why the requirement cannot be tested as it stands, or None when it can."""
    if not re.search(r"\w", clause.text):
        return Doubt.EMPTY
    if priority is Priority.MAY and matter.is_permission(clause):
        return Doubt.PERMISSION
    if kind is RequirementKind.PERFORMANCE and not matter.has_figure(clause):
        return Doubt.VAGUE
    return next((doubt for doubt, holds in _DOUBTS if holds(clause)), None)
