"""What a sentence speaks about when it does not speak about what code does.

Gaps, people and their work, the inside of the code, matters of taste, permissions: they decide both
the kind of a requirement and whether a test can be written for it.
"""

import re

from apps.acceptance.core import lexicon
from apps.acceptance.core.clause import Clause


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_GAP = _p(
    r"NEEDS[ _]CLARIFICATION|\b(?:TBD|FIXME|TBC)\b|\bTODO\s*:|\?\?\?"
    r"|\bto\s+be\s+(?:decided|defined|determined|confirmed|clarified)\b"
    r"|\bpor\s+(?:definir|decidir|determinar)\b"
    r"|\[[^\]]*(?:\be\.g\.|\bp\.\s?ej|\bfor\s+example)[^\]]*\]"
    r"|\[(?:key|what|who|which|your|some|specific|describe|insert|add|name|number|action|feature"
    r"|capability)\b[^\]]*\]"
    r"|<(?:your|what|some|insert|describe|placeholder)\b[a-z -]*>|\{\{[^}]*\}\}"
)

_DETERMINER = r"(?:the|all|every|each|any|our|a|an|el|los|las?|un|una|su)"
# What may follow the head of a noun phrase: "developers of it", but not "the team list".
_BEHIND_HEAD = r"(?:who|that|which|of|in|on|at|from|with|and|or|using|working|de|del|que|en|y|o)"
_OF_PEOPLE = _p(
    rf"\A{_DETERMINER}?\s*(?:[\w-]+\s+)?{lexicon.PEOPLE}(?=\s*(?:\Z|,)|\s+{_BEHIND_HEAD}\b)"
    r"|\Asoftware\s+using\b"
)
_BY_PEOPLE = _p(
    rf"\bby\s+(?:the|its|their|an?|all)\s+(?:\w+\s+)?{lexicon.PEOPLE}\b"
    r"|\bpor\s+(?:el|un)\s+equipo\b"
)
_WORKPIECE = _p(
    rf"\A{_DETERMINER}?\s*(?:[\w-]+\s+){{0,2}}?{lexicon.WORKPIECES}\b(?!\s*(?:X|\())"
    r"(?!\s+(?:is|are|was|were)\s+\w+ed\b)"
)
# Those who run a service, or those of arithmetic: the verb tells.
_OPERATORS = _p(rf"\A{_DETERMINER}?\s*operators\Z")
_OF_ARITHMETIC = _p(r"\A(?:be|have|take|accept|return|produce|apply|bind|associate|work|support)\Z")
_COVERAGE = _p(r"\bcoverage\b.*\d|\d\W+coverage\b|\bcobertura\b.*\d")
_SCREEN_DESIGN = _p(
    r"\b(?:responsive|mobile[ -]first|adaptive|visual|screen|page)\s+(?:\w+\s+)?design\b"
)
_PROJECT_LIFE = _p(rf"\b{lexicon.PROJECT_LIFE}\b")
_OUTCOME = _p(
    r"\A(?:return|rais|throw|reject|accept|display|show|respond|log|emit|validat|verif|check|contain"
    r"|match|pass|print)\w*\Z|\Abe\Z|\A(?:返回|抛出|拒绝|接受|显示)"
)
# Capitals at the very start. Spanish sentences leave a subject out that everybody knows.
_BARE_ORDER = re.compile(r"\W*(?:MUST|SHALL|SHOULD|MAY|DEBE|DEBER[ÁÍ]A?|PUEDE)\b")
_WORKPIECE_NAMED = _p(rf"\b{lexicon.OBJECTS_OF_WORK}\b")
_WORK = _p(rf"\A(?:{lexicon.stems(lexicon.WORKING).pattern})\Z")
_HELPFUL_MACHINE = _p(
    r"\b(?:system|service|tool|console|function|app|sistema|servicio)\b|X{3,}|\w_\w"
)

_API_REFERENCE = _p(r"\b(?:API|OpenAPI|Swagger)\s+(?:docs|documentation|reference|page|spec\w*)\b")

