"""Templates for stated results and errors: a call and what comes of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from apps.acceptance.core.binding import UnboundError, takes
from apps.acceptance.core.checks import (
    Bound,
    Check,
    CheckKind,
    Literal,
    Made,
    QuestionCode,
    Span,
    Target,
)
from apps.acceptance.core.inputs import (
    bad_inputs,
    filler,
    place_of_value,
    plain_type,
    with_value,
)
from apps.acceptance.core.limit_words import OTHERWISE
from apps.acceptance.core.masking import Token, TokenKind
from apps.acceptance.core.scene import MODAL, Answer, Scene, error_name

_CALL = r"⟦c\d+⟧"
_VALUE = r"⟦[vcnx]\d+⟧"
_ERROR = r"⟦[en]\d+⟧"
_JOIN = r"(?:\s*,\s*(?:and|or|y|o|e|u)?\s*|\s+(?:and|or|y|o|e|u)\s+)"
_CALLS = rf"(?P<calls>{_CALL}(?:{_JOIN}{_CALL}){{0,40}})"
_INPUT = r"⟦[vcx]\d+⟧"
_VALUES = rf"{_INPUT}(?:{_JOIN}{_INPUT}){{0,40}}"  # bounded, so that long lists stay cheap
NEAR = (
    r"(?:approximately|about|roughly|around|nearly|close\s+to|within\s+rounding|≈|~|aproximadamente|cerca\s+de"
    r"|alrededor\s+de|casi)"
)
_RETURN_VERB = (
    r"(?:returns?|gives?(?:\s+back)?|yields?|produces?|outputs?|evaluates?\s+to|results?\s+in|equals?|becomes?"
    r"|comes?\s+(?:out|back)\s+as|≈|se\s+convierte\s+en"
    r"|is\s+equal\s+to|be\s+equal\s+to|be|is|are|devuelve|devuelven|devolver|retorna|retornan|retornar|da|dar"
    r"|produce|producir"
    r"|es\s+igual\s+a|ser\s+igual\s+a|es|ser|⟦a\d+⟧)"
)
_FILL = (
    rf"(?:\s+(?:the|a|an|exactly|also|again|still|just|simply|only|always|string|value|number|text|list|index"
    r"|position|integer|int|float|boolean|bool|tuple|dict|dictionary|array|result|word|letter|character|same|as"
    rf"|el|la|un|una|exactamente|también|siempre|valor|texto|cadena|número|lista|índice|{NEAR}))*\s*"
)
_RAISE_VERB = (
    r"(?:raises?|throws?|fails?\s+with|errors?\s+(?:out\s+)?with|is\s+rejected\s+with|be\s+rejected\s+with"
    r"|rejects\s+with"
    r"|causes?|triggers?|leads?\s+to|results?\s+in|provoca|provocar|causa|causar|lanzará"
    r"|lanza|lanzan|lanzar|levanta|levantar|arroja|arrojan|arrojar|eleva|elevar|falla\s+con|fallar\s+con|⟦a\d+⟧)"
)
_ARTICLE = r"(?:\s+(?:an?|the|un|una|el|la|with|con))*\s*"
_FOR = (
    r"(?:for|when\s+(?:given|called\s+with|passed|it\s+(?:is\s+given|receives))|if\s+(?:given|called\s+with|passed)"
    r"|given|on|with|para|cuando\s+(?:recibe|se\s+le\s+da|se\s+llama\s+con)|si\s+recibe|con|ante)"
)
_FIRST = r"(?:given|for|with|dado|dada|para|con|when\s+given|when\s+called\s+with|if\s+given|cuando\s+recibe)"

_NAMELY = r"(?:such\s+as|like|namely|for\s+example|por\s+ejemplo|como)"

_CALL_RETURNS = re.compile(
    rf"{_CALLS}(?P<between>,?{MODAL}){_RETURN_VERB}{_FILL}(?P<value>{_VALUE})(?=(?P<after>.{{0,24}}))",
    re.IGNORECASE | re.DOTALL,
)
_CALL_RAISES = re.compile(
    rf"{_CALLS}(?P<between>,?{MODAL}){_RAISE_VERB}{_ARTICLE}(?P<error>{_ERROR})", re.IGNORECASE
)
_PAIR_FOR = re.compile(
    rf"(?P<value>{_VALUE})\s+{_FOR}\s+(?:input\s+|the\s+)?"
    # "and ⟦v⟧ for" begins the next pair
    rf"(?P<inputs>{_INPUT}(?:{_JOIN}{_INPUT}(?!\s+{_FOR}\b)){{0,40}})",
    re.IGNORECASE,
)
_SAYS_RETURN = re.compile(
    r"\b(?:returns?|gives?|yields?|produces?|devuelve|devolver|retorna|retornar)\b", re.IGNORECASE
)
_PAIR_FIRST = re.compile(
    rf"\b{_FIRST}\s+(?:(?:the|la|el)\s+)?(?:(?!no\b|not\b)[a-záéíóúñ]+\s+)?"
    rf"(?P<inputs>{_VALUES}),?\s*"
    r"(?:(?:and\s+)?when\s+⟦n\d+⟧\s+(?:is\s+called|runs|is\s+applied)(?:\s+(?:with|on)\s+(?:it"
    r"|them))?,?\s*)?(?:then\s+)?"
    rf"(?:(?:(?:the\s+function\s+|la\s+función\s+)?⟦n\d+⟧|the\s+function|it|la\s+función){MODAL}"
    r"(?:returns?|return|gives?|yields?|produces?|devuelve|devolver|retorna|retornar|⟦a\d+⟧)"
    rf"|(?:the|el|la)\s+(?:result|output|answer|return\s+value|resultado|salida){MODAL}(?:is|be|equals?|es|ser)"
    rf"|{MODAL}(?:returns?|gives?|yields?|produces?|devuelve|devolver|retorna|retornar"
    rf"|⟦a\d+⟧)){_FILL}(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_PAIR_MADE = re.compile(  # "aab" is encoded as "a2b1"
    rf"(?P<inputs>⟦v\d+⟧){MODAL}(?:be|is|are|gets?|se)\s+(?!rounded|limited|set|padded|cut|truncated|compared"
    rf"|increased"
    r"|reduced|split|mapped\s+to\s+⟦v\d+⟧\s+\w)(?:\w+(?:ed|en|wn)|made|split|codifica|convierte|transforma|traduce)"
    rf"\s+(?:as|to|into|como|en|a){_FILL}(?P<value>⟦v\d+⟧)(?=\s*(?:[.,;:)\n]|$|(?:and|y)\b))",
    re.IGNORECASE,
)
_PAIR_INTO = re.compile(
    r"\b(?:maps?|turns?|converts?|transforms?|changes?|convierte|convertir|transforma|transformar)\s+"
    rf"(?P<inputs>{_VALUE})\s+(?:in)?(?:to|en|a)\s+(?P<value>{_VALUE})"
    rf"(?:(?:,|,?\s*(?:and|y))\s+(?P<inputs2>{_VALUE})\s+(?:in)?(?:to|en|a)\s+(?P<value2>{_VALUE}))?",
    re.IGNORECASE,
)
_PAIR_ARROW = re.compile(
    r"(?P<inputs>⟦v\d+⟧(?:\s*,\s*⟦v\d+⟧){0,8})\s*(?:⟦a\d+⟧|becomes|gives"
    r"|se\s+convierte\s+en)\s*(?P<value>⟦[vce]\d+⟧|⟦n\d+⟧)"
)
_RAISES_FOR = re.compile(
    rf"{_RAISE_VERB}{_ARTICLE}(?P<error>{_ERROR})\s+(?P<how>for|if|when|on|given|unless|para|si|cuando|ante"
    rf"|con)\s+(?P<what>[^.;|\n]+)",
    re.IGNORECASE,
)
_REJECTS_WITH = re.compile(
    rf"\b(?:rejects?|refuses?|rechaza|rechazar)\s+(?P<what>[^.;|\n]{{1,200}}?)\s+(?:with|by\s+raising|con"
    rf"|lanzando)\s+{_ARTICLE}(?P<error>{_ERROR})",
    re.IGNORECASE,
)
_RAISED_BY = re.compile(
    rf"(?P<what>[\w -]{{3,80}},?\s*\(?{_NAMELY}[\s,:]*{_VALUES}\s*\)?,?|[\w -]{{3,60}}?"
    rf"|{_VALUES})\s*{MODAL}{_RAISE_VERB}{_ARTICLE}(?P<error>{_ERROR})",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    rf"\b(?:if|when|si|cuando)\b(?P<what>[^.;|]{{1,200}}?),?\s+(?:then\s+|entonces\s+)?(?:it|they|⟦n\d+⟧"
    rf"|the\s+(?:function|system)|la\s+función)?"
    rf"{MODAL}{_RAISE_VERB}{_ARTICLE}(?P<error>{_ERROR})",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"{_CALLS},?{MODAL}(?P<verb>contains?|includes?|starts?\s+with|begins?\s+with|ends?\s+with|contiene|contener"
    rf"|empieza\s+(?:con|por)|empezar\s+(?:con|por)|comienza\s+(?:con|por)|termina\s+(?:con|en)"
    rf"|terminar\s+(?:con|en))\s+"
    rf"{_FILL}(?P<value>⟦v\d+⟧)",
    re.IGNORECASE,
)
_IS_VALUE = re.compile(
    r"(?P<name>⟦n\d+⟧|\w+)\s+(?:is|equals|es|be|⟦a\d+⟧|is\s+equal\s+to)\s+(?:equal\s+to\s+)?(?P<value>⟦v\d+⟧)\s*$",
    re.IGNORECASE,
)
_SUCH_AS = re.compile(
    r"\b(?:such\s+as|like|namely|for\s+example|por\s+ejemplo|como)(?:[\s,:]+(?:for|with|para|con)\b)?[\s,:]*⟦v",
    re.IGNORECASE,
)
_REJECTS_NEGATIVE = re.compile(
    r"\b(?:rejects?|refuses?|rechaza|rechazar)\s+(?:all\s+|any\s+|los\s+|las\s+|todos\s+los\s+)?"
    r"(?P<what>negative\s+\w+|\w+\s+negativ[oa]s?)(?!\s+(?:with|by|con)\b)",
    re.IGNORECASE,
)
CROSSED = re.compile(
    r"(?P<one>⟦n\d+⟧|\w+)\s+(?:(?:is|es)\s+)?(?P<how>greater|more|larger|higher|above|less|smaller|lower|below"
    r"|mayor|menor|[<>])\s*(?:(?:than|que)\s+)?(?P<two>⟦n\d+⟧|[a-z_]\w*)\s*$",
    re.IGNORECASE,
)
_SAYS_LIMIT = re.compile(
    r"\b(?:accepts?|allows?|between|valid|must|from|acepta\w*|admite\w*|entre|below|above|less|more|greater"
    r"|over|under)\b",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"^\s*(?:characters?|chars?|items?|elements?|ms|milliseconds?|s|seconds?|%|percent|caracteres|elementos"
    r"|segundos)\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"^\s*(?:or|o|u)\s*⟦v|^\s*,\s*⟦v\d+⟧(?!\s*(?:⟦a|\())")


_CALL_COLON = re.compile(
    rf"(?P<calls>{_CALL})\s*:\s*(?P<value>⟦[vc]\d+⟧)(?=\s*(?:[.,;)\n]|$|(?:and|y)\b))(?=(?P<after>.{{0,24}}))",
    re.DOTALL,
)
_TOLERANCE = re.compile(
    r"^[\s,(]*(?:(?:with|to)\s+)?(?:an?\s+)?(?:(?:absolute\s+)?tolerance\s+of|within(?:\s+an?\s+tolerance\s+of)?"
    r"|accurate\s+to(?:\s+within)?|give\s+or\s+take|plus\s+or\s+minus|±|\+/-|(?:con\s+)?una\s+tolerancia\s+de)"
    r"\s*(?P<tolerance>⟦v\d+⟧)(?P<places>\s+(?:decimal|digit|place|decimales))?",
    re.IGNORECASE,
)
_IS_NEAR = re.compile(NEAR, re.IGNORECASE)


_CALL_WITHIN = re.compile(
    rf"(?P<calls>{_CALL}){MODAL}(?:be|is|lies?|lie)\s+within\s+(?P<tolerance>⟦v\d+⟧)\s+of\s+(?P<value>⟦v\d+⟧)",
    re.IGNORECASE,
)


def read_calls(scene: Scene) -> Iterator[Answer]:
    """`f(x)` returns `y`, in any of its forms; `f(x)`, `f(y)` and `f(z)` return `y`."""
    masked = scene.masked.text
    for match in _CALL_COLON.finditer(masked):
        span = scene.span(match[0])
        yield from _returning(scene, match["calls"], scene.masked.of(match["value"]), span)
    for match in _CALL_WITHIN.finditer(masked):
        value, figure = (scene.masked.of(match[name]) for name in ("value", "tolerance"))
        if _is_number(value.value) and _is_number(figure.value):
            allowed = Decimal(str(figure.value))
            yield from _nearly(scene, match["calls"], value, allowed, scene.span(match[0]))
    for match in _CALL_RETURNS.finditer(masked):
        value = scene.masked.of(match["value"])
        span = scene.span(match[0][: match.end("value") - match.start()])
        off = _tolerance(scene, match, value)
        if off is not None:
            yield from _nearly(scene, match["calls"], value, off, span)
            continue
        if value.kind is TokenKind.NAME and _is_error_like(scene, value):
            yield from _raising(scene, match["calls"], value, span)
        elif _ALTERNATIVE.match(match["after"]):
            text = "Two results are stated for one call. Which one holds?"
            yield scene.ask(QuestionCode.AMBIGUOUS_VALUE, text, span)
        elif not _UNITS.match(match["after"]):
            yield from _returning(scene, match["calls"], value, span)


def _is_number(value: Literal) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tolerance(scene: Scene, match: re.Match[str], value: Token) -> Decimal | None:
    """How far a result may lie from the stated one; None where it must be just that.

    Without a figure, "about 22.86" allows one unit of its last decimal place.
    """
    if isinstance(value.value, bool) or not isinstance(value.value, int | float):
        return None
    stated = _TOLERANCE.match(scene.masked.text[match.end("value") :])
    if stated is not None:
        figure = scene.masked.of(stated["tolerance"]).value
        if isinstance(figure, int | float) and not isinstance(figure, bool) and figure > 0:
            is_places = bool(stated["places"]) and isinstance(figure, int) and figure < 16
            return Decimal(10) ** -int(figure) if is_places else Decimal(str(figure))
    verb = match[0][match.end("calls") - match.start() : match.start("value") - match.start()]
    if not _IS_NEAR.search(verb):
        return None
    exponent = Decimal(str(value.value)).as_tuple().exponent
    return Decimal(10) ** min(0, exponent) if isinstance(exponent, int) else None


def _nearly(scene: Scene, calls: str, value: Token, off: Decimal, span: Span) -> Iterator[Answer]:
    exact = Decimal(str(value.value))
    bound = Bound(float(exact - off), float(exact + off))
    for token in scene.masked.all_in(calls):
        try:
            call = scene.scope.bind(token.value)
        except UnboundError as error:
            yield scene.refused(error, span)
            continue
        if isinstance(call, Made):
            yield scene.check(CheckKind.RANGE, call, span, bound=bound)


def read_errors(scene: Scene) -> Iterator[Answer]:
    """`f(x)` raises `E`."""
    for match in _CALL_RAISES.finditer(scene.masked.text):
        error = scene.masked.of(match["error"])
        yield from _raising(scene, match["calls"], error, scene.span(match[0]))


def read_parts(scene: Scene) -> Iterator[Answer]:
    """`f(x)` contains, starts with or ends with `y`."""
    for match in _PART.finditer(scene.masked.text):
        verb = match["verb"].lower()
        form = "contains"
        if re.match(r"(?:starts?|begins?|emp|com)", verb):
            form = "starts_with"
        elif re.match(r"(?:ends?|term)", verb):
            form = "ends_with"
        value = scene.masked.of(match["value"])
        for answer in _returning(scene, match["calls"], value, scene.span(match[0])):
            yield replace(answer, property=form) if isinstance(answer, Check) else answer


def _is_error_like(scene: Scene, token: Token) -> bool:
    """An atom's class behind an arrow, such as `UnknownSku`."""
    known = [each for each in scene.scope.targets if each.symbol == token.text]
    return bool(known) and known[0].is_class


