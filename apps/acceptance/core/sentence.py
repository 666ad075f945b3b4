"""One requirement, read: how binding, of what kind, testable or not, its checks, its questions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.acceptance.core.checks import Check, OpenQuestion, Target
from apps.acceptance.core.clause import read_clause
from apps.acceptance.core.kinds import RequirementKind, kind_of
from apps.acceptance.core.priority import Judgement, judge_priority
from apps.acceptance.core.questions import (
    question_of,
    question_of_priority,
    question_of_section,
)
from apps.acceptance.core.reading import read_checks
from apps.acceptance.core.testability import Doubt, doubt_of

MAX_CHARACTERS = 4_000  # of one text that are read; the rest is kept and says nothing
# Doubts that a check settles: what a template could read from the text can be tested.
_SETTLED_BY_A_CHECK = frozenset({Doubt.PEOPLE, Doubt.INSIDE, Doubt.SUBJECTIVE, Doubt.VAGUE})
ANY_NAME = (Target(symbol=""),)  # without a plan every name may be called


@dataclass(frozen=True, slots=True)
class Stated:
    """A requirement as somebody wrote it."""

    id: str
    text: str
    heading: str = ""  # of the section it stands in
    language: str = ""  # a code such as "es"; empty to be found out
    line: int = 0  # of the file, 1-based; 0 when unknown
    given: Judgement | None = None  # by the section of a plan, which decides there


@dataclass(frozen=True, slots=True)
class Requirement:
    stated: Stated
    judgement: Judgement
    kind: RequirementKind
    doubt: Doubt | None  # None: testable
    checks: tuple[Check, ...]  # none for what cannot be tested
    questions: tuple[str, ...]
    open_questions: tuple[OpenQuestion, ...]  # of the templates, with their codes

    @property
    def id(self) -> str:
        return self.stated.id

    @property
    def is_testable(self) -> bool:
        return self.doubt is None


def read_requirement(stated: Stated, targets: Sequence[Target] = ANY_NAME) -> Requirement:
    """Read one requirement; never raises, and never runs anything that the text says."""
    text = stated.text[:MAX_CHARACTERS]
    own = judge_priority(text, stated.heading)
    judgement = stated.given or own
    clause = read_clause(text)
    kind = kind_of(clause, stated.heading)
    doubt = doubt_of(clause, kind, judgement.priority)
    reading = read_checks(text, requirement=stated.id, targets=targets)
    if doubt in _SETTLED_BY_A_CHECK and reading.checks:
        doubt = None
    checks = () if doubt else reading.checks
    asked = () if doubt else reading.questions
    questions = (*_questions(stated, own, doubt), *(each.text for each in asked))
    return Requirement(stated, judgement, kind, doubt, checks, questions, asked)


def with_checks(requirement: Requirement, authored: Sequence[Check]) -> Requirement:
    """The requirement with checks that no template read; they answer what the templates asked.

    Nothing changes without any, and for what nobody can test: a gap in the text, a permission.
    """
    if not authored or requirement.doubt not in (None, *_SETTLED_BY_A_CHECK):
        return requirement
    answered = {each.text for each in requirement.open_questions}
    if requirement.doubt:
        stated = requirement.stated
        answered.add(question_of(requirement.doubt, stated.text, stated.language))
    return replace(
        requirement,
        doubt=None,
        checks=(*requirement.checks, *authored),
        questions=tuple(each for each in requirement.questions if each not in answered),
        open_questions=(),
    )


def _questions(stated: Stated, own: Judgement, doubt: Doubt | None) -> list[str]:
    asked = []
    if doubt:
        asked.append(question_of(doubt, stated.text, stated.language))
    if stated.given is None:
        if own.is_doubtful and doubt is not Doubt.EMPTY:
            asked.append(question_of_priority(stated.text, stated.language))
    elif own.is_by_capitals and own.priority is not stated.given.priority:
        word, section = own.priority.upper(), stated.given.priority.upper()
        asked.append(question_of_section(word, section, stated.text, stated.language))
    return asked
