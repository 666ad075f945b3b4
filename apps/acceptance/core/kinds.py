"""What a requirement is about: the kind of observation that would confirm it."""

import re
from collections.abc import Callable
from enum import StrEnum

from apps.acceptance.core import lexicon, matter, signs
from apps.acceptance.core.clause import Clause


class RequirementKind(StrEnum):
    RETURNS = "returns"  # what comes out, or what has changed afterwards
    RAISES = "raises"  # an error that must come
    VALIDATES = "validates"  # bounds, formats, enumerations: which data is good
    HTTP = "http"  # statuses, headers, bodies
    PERFORMANCE = "performance"
    UI = "ui"
    PROPERTY = "property"  # a law over all inputs: idempotent, inverse
    FREE = "free"  # none of these: structure, process, people


Fits = Callable[[Clause], bool]


def kind_of(clause: Clause, heading: str = "") -> RequirementKind:
    """The kind of the first rule that fits; without any, of the form of the sentence.

    A heading such as “Accessibility” speaks only where the sentence says little itself.
    """
    found = next((kind for kind, fits in _RULES if fits(clause)), _by_form(clause))
    if found in (RequirementKind.RETURNS, RequirementKind.FREE) and not clause.modal:
        return next((kind for kind, topic in _TOPICS if topic.search(heading)), found)
    return found


def statuses(text: str) -> tuple[str, ...]:
    """The HTTP statuses that the text names, in order."""
    return tuple(dict.fromkeys(signs.STATUS_ALONE.findall(text)))


def _by_form(clause: Clause) -> RequirementKind:
    """Data that is something is a rule about data; whatever acts is watched by its results."""
    if clause.verb == "be" and not clause.condition and not _is_actor(clause):
        return RequirementKind.VALIDATES
    return RequirementKind.RETURNS


# --- parts of a sentence ------------------------------------------------------------------------


def _any(pattern: re.Pattern[str], unless: re.Pattern[str] | None = None) -> Fits:
    """Anywhere in the sentence, code and quotes included."""
    return lambda clause: _holds(pattern, clause.text, unless, clause)


def _main(pattern: re.Pattern[str], unless: re.Pattern[str] | None = None) -> Fits:
    """In the clause that binds, code and quotes included."""
    return lambda clause: _holds(pattern, clause.raw_main, unless, clause)


def _words(pattern: re.Pattern[str], unless: re.Pattern[str] | None = None) -> Fits:
    """In the clause that binds, without code and quotes."""
    return lambda clause: _holds(pattern, clause.main, unless, clause)


def _subject(pattern: re.Pattern[str]) -> Fits:
    return lambda clause: pattern.search(clause.subject) is not None


def _verb(words: str, unless: re.Pattern[str] | None = None) -> Fits:
    """The main verb is one of these."""
    pattern = re.compile(rf"\A(?:{lexicon.stems(words).pattern})\Z", re.IGNORECASE)
    return lambda clause: _holds(pattern, clause.verb, unless, clause)


def _pair(pattern: re.Pattern[str]) -> Fits:
    """Subject, verb and rest, written as `subject | verb rest`."""
    return lambda clause: (
        pattern.search(f"{clause.subject} | {clause.verb} {clause.rest.lstrip()}") is not None
    )


def _of_data(fits: Fits) -> Fits:
    """Only where the subject is data and does not act itself."""
    return lambda clause: bool(clause.subject) and not _is_actor(clause) and fits(clause)


def _of_heading(fits: Fits) -> Fits:
    """Only where there is no verb: a phrase such as “Password: 8 characters or more”."""
    return lambda clause: not clause.verb and fits(clause)


def _holds(
    pattern: re.Pattern[str], part: str, unless: re.Pattern[str] | None, clause: Clause
) -> bool:
    return pattern.search(part) is not None and not (unless and unless.search(clause.plain))


def _is_actor(clause: Clause) -> bool:
    return signs.ACTOR.search(clause.subject) is not None


def _is_scenario(clause: Clause) -> bool:
    """Given this, when that, then: the outcome of a story is watched."""
    return signs.STORY.match(clause.condition) is not None


# --- rules, the first that fits decides ----------------------------------------------------------

# A heading that tells the kind of the sentences below it.
_TOPICS = (
    (RequirementKind.UI, signs.TOPIC_UI),
    (RequirementKind.PERFORMANCE, signs.TOPIC_PERFORMANCE),
    (RequirementKind.HTTP, signs.TOPIC_HTTP),
    (RequirementKind.VALIDATES, signs.TOPIC_VALIDATES),
)
K = RequirementKind
_RULES: tuple[tuple[RequirementKind, Fits], ...] = (
    (K.FREE, matter.is_placeholder),
    (K.HTTP, matter.is_api_reference),
    (K.FREE, matter.is_about_people),
    (K.FREE, matter.is_inside),
    (
        K.FREE,
        lambda clause: matter.is_offer(clause) and not signs.HTTP_PARTY.search(clause.subject),
    ),
    (K.FREE, _pair(signs.STRUCTURE)),
    (K.FREE, _pair(signs.PROJECT_USE)),
    (K.FREE, _words(signs.STATIC_USE)),
    (K.HTTP, _any(signs.RATE_LIMIT)),
    (K.PERFORMANCE, _any(signs.DURATION, signs.TIMER)),
    (K.PERFORMANCE, _any(signs.SPEED)),
    (K.PERFORMANCE, _words(signs.FAST)),
    (K.VALIDATES, _any(signs.FIELD)),
    (K.VALIDATES, _words(signs.REFUSAL_OF_BOUNDS)),
    (K.RAISES, _main(signs.ERROR_NAME, signs.NO_RAISE)),
    (K.RAISES, _words(signs.RAISE, signs.NO_RAISE)),
    (
        K.HTTP,
        lambda clause: (
            _main(signs.ANSWERS_STATUS)(clause) and not signs.CALL.match(clause.raw_main)
        ),
    ),
    (K.HTTP, _any(signs.REASON_PHRASE)),
    (K.HTTP, _any(signs.HTTP_WORDS)),
    (K.HTTP, _words(signs.LEAK)),
    (K.HTTP, _subject(signs.HTTP_PARTY)),
    (K.HTTP, _pair(signs.API_ANSWERS)),
    (K.PROPERTY, _any(signs.LAW)),
    (K.UI, _verb(lexicon.SHOWING)),
    (K.UI, _words(signs.SCREEN)),
    (K.HTTP, _words(signs.REQUESTS)),
    (K.FREE, matter.is_taste),
    (K.FREE, matter.is_vague),
    (K.RAISES, _words(signs.IS_ERROR, signs.NO_RAISE)),
    (K.RAISES, _words(signs.IS_INVALID)),
    (K.RAISES, _verb(lexicon.REFUSING, signs.NO_RAISE)),
    (K.RETURNS, _words(signs.PURE)),
    (K.VALIDATES, _words(signs.PROHIBITION)),
    (K.VALIDATES, _pair(signs.GATE)),
    (K.RETURNS, _is_scenario),
    (K.VALIDATES, _of_data(_verb(lexicon.FORMING))),
    (K.RETURNS, _verb(lexicon.DOING)),
    (K.VALIDATES, _verb(lexicon.TELLING)),
    (K.UI, _subject(signs.PAGE)),
    (K.VALIDATES, _of_heading(_words(signs.HEADING_RULE))),
    (K.VALIDATES, _of_heading(_words(signs.VERDICT))),
    (K.VALIDATES, _of_data(_words(signs.FORMAT))),
    (K.VALIDATES, _of_data(lambda clause: bool(clause.verb) and _words(signs.BOUND)(clause))),
)