def _returning(scene: Scene, calls: str, value: Token, span: Span) -> Iterator[Answer]:
    for token in scene.masked.all_in(calls):
        if _is_length(scene, token):
            yield from _of_length(scene, token, value, span)
            continue
        try:
            call, expect = scene.scope.bind(token.value), scene.value_of(value)
        except UnboundError as error:
            yield scene.refused(error, span)
            continue
        if isinstance(call, Made):
            yield scene.check(CheckKind.RETURNS, call, span, expect=expect)


def _is_length(scene: Scene, token: Token) -> bool:
    """`len(f(x))`, where the plan has no `len` of its own."""
    made = token.value
    return (
        isinstance(made, Made) and made.target.symbol == "len" and "len" not in scene.scope.symbols
    )


def _of_length(scene: Scene, token: Token, value: Token, span: Span) -> Iterator[Answer]:
    inner = token.value.args[0] if isinstance(token.value, Made) and token.value.args else None
    count = value.value
    if not isinstance(inner, Made) or isinstance(count, bool) or not isinstance(count, int):
        return
    try:
        call = scene.scope.bind(inner)
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    if isinstance(call, Made):
        bound = Bound(count, count, unit="length")
        yield scene.check(CheckKind.LENGTH, call, span, bound=bound)


def _raising(scene: Scene, calls: str, error: Token, span: Span) -> Iterator[Answer]:
    for token in scene.masked.all_in(calls):
        try:
            call = scene.scope.bind(token.value)
        except UnboundError as refusal:
            yield scene.refused(refusal, span)
            continue
        if isinstance(call, Made):
            yield raising(scene, call, error, span)


