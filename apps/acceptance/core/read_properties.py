"""Templates for properties: what holds for every input, tested on ordinary ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.acceptance.core.binding import UnboundError
from apps.acceptance.core.checks import (
    Args,
    CheckKind,
    Free,
    Literal,
    Made,
    QuestionCode,
    Span,
    Target,
)
from apps.acceptance.core.inputs import in_small_letters, plain_type, sample_inputs
from apps.acceptance.core.masking import Token, TokenKind
from apps.acceptance.core.scene import Answer, Scene

_NAME = r"⟦n\d+⟧"


@dataclass(frozen=True, slots=True)
class Worded:
    """A property and the words that state it of a function."""

    kind: CheckKind
    pattern: re.Pattern[str]
    property: str = ""


def _words(kind: CheckKind, pattern: str, name: str = "") -> Worded:
    return Worded(kind, re.compile(pattern, re.IGNORECASE), name)


_RESULT = (
    r"(?:(?:returns?|yields?|gives?|produces?|outputs?|result|results|output|devuelve|devolver|retorna|retornar"
    r"|resultado)"
    r"\b[^.;⟦]{0,40}?(?:⟦n\d+⟧[^.;⟦]{0,30}?)?)"
)
_SORT_WORDS = r"(?:sorted|ordered|in\s+(?:ascending|descending|sorted|alphabetical)\s+order|ordenad[oa]s?|en\s+orden)"
# A sort key, or an order that words describe, is nothing that a template can compare.
_NO_KEY = r"(?!\s*(?:by|of|por|de\s+(?!mayor|menor)|según))"
_ITS_INPUT = (
    r"(?:its|the|their|any|sus?|el|la|los|las)?\s*(?:own\s+)?"
    r"(?:inputs?|arguments?|parameters?|argumentos?|entradas?|parámetros?|list|lista|array|⟦n\d+⟧)"
)
_PASSIVE_INPUT = (
    r"\b(?:input|inputs|argument|arguments|original|originals|given|passed)"
    r"(?:\s+(?:list|array|dict|dictionary|object|items|values|matrix|data))?"
)
_TYPES = {
    "str": r"(?:string|str|text|cadena(?:\s+de\s+texto)?|texto)",
    "int": r"(?:integer|int|whole\s+number|entero|número\s+entero)",
    # a whole number will do: 2 is as good as 2.0
    "number": r"(?:number|número|float|floating[- ]point\s+number)",
    "bool": r"(?:bool|boolean|booleano)",
    "list": r"(?:list|array|lista|arreglo)",
    "dict": r"(?:dict|dictionary|diccionario)",
    "tuple": r"(?:tuple|tupla)",
    "set": r"(?:set|conjunto)",
}
PROPERTIES: tuple[Worded, ...] = (
    _words(
        CheckKind.IDEMPOTENT,
        rf"\bidempotent\w*\b|\bidempotente\b|\b(?:applying|calling)\s+(?:it|{_NAME})\s+(?:twice|again)\b"
        r"(?![^.;]*\boriginal\b)"
        r"|\b(?:on|to)\s+its\s+own\s+(?:result|output)\s+(?:changes\s+nothing|has\s+no\s+(?:further\s+)?effect"
        r"|returns\s+the\s+same)"
        r"|\b(?:aplicar|llamar)(?:lo|la)?\s+dos\s+veces\b|\btwice\s+(?:changes\s+nothing|gives\s+the\s+same)",
    ),
    _words(
        CheckKind.NEVER_RAISES,
        r"\b(?:never|must\s+not|shall\s+not|should\s+not|does\s+not|do\s+not|cannot|mustn't)\s+(?:raise|throw"
        r"|fail|crash)s?\b(?!\s*(?:an?\s+)?⟦e)"
        r"|\b(?:nunca(?:\s+debe(?:rá|ría)?)?|no\s+debe(?:rá|ría)?|no)\s+(?:lanza|lanzar|falla|fallar|levanta"
        r"|levantar|arroja|arrojar)\b(?!\s*(?:un\s+)?⟦e)"
        r"|\bwithout\s+(?:raising|throwing)\b|\bsin\s+(?:lanzar|fallar)\b",
    ),
    _words(
        CheckKind.SORTED,
        rf"{_RESULT}(?:descending|descendente|de\s+mayor\s+a\s+menor|(?:largest|highest)\s+first"
        r"|largest\s+to\s+smallest|highest\s+to\s+lowest)"
        rf"|{_RESULT}{_SORT_WORDS}\s+(?:descending|descendente|in\s+descending|de\s+mayor\s+a\s+menor)",
        "descending",
    ),
    _words(
        CheckKind.SORTED,
        rf"{_RESULT}(?:{_SORT_WORDS}{_NO_KEY}|smallest\s+to\s+largest|lowest\s+to\s+highest|de\s+menor\s+a\s+mayor)",
        "ascending",
    ),
    _words(
        CheckKind.CASE,
        r"\b(?:ignores?|ignoring|regardless\s+of|independent\s+of)\s+(?:letter\s+)?(?:upper\s+and\s+lower\s+)?case\b"
        r"|\b(?:letter\s+|upper\s+(?:and|or)\s+lower\s+)?case\s+(?:(?:is|are|must\s+be"
        r"|should\s+be)\s+(?:irrelevant|ignored|insignificant)"
        r"|(?:does|do|must|should)(?:\s+not|n['’]t)\s+matter)\b|\b(?:and"
        r"|or)\s+letter\s+case\s+are\s+(?:irrelevant|ignored)"
        r"|\bupper[- ]?(?:case)?\s+and\s+lower[- ]?case\b[^.;⟦]{0,40}\b(?:both|accepted|equivalent"
        r"|treated\s+(?:alike|the\s+same|equally))"
        r"|\bcase[- ]insensitiv\w+"
        r"|\b(?:ignora\w*|sin\s+distinguir|no\s+distingue)\s+(?:entre\s+)?may[úu]sculas",
        "insensitive",
    ),
    _words(
        CheckKind.CASE,
        rf"{_RESULT}(?:in\s+)?(?:lower[- ]?case|min[úu]sculas?)\b"
        r"|\b(?:result|output|slug|resultado)\b[^.;⟦]{0,25}\b(?:lower[- ]?case|min[úu]sculas)",
        "lower",
    ),
    _words(
        CheckKind.CASE,
        rf"{_RESULT}(?:in\s+)?(?:upper[- ]?case|may[úu]sculas?)\b"
        r"|\b(?:result|output|resultado)\b[^.;⟦]{0,25}\b(?:upper[- ]?case|may[úu]sculas)",
        "upper",
    ),
    _words(
        CheckKind.NO_MUTATION,
        rf"\b(?:not|never|without)\s+(?:mutat\w+|modify\w*|chang\w+|alter\w*)\s+{_ITS_INPUT}"
        rf"|\b(?:leave|leaves)\s+{_ITS_INPUT}[^.;]{{0,30}}?\b(?:as\s+(?:it|they)\s+(?:was|were)|unchanged|alone"
        rf"|intact)\b"
        rf"|\b(?:leave|leaves|leaving|keep|keeps|keeping|stay|stays|remain|remains|be|is"
        rf"|are)\s+(?:{_ITS_INPUT}\s+)?(?:untouched|unmodified|intact)\b"
        rf"|{_PASSIVE_INPUT}(?:[^.;⟦]|⟦n\d+⟧){{0,30}}?\b(?:not|never|n't)\s+(?:be\s+)?(?:mutated|modified|changed|altered)\b"
        rf"|{_PASSIVE_INPUT}(?:[^.;⟦]|⟦n\d+⟧){{0,30}}?\b(?:stay|stays|remain|remains|be\s+left|is\s+left|are\s+left"
        rf"|be)\s+(?:unchanged|as\s+(?:it|they)\s+(?:is|was|are|were)|the\s+same)\b"
        r"|\b(?:neither|none)\s+(?:of\s+the\s+)?(?:input|argument|list|array"
        r"|dict)\w*\b[^.;⟦]{0,30}\b(?:modified|mutated|changed|altered)\b"
        r"|\breturns?\s+a\s+(?:new|fresh)\s+(?:list|array|dict|dictionary|object|copy|set)\b"
        r"|\bdevuelve\s+(?:una\s+(?:nueva\s+lista|lista\s+nueva)|un\s+nuevo\s+diccionario)\b"
        r"|\bin[- ]place\s+(?:changes|modification)s?\s+(?:are\s+)?(?:not|forbidden)"
        rf"|\b(?:no|sin)\s+(?:debe\s+)?(?:muta\w*|modifica\w*|cambia\w*|altera\w*)\s+{_ITS_INPUT}",
    ),
    _words(
        CheckKind.DETERMINISTIC,
        r"\bdeterministic\b|\bdeterminista\b|\bpure\s+function\b|\bfunción\s+pura\b|\bsame\s+(?:input"
        r"|arguments?)\b[^.;]{0,40}\bsame\b"
        r"|\bsame\s+(?:result|output|value)\b[^.;]{0,40}\bsame\s+(?:input|arguments?)"
        r"|\bmism[oa]s?\s+(?:entrada|argumentos?)\b[^.;]{0,40}\bmism[oa]",
    ),
)
_ARTICLE = r"(?:an?|una?|un)\s+(?:new\s+|non-empty\s+|plain\s+|valid\s+|single\s+)?"
TYPES = tuple(
    (
        re.compile(
            rf"\b(?:returns?|gives?|yields?|devuelve|devolver|retorna|retornar)\s+{_ARTICLE}{pattern}\b"
            r"(?!\s*(?:⟦|literal|equal|of\s+length))",
            re.IGNORECASE,
        ),
        name,
    )
    for name, pattern in _TYPES.items()
)
_INVERSE = re.compile(
    rf"(?P<one>{_NAME})[^.;⟦]{{0,30}}?\b(?:inverse\s+of|undoes|reverses|inversa?\s+de|deshace"
    rf"|invierte)\b[^.;⟦]{{0,20}}(?P<two>{_NAME})"
    rf"|(?P<three>{_NAME})\s+(?:and|y)\s+(?P<four>{_NAME})[^.;⟦]{{0,30}}?\b(?:inverses?|round[- ]?trips?"
    rf"|inversas?)\b",
    re.IGNORECASE,
)
_EQUATION = re.compile(
    r"(?P<left>⟦f\d+⟧)[^.;⟦]{0,40}?(?:⟦a\d+⟧|\b(?:returns?|equals?|is|be|gives?\s+back|devuelve|es\s+igual\s+a"
    r"|igual\s+a)\b)\s*(?:the\s+same\s+as|equal\s+to|again)?\s*(?P<right>⟦[fn]\d+⟧|(?-i:[a-z])\w{0,11}\b)",
    re.IGNORECASE,
)


def read_equations(scene: Scene) -> Iterator[Answer]:
    """`f(f(x)) == f(x)` and `decode(encode(x)) == x`, whatever the name of the free variable."""
    for match in _EQUATION.finditer(scene.masked.text):
        left = scene.masked.of(match["left"])
        name = match["right"]
        bare = Token(TokenKind.NAME, left.span, name, Free(name))
        right = scene.masked.of(name) if name.startswith("⟦") else bare
        shape = _shape(left.value)
        if shape is not None:
            yield from _equation(scene, shape, right, scene.span(match[0]))
    for match in _INVERSE.finditer(scene.masked.text):
        outer = match["one"] or match["three"]
        inner = match["two"] or match["four"]
        is_joint = match["three"] is not None
        names = (inner, outer) if is_joint else (outer, inner)
        yield from _inverse(
            scene, [scene.masked.of(name).text for name in names], scene.span(match[0])
        )


def _shape(value: Literal) -> tuple[str, str, str] | None:
    """Outer call, inner call and variable of `f(g(x))`."""
    match value:
        case Made(target=outer, args=(Made(target=inner, args=(Free(name=name),)),)) if (
            not value.steps and not value.args[0].steps  # type: ignore[union-attr]  # a Made by the pattern
        ):
            return outer.symbol, inner.symbol, name
    return None


def _equation(
    scene: Scene, shape: tuple[str, str, str], right: Token, span: Span
) -> Iterator[Answer]:
    outer, inner, name = shape
    if isinstance(right.value, Free) and right.value.name == name:
        yield from _inverse(scene, [outer, inner], span)
    elif outer == inner and right.value == Made(Target(inner), (Free(name),)):
        yield from _property(
            scene, Worded(CheckKind.IDEMPOTENT, _INVERSE), f"⟦{right.text}", span, inner
        )


def _inverse(scene: Scene, names: list[str], span: Span) -> Iterator[Answer]:
    """`outer` takes back what `inner` did; inputs are those of `inner`."""
    try:
        outer, inner = (scene.scope.find(name) for name in names)
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    inputs = sample_inputs(inner)
    if inner.path and not inputs:
        yield _ask_input(scene, inner, span)
        return
    yield scene.check(CheckKind.INVERSE, Made(inner), span, inputs=inputs, partner=outer)


_DENIED = re.compile(r"\b(?:no|not|never|without|neither|nor|nunca|sin)\b", re.IGNORECASE)


def _is_denied(worded: Worded, match: re.Match[str]) -> bool:
    """Whether the words say that a result is not so: never contains upper-case letters."""
    is_of_result = worded.kind is CheckKind.SORTED or worded.property in ("lower", "upper")
    return is_of_result and _DENIED.search(match[0]) is not None


def _turned(worded: Worded) -> Worded | None:
    """What holds when a property is denied: without capitals a text is in lower case."""
    other = {"lower": "upper", "upper": "lower"}.get(worded.property)
    return Worded(worded.kind, worded.pattern, other) if other else None


def read_properties(scene: Scene) -> Iterator[Answer]:
    """Words such as idempotent, never raises, sorted, lower-case, leaves its input as it was."""
    seen: set[CheckKind] = set()
    for worded in PROPERTIES:
        match = worded.pattern.search(scene.masked.text)
        if match is None or worded.kind in seen:
            continue
        seen.add(worded.kind)
        said = _turned(worded) if _is_denied(worded, match) else worded
        if said is not None and _is_about_input(scene, match):
            before = scene.masked.text[: match.end()]
            yield from _property(scene, said, before, _span(scene, match))


def _is_about_input(scene: Scene, match: re.Match[str]) -> bool:
    """`f` leaves `rows` as it was: only of interest when `rows` is a parameter."""
    names = [token.text for token in scene.masked.all_in(match[0]) if token.kind is TokenKind.NAME]
    parameters = {name for target in scene.scope.targets for name in target.parameters}
    return scene.scope.is_open or all(name in parameters or scene.knows(name) for name in names)


def _span(scene: Scene, match: re.Match[str]) -> Span:
    before = scene.masked.text[: match.end()]
    return scene.span(before) if scene.masked.all_in(before) else Span(0, len(scene.text))


def read_types(scene: Scene) -> Iterator[Answer]:
    """returns a string, where no value is stated."""
    for pattern, name in TYPES:
        match = pattern.search(scene.masked.text)
        if match is not None and not scene.masked.all_in(scene.masked.text[match.end() :][:12]):
            worded = Worded(CheckKind.TYPE, pattern, name)
            yield from _property(
                scene, worded, scene.masked.text[: match.end()], _span(scene, match)
            )
            return


def _property(
    scene: Scene, worded: Worded, before: str, span: Span, name: str = ""
) -> Iterator[Answer]:
    try:
        calls = (
            [token for token in scene.masked.all_in(before) if token.kind is TokenKind.CALL]
            if not name
            else []
        )
        if calls:
            bound = scene.scope.bind(calls[-1].value)
            call = bound if isinstance(bound, Made) else Made(scene.target(before))
        else:
            call = Made(scene.scope.find(name) if name else scene.target(before))
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    if call.target.is_class:
        return
    inputs = () if calls else sample_inputs(call.target)
    if worded.kind is CheckKind.SORTED:  # orders of small and capital letters differ
        inputs = tuple(tuple(map(in_small_letters, args)) for args in inputs)
    if call.target.path and not (calls or inputs):
        yield _ask_input(scene, call.target, span)
    elif _fits(worded, call.target, inputs):
        yield scene.check(worded.kind, call, span, property_=worded.property, inputs=inputs)


def _fits(worded: Worded, target: Target, inputs: tuple[Args, ...]) -> bool:
    """Whether the words can be about this function: only texts have a case."""
    if worded.kind is CheckKind.CASE and worded.property == "insensitive" and inputs:
        return plain_type(target.types[0]) == "str"
    if worded.kind is CheckKind.IDEMPOTENT and target.path:
        return target.required <= 1
    return True


def _ask_input(scene: Scene, target: Target, span: Span) -> Answer:
    name = target.symbol
    text = f"On which input is `{name}` to be tried? Write one call, such as `{name}(…)`."
    return scene.ask(QuestionCode.NO_INPUT, text, span)
