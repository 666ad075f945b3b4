"""Templates for results of kinds of input, for examples behind a rule, and for what is good or bad."""

import math
import re
from collections.abc import Iterator, Sequence

from apps.acceptance.core.binding import UnboundError
from apps.acceptance.core.checks import Args, Check, CheckKind, Literal, Made, Span, Target
from apps.acceptance.core.inputs import bad_inputs, fits, plain_type
from apps.acceptance.core.masking import Token, TokenKind
from apps.acceptance.core.read_values import (
    CROSSED,
    arguments,
    crossed_calls,
    raising,
    states_bound,
)
from apps.acceptance.core.scene import MODAL, Answer, Scene

_V = r"⟦v\d+⟧"
_JOIN = r"(?:\s*,\s*(?:and|or|y|o|e|u)?\s*|\s+(?:and|or|y|o|e|u)\s+)"
_VALUES = rf"{_V}(?:{_JOIN}{_V}){{0,40}}"
_CALL = r"⟦c\d+⟧"
_CALLS = rf"{_CALL}(?:{_JOIN}{_CALL}){{0,40}}"
_NAMELY = r"(?:for\s+example|such\s+as|namely|like|as\s+in|as\s+with|por\s+ejemplo|como|:|\()"
_WHEN = r"(?:for|when(?:ever)?|if|given|on|with|para|cuando|si|con|ante)"
_RETURNS = (
    r"(?:returns?|gives?|yields?|produces?|outputs?|devuelve|devolver|retorna|retornar|da|produce)"
)
_RESULT_IS = (
    rf"(?:{_RETURNS}|(?:result|output|answer|value|count|total|resultado|salida)(?:\s+of\s+⟦n\d+⟧)?{MODAL}"
    r"(?:is|be|equals?|es|ser))"
)
_THE = r"(?:\s+(?:the|a|an|el|la|un|una|exactly|also|just|always|value|string|text|number|valor|texto|cadena))*\s*"
_END = r"(?=\s*(?:[.,;:)\n]|$|(?:and|y|or|but)\b))"
_RAISES = (
    r"(?:raises?|throws?|rejected\s+with|fails?\s+with|lanza|lanzar|levanta|levantar|arroja|arrojar"
    r"|provoca|provocar)"
)
_ERROR = r"(?:\s+(?:an?|the|un|una))?\s*(?P<error>⟦[en]\d+⟧)"