def raising(scene: Scene, call: Made, error: Token, span: Span) -> Answer:
    name = error_name(error)
    try:
        partner = scene.scope.error(name)
    except UnboundError as refusal:
        return scene.refused(refusal, span)
    return scene.check(CheckKind.RAISES, call, span, raises=name, partner=partner)


# --- pairs of input and result ------------------------------------------------------------------


def read_pairs(scene: Scene) -> Iterator[Answer]:
    """returns Y for X; given X, returns Y; turns X into Y; X → Y."""
    masked = scene.masked.text
    if _SAYS_RETURN.search(masked):
        for match in _PAIR_FOR.finditer(masked):
            value = scene.masked.of(match["value"])
            if value.kind is not TokenKind.NAME or _is_error_like(scene, value):
                yield from _pair(scene, match)
    for pattern in (_PAIR_FIRST, _PAIR_INTO, _PAIR_MADE):
        for match in pattern.finditer(masked):
            yield from _pair(scene, match)
    for match in _PAIR_ARROW.finditer(masked):
        if "|" not in masked[max(0, match.start() - 3) : match.start()]:
            yield from _pair(scene, match)


def _pair(scene: Scene, match: re.Match[str]) -> Iterator[Answer]:
    span, before = scene.span(match[0]), scene.masked.text[: match.end()]
    groups = [("inputs", "value"), ("inputs2", "value2")]
    for inputs, value in groups:
        if match.groupdict().get(inputs):
            tokens = scene.masked.all_in(match[inputs])
            yield from pair(scene, before, tokens, scene.masked.of(match[value]), span)


