"""How binding a requirement is: its capitals, its heading, its form, its words, in this order.

The rules are those of RFC 2119 and RFC 8174 and their Spanish counterparts. What stands in quotes
or in code is mentioned, not used, and says nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.masterplans.core.document import Priority
from apps.masterplans.core.markup import without_mentions
from apps.masterplans.core.priority import without_false_friends
from apps.masterplans.core.sections import heading_priority

# How sure each rule is, from 0 to 1; below DOUBTFUL a model or a person should settle it.
CAPITALS = 0.98
CAPITALS_OF_SEVERAL_LEVELS = 0.9
HEADING = 0.95
FIELD_RULE = 0.9
MODAL = 0.9
MODALS_OF_SEVERAL_LEVELS = 0.75
JUDGEMENT = 0.75
BRACKET = 0.7
NOTHING = 0.3
DOUBTFUL = 0.5

STRONGEST_FIRST = (Priority.MUST, Priority.SHOULD, Priority.MAY)


class Rule(StrEnum):
    """What decided."""

    CAPITALS = "capitals"
    HEADING = "heading"
    FIELD = "field"
    WORDS = "words"
    BRACKET = "bracket"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Judgement:
    priority: Priority
    confidence: float  # 0 to 1
    reason: str  # for people
    rule: Rule

    @property
    def is_doubtful(self) -> bool:
        return self.confidence < DOUBTFUL

    @property
    def is_by_capitals(self) -> bool:
        return self.rule is Rule.CAPITALS


def _words(patterns: dict[Priority, str], flags: int = 0) -> dict[Priority, re.Pattern[str]]:
    """A word ends where Latin letters end, so that `MUST` is found inside Chinese text."""
    edge = r"A-Za-zÀ-ÖØ-öø-ÿ0-9_-"
    return {
        priority: re.compile(rf"(?<![{edge}])(?:{pattern})(?![{edge}])", flags)
        for priority, pattern in patterns.items()
    }


# "may only" and "may not" forbid; so do "solo puede" and "no se puede".
_FORBIDDING = (
    r"may\s+(?:only|not)|no\s+(?:se\s+)?pueden?|s[oó]lo\s+(?:se\s+)?pueden?|pueden?\s+s[oó]lo"
    r"|no\s+se\s+permiten?|queda\s+prohibid[oa]"
)
_NOT_BINDING = (
    r"(?:is|are|be)\s+not\s+(?:required|mandatory)|not\s+required|need\s+not|needn['’]t"
    r"|(?:do|does)\s+not\s+(?:need|have)\s+to|no\s+(?:es|son)\s+(?:obligatori|necesari|requerid)[oa]s?"
    r"|no\s+hace\s+falta"
)
_CAPITALS = _words(
    {
        Priority.MUST: r"MUST|SHALL|REQUIRED|DEBEN?|DEBER[ÁA]N?|TIENEN?\s+QUE|HAN?\s+DE"
        r"|OBLIGATORI[OA]S?|REQUERID[OA]S?|PROHIBID[OA]S?"
        r"|MAY\s+(?:ONLY|NOT)|NO\s+(?:SE\s+)?PUEDEN?|S[OÓ]LO\s+(?:SE\s+)?PUEDEN?",
        Priority.SHOULD: r"SHOULD|(?:NOT\s+)?RECOMMENDED|DEBER[ÍI]AN?|RECOMIENDA|RECOMENDAD[OA]S?"
        r"|RECOMENDABLES?",
        Priority.MAY: r"MAY(?!\s+(?:ONLY|NOT))|OPTIONAL|OPCIONAL(?:ES)?|PUEDEN?|NOT\s+REQUIRED",
    }
)
_MODALS = _words(
    {
        Priority.MUST: r"must(?:n['’]t)?|shall|shan['’]t|ha(?:s|ve)\s+to|needs?\s+to"
        r"|deben?|deber[áa]n?|tienen?\s+que|tendr[áa]n?\s+que|han?\s+de|hay\s+que"
        r"|必须|必須|禁止|不得",
        Priority.SHOULD: r"should(?:n['’]t)?|ought\s+to|could|deber[íi]an?|convendr[íi]a|应当|应该|建议",
        Priority.MAY: r"may|pueden?|podr[áa]n?|可以",
    },
    re.IGNORECASE,
)
_PREDICATE = (
    r"(?:(?<=\bis )|(?<=\bare )|(?<=\bbe )|(?<=\bes )|(?<=\bson )|(?<=\bser )|(?<=\bser[áa] ))"
)
_JUDGEMENTS = _words(
    {
        Priority.MUST: rf"{_PREDICATE}(?:required|mandatory|critical|essential|obligatory|prohibited"
        r"|forbidden|obligatori[oa]s?|necesari[oa]s?|requerid[oa]s?|prohibid[oa]s?)"
        rf"|(?:mandatory|required|obligatorio)(?=\s*:)|{_FORBIDDING}",
        Priority.SHOULD: r"(?:not\s+)?recommended|advisable|desirable|preferably|nice[ -]to[ -]have"
        r"|recomendables?|recomendad[oa]s?|deseables?|preferiblemente|se\s+recomienda|conviene",
        Priority.MAY: rf"{_PREDICATE}(?:optional|opcional(?:es)?)|optionally|opcionalmente"
        r"|(?:optional|opcional)(?=\s*[:–—-])",
    },
    re.IGNORECASE,
)
_FREEING = re.compile(rf"\b(?:{_NOT_BINDING})\b", re.IGNORECASE)
_SET_ASIDE = re.compile(rf"\b(?:{_FORBIDDING}|{_NOT_BINDING})\b", re.IGNORECASE)
# "Should a request fail, …" states a condition, and "95 % of SHOULD tests" names a level.
_NO_MODAL = re.compile(
    r"(?:^|(?<=[.;] ))Should(?=\s+(?:an?|the|any|it|they|you|this|that|no)\b)"
    r"|\b(?:MUST|SHALL|SHOULD|MAY)(?=\s+(?:tests?|requirements?|items?|rules?|keywords?|sections?)\b)"
)
_FIELD_RULE = re.compile(
    r"[\W_]*(?!(?:required|optional)\b)\w[\w /().-]{0,40}?\s*:\s*(?:[\w /()-]{1,30},\s*){0,3}"
    r"(?P<word>required|optional|mandatory|requerid[oa]|obligatori[oa]|opcional)"
    r"(?=\s*(?:$|[,;.(\[|–—-]))",
    re.IGNORECASE,
)
# The same with the word behind the name: "discount (optional): 0-100".
_FIELD_RULE_IN_BRACKETS = re.compile(
    r"[\W_]*\w[\w .-]{0,40}?\s*\((?:[\w ]{1,20},\s*)?(?P<word>required|optional|requerid[oa]|opcional)"
    r"(?:,[^)]{0,40})?\)\W*:\s*\S",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"[(\[]\s*(?:optional|opcional)\b", re.IGNORECASE)
_LEVEL = re.compile(r"\bP(?P<level>[0-4])\b")
_LEVELS = {"0": Priority.MUST, "1": Priority.SHOULD}  # P2 and beyond are MAY
_GROUP = re.compile(
    r"(?P<level>must|shall|should|could|may|mandatory|required|recommended|optional)"
    r"(?:[ -]have)?\s+(?:requirements?|features?|criteria|items?|rules?)\b",
    re.IGNORECASE,
)


def judge_priority(text: str, heading: str = "") -> Judgement:
    """Say how binding the text is, how sure that is, and why. Costs nothing but reading."""
    prose = without_examples(text)
    plain = _NO_MODAL.sub(_blank, without_false_friends(without_mentions(prose)))
    return (
        _by_capitals(plain)
        or _by_heading(heading)
        or _by_field_rule(plain)
        or _by_words(plain)
        or _by_bracket(plain)
        or Judgement(
            Priority.MUST,
            NOTHING,
            "No word says how binding it is, so it counts as MUST.",
            Rule.NOTHING,
        )
    )


def without_examples(text: str) -> str:
    """The sentence in one normal form, without the rows of tables and the lines of code blocks."""
    kept, is_code = [], False
    for line in unicodedata.normalize("NFC", text).split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        elif not is_code and not line.lstrip().startswith("|"):
            kept.append(line.strip())
    return " ".join(line for line in kept if line)


def priority_of_heading(heading: str) -> Priority | None:
    """What the heading of a section says about every requirement below it."""
    name = " ".join(re.sub(r"[*_#`]", " ", heading).split())
    named = heading_priority(name)
    if named:
        return named
    group, level = _GROUP.match(name), _LEVEL.search(name)
    if group:
        return heading_priority(group["level"])
    return _LEVELS.get(level["level"], Priority.MAY) if level else None


def _by_capitals(plain: str) -> Judgement | None:
    found = _found(_CAPITALS, plain)
    return _strongest(found, (CAPITALS, CAPITALS_OF_SEVERAL_LEVELS), Rule.CAPITALS)


def _by_heading(heading: str) -> Judgement | None:
    priority = priority_of_heading(heading) if heading else None
    if priority is None:
        return None
    reason = f"It stands under “{heading.strip()[:60]}”."
    return Judgement(priority, HEADING, reason, Rule.HEADING)


def _by_field_rule(plain: str) -> Judgement | None:
    match = _FIELD_RULE.match(plain) or _FIELD_RULE_IN_BRACKETS.match(plain)
    if match is None:
        return None
    reason = f"“{match['word']}” behind a name is a rule of that field, which must hold."
    return Judgement(Priority.MUST, FIELD_RULE, reason, Rule.FIELD)


def _by_words(plain: str) -> Judgement | None:
    modals = _found(_MODALS, _SET_ASIDE.sub(_blank, plain))
    judgements = _found(_JUDGEMENTS, _FREEING.sub(_blank, plain))
    freeing = _FREEING.search(plain)
    if freeing:
        judgements.setdefault(Priority.MAY, freeing[0])
    return _strongest(modals, (MODAL, MODALS_OF_SEVERAL_LEVELS), Rule.WORDS) or _strongest(
        judgements, (JUDGEMENT, DOUBTFUL), Rule.WORDS
    )


def _by_bracket(plain: str) -> Judgement | None:
    if _BRACKET.search(plain) is None:
        return None
    return Judgement(Priority.MAY, BRACKET, "It says “optional” in brackets.", Rule.BRACKET)


def _found(words: dict[Priority, re.Pattern[str]], plain: str) -> dict[Priority, str]:
    """The first word of each priority, the strongest priority first."""
    matches = ((priority, words[priority].search(plain)) for priority in STRONGEST_FIRST)
    return {priority: " ".join(match[0].split()) for priority, match in matches if match}


def _strongest(
    found: dict[Priority, str], confidences: tuple[float, float], rule: Rule
) -> Judgement | None:
    """The strongest of the words; the second confidence is for words of several levels."""
    if not found:
        return None
    priority, word = next(iter(found.items()))
    alone, among_others = confidences
    if len(found) == 1:
        return Judgement(priority, alone, f"It says “{word}”.", rule)
    others = _listed(list(found.values())[1:])
    reason = f"It says “{word}”, which is stronger than {others}."
    return Judgement(priority, among_others, reason, rule)


def _listed(words: Iterable[str]) -> str:
    return " and ".join(f"“{word}”" for word in words)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
