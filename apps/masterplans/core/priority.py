"""How binding a sentence is, read from its words (RFC 2119 and RFC 8174, English and Spanish)."""

import re
import unicodedata
from dataclasses import dataclass

from apps.masterplans.core.document import Priority
from apps.masterplans.core.markup import sentences, without_mentions

LOW_CONFIDENCE = "Low confidence"

_MODALS = {
    Priority.MUST: r"must(?:n['’]t)?|shall|shan['’]t|deben?|deber[áa]n?",
    Priority.SHOULD: r"should(?:n['’]t)?|could|deber[íi]an?|convendr[íi]a",
    Priority.MAY: r"may",
}
_JUDGEMENTS = {
    Priority.MUST: r"required|mandatory|critical|obligatori[oa]s?"
    r"|(?<=\bis )prohibited|(?<=\bare )prohibited|(?<=\bbe )prohibited"
    r"|(?<=\bes )(?:necesari|prohibid)[oa]|(?<=\bson )(?:necesari|prohibid)[oa]s",
    Priority.SHOULD: r"recommended|optional|nice[ -]to[ -]have|desirable|preferably"
    r"|recomendables?|recomendad[oa]s?|deseables?|opcional(?:es)?|preferiblemente",
}


def _pattern(words: dict[Priority, str]) -> re.Pattern[str]:
    groups = "|".join(f"(?P<{priority.value}>{word})" for priority, word in words.items())
    return re.compile(rf"\b(?:{groups})\b", re.IGNORECASE)


_MODAL = _pattern(_MODALS)
_JUDGEMENT = _pattern(_JUDGEMENTS)
# Words that look like keywords and bind nobody: nouns, months, set phrases.
_NO_KEYWORD = re.compile(
    r"\b(?:must|should|could|may|shall)-\w+|\bmust\s+haves\b"
    r"|\b(?:an?|the)\s+(?:absolute\s+|real\s+)?(?:must|should|may|shall|could)\b"
    r"|\bel\s+debe\b"
    r"|\b(?:could\s+not|couldn['’]t)\b"
    r"|\bcritical\s+(?:sections?|paths?|regions?|mass|points?)\b"
    r"|\b(?:as|if|when|where|than)\s+(?:required|recommended|optional|critical|mandatory)\b",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\b(?:in|of|by|since|until|before|after|\d{1,2}(?:st|nd|rd|th)?)\s+May\b|\bMay\s+\d"
)
_NEGATED = re.compile(
    r"\b(?:not|no\s+longer|never|isn['’]t|aren['’]t|no\s+es|no\s+son)\s+(?:\w+ly\s+)?"
    r"(?:required|mandatory|critical|obligatori[oa]s?|necesari[oa]s?)\b",
    re.IGNORECASE,
)
_MAY_OR_MAY_NOT = re.compile(r"\bmay\s+or\s+may\s+not\b", re.IGNORECASE)
_MAY_NOT = re.compile(r"\bmay\s+not\b", re.IGNORECASE)
# An adjective before its noun ("optional fields") says little beside a verb that binds.
_BEFORE_NOUN = re.compile(
    r"\s+(?!(?:to|that|for|by|in|on|at|with|from|as|if|when|unless|and|or|but|que|para|en|si|y|o)\b)\w"
)
_AFTER_VERB = re.compile(
    r"\b(?:is|are|be|been|being|was|were|es|son|ser|será|it['’]s)\s+(?:\w+\s+)?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Classification:
    priority: Priority
    reason: str  # for people
    is_confident: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    word: str
    priority: Priority
    is_weak: bool = False  # an adjective before a noun

    @property
    def is_capital(self) -> bool:
        return self.word.isupper()


def classify(text: str) -> Classification:
    """Say how binding a requirement is; without a clear word it is MUST, with low confidence.

    Reads the first line only: tables and nested lists under a bullet are examples.
    """
    head = unicodedata.normalize("NFC", text.split("\n", 1)[0])
    hits = [hit for sentence in sentences(head) for hit in _binding(sentence)]
    priorities = {hit.priority for hit in hits}
    if not hits:
        return _unclear("no word says how binding it is")
    if len(priorities) > 1 or _says_may_not(head, priorities):
        words = " and ".join(dict.fromkeys(f'"{hit.word}"' for hit in hits))
        return _unclear(f"it says {words}, which can be read in two ways")
    return Classification(hits[0].priority, f'It says "{hits[0].word}".', is_confident=True)


def has_keyword(text: str) -> bool:
    return any(_binding(sentence) for sentence in sentences(unicodedata.normalize("NFC", text)))


def section_reason(priority: Priority) -> str:
    return f"It stands under {priority.value.upper()}."


def _unclear(why: str) -> Classification:
    reason = f"{LOW_CONFIDENCE}: {why}, so it counts as MUST."
    return Classification(Priority.MUST, reason, is_confident=False)


def _says_may_not(head: str, priorities: set[Priority]) -> bool:
    plain = _MAY_OR_MAY_NOT.sub("may", without_mentions(head))
    return priorities == {Priority.MAY} and _MAY_NOT.search(plain) is not None


def _binding(sentence: str) -> list[_Hit]:
    """The keywords that count in one sentence: capitals first, then verbs before adjectives."""
    plain = without_false_friends(without_mentions(sentence))
    negated = [_Hit(match[0], Priority.SHOULD) for match in _NEGATED.finditer(plain)]
    plain = _NEGATED.sub(_spaces, plain)
    modals = [_hit(match) for match in _MODAL.finditer(plain)]
    judgements = [_hit(match, plain) for match in _JUDGEMENT.finditer(plain)]
    hits = [*modals, *negated, *judgements]
    capitals = [hit for hit in hits if hit.is_capital]
    if capitals and not plain.isupper():
        return capitals
    strong = [hit for hit in hits if not hit.is_weak]
    return strong if modals else hits


def without_false_friends(text: str) -> str:
    """The text with emphasis and words that only look like keywords blanked, place by place."""
    plain = re.sub(r"[*_]", " ", text)
    return _MONTH.sub(_spaces, _NO_KEYWORD.sub(_spaces, plain))


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _hit(match: re.Match[str], plain: str = "") -> _Hit:
    priority = next(each for each in Priority if match.groupdict().get(each.value))
    return _Hit(match[0], priority, is_weak=bool(plain) and _is_before_noun(match, plain))


def _is_before_noun(match: re.Match[str], plain: str) -> bool:
    if match[0].lower().startswith(("prefer", "nice")):
        return False
    if _AFTER_VERB.search(plain[max(0, match.start() - 40) : match.start()]):
        return False
    return _BEFORE_NOUN.match(plain, match.end()) is not None