def pair(
    scene: Scene, before: str, inputs: Sequence[Token], value: Token, span: Span
) -> Iterator[Answer]:
    """One stated pair, as one call of several arguments or as several calls of one."""
    try:
        values = [scene.value_of(token) for token in inputs]
        target = scene.target(before, None)
        if values and all(_is_call_of(each, target) for each in values):
            yield from _of_calls(
                scene, [each for each in values if isinstance(each, Made)], value, span
            )
            return
        argument_lists = arguments(target, values)
        is_error = value.kind is TokenKind.ERROR or _is_error_like(scene, value)
        expect = None if is_error else scene.value_of(value)
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    for args in argument_lists:
        call = Made(target, args, is_new=target.is_class and scene.scope.is_script)
        if is_error:
            yield raising(scene, call, value, span)
        else:
            yield scene.check(CheckKind.RETURNS, call, span, expect=expect)


def _is_call_of(value: Literal, target: Target) -> bool:
    """Whether a value is the very call that is spoken about: returns 3 for `f(1)`."""
    return isinstance(value, Made) and (value.target.path, value.target.symbol) == (
        target.path,
        target.symbol,
    )


def _of_calls(scene: Scene, calls: Sequence[Made], value: Token, span: Span) -> Iterator[Answer]:
    is_error = value.kind is TokenKind.ERROR or _is_error_like(scene, value)
    for call in calls:
        if is_error:
            yield raising(scene, call, value, span)
        else:
            yield scene.check(CheckKind.RETURNS, call, span, expect=scene.value_of(value))