# returns 0 when `text` is empty
_RESULT_WHEN = re.compile(
    rf"\b{_RESULT_IS}{_THE}(?P<value>{_V})\s+{_WHEN}\s+(?P<what>[^.;|\n]{{1,160}})", re.IGNORECASE
)
# when `text` is empty, it returns 0; an empty text gives 0
_WHEN_RESULT = re.compile(
    rf"(?:^|(?<=[.;:\n])|(?<=,)|\band|\by)\s*(?:{_WHEN}\s+)?(?P<what>[^.;:|\n]{{1,100}}?),?\s*(?:then\s+"
    rf"|entonces\s+)?"
    rf"(?:(?:the\s+function|it|⟦n\d+⟧|la\s+función)\s*)?{MODAL}(?:the\s+|el\s+"
    rf"|la\s+)?{_RESULT_IS}{_THE}(?P<value>{_V}){_END}",
    re.IGNORECASE,
)
# it is "strong", for example `f("abcdef1!")`
_VALUE_NAMELY = re.compile(
    rf"\b(?:{_RESULT_IS}|is|are|es){_THE}(?P<value>{_V})(?P<between>[^.;\n"
    rf"|⟦]{{0,100}}?)\b{_NAMELY}[\s,:(]*(?P<calls>{_CALLS})"
    r"(?!\s*\)?\s*(?:⟦a|returns?\b|is\b|gives?\b|are\b|must\b|should\b|equals?\b|yields?\b|raises?\b|throws?\b"
    r"|devuelve\b|es\b|both\b))",
    re.IGNORECASE,
)
# raises `E` when the sizes differ, for example `f([1], [])`
_RAISES_NAMELY = re.compile(
    rf"\b{_RAISES}{_ERROR}(?P<between>[^.;\n|]{{0,200}}?){_NAMELY}[\s,:(]*(?P<calls>{_CALLS})"
    r"(?!\s*\)?\s*(?:⟦a|returns?\b|is\b|gives?\b|are\b|must\b|should\b|equals?\b|yields?\b|devuelve\b|es\b))",
    re.IGNORECASE,
)
# raises `E` for any other text, for example "maybe"
_RAISES_FOR_VALUES = re.compile(
    rf"\b{_RAISES}{_ERROR}(?P<between>[^.;\n|]{{0,200}}?)\b(?:for\s+example|such\s+as|namely|like|por\s+ejemplo|como)"
    rf"(?:\s+(?:for|with|para|con))?[\s,:(]*(?P<values>{_VALUES}){_END}",
    re.IGNORECASE,
)
# `f(0)` and negative numbers raise `E`
_CALLS_AND_KIND = re.compile(
    rf"(?P<calls>{_CALLS}){_JOIN}(?P<what>[\w -]{{3,60}}?){MODAL}{_RAISES}{_ERROR}", re.IGNORECASE
)
_OTHER = re.compile(
    r"\b(?:else|otherwise|but|unless|except|whereas|while|not|no|sino|salvo)\b", re.IGNORECASE
)
_RESULT_OF = re.compile(
    rf"\b(?:the|el|la)\s+(?:\w+\s+)?(?P<noun>\w{{3,}})\s+(?:of|for|de|para)\s+(?P<values>{_VALUES}){MODAL}(?:is"
    rf"|be|equals?|es|ser){_THE}(?P<value>{_V}){_END}",
    re.IGNORECASE,
)
# A kind of input and nothing else: what is said of it holds for every such input.
_NOUN = r"(?:⟦n\d+⟧|[a-záéíóúñ_]\w*)"
_KIND = re.compile(
    r"(?:(?:the|an?|any|all|every|each|its|given|el|la|los|las|un|una)\s+)*(?:"
    rf"(?:empty|negative|null)\s+{_NOUN}(?:\s+(?:input|argument|value)s?)?"
    rf"|(?:{_NOUN}\s+)?{_NOUN}\s+(?:is|are|be|was|es|est[áa]n?|sea)\s+(?:an?\s+)?(?:empty|negative|null"
    rf"|vac[ií][oa]s?|negativ[oa]s?)"
    rf"|{_NOUN}\s+(?:vac[ií][oa]s?|negativ[oa]s?)|(?:empty|negative)\s+(?:input|numbers?|values?)"
    rf"|(?:empty|negative)\s+{_NOUN}"
    r")",
    re.IGNORECASE,
)
_IS_VALUE = re.compile(
    rf"(?:the\s+|el\s+|la\s+)?(?P<name>{_NOUN})\s*(?:(?:is|equals|es|be"
    rf"|⟦a\d+⟧)\s+)?(?:equal\s+to\s+)?(?P<value>{_V})",
    re.IGNORECASE,
)
_LIST = re.compile(
    rf"(?:the\s+|an?\s+|both\s+)?(?:(?:input|inputs|value|values|numbers?|strings?|texts?|years?|words?|lists?"
    rf"|valor|valores|texto|cadenas?"
    rf"|números?)\s+)?(?P<values>{_VALUES})",
    re.IGNORECASE,
)
_SUCH_AS = re.compile(
    rf"\b(?:such\s+as|like|namely|for\s+example|por\s+ejemplo|como)[\s,:(]*(?P<values>{_VALUES})\s*\)?\s*$",
    re.IGNORECASE,
)
_NEXT = re.compile(
    rf"(?:\s*,\s*(?:and|or|y|o)?\s*|\s+(?:and|or|y|o)\s+)(?=(?:{_WHEN}\s|{_V}\s+{_WHEN}\s|(?:it\s+)?{_RETURNS}\s))",
    re.IGNORECASE,
)
_ANY_WHEN = re.compile(rf"{_WHEN}\s+", re.IGNORECASE)


def read_cases(scene: Scene) -> Iterator[Answer]:
    """returns V when the text is empty; an empty text gives V; V, for example `f(x)`."""
    masked = scene.masked.text
    for match in _RESULT_WHEN.finditer(masked):
        for part in _parts(match["what"]):
            yield from _case(scene, match, part)
    for match in _WHEN_RESULT.finditer(masked):
        yield from _case(scene, match, match["what"])
    yield from _named_examples(scene)
    for match in _RESULT_OF.finditer(masked):
        yield from _result_of(scene, match)


def read_refused_examples(scene: Scene) -> Iterator[Answer]:
    """raises E when …, for example `f(x)`; `f(0)` and negative numbers raise E."""
    masked = scene.masked.text
    for match in _RAISES_FOR_VALUES.finditer(masked):
        yield from _raising_values(scene, match)
    for pattern in (_RAISES_NAMELY, _CALLS_AND_KIND):
        for match in pattern.finditer(masked):
            yield from _raising(scene, match)