_INSIDE = _p(
    r"\b(?:inside|within|in)\s+(?:a|one|the\s+same)\s+(?:single\s+|database\s+)?transaction\b"
    r"|\bexplicit\s+quer(?:y|ies)\b"
    r"|\b(?:repository|service|data|cache|caching|persistence|abstraction)\s+(?:layer|pattern)\b"
    r"|\b(?:design|architectural)\s+patterns?\b|\barchitectures?\b|\b(?:ACID|SOLID|DRY)\b"
    r"|\b(?:transactions?|transacciones)\b.*\b(?:isolated|durable|atomic|consistent|aislad\w+"
    r"|duraderas?|at[óo]micas?)\b"
    r"|\bmicro-?services?\b|\bdependency\s+injection\b|\bstored\s+procedures?\b|\bsingletons?\b"
    r"|\b(?:single|separation\s+of)\s+(?:responsibility|concerns)\b|\bseparation\s+of\s+concerns\b"
    r"|\bthrough\s+(?:a|an|the)\s+(?:\w+\s+)?(?:cache|layer|adapter|orm|queue)\b|\b(?:loosely|tightly)\s+coupled\b"
    r"|\b(?:loose\s+coupling|high\s+cohesion|decoupled|modular|internally|thread[ -]safe)\b"
    r"|\b(?:best|good)\s+practices\b|\bbuenas\s+pr[áa]cticas\b|\barquitectura\b"
    r"|\bdentro\s+de\s+una\s+transacci[óo]n\b|\bpatr[óo]n(?:es)?\s+de\s+dise[ñn]o\b|\bmicroservicios\b"
)

_TASTE = (
    r"(?:user[ -]friendly|intuitive|precise|comprehensive|clear|clean|simple|easy|nice|pleasant"
    r"|beautiful|modern|robust"
    r"|reliable|stable|maintainable|readable|understandable|self[ -]explanatory|flexible|extensible"
    r"|scalable|seamless"
    r"|smooth|elegant|professional|complete|good|great|attractive|efficient|reasonable|sensible"
    r"|adequate|appropriate"
    r"|suitable|helpful|meaningful|useful|familiar|convenient|comfortable|delightful|concise|portable"
    r"|future[ -]proof"
    r"|production[ -]ready|state[ -]of[ -]the[ -]art|small|short|careful|secure|high[ -]quality"
    r"|detailed|well[ -]\w+"
    r"|polished|usable|experimental|resilient|obvious|descriptive|high[ -]level|lightweight|minimal"
    r"|natural|boring|repeatable|predictable|realistic|achievable|feasible|valuable"
    r"|available(?=\W*\Z)"
    r"|intuitiv[oa]s?|clar[oa]s?|limpi[oa]s?|sencill[oa]s?|f[áa]cil(?:es)?|amigables?|agradables?"
    r"|modern[oa]s?|robust[oa]s?"
    r"|mantenibles?|legibles?|escalables?|flexibles?|segur[oa]s?|eficientes?|atractiv[oa]s?|fiables?|adecuad[oa]s?"
    r"|buen[oa]?s?|profesional(?:es)?)"
)
_TASTEFUL = _p(
    rf"\A\W*(?:(?:as|very|more|fully|highly|reasonably|kept|muy|m[áa]s|lo\s+m[áa]s)\s+)*{_TASTE}\b"
)
_FEELING = _p(
    rf"\b(?:an?|una?)\s+(?:very\s+)?{_TASTE}(?:\s+and\s+\w+)?\s+(?:user\s+)?(?:interface|experience|ui"
    rf"|ux|design|look|api|manner|way"
    r"|layout|interfaz|experiencia|dise[ñn]o)\b|\b(?:interfaz|experiencia|dise[ñn]o)\s+(?:\w+\s+)?"
    rf"{_TASTE}\b|\b(?:look|feel|find|sound)s?\b.*\b{_TASTE}\b|\blook\s+and\s+feel\b"
    r"|\b(?:users?|customers?|people|usuarios?|clientes?)\b.*\b(?:satisfied|happy|delighted|pleased"
    r"|confused|satisfech[oa]s?)\b"
)
_BARE_TASTE = _p(rf"\A{_DETERMINER}?\s*(?:very\s+)?{_TASTE}(?:\s+(?:and\s+)?[\w-]+){{1,2}}\W*\Z")

_MANNER = _p(
    r"\b(?:gracefully|consistently|properly|appropriately|adequately|efficiently|seamlessly|smoothly|sensibly"
    r"|reasonably|intuitively"
    r"|robustly|carefully|nicely|elegantly|well|quickly|effectively|securely|safely|easily"
    r"|responsibly|adecuadamente"
    r"|apropiadamente|correctamente|bien|r[áa]pidamente|as\s+(?:\w+\s+)?(?:as\s+)?(?:possible|needed"
    r"|appropriate|necessary)"
    r"|(?:where|when|if)\s+(?:possible|appropriate|feasible)|best\s+effort|cuando\s+sea\s+posible"
    r"|en\s+lo\s+posible)\b\W*\Z"
    r"|\b(?:well\s+under|industry\s+standards?|high\s+quality|designed\s+(?:for|to)|(?:scal|maintain|us|extens"
    r"|reli|read|flex)[ai]bility"
    r"|high\s+availability|escalabilidad|mantenibilidad|usabilidad)\b"
)
_BARE_VERB = _p(r"\A(?:scale|perform|work|behave|evolve|grow|improve|escalar|funcionar|mejorar)\Z")
# What a test can hold on to even in a vague sentence.
_HANDLE = re.compile(r"\d|`[^`]+`|\b[A-Z]\w*(?:Error|Exception)\b|[<>≤≥]")

