"""The words for limits, in English and Spanish, as patterns over masked text."""

import re

from apps.acceptance.core.checks import Bound

_V = r"⟦v\d+⟧"
_NAMED = r"(?:\s+(?:[a-z]+\s+){1,3}\(|\s*)"  # below absolute zero (-273.15)
_LOW = rf"{_NAMED}(?P<low>{_V})"
_HIGH = rf"{_NAMED}(?P<high>{_V})"
_TO = r"\s*(?:-|–|to|and|a|y|\.\.\.?|…)\s*"
_AFFIRMED = r"(?<!no )(?<!not )(?<!be )(?<!ser )"
_BE = r"(?<!not )(?<!never )(?<!no )(?<!no debe )(?:be|is|are|ser|es|sea)\s+(?:strictly\s+)?"
_NO = r"no\s+(?:debe\s+)?(?:es|ser|sea)\s+"


def _any(*phrases: str) -> str:
    """One of the phrases, each with any white space between its words."""
    spaced = (re.sub(r" (?!\?)", r"\\s+", phrase) for phrase in phrases)
    return f"(?:{'|'.join(spaced)})"


_AT_LEAST = _any(
    "at least", "(?:greater|more|larger|higher) than or equal(?: to)?", "equal to or (?:greater|more|larger) than",
    "mayor o igual (?:que|a)", "no (?:less|fewer|shorter) than", "not (?:be )?(?:less|lower|shorter|smaller) than",
    "not (?:be )?(?:below|under)", "minimum(?: of)?", r"min\.?", ">=", "≥",
    "al menos", "como mínimo", "mínimo(?: de)?", "no menos de", f"{_NO}menor (?:que|a)",
)  # fmt: skip
_AT_MOST = _any(
    "at most", "(?:less|fewer|smaller|lower) than or equal(?: to)?", "equal to or (?:less|smaller) than",
    "menor o igual (?:que|a)", "no (?:more|greater|longer|larger) than",
    "not (?:be )?(?:more|greater|longer|larger|higher) than", "not (?:be )?(?:above|over)", "not exceed",
    "maximum(?: length)?(?: of)?", r"max\.?(?: length)?(?: of)?", "up to", "<=", "≤",
    "a lo sumo", "como máximo", "máximo(?: de)?", "hasta", "no más de", f"{_NO}mayor (?:que|a)",
    "no (?:debe )?(?:superar|exceder)",
)  # fmt: skip
_ABOVE = _any(
    "(?:greater|more|longer|larger|higher|bigger) than", "above", "over", "exceeds?", "exceeding", r"(?<![<=])>(?!=)",
    "mayor(?:es)? (?:que|a|de)", "superior(?:es)? a", "más de", "por encima de",
)  # fmt: skip
_BELOW = _any(
    "(?:less|fewer|shorter|smaller|lower) than", "below", "under", r"<(?!=)",
    "menor(?:es)? (?:que|a|de)", "inferior(?:es)? a", "menos de", "por debajo de",
)  # fmt: skip
_RANGE = _any("(?:in|within|outside|fuera de|en) (?:the |el )?(?:range|rango|interval)(?: of| de)?")

# Each form of a limit, and its ends: "[" sets a low one, ")" a high one that lies outside itself.
_FORMS: tuple[tuple[str, str], ...] = (
    (rf"{_BE}{_ABOVE}{_LOW}", "("),
    (rf"{_BE}{_BELOW}{_HIGH}", ")"),
    (rf"(?:between|entre){_LOW}\s*\w*\s+(?:and|y){_HIGH}", "[]"),
    (rf"(?:from|of|de|desde){_LOW}\s+{_any('to', 'through', 'up to', 'a', 'hasta')}{_HIGH}", "[]"),
    (rf"{_RANGE}{_LOW}{_TO}{_HIGH}", "[]"),
    (rf"(?P<low>{_V})\s*[-–]{_HIGH}", "[]"),
    (rf"(?:outside(?:\s+of)?|fuera\s+de){_LOW}{_TO}{_HIGH}", "[]"),
    (rf"(?P<low>{_V})\s*\.\.\.?\s*(?P<high>{_V})", "[]"),
    (rf"{_AT_LEAST}{_LOW}", "["),
    (
        rf"(?P<low>{_V})\s+{_any('or (?:more|greater|above|higher)', 'o más')}(?!\s*(?:than\s+)?{_V})",
        "[",
    ),
    (rf"{_AT_MOST}{_HIGH}", "]"),
    (
        rf"(?P<high>{_V})\s+{_any('or (?:less|fewer|below|lower)', 'o menos')}(?!\s*(?:than\s+)?{_V})",
        "]",
    ),
    (rf"{_AFFIRMED}{_ABOVE}{_LOW}", "("),
    (rf"{_AFFIRMED}{_BELOW}{_HIGH}", ")"),
    (rf"(?:exactly|exactamente){_LOW}", "=="),
    (rf"{_any('multiples? of', 'múltiplos? de')}{_LOW}", "*"),
)
FORMS = tuple((re.compile(pattern, re.IGNORECASE), ends) for pattern, ends in _FORMS)
_NOT_NEGATIVE = (
    r"\bnon[- ]?negative\b|\b(?:not|never)\s+(?:be\s+|returns?\s+(?:an?\s+)?)?negative\b"
    r"|\bno\s+(?:(?:debe|puede|deben|pueden)\s+ser\s+)?negativ[oa]s?\b|\bnunca\s+negativ[oa]\b"
)
# Its own name in front of "must be": the slug of `slugify`, the area of `area_of`.
OBLIGED_NOUN = re.compile(
    r"\b(?P<noun>[a-záéíóúñ]{3,})\s+(?:must|shall|should|has\s+to|needs?\s+to|is|debe|deberá|tiene\s+que)\b",
    re.IGNORECASE,
)
_POSITIVE = r"(?<!non-)(?<!non )(?<!not )(?<!no )\bpositive\b|(?<!no )(?<!no ser )\bpositiv[oa]s?\b"
WORDED = (
    (re.compile(_NOT_NEGATIVE, re.IGNORECASE), Bound(low=0)),
    (re.compile(_POSITIVE, re.IGNORECASE), Bound(low=0, is_low_open=True)),
)