def _named_examples(scene: Scene) -> Iterator[Answer]:
    masked = scene.masked.text
    for match in _VALUE_NAMELY.finditer(masked):
        clause = re.split(r"[.;\n]", masked[: match.start("value")])[-1]
        is_error = re.search(rf"\b{_RAISES}", clause, re.IGNORECASE) is not None
        if not is_error and not _OTHER.search(match["between"]):
            yield from _of_calls(scene, match, scene.masked.of(match["value"]))


def _parts(what: str) -> Iterator[str]:
    """The cases that share a result: "an empty text and for texts such as `…`"."""
    for number, part in enumerate(_NEXT.split(what)):
        if number and not _ANY_WHEN.match(part):
            return  # the next result begins here
        yield _ANY_WHEN.sub("", part, count=1) if number else part


def _case(scene: Scene, match: re.Match[str], what: str) -> Iterator[Answer]:
    try:
        target = scene.target(scene.masked.text[: match.end()])
        expect = scene.value_of(scene.masked.of(match["value"]))
    except UnboundError:
        return
    if target.is_class:
        return
    span = scene.span(match[0])
    crossed = CROSSED.search(what)
    if crossed is not None and not _OTHER.search(what):
        for call in crossed_calls(scene, crossed, match.end()):
            yield scene.check(CheckKind.RETURNS, call, span, expect=expect)
        return
    for args in case_inputs(scene, what.strip(" ,("), target):
        yield scene.check(CheckKind.RETURNS, Made(target, args), span, expect=expect)


def case_inputs(scene: Scene, what: str, target: Target) -> list[Args]:
    """Argument lists for what a case says, and none unless it says nothing else."""
    such_as = _SUCH_AS.search(what)
    listed = such_as or _LIST.fullmatch(what)
    try:
        if listed is not None:
            tokens = scene.masked.all_in(listed["values"])
            return arguments(target, [scene.value_of(token) for token in tokens])
        named = _IS_VALUE.fullmatch(what)
        if named is not None:
            return _at_parameter(scene, named, target)
    except UnboundError:
        return []
    return bad_inputs(what, scene.masked, target) if _KIND.fullmatch(what) else []


def _at_parameter(scene: Scene, match: re.Match[str], target: Target) -> list[Args]:
    """`n` is 3, for the only argument that the function needs."""
    name = match["name"]
    name = scene.masked.of(name).text if name.startswith("⟦") else name
    if name not in target.parameters or target.required > 1:
        return []
    value = scene.value_of(scene.masked.of(match["value"]))
    return [(value,)] if target.parameters[0] == name else []


def _of_calls(scene: Scene, match: re.Match[str], value: Token) -> Iterator[Answer]:
    for token in scene.masked.all_in(match["calls"]):
        try:
            call, expect = scene.scope.bind(token.value), scene.value_of(value)
        except UnboundError as error:
            yield scene.refused(error, scene.span(match[0]))
            continue
        if isinstance(call, Made) and call.target.path:
            yield scene.check(CheckKind.RETURNS, call, scene.span(match[0]), expect=expect)


def _raising_values(scene: Scene, match: re.Match[str]) -> Iterator[Answer]:
    error, span = scene.masked.of(match["error"]), scene.span(match[0])
    try:
        target = scene.target(scene.masked.text[: match.end()])
        values = [scene.value_of(token) for token in scene.masked.all_in(match["values"])]
        rows = arguments(target, values, may_fill=True)
    except UnboundError:
        return
    for args in rows:
        yield raising(scene, Made(target, args), error, span)


def _result_of(scene: Scene, match: re.Match[str]) -> Iterator[Answer]:
    """the median of `[1, 2, 3]` is `2`, of a function that has the noun in its name"""
    noun = match["noun"].lower()
    try:
        target = scene.target(scene.masked.text[: match.end()])
        values = [scene.value_of(token) for token in scene.masked.all_in(match["values"])]
        expect = scene.value_of(scene.masked.of(match["value"]))
        is_named = noun[:4] in target.symbol.lower() or noun in ("result", "output", "resultado")
        rows = arguments(target, values) if is_named and not target.is_class else []
    except UnboundError:
        return
    for args in rows:
        yield scene.check(
            CheckKind.RETURNS, Made(target, args), scene.span(match[0]), expect=expect
        )