_IMPLEMENTER = _p(
    rf"(?:\A|\s)(?:[\w-]+\s+)?{lexicon.IMPLEMENTERS}\b(?:\s+(?:that|which|of|in|with|who)\b.*)?\W*\Z"
)
_LEFT_FREE = _p(
    r"\A(?:cached|stored|ignored|rejected|logged|limited|delayed|discarded|dropped|refused|skipped"
    r"|hidden|compressed"
    r"|implemented|supported|extended|shown|displayed|optimi[sz]ed|incremented|deprecated|closed"
    r"|considered|provided)\Z"
)
_SUPPORT = _p(r"\bsupport\s+(?:for|of)\b|\bsoporte\b")
_OFFERS = _p(
    r"\A(?:support|offer|provide|define|extend|limit|impose|set|ship|choose|implement|expose|adopt"
    r"|add|introduce|soportar|ofrecer)\Z"
)


def is_placeholder(clause: Clause) -> bool:
    """A gap that somebody meant to fill in."""
    return _GAP.search(clause.text) is not None


def is_about_people(clause: Clause) -> bool:
    """A duty of people, or work on the code itself, as opposed to what the code does."""
    if _OF_PEOPLE.search(clause.subject) or _BY_PEOPLE.search(clause.rest):
        return True
    if _OPERATORS.search(clause.subject):
        return not (clause.is_passive or _OF_ARITHMETIC.match(clause.verb))
    if _WORKPIECE.search(clause.subject):
        return not (is_api_reference(clause) or _SCREEN_DESIGN.search(clause.subject))
    if _WORK.match(clause.verb):
        return not (
            _HELPFUL_MACHINE.search(clause.subject) or (clause.is_passive and has_figure(clause))
        )
    if clause.modal and _PROJECT_LIFE.search(clause.plain):
        return True
    return _BARE_ORDER.match(clause.plain) is not None and _is_order_to_people(clause)


def _is_order_to_people(clause: Clause) -> bool:
    """An order without a subject is for the reader, unless it names what comes out."""
    if _WORKPIECE_NAMED.search(clause.rest):
        return True
    return not (clause.condition or has_handle(clause) or _OUTCOME.match(clause.verb))


def is_measured_work(clause: Clause) -> bool:
    """Work on the code that a tool can measure: the coverage of its tests."""
    return _COVERAGE.search(clause.plain) is not None


def is_api_reference(clause: Clause) -> bool:
    """The one document that a program serves itself."""
    return not clause.modal and _API_REFERENCE.search(clause.plain) is not None


def is_inside(clause: Clause) -> bool:
    """How it is built; from outside, another way of building it looks the same."""
    return _INSIDE.search(clause.plain) is not None


def is_offer(clause: Clause) -> bool:
    """A permission to have a feature, which is about no behaviour at all."""
    if _SUPPORT.search(clause.subject):
        return True
    if clause.modal not in ("may", "puede", "pueden", "can"):
        return False
    return (
        _OFFERS.match(clause.verb) is not None and _IMPLEMENTER.search(clause.subject) is not None
    )


def is_permission(clause: Clause) -> bool:
    """What the program may do or leave; what its callers may do must work, and can be tested."""
    if _SUPPORT.search(clause.subject):
        return True
    if clause.is_passive or clause.verb == "be":
        return _LEFT_FREE.match(clause.verb) is not None
    return _IMPLEMENTER.search(clause.subject) is not None


def is_taste(clause: Clause) -> bool:
    """Nobody can say who is right."""
    if has_handle(clause):
        return False
    if clause.verb == "be" and _TASTEFUL.search(clause.rest):
        return True
    if not clause.verb and _BARE_TASTE.search(clause.subject):
        return True
    return _FEELING.search(clause.plain) is not None


def is_vague(clause: Clause) -> bool:
    """It names an effort instead of a result."""
    if has_handle(clause):
        return False
    if _BARE_VERB.match(clause.verb) and len(clause.rest.split()) <= 2:
        return True
    return _MANNER.search(clause.plain) is not None


def has_figure(clause: Clause) -> bool:
    return any(character.isdigit() for character in clause.text)


def has_handle(clause: Clause) -> bool:
    return _HANDLE.search(clause.text) is not None
