"""Templates for laws between inputs and results, tried on inputs that the plan speaks of.

A law becomes checks of plain calls: `f(a, b)` equals `f(b, a)` is asked of the arguments of the
stated examples, and of ordinary ones where there are none.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from apps.acceptance.core.binding import UnboundError, is_script
from apps.acceptance.core.checks import (
    Args,
    Bound,
    Check,
    CheckKind,
    Free,
    Literal,
    Made,
    Span,
    Step,
    StepKind,
    Target,
)
from apps.acceptance.core.inputs import fits, place_named, plain_type, sample_inputs
from apps.acceptance.core.masking import Token, TokenKind
from apps.acceptance.core.scene import Answer, Scene

MAX_INPUTS = 3  # of one law
_SCALARS = frozenset({"str", "int", "float", "bool", "string", "number", "boolean"})
_NO = r"(?:not|n['’]t|never|no|nunca)"


def read_laws(scene: Scene) -> Iterator[Answer]:
    """Symmetric, in any order, ignoring spaces, as long as the input, no more than an argument."""
    for template in (_equations, _worded):
        yield from template(scene)


def _inputs(target: Target) -> list[Args]:
    """Some inputs that the function takes, those with more in them first."""
    found = list(target.examples) or list(sample_inputs(target))
    found = [args for args in found if len(args) >= target.required]
    found.sort(key=lambda args: not args[0] if args else True)  # stable
    return found


# --- equations ----------------------------------------------------------------------------------

_EQUATION = re.compile(
    r"(?P<left>⟦f\d+⟧)\s*(?:,\s*)?(?:(?:must|should|shall|always|debe|siempre)\s+)*"
    r"(?:⟦a\d+⟧|returns|return|equals?|is(?:\s+(?:equal\s+to|the\s+same\s+as))?|be(?:\s+(?:equal\s+to"
    r"|the\s+same\s+as))?"
    r"|gives|devuelve|es(?:\s+igual\s+a)?|igual\s+a)\s*(?:the\s+same\s+as\s+)?(?P<right>⟦[fnv]\d+⟧)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:when|if|unless|where|while|si|cuando|salvo)\b", re.IGNORECASE)


def _equations(scene: Scene) -> Iterator[Answer]:
    """`gcd(a, b)` equals `gcd(b, a)`; `gcd(0, n)` is `n`."""
    for match in _EQUATION.finditer(scene.masked.text):
        left, right = scene.masked.of(match["left"]), scene.masked.of(match["right"])
        around = re.split(r"[.;\n]", scene.masked.text[: match.start()])[-1]
        around += re.split(r"[.;\n]", scene.masked.text[match.end() :])[0]
        if not _CONDITION.search(around) and isinstance(left.value, Made):
            yield from _equation(scene, left.value, right, scene.span(match[0]))


def _equation(scene: Scene, left: Made, right: Token, span: Span) -> Iterator[Check]:
    names = list(dict.fromkeys(each.name for each in left.args if isinstance(each, Free)))
    is_plain = not (left.named or left.steps) and all(not isinstance(a, Made) for a in left.args)
    if not names or not is_plain or right.kind is TokenKind.UNREADABLE:
        return
    try:
        target = scene.scope.find(left.target.symbol)
    except UnboundError:
        return
    for known in _assignments(target, left, names):
        try:
            call = scene.scope.bind(_filled(left, known))
            expect = scene.scope.bind(_filled(right.value, known))
        except UnboundError:
            continue
        if isinstance(call, Made) and repr(call) != repr(expect):
            yield scene.check(CheckKind.RETURNS, call, span, expect=expect)


def _assignments(target: Target, form: Made, names: Sequence[str]) -> Iterator[dict[str, Literal]]:
    """Values for the free names of a call: those that examples have in their places."""
    places = {each.name: at for at, each in enumerate(form.args) if isinstance(each, Free)}
    rows = [args for args in _inputs(target) if len(args) > max(places.values())]
    for args in rows[:MAX_INPUTS]:
        known = {name: args[places[name]] for name in names}
        if all(value or value == "" for value in known.values()):
            yield known


def _filled(value: Literal, known: dict[str, Literal]) -> Literal:
    match value:
        case Free(name=name) if name in known:
            return known[name]
        case Made():
            args = tuple(_filled(each, known) for each in value.args)
            named = tuple((name, _filled(each, known)) for name, each in value.named)
            return replace(value, args=args, named=named)
        case list():
            return [_filled(each, known) for each in value]
    return value


# --- words --------------------------------------------------------------------------------------


def _worded(scene: Scene) -> Iterator[Answer]:
    for match in re.finditer(r"(?:[^.;\n|]|\.(?=\S))+", scene.masked.text):
        sentence = match[0]
        try:
            target = scene.target(scene.masked.text[: match.end()])
        except UnboundError:
            continue
        if not target.path or target.is_class:
            continue
        span = scene.span(sentence)
        for pattern, law in _LAWS:
            found = pattern.search(sentence)
            if found is not None:
                yield from law(scene, target, found, span)


def _same(scene: Scene, target: Target, one: Args, other: Args, span: Span) -> Iterator[Check]:
    if repr(one) != repr(other):
        yield scene.check(CheckKind.RETURNS, Made(target, one), span, expect=Made(target, other))


def _symmetric(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    if target.required != 2 or target.types[:1] != target.types[1:2]:
        return
    for args in _inputs(target)[:MAX_INPUTS]:
        yield from _same(scene, target, args, (args[1], args[0], *args[2:]), span)


def _unordered(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """The items of a list in any order, where the result is a single value."""
    if target.returns not in _SCALARS:
        return
    for args in _inputs(target)[:MAX_INPUTS]:
        if args and isinstance(args[0], list):
            yield from _same(scene, target, (args[0][::-1], *args[1:]), args, span)


def _twice(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    inputs = tuple(_inputs(target))
    if target.required <= 1 and inputs:
        yield scene.check(CheckKind.INVERSE, Made(target), span, inputs=inputs, partner=target)


def _without(*marks: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        for mark in marks:
            text = text.replace(mark, "")
        return text

    return change


def _with_gaps(text: str) -> str:
    return "   ".join(text.split(" "))


_IGNORED: tuple[tuple[str, Callable[[str], str], Callable[[str], str]], ...] = (
    # words for it; the text without it; the text with more of it
    (
        r"(?:leading\s+(?:and|or)\s+trailing|surrounding|outer)\s+(?:white\s?spaces?|spaces|blanks)",
        str.strip,
        lambda text: f"  {text} ",
    ),
    (
        r"(?:extra|repeated|multiple|additional)\s+(?:white\s?spaces?|spaces|blanks)",
        str,
        _with_gaps,
    ),
    (r"(?:white\s?spaces?|spaces|blanks|espacios)", _without(" "), _with_gaps),
    (r"(?:hyphens|dashes|guiones)", _without("-"), lambda text: f"{text[:1]}-{text[1:]}"),
)
_EDGES = re.compile(
    r"leading|trailing|surrounding|extra|repeated|multiple|additional|outer", re.IGNORECASE
)


def _ignoring(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """The same result without what is ignored, and with more of it."""
    told = found["what"]
    for pattern, less, more in _IGNORED:
        if not re.search(rf"\b{pattern}\b", told, re.IGNORECASE):
            continue
        for args in _inputs(target)[:MAX_INPUTS]:
            for change in (less, more):
                changed = tuple(change(a) if isinstance(a, str) else a for a in args)
                yield from _same(scene, target, changed, args, span)
        if _EDGES.search(told):
            return


def _told(found: re.Match[str]) -> str:
    """What a law is about; a pattern of two forms has two groups for it."""
    groups = found.groupdict()
    return found["what"] or groups.get("what2") or groups.get("what3") or ""


# --- lengths and sizes against arguments ----------------------------------------------------------


def _sized(args: Args, place: int) -> int | None:
    value = args[place] if len(args) > place else None
    return len(value) if isinstance(value, str | list | tuple | dict | set) else None


def _place(scene: Scene, target: Target, told: str) -> int | None:
    """The argument that a text speaks of: by its name, or the first as "the input"."""
    named = place_named(target, told, scene.masked)
    if named is not None:
        return named
    is_input = re.search(
        r"\b(?:input|original|argument|source|given|entrada|originale?s?|argumento)\b",
        told,
        re.IGNORECASE,
    )
    noun = re.search(
        r"\b(?:text|string|list|array|word|texto|lista|cadena)s?\b", told, re.IGNORECASE
    )
    return 0 if is_input or noun else None


def _as_long(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    place = _place(scene, target, _told(found))
    for args in _inputs(target)[:MAX_INPUTS]:
        size = None if place is None else _sized(args, place)
        if size is not None:
            bound = Bound(size, size, unit="length")
            yield scene.check(CheckKind.LENGTH, Made(target, args), span, bound=bound)
            if isinstance(args[place or 0], list):
                yield from _doubled(scene, target, args, place or 0, span)


def _doubled(scene: Scene, target: Target, args: Args, place: int, span: Span) -> Iterator[Check]:
    """A list twice over, so that equal items count too."""
    value = args[place]
    if isinstance(value, list) and value:
        twice: Args = (*args[:place], value * 2, *args[place + 1 :])
        bound = Bound(len(value) * 2, len(value) * 2, unit="length")
        yield scene.check(CheckKind.LENGTH, Made(target, twice), span, bound=bound)


def _no_more(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """never longer than the input, at most `n` items, never greater than the price."""
    place = _place(scene, target, _told(found))
    if place is None:
        return
    how = found.group("how") or ""
    is_low = bool(
        re.search(r"less|smaller|lower|fewer|shorter|least|menor|menos", how, re.IGNORECASE)
    )
    for args in _inputs(target)[:MAX_INPUTS]:
        bound = _bound_by(target, args, place, is_low=is_low)
        if bound is not None:
            kind = CheckKind.LENGTH if bound.unit else CheckKind.RANGE
            yield scene.check(kind, Made(target, args), span, bound=bound)


def _bound_by(target: Target, args: Args, place: int, *, is_low: bool) -> Bound | None:
    """The limit that an argument sets to the result: itself, or its size for what has a size."""
    if len(args) <= place:
        return None
    is_sized = (
        plain_type(target.returns) == "str" or fits([], target.returns) or fits({}, target.returns)
    )
    limit = args[place] if type(args[place]) in (int, float) else _sized(args, place)
    if limit is None or (not is_sized and not fits(1, target.returns)):
        return None
    if not is_sized and type(args[place]) not in (int, float):
        return None
    ends = {"low": limit} if is_low else {"high": limit}
    return Bound(**ends, unit="length" if is_sized else "")  # type: ignore[arg-type]  # numbers by the lines above


def _between(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """a result between `low` and `high`, which are arguments."""
    low, high = (place_named(target, found[name], scene.masked) for name in ("low", "high"))
    if low is None or high is None or low == high or not fits(1, target.returns):
        return
    for args in _inputs(target)[:MAX_INPUTS]:
        if max(low, high) < len(args):
            bound = Bound(args[low], args[high])  # type: ignore[arg-type]  # the types of the parameters say so
            yield scene.check(CheckKind.RANGE, Made(target, args), span, bound=bound)


# --- what a text is made of ---------------------------------------------------------------------

_MARKS = {
    "hyphen": "-", "dash": "-", "space": " ", "blank": " ", "underscore": "_", "dot": ".", "comma": ",",
    "slash": "/", "guion": "-", "guión": "-", "espacio": " ", "newline": "\n",
}  # fmt: skip
_MARK = r"(?:hyphen|dash|space|blank|underscore|dot|comma|slash|gui[oó]n|espacio|newline)(?:s|es)?"


def _asked(
    scene: Scene, target: Target, step: Step, *, expect: Literal, span: Span
) -> Iterator[Check]:
    for args in _inputs(target)[:MAX_INPUTS]:
        call = Made(target, args, steps=(step,))
        yield scene.check(CheckKind.RETURNS, call, span, expect=expect)


def _is_text(target: Target) -> bool:
    return plain_type(target.returns) == "str"


def _mark(word: str) -> str:
    bare = word.lower()
    return (
        _MARKS.get(bare)
        or _MARKS.get(bare.removesuffix("s"))
        or _MARKS.get(bare.removesuffix("es"), "")
    )


def _double(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """no consecutive hyphens"""
    mark = _mark(found["mark"])
    if mark and _is_text(target):
        name = "includes" if is_script(target) else "count"
        step = Step(StepKind.METHOD, name, args=(mark * 2,))
        yield from _asked(scene, target, step, expect=False if is_script(target) else 0, span=span)


def _lacking(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """never contains `"<"`, contains no spaces"""
    if not _is_text(target):
        return
    texts = [token.value for token in scene.masked.all_in(found["what"])]
    texts += [mark for name in _MARK_NAMES.findall(found["what"]) if (mark := _mark(name))]
    name, none = ("includes", False) if is_script(target) else ("count", 0)
    for text in texts:
        if isinstance(text, str) and text:
            step = Step(StepKind.METHOD, name, args=(text,))
            yield from _asked(scene, target, step, expect=none, span=span)


def _edge(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """no leading or trailing hyphen"""
    mark = next((each for name in _MARK_NAMES.findall(found.string) if (each := _mark(name))), "")
    if not mark or not _is_text(target):
        return
    sides = found[0].lower()
    is_start = re.search(r"leading|start|begin|emp|comien", sides)
    is_end = re.search(r"trailing|end|termin|acab", sides)
    names = ("startsWith", "endsWith") if is_script(target) else ("startswith", "endswith")
    for name, is_asked in zip(names, (is_start, is_end), strict=True):
        if is_asked:
            step = Step(StepKind.METHOD, name, args=(mark,))
            yield from _asked(scene, target, step, expect=False, span=span)


_MARK_NAMES = re.compile(rf"\b{_MARK}\b", re.IGNORECASE)


def _only_digits(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    if _is_text(target) and not is_script(target):
        method = (
            "isdigit" if re.search(r"digit|dígito|digito", found[0], re.IGNORECASE) else "isalpha"
        )
        yield from _asked(scene, target, Step(StepKind.METHOD, method), expect=True, span=span)


def _words(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """at most five words: counted by the blanks between them"""
    count = scene.masked.of(found["count"]).value
    if type(count) is not int or not _is_text(target) or is_script(target):
        return
    step = Step(StepKind.METHOD, "split")
    for args in _inputs(target)[:MAX_INPUTS]:
        bound = Bound(high=count, unit="length")
        call = Made(target, args, steps=(step,))
        yield scene.check(CheckKind.LENGTH, call, span, bound=bound)


def _unique(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """Duplicates go: a list twice over is the list once, and one without any stays as it is."""
    for args in _inputs(target)[:MAX_INPUTS]:
        if not args or not isinstance(args[0], list) or not fits([], target.returns):
            continue
        try:
            once: list[Literal] = list(dict.fromkeys(args[0]))
        except TypeError:
            continue
        yield from _same(scene, target, (args[0] * 2, *args[1:]), args, span)
        if re.search(r"order|orden", scene.masked.text, re.IGNORECASE):
            call = Made(target, (once, *args[1:]))
            yield scene.check(CheckKind.RETURNS, call, span, expect=once)


def _joined(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    """The parts of the result, one behind the other, are the input."""
    for args in _inputs(target)[:MAX_INPUTS]:
        if isinstance(args[0], list | str):
            kind = CheckKind.INVERSE
            yield scene.check(kind, Made(target, args), span, property_="joined", partner=target)


def _one_of(scene: Scene, target: Target, found: re.Match[str], span: Span) -> Iterator[Check]:
    values = [token.value for token in scene.masked.all_in(found["values"])]
    for args in _inputs(target)[:MAX_INPUTS] if len(values) > 1 else ():
        call = Made(target, args)
        yield scene.check(CheckKind.RETURNS, call, span, expect=values, property_="one_of")


_RESULT = r"(?:results?|outputs?|returned\s+\w+|resultado|salida|it|\w+\s+devuelta|excerpt|summary)"
_LAWS: tuple[
    tuple[re.Pattern[str], Callable[[Scene, Target, re.Match[str], Span], Iterator[Check]]], ...
] = tuple(
    (re.compile(pattern, re.IGNORECASE), law)
    for pattern, law in (
        (
            (
                r"\b(?:symmetric\w*|commutative|simétric[oa]|conmutativ[oa])\b"
                rf"|\border\s+of\s+(?:the\s+|its\s+)?(?:two\s+)?(?:arguments|parameters|operands|words|strings"
                rf"|numbers)\b[^.;]*\b{_NO}\b[^.;]*\bmatter"
                rf"|\bel\s+orden\s+de\s+los\s+argumentos\b[^.;]*\b{_NO}\b"
            ),
            _symmetric,
        ),
        (
            (
                rf"\border\s+of\s+(?:the\s+|its\s+)?(?:elements|items|values|numbers|list|input\w*"
                rf"|entries)\b[^.;]*(?:\b{_NO}\b[^.;]*\bmatter|irrelevant)"
                r"|\b(?:regardless|independent(?:ly)?|irrespective)\s+of\s+(?:the\s+|their\s+"
                r"|its\s+)?(?:input\s+)?order\b"
                rf"|\bel\s+orden\s+de\s+(?:los|las)\s+\w+\s+{_NO}\s+(?:importa|influye|afecta)"
            ),
            _unordered,
        ),
        (
            (
                r"\b(?:twice|dos\s+veces)\b[^.;⟦]{0,40}\b(?:returns?|gives?|yields?|restores?|devuelve|da"
                r"|recupera)\b[^.;⟦]{0,40}\boriginal\b"
            ),
            _twice,
        ),
        (
            r"\b(?:ignores?|ignoring|regardless\s+of|ignora\w*)\s+(?P<what>[^.;⟦]{3,60})",
            _ignoring,
        ),
        (
            (
                rf"(?P<what>[^.;⟦:]{{3,80}}?)\s+(?:(?:must|should|shall|can|debe|deben|is|are|be|do|does"
                rf"|se)\s+)*(?:be\s+)?"
                rf"(?:ignored|irrelevant|insignificant|{_NO}\s+matter|ignoran?|ignorar)\b"
            ),
            _ignoring,
        ),
        (
            (
                r"\b(?P<what>(?:leading\s+(?:and|or)\s+trailing|surrounding)\s+(?:white\s?spaces?|spaces"
                r"|blanks))[^.;⟦]{0,20}\b(?:removed|stripped|trimmed)\b"
            ),
            _ignoring,
        ),
        (
            (
                rf"\b{_RESULT}\b[^.;⟦]{{0,30}}\b(?:same|equal)\s+(?:length|size|number\s+of\s+\w+)\s+(?:as"
                rf"|to)\s+(?P<what>[^.;]{{2,60}})"
                r"|\blength\s+of\s+the\s+(?:result|output)\s+(?:\w+\s+){0,2}?(?:equals|equal\s+to|is"
                r"|same\s+as)\s+(?:that|the\s+length)\s+of\s+(?P<what3>[^.;]{2,60})"
                r"|\b(?:misma\s+(?:longitud|cantidad)|mismo\s+(?:tamaño"
                r"|largo))(?:\s+de\s+\w+)?\s+que\s+(?P<what2>[^.;]{2,60})"
            ),
            _as_long,
        ),
        (
            (
                rf"\b(?:{_NO}\s+(?:(?:be|have|has|contain|contains|is|are|ser)\s+)?(?:\w+\s+)?"
                rf"|no\s+)(?P<how>greater|larger|higher|more|longer|bigger|less|smaller"
                r"|lower|fewer|shorter|mayor|menor)(?:\s+\w+)?\s+(?:than|que|de)\s+(?P<what>[^.;,⟦]{2,40}"
                r"|⟦n\d+⟧[^.;,⟦]{0,20})"
                rf"|\b{_NO}\s+exceeds?\s+(?P<what2>[^.;,⟦]{{2,40}}|⟦n\d+⟧)"
            ),
            _no_more,
        ),
        (
            r"\b(?P<how>at\s+most|at\s+least|up\s+to|como\s+máximo|al\s+menos)\s+(?P<what>⟦n\d+⟧)",
            _no_more,
        ),
        (
            (
                rf"\b(?:{_RESULT}|returns?|devuelve)\b[^.;⟦]{{0,40}}\b(?:between|within|entre)\s+(?P<low>⟦n\d+⟧"
                rf"|\w+)\s+(?:and|y)\s+(?P<high>⟦n\d+⟧|\w+)"
            ),
            _between,
        ),
        (
            rf"\b(?:no|{_NO}(?:\s+\w+)?)\s+(?:consecutive|double|repeated|multiple)\s+(?P<mark>{_MARK})\b",
            _double,
        ),
        (
            (
                rf"\b{_RESULT}\b[^.;⟦]{{0,20}}\b(?:{_NO}\s+(?:contain|include)s?"
                rf"|contains?\s+no)\s+(?P<what>(?!(?:consecutive|double|repeated|leading|trailing)\b)"
                rf"(?:any\s+|the\s+)?(?:characters?\s+|text\s+)?(?:⟦v\d+⟧|{_MARK}\b)(?:\s*(?:,|and|or"
                rf"|nor)\s*(?:⟦v\d+⟧|{_MARK}\b)){{0,6}})(?!\s+(?:at|in|between)\b)"
            ),
            _lacking,
        ),
        (
            (
                rf"\b(?:no|nor|{_NO})\b[^.;⟦]{{0,30}}\b(?:leading|trailing)(?:\s+(?:or|nor"
                rf"|and)\s+(?:a\s+)?(?:leading|trailing))?"
                rf"|\b(?:{_NO})\s+(?:start|begin|end)s?(?:\s+(?:or|nor|and)\s+(?:start|begin|end)s?)?\s+with\b"
            ),
            _edge,
        ),
        (
            (
                rf"\b(?:{_RESULT}|returns?|devuelve)\b[^.;⟦]{{0,30}}\b(?:only\s+(?:digits|letters)(?!\s*(?:,|and"
                rf"|or))|(?:digits|letters)\s+only|solo\s+(?:dígitos|letras))"
            ),
            _only_digits,
        ),
        (
            (
                r"\b(?:duplicates|duplicated\s+\w+|repeated\s+(?:items|elements|values)"
                r"|duplicad[oa]s)\s+(?:\w+\s+){0,2}?(?:removed|dropped|eliminated|discarded|eliminan)"
                r"|\bremov(?:es?|ing)\s+(?:all\s+|any\s+)?(?:duplicates|duplicate\s+\w+)"
                r"|\belimina\w*\s+(?:los\s+)?(?:elementos\s+)?duplicados"
            ),
            _unique,
        ),
        (
            (
                r"\b(?:concatenating|joining|flattening)\s+(?:the\s+|all\s+)?(?:chunks|parts|pieces|results?|slices"
                r"|groups|sublists|lists|output)\b[^.;⟦]{0,60}\b(?:original|input)"
            ),
            _joined,
        ),
        (
            (
                r"\b(?:returns?|result\s+is|be|is|devuelve|es)\s+(?:always\s+)?(?:exactly\s+)?(?:one\s+of|either"
                r"|un[oa]\s+de)\s*:?\s*(?P<values>⟦v\d+⟧(?:\s*(?:,|and|or|y"
                r"|o)\s*(?:or\s+)?⟦v\d+⟧){1,20})(?!\s+(?:for|if|when|para|si)\b)"
            ),
            _one_of,
        ),
        (
            (
                r"\b(?:at\s+most|no\s+more\s+than|not\s+(?:be\s+)?(?:more|longer)\s+than|up\s+to|maximum\s+of"
                r"|como\s+máximo)\s+(?P<count>⟦v\d+⟧)\s+(?:words|palabras)\b"
            ),
            _words,
        ),
    )
)