def _raising(scene: Scene, match: re.Match[str]) -> Iterator[Answer]:
    error, span = scene.masked.of(match["error"]), scene.span(match[0])
    try:
        calls = [scene.scope.bind(t.value) for t in scene.masked.all_in(match["calls"])]
        if match.groupdict().get("what"):
            target = scene.target(scene.masked.text[: match.end()])
            kinds = bad_inputs(match["what"], scene.masked, target)
            calls += [Made(target, args) for args in kinds]
    except UnboundError as refusal:
        yield scene.refused(refusal, span)
        return
    for call in calls:
        if isinstance(call, Made):
            yield raising(scene, call, error, span)


# --- further forms -------------------------------------------------------------------------------

_UNCHANGED = (
    r"(?:unchanged|as\s+(?:it|they)\s+(?:is|are|was|were)|as\s+is|as-is"
    r"|untouched|unaltered|sin\s+cambios|tal\s+cual)"
)
_KEPT = re.compile(
    rf"\b{_UNCHANGED}[\s,(]*{_NAMELY}[\s,:(]*(?P<values>{_VALUES}){_END}"
    rf"|(?P<before>{_VALUES})\s+(?:is|are|stays?|remains?|comes?\s+back|se\s+devuelve)\s+(?:(?:returned|left"
    rf"|kept)\s+)?{_UNCHANGED}",
    re.IGNORECASE,
)
_EQUAL = re.compile(
    rf"(?P<value>{_V})\s+(?:if|when|si|cuando)\s+(?:they|both(?:\s+\w+)?|⟦n\d+⟧\s+(?:and|y)\s+⟦n\d+⟧"
    rf"|the\s+(?:two\s+)?\w+|son|ambas?)\s+"
    r"(?:(?:are|son)\s+)?(?:equal|the\s+same|identical|iguales)\b",
    re.IGNORECASE,
)
_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "dos": 2, "tres": 3, "cuatro": 4,
    "cinco": 5, "siete": 7,
}  # fmt: skip
_COUNT = rf"(?:{_V}|{'|'.join(_NUMBERS)})"
_OF_MULTIPLES = (
    rf"(?:multiples?\s+of|divisible\s+by|múltiplos?\s+de)\s+(?P<of>(?:both\s+)?{_COUNT}"
    rf"(?:\s+(?:and|y)\s+(?:by\s+)?{_COUNT})?|both|ambos)"
)
_MULTIPLES = (
    re.compile(
        rf"{_OF_MULTIPLES},?\s*(?:it\s+|the\s+result\s+)?(?:{_RETURNS}|is|are|becomes?|→"
        rf"|⟦a\d+⟧)?\s*(?P<value>⟦v\d+⟧){_END}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<value>⟦v\d+⟧)\s+(?:for|if|when|para|si)\s+[^.;,⟦]{{0,30}}?{_OF_MULTIPLES}",
        re.IGNORECASE,
    ),
)
_LEADS_TO = (
    r"(?:\s*(?:is|are|gives?|returns?|means|becomes?|scores?|get|gets|→|⟦a\d+⟧|:|es|da|devuelve))?"
    r"(?:\s+(?:an?|un|una|the))?\s*"
)
_TIERS = (
    re.compile(
        rf"(?P<low>{_V})\s*(?:-|–|to|through|a)\s*(?P<high>{_V}){_LEADS_TO}(?P<value>{_V}){_END}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<low>{_V})\s+(?:and|or|y|o)\s+(?:above|more|over|higher|up|más){_LEADS_TO}(?P<value>{_V}){_END}",
        re.IGNORECASE,
    ),
)


def read_further(scene: Scene) -> Iterator[Answer]:
    """unchanged, such as V; V if both are equal; V for multiples of 3; 80 to 89 is V."""
    try:
        target = scene.target(scene.masked.text)
    except UnboundError:
        return
    if target.is_class:
        return
    yield from _kept(scene, target)
    for match in _EQUAL.finditer(scene.masked.text):
        yield from _when_equal(scene, match, target)
    yield from _multiples(scene, target)
    for pattern in _TIERS:
        for match in pattern.finditer(scene.masked.text):
            yield from _tier(scene, match, target)


def _returns(
    scene: Scene, target: Target, args: Args, expect: Literal, part: str
) -> Iterator[Check]:
    span = scene.span(part)
    yield scene.check(CheckKind.RETURNS, Made(target, args), span, expect=expect)