def arguments(
    target: Target, values: Sequence[Literal], *, may_fill: bool = False
) -> list[tuple[Literal, ...]]:
    """Values as argument lists. Raises UnboundError when they fit the target in no way.

    Where one value stands for several arguments, the others are those of an example: for what is
    empty, and, where it may be so, for any value.
    """
    if takes(target, 1) and not (len(values) > 1 and target.required > 1):
        return [(value,) for value in values]
    if takes(target, len(values)):
        return [tuple(values)]
    if len(values) == 1 and isinstance(values[0], tuple) and takes(target, len(values[0])):
        return [values[0]]
    if len(values) == 1 and target.examples and (not values[0] or may_fill):
        args = with_value(target, place_of_value(target, values[0]), values[0])
        if args is not None:
            return [args]
    raise UnboundError(
        QuestionCode.TOO_MANY_ARGUMENTS,
        f"`{target.symbol}` cannot be called with {len(values)} arguments. Write the whole call.",
    )


# --- errors for kinds of input ------------------------------------------------------------------


def read_refusals(scene: Scene) -> Iterator[Answer]:
    """raises E for X; rejects X with E; X must raise E, where X is a value or a kind of value."""
    seen: set[int] = set()
    for pattern in (_RAISES_FOR, _REJECTS_WITH, _CONDITION, _RAISED_BY):
        for match in pattern.finditer(scene.masked.text):
            if match.start("error") not in seen and not _has_call(scene, match["what"]):
                seen.add(match.start("error"))
                yield from _refusal(scene, match)

    for match in _REJECTS_NEGATIVE.finditer(scene.masked.text):
        yield from _negative(scene, match)