# What a number counts.
_THINGS = r"(?:characters?|chars?|letters?|items?|elements?|entries|digits?|caracteres|letras|elementos|dígitos)"
LENGTH_AFTER = re.compile(
    rf"^\s*{_THINGS}\b|^\s*(?:in\s+length|long\b|de\s+(?:largo|longitud))", re.IGNORECASE
)
DIGITS_AFTER = re.compile(r"^\s*(?:digits?|dígitos?)\b", re.IGNORECASE)
LENGTH_BEFORE = re.compile(
    r"\b(?:length|longitud|largo|tamaño)\b[^.;]{0,40}$|\b(?:longer|shorter)\s+than\s*$",
    re.IGNORECASE,
)
LENGTH_WITHIN = re.compile(r"long|short|length", re.IGNORECASE)
TIME_AFTER = re.compile(
    r"^\s*(?:ms|msec|milliseconds?|milisegundos?|s|secs?|seconds?|segundos?|minutes?|minutos?)\b",
    re.IGNORECASE,
)
OTHER_UNIT = re.compile(
    r"^\s*(?:%|[kKMG]i?[bB]\b|bytes?\b|percent|days?\b|hours?\b|px\b|times\b|veces\b|words?\b|ranges\b|files?\b"
    r"|total\b|seats?\b|tasks?\b|users?\b|requests?\b|:)",
    re.IGNORECASE,
)
EXCLUSIVE = re.compile(r"\bexclusive\b|\bexclusiv[oa]s?\b|\bexcluid[oa]s?\b", re.IGNORECASE)

# What a sentence does with its limit.
REJECTS = re.compile(
    r"\b(?:rejects?|rejected|refuses?|refused|disallows?|forbids?|raises?|throws?|fails?|rechaz\w+|lanza\w*"
    r"|levanta\w*|arroja\w*)\b",
    re.IGNORECASE,
)
ACCEPTS = re.compile(
    r"\b(?:accepts?|accepted|allows?|allowed|permits?|valid|validates?|verify|verifies|checks?|acepta\w*|admite\w*"
    r"|permite\w*|válid[oa]s?|valida|verifica\w*)\b"
    r"|⟦v\d+⟧\s+(?:exactly\s+|only\s+|precisely\s+|solo\s+)?(?:for|when|if|para|cuando|si)\b",
    re.IGNORECASE,
)
RESULT = re.compile(
    r"\b(?:returns?|results?|produces?|output|outputs|yields?|gives?|generates?|devuelve\w*|devolver|retorna\w*"
    r"|resultado|produce)\b",
    re.IGNORECASE,
)
OBLIGED = re.compile(
    r"\b(?:must|shall|should|has\s+to|needs?\s+to|debe|deben|deberá|debería|tiene\s+que|is\s+required\s+to)\b",
    re.IGNORECASE,
)
BOOLEAN = re.compile(
    r"(?P<answer>⟦v\d+⟧)\s+(?:exactly\s+|only\s+|precisely\s+|solo\s+)?(?:for|when|if|para|cuando|si)\b",
    re.IGNORECASE,
)
# What lies on the other side of a limit that was stated for what is accepted.
OTHERWISE = re.compile(
    r"\b(?:otherwise|else|others?|in\s+(?:that|this)\s+case|en\s+(?:ese|este)\s+caso|en\s+caso\s+contrario|any\s+other|all\s+others?|the\s+rest|de\s+lo\s+contrario|en\s+otro\s+caso|si\s+no"
    r"|(?:el|los|las)\s+(?:demás|resto)|cualquier\s+otr[oa])\b",
    re.IGNORECASE,
)
TURNED = re.compile(
    r"\b(?:outside|unless|not|except|other than|fuera|salvo|no)\b[^.]{0,20}$|^\s*(?:outside|fuera)",
    re.IGNORECASE,
)