def _kept(scene: Scene, target: Target) -> Iterator[Check]:
    for match in _KEPT.finditer(scene.masked.text):
        if target.required > 1:
            return
        for token in scene.masked.all_in(match["values"] or match["before"]):
            if _fits_first(target, token.value):
                yield from _returns(scene, target, (token.value,), token.value, match[0])


def _fits_first(target: Target, value: Literal) -> bool:
    return not target.types or fits(value, target.types[0])


def _when_equal(scene: Scene, match: re.Match[str], target: Target) -> Iterator[Check]:
    if target.required != 2 or target.types[:1] != target.types[1:2]:
        return
    expect = scene.masked.of(match["value"]).value
    known = {repr(args[0]): args[0] for args in target.examples if len(args) > 1}
    for value in list(known.values())[:3]:
        yield from _returns(scene, target, (value, value), expect, match[0])


def _multiples(scene: Scene, target: Target) -> Iterator[Check]:
    """The number itself, unless it is a multiple of another one that is spoken of."""
    found: list[tuple[list[int], Literal, str]] = []
    for pattern in _MULTIPLES:
        for match in pattern.finditer(scene.masked.text):
            numbers = _counts(scene, match["of"])
            value = scene.masked.of(match["value"]).value
            found.append((numbers, value, match[0]))
    single = [numbers[0] for numbers, _, _ in found if len(numbers) == 1]
    if not _fits_first(target, 1) or target.required > 1:
        return
    for numbers, value, part in found:
        several = numbers or single
        whole = math.lcm(*several) if several and 0 not in several else 0
        others = [each for each in single if each not in several]
        if whole and not any(other and whole % other == 0 for other in others):
            yield from _returns(scene, target, (whole,), value, part)


def _counts(scene: Scene, told: str) -> list[int]:
    found: list[int] = []
    for piece in re.findall(r"⟦v\d+⟧|\w+", told):
        value = (
            scene.masked.of(piece).value if piece.startswith("⟦") else _NUMBERS.get(piece.lower())
        )
        if type(value) is int:
            found.append(value)
    return found


def _tier(scene: Scene, match: re.Match[str], target: Target) -> Iterator[Check]:
    expect = scene.masked.of(match["value"]).value
    ends = [
        scene.masked.of(end).value for end in (match["low"], match.groupdict().get("high")) if end
    ]
    is_told = target.required <= 1 and fits(expect, target.returns)
    if (
        not is_told
        or not all(_fits_first(target, end) for end in ends)
        or not isinstance(expect, str)
    ):
        return
    for end in ends:
        yield from _returns(scene, target, (end,), expect, match[0])


# --- good and bad -------------------------------------------------------------------------------

_ACCEPTS = re.compile(
    rf"(?<!not )(?<!never )(?<!no )\b(?:accepts?|allows?|acepta|aceptar|admite"
    rf"|admitir)\s+(?:[a-záéíóúñ-]+\s+){{0,3}}?"
    rf"(?:(?:such\s+as|like|como)\s+)?(?P<values>{_VALUES}){_END}",
    re.IGNORECASE,
)
_REJECTS = re.compile(
    rf"\b(?:rejects?|refuses?|rechaza|rechazar|(?:not|never|no)\s+(?:accept|allow|acepta"
    rf"|admite))\s+(?:[a-záéíóúñ-]+\s+){{0,3}}?"
    rf"(?:(?:such\s+as|like|como)\s+)?(?P<values>{_VALUES})(?!\s*(?:with|by|con|lanzando)\b){_END}",
    re.IGNORECASE,
)
_GOOD = r"valid|accepted|allowed|permitted|correct|well[- ]formed|válid[oa]s?|aceptad[oa]s?|correct[oa]s?"
_BAD = r"invalid|rejected|refused|not\s+allowed|incorrect|malformed|inválid[oa]s?|rechazad[oa]s?|incorrect[oa]s?"
# What may stand before the values: nothing, or words that begin a clause or announce examples.
_LEAD = re.compile(
    r"(?:^|[.:;,(\n]|\b(?:and|but|so|that|both|while|whereas|y|pero|también|mientras\s+que|for\s+example"
    r"|such\s+as|por\s+ejemplo"
    r"|(?:the\s+|an?\s+)?(?:numbers?|years?|strings?|texts?|words?|values?|inputs?|números?|años?|cadenas?"
    r"|textos?)))\s*$",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:is|are|has|es|son|check|validate|validar|valida)_|_(?:valid|ok)$")