def _negative(scene: Scene, match: re.Match[str]) -> Iterator[Answer]:
    """rejects negative numbers, without the error's name."""
    try:
        target = scene.target(scene.masked.text[: match.end()])
    except UnboundError:
        return
    inputs = bad_inputs(match["what"], scene.masked, target)
    form = "boolean" if target.returns in ("bool", "boolean") else ""
    if inputs:
        span = Span(0, len(scene.text))
        kind = CheckKind.REJECTS
        yield scene.check(kind, Made(target), span, property_=form, refused=tuple(inputs))


def _has_call(scene: Scene, what: str) -> bool:
    return any(token.kind is TokenKind.CALL for token in scene.masked.all_in(what))


def _refusal(scene: Scene, match: re.Match[str]) -> Iterator[Answer]:
    span, error = scene.span(match[0]), scene.masked.of(match["error"])
    preceding = re.search(rf"{_CALL}[^.;]{{0,40}}$", scene.masked.text[: match.start()])
    what = match["what"]
    clause = re.split(r"[.;:\n](?=\s)", scene.masked.text[: match.end()])[-1]
    crossed = None if preceding is not None else CROSSED.search(what)
    if crossed is not None and (calls := crossed_calls(scene, crossed, match.end())):
        yield from (raising(scene, call, error, span) for call in calls)
        return
    such_as = _SUCH_AS.search(what)
    said = what[: such_as.start()] if such_as else what
    left = _left(clause, what) if match.start("what") < match.start("error") else ""
    is_part = bool(left) and not _LEADS.fullmatch(left)
    if preceding is not None or ((states_bound(left) or is_part) and not such_as):
        return  # the call is stated; a bound, and what lies beyond it, is read by its own template
    if not such_as and (states_bound(said) or _is_rest(scene, what, clause)):
        return
    try:
        target = scene.target(scene.masked.text[: match.end()])
        inputs = _refused_inputs(scene, what, target, such_as.start() if such_as else None)
    except UnboundError as refusal:
        yield scene.refused(refusal, span)
        return
    for args in inputs:
        yield raising(scene, Made(target, args), error, span)
    if not inputs:
        yield _no_input(scene, target, error, span)


