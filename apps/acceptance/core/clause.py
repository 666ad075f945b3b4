"""The parts of a requirement sentence: on what condition who must do what, in English and Spanish.

A shallow reading, by closed lists of function words and by the endings of verbs. It finds the clause
that binds, because the kind of a requirement is decided by its verb and not by any word anywhere.
"""

import re
from dataclasses import dataclass

from apps.acceptance.core.lexicon import FINITE_VERB
from apps.acceptance.core.priority import without_examples
from apps.masterplans.core.markup import without_mentions

MAX_CHARACTERS = 1_200  # of one requirement that are read; its sentence stands at the front

_MODAL = (
    r"must(?:n['’]t)?|shall|should(?:n['’]t)?|may|can(?:not|['’]t)?|could|will|ha(?:s|ve)\s+to|needs?\s+to"
    r"|need(?=\s+not)|ought\s+to|deben?|deber[áa]n?|deber[íi]an?|pueden?|podr[áa]n?|tienen?\s+que|han?\s+de"
    r"|se\s+recomienda|必须|必須|应当|应该|建议|可以"
)
_CAPITAL_MODAL = re.compile(
    r"(?<![A-Za-zÀ-ÿ0-9-])(?:MUST|SHALL|SHOULD|MAY|DEBEN?|DEBER[ÁÍAI]A?N?|PUEDEN?|TIENEN?\s+QUE"
    r"|RECOMIENDA)(?![A-Za-zÀ-ÿ0-9-])"
)
_STRONG_MODAL = re.compile(
    r"(?<![\w-])(?:must(?:n['’]t)?|shall|deben?|deber[áa]n?|tienen?\s+que|必须|必須)(?![\w-])",
    re.IGNORECASE,
)
_ANY_MODAL = re.compile(rf"(?<![\w-])(?:{_MODAL})(?![\w-])", re.IGNORECASE)
_LABEL = re.compile(  # an id, a bullet or a check box in front of the sentence
    r"(?:\s|[-*+•]\s|\[[ xX]\]|\d{1,3}[.)]\s|(?:[A-Z]{1,8}-)*[A-Z]{1,8}-?\d{1,6}\s*[:.)]|[A-Z]{1,8}-\d{1,6}\b)*"
)
_CONDITION = re.compile(
    r"\s*(?:when(?:ever)?|if|while|where|once|unless|given|after|before|upon|for|in|as|during|on|under|until|with"
    r"|si|cuando|mientras|dad[oa]s?|al|tras|en)\b",
    re.IGNORECASE,
)
_THEN = re.compile(r",\s*(?:(?:and\s+)?then\s+|entonces\s+)?|\s(?:then|entonces)\s+", re.IGNORECASE)
_ARROW = re.compile(r"\s*(?:→|->|=>|⇒)\s*")
_SKIPPED = re.compile(
    r"(?:\s*(?:not|never|always|also|only|then|still|either|both|at\s+least|be\s+able\s+to|poder"
    r"|be\s+allowed\s+to|cho+se\s+to|decide\s+to|try\s+to|attempt\s+to"
    r"|no|nunca|siempre|tambi[ée]n|solo|sólo|que|(?!rely|reply|apply|supply|comply|imply"
    r"|multiply)[a-z]{3,}ly|\w+mente|,)(?=[\s,]))*\s*",
    re.IGNORECASE,
)
_BE = re.compile(
    r"(?:be|been|is|are|was|were|ser|estar|es|son|est[áa]n?|ser[áa]n?|get|gets)\b\s*", re.IGNORECASE
)
_WORD = re.compile(r"[\w'’-]+")
_PARTICIPLE = re.compile(
    r"\w{2,}(?:ed|ad[oa]s?|id[oa]s?)|kept|written|made|sent|thrown|set|read|reset|given|shown|built|found|taken"
    r"|chosen|rewritten|held|left|lost|cut|put|split|run|hidden|broken|drawn|overwritten|escrit[oa]s?",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*|\*(?!\w)")


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement sentence. All parts but `text` have code and quotes masked by X."""

    text: str  # one line without label, emphasis, tables
    plain: str  # the same with mentions masked, character by character
    condition: str = ""
    subject: str = ""  # "" for an order
    verb: str = ""  # as written, lower case; "be" before an adjective; "" for a phrase without verb
    rest: str = ""  # what follows the verb
    modal: str = ""  # lower case; "" for a plain statement, an order or a phrase
    is_passive: bool = False

    @property
    def main(self) -> str:
        """The clause that binds, without its condition."""
        return self.plain[len(self.condition) :]

    @property
    def raw_main(self) -> str:
        """As `main`, with the contents of code and quotes."""
        return self.text[len(self.condition) :]


def read_clause(text: str) -> Clause:
    """Take one requirement apart; never fails, whatever the text."""
    head = _EMPHASIS.sub("", without_examples(text[:MAX_CHARACTERS]))
    label = _LABEL.match(head)
    text = head[label.end() if label else 0 :].strip()
    plain = without_mentions(text)
    modal = _binding_modal(plain)
    return _with_modal(text, plain, modal) if modal else _without_modal(text, plain)


def _binding_modal(plain: str) -> re.Match[str] | None:
    """The modal that binds: a capital one, else the first strong one, else the first."""
    return (
        _CAPITAL_MODAL.search(plain)
        or _STRONG_MODAL.search(plain)
        or _ANY_MODAL.search(plain, _condition_end(plain))
    )


def _condition_end(plain: str) -> int:
    """Where a condition at the start of the text ends; 0 without one."""
    if not _CONDITION.match(plain):
        return 0
    ends = [match.end() for match in _THEN.finditer(plain)]
    return ends[-1] if ends else 0


def _with_modal(text: str, plain: str, modal: re.Match[str]) -> Clause:
    before = plain[: modal.start()]
    end = _condition_end(before)
    verb, rest, is_passive = _predicate(plain[modal.end() :])
    return Clause(
        text,
        plain,
        condition=before[:end],
        subject=before[end:].strip(),
        verb=verb,
        rest=rest,
        modal=modal[0].lower(),
        is_passive=is_passive,
    )


def _predicate(after: str) -> tuple[str, str, bool]:
    """Verb, rest and voice of what follows a modal."""
    at = _end(_SKIPPED, after, 0)
    be = _BE.match(after, at)
    if be is None:
        word = _WORD.match(after, at)
        return (word[0].lower(), after[word.end() :], False) if word else ("", after[at:], False)
    at = _end(_SKIPPED, after, be.end())
    word = _WORD.match(after, at)
    if word and _PARTICIPLE.fullmatch(word[0]):
        return word[0].lower(), after[word.end() :], True
    return "be", after[at:], False


def _without_modal(text: str, plain: str) -> Clause:
    arrow = _ARROW.search(plain)
    if arrow:
        before, rest = plain[: arrow.start()], plain[arrow.end() :]
        if _CONDITION.match(before):
            return Clause(text, plain, condition=before, verb="→", rest=rest)
        return Clause(text, plain, subject=before, verb="→", rest=rest)
    end = _condition_end(plain)
    condition, main = plain[:end], plain[end:]
    verb = FINITE_VERB.search(main)
    if verb is None:
        return Clause(text, plain, condition, subject=main)
    subject, rest = main[: verb.start()].strip(), main[verb.end() :]
    if _BE.fullmatch(verb[0]):
        name, rest, is_passive = _predicate(f"be {rest.lstrip()}")
        return Clause(text, plain, condition, subject, name, rest, is_passive=is_passive)
    return Clause(text, plain, condition, subject, verb[0].lower(), rest)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