_ONLY = re.compile(r"\b(?:only|solo|sólo)\b", re.IGNORECASE)


def read_judgements(scene: Scene) -> Iterator[Answer]:
    """accepts A and B, rejects C; A is valid; 2 and 3 are prime, of a function `is_prime`."""
    for pattern, is_good in ((_ACCEPTS, True), (_REJECTS, False)):
        for match in pattern.finditer(scene.masked.text):
            before = scene.masked.text[: match.end()]
            if states_bound(match[0]):
                continue  # "accepts ages between 0 and 150" is read as a limit
            try:
                target = scene.target(before)
            except UnboundError:
                continue
            yield from _judged(scene, match, target, is_good=is_good)
    try:
        target = scene.target(scene.masked.text)
    except UnboundError:
        return
    if _says_yes_or_no(target):
        yield from _predicates(scene, target)


def _says_yes_or_no(target: Target) -> bool:
    return target.returns in ("bool", "boolean")


def _judged(
    scene: Scene, match: re.Match[str], target: Target, *, is_good: bool
) -> Iterator[Answer]:
    span = scene.span(match[0])
    try:
        values = [scene.value_of(token) for token in scene.masked.all_in(match["values"])]
        rows = _rows(target, values)
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    if _says_yes_or_no(target):
        for args in rows:
            yield scene.check(CheckKind.RETURNS, Made(target, args), span, expect=is_good)
    elif is_good:
        yield scene.check(CheckKind.ACCEPTS, Made(target), span, inputs=tuple(rows))
    else:
        yield scene.check(CheckKind.REJECTS, Made(target), span, refused=tuple(rows))


def _rows(target: Target, values: Sequence[Literal]) -> list[Args]:
    written = plain_type(target.types[0]) if target.types else ""
    if written == "str" and any(not isinstance(value, str | None) for value in values):
        return []  # "accepts 1 or 2 words"
    return arguments(target, values)


def _predicates(scene: Scene, target: Target) -> Iterator[Check]:
    """`V is prime`, `V and W are not`: the words are those of the function's own name."""
    masked = scene.masked.text
    word = _predicate(target)
    good, bad = (word or _GOOD), _BAD
    if word and "valid" in target.symbol.lower():
        good = f"{word}|{_GOOD}"
    pattern = re.compile(
        rf"(?P<values>{_VALUES})\s+(?P<verb>(?:is|are|be|es|son)(?:\s+(?:also|always|both|all|siempre|también))*)\s+"
        rf"(?P<no>(?:not|never|no|nunca)\s+)?(?:an?\s+|una?\s+)?(?:(?P<good>{good})|(?P<bad>{bad}))\b"
        rf"|(?P<others>{_VALUES})\s+(?:is|are|es|son|do|does)\s+(?:not|no)(?=\s*(?:[.,;:)\n]|$))",
        re.IGNORECASE,
    )
    is_said = False
    for match in pattern.finditer(masked):
        before = masked[: match.start()]
        clause = re.split(r"[.;:,\n(]", before)[-1]
        is_said = is_said or match["values"] is not None
        if not _LEAD.search(before) or states_bound(clause) or not is_said:
            continue
        answer = match["values"] is not None and bool(match["good"]) != bool(match["no"])
        yield from _answers(scene, match, target, expect=answer)


def _answers(
    scene: Scene, match: re.Match[str], target: Target, *, expect: bool
) -> Iterator[Check]:
    tokens = scene.masked.all_in(match["values"] or match["others"])
    if any(token.kind is not TokenKind.VALUE for token in tokens):
        return
    try:
        rows = _rows(target, [scene.value_of(token) for token in tokens])
    except UnboundError:
        return
    start, end = tokens[0].span.start, tokens[-1].span.end
    for args in rows:
        yield scene.check(CheckKind.RETURNS, Made(target, args), Span(start, end), expect=expect)


def _predicate(target: Target) -> str:
    """A pattern for what the function's name says of an input: "leap year", "prime"; "" for none."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", target.symbol).lower()
    bare = _PREFIX.sub("", name)
    if bare == name:
        return ""
    words = [re.escape(word) for word in bare.split("_") if word]
    whole = r"[\s_-]+".join(words)
    alone = rf"|{words[0]}" if len(words) > 1 and words[0] in ("valid", "leap") else ""
    return rf"(?:{whole}{alone})(?:s|es)?"