def _refused_inputs(
    scene: Scene, what: str, target: Target, such_as: int | None
) -> list[tuple[Literal, ...]]:
    """Argument lists for what is refused; examples of it stand behind `such_as`. Raises UnboundError."""
    said = what if such_as is None else what[such_as:]
    tokens = [t for t in scene.masked.all_in(said) if t.kind is TokenKind.VALUE]
    values = [scene.value_of(token) for token in tokens]
    if such_as is not None:
        return arguments(target, values, may_fill=True)
    if inputs := _of_parameter(scene, what, target):
        return inputs
    if tokens and _is_list_of_values(what):
        return arguments(target, values, may_fill=True)
    listed = _in_brackets(what, values)
    return [(value,) for value in listed] or bad_inputs(what, scene.masked, target)


# What may stand before bare values that are refused.
_LEADS = re.compile(
    r"\s*(?:(?:and|or|but|both|also|the|an?|an?d|y|o|el|la|los|las|value|values|input|inputs|text|texts|string"
    r"|strings|number|numbers"
    r"|argument|given|passing|calling|it|with|for|on|if|when|para|con|si|cuando|⟦n\d+⟧|valor|texto|número"
    r"|entrada)\s*)*",
    re.IGNORECASE,
)


def _left(clause: str, what: str) -> str:
    """What stands before a bare value in its clause: "outside 0-" of "outside 0-100 raise"."""
    if not re.fullmatch(rf"\s*{_VALUES}\s*", what):
        return ""
    return re.split(r"[,:]\s", clause.partition(what)[0])[-1]


def crossed_calls(scene: Scene, match: re.Match[str], end: int) -> list[Made]:
    """The call for "`low` is greater than `high`": two numbers in that order, ordinary others."""
    try:
        target = scene.target(scene.masked.text[:end])
    except UnboundError:
        return []
    sides = [match["one"], match["two"]]
    names = [scene.masked.of(side).text if side.startswith("⟦") else side for side in sides]
    types = dict(zip(target.parameters, target.types, strict=False))
    if any(plain_type(types.get(name, "")) not in ("int", "float") for name in names):
        return []
    is_more = match["how"].lower() in ("greater", "more", "larger", "higher", "above", "mayor", ">")
    values: dict[str, Literal] = dict(zip(names, (7, 3) if is_more else (3, 7), strict=True))
    count = max(target.required, *(target.parameters.index(name) + 1 for name in names))
    columns = [(name, filler(target, at)) for at, name in enumerate(target.parameters[:count])]
    if any(not column for name, column in columns if name not in values):
        return []
    return [Made(target, tuple(values[n] if n in values else column[0] for n, column in columns))]  # type: ignore[misc]  # filled by the line above


def _is_rest(scene: Scene, what: str, clause: str) -> bool:
    """Whether what is refused is what a limit leaves: "anything else", or "otherwise" behind one."""
    if not _SAYS_LIMIT.search(scene.masked.text):
        return False
    is_value = re.fullmatch(rf"\s*(?:{_VALUES}|(?:and|y|which|that|it)?)\s*", what) is not None
    return bool(OTHERWISE.search(what)) or (
        is_value and states_bound(clause) and not OTHERWISE.search(clause.partition(what)[0])
    )


def _of_parameter(scene: Scene, what: str, target: Target) -> list[tuple[Literal, ...]]:
    """The arguments for "`whole` is 0": the value at its parameter, ordinary ones at the others."""
    match = _IS_VALUE.search(what)
    if match is None:
        return []
    name = match["name"]
    name = scene.masked.of(name).text if name.startswith("⟦") else name
    if not target.parameters:
        return []
    place = target.parameters.index(name) if name in target.parameters else 0
    if name not in target.parameters and target.required != 1:
        return []
    value = scene.value_of(scene.masked.of(match["value"]))
    args = with_value(target, place, value)
    return [] if args is None else [args]


def _in_brackets(what: str, values: list[Literal]) -> list[Literal]:
    """The values that a kind of input is spelt out in: "no string (null, undefined)"."""
    if len(values) == 1 and isinstance(values[0], tuple):
        return list(values[0])
    return values if re.search(r"\(.*⟦v.*\)", what) else []


def states_bound(what: str) -> bool:
    return bool(
        re.search(
            r"\b(?:below|above|over|under|less|more|greater|smaller|larger|outside|between|at least|at most|exceed\w*"
            r"|longer|shorter|menor\w*|mayor\w*|fuera|entre|superior\w*|inferior\w*|multiples?|múltiplos?)\b|[<>≤≥]",
            what,
            re.IGNORECASE,
        )
    )


def _is_list_of_values(what: str) -> bool:
    """`None`, `""` or `[]`, with at most the words that name an input or a parameter."""
    rest = re.sub(r"⟦[vn]\d+⟧", "", what)
    words = re.findall(r"[^\W\d]+", rest)
    known = {
        "for", "para", "both", "either",
        "and", "or", "y", "o", "the", "input", "inputs", "value", "values", "is", "are", "as", "a", "an", "given",
        "it", "argument", "arguments", "passed", "receives", "called", "with", "entrada", "valor", "es", "el", "la",
        "si", "recibe", "text", "texto", "string", "not", "was",
    } - {"not"}  # fmt: skip
    return all(word.lower() in known for word in words)


def _no_input(scene: Scene, target: Target, error: Token, span: Span) -> Answer:
    name = target.symbol or "the function"
    text = f"Which input makes `{name}` raise `{error_name(error)}`? Write one call, such as `{name}(…)`."
    return scene.ask(QuestionCode.NO_INPUT, text, span)
