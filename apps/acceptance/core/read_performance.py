"""Templates for limits of time."""

import re
from collections.abc import Iterator
from dataclasses import replace

from apps.acceptance.core.binding import UnboundError
from apps.acceptance.core.checks import Bound, CheckKind, Made, QuestionCode, Target
from apps.acceptance.core.inputs import plain_type, sample_inputs
from apps.acceptance.core.masking import TokenKind
from apps.acceptance.core.scene import Answer, Scene

_V = r"⟦v\d+⟧"
_WITHIN = (
    r"(?:under|in\s+under|(?:in\s+)?less\s+than|within|in\s+at\s+most|at\s+most|below|faster\s+than|no\s+more\s+than"
    r"|<=?|≤|en\s+menos\s+de|menos\s+de|como\s+máximo)"
)
_PERFORMANCE = re.compile(
    rf"{_WITHIN}\s*(?:⟦a\d+⟧\s*)?(?P<time>{_V})\s*"
    r"(?P<unit>ms|msec|milliseconds?|milisegundos?|s|secs?|seconds?|segundos?)\b",
    re.IGNORECASE,
)
_SIZE = re.compile(
    rf"(?P<size>{_V})[-\s]*(?P<unit>[kKMG]i?[bB]|bytes?|characters?|chars?|caracteres|items?|elements?|elementos"
    r"|numbers?|números|integers?|entries|values?|rows?|words?|palabras|strings?|records?)\b",
    re.IGNORECASE,
)
_SCALES = {"k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
MAX_SIZE = 5_000_000  # characters or items that a test builds


def read_performance(scene: Scene) -> Iterator[Answer]:
    """handles 1 MB in under 200 ms: the limit is in seconds, the margin is the renderer's."""
    for match in _PERFORMANCE.finditer(scene.masked.text):
        limit = scene.masked.of(match["time"]).value
        if isinstance(limit, bool) or not isinstance(limit, int | float) or limit <= 0:
            continue
        is_milli = match["unit"].lower().startswith("m")
        bound = Bound(high=limit / 1000 if is_milli else limit, unit="s")
        yield from _timed(scene, match, bound)


def _timed(scene: Scene, match: re.Match[str], bound: Bound) -> Iterator[Answer]:
    text = scene.masked.text
    before, span = text[: match.start()], scene.span(text[: match.end()])
    calls = [token for token in scene.masked.all_in(before) if token.kind is TokenKind.CALL]
    try:
        if calls:
            call = scene.scope.bind(calls[-1].value)
            if isinstance(call, Made):
                yield scene.check(CheckKind.PERFORMANCE, call, span, bound=bound)
            return
        target = scene.target(before)
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    size = _size(scene, text)
    inputs = () if size else sample_inputs(target)
    if target.path and not (inputs or (size and _can_be_sized(target))):
        name = target.symbol
        question = f"On which input is `{name}` timed? Write one call, such as `{name}(…)`."
        yield scene.ask(QuestionCode.NO_INPUT, question, span)
        return
    sized = replace(bound, low=size)
    yield scene.check(CheckKind.PERFORMANCE, Made(target), span, bound=sized, inputs=inputs)


def _size(scene: Scene, text: str) -> int | None:
    """Characters or items of the input that a sentence names: 1 MB is 1,000,000."""
    for match in _SIZE.finditer(text):
        value = scene.masked.of(match["size"]).value
        if isinstance(value, int | float) and not isinstance(value, bool):
            unit = match["unit"].lower()
            scale = _SCALES.get(unit[0], 1) if unit.endswith("b") else 1
            return min(MAX_SIZE, int(value * scale))
    return None


def _can_be_sized(target: Target) -> bool:
    """Whether the first parameter is a text or a list of plain values, and the only one needed."""
    first = plain_type(target.types[0]) if target.types else ""
    return first.startswith(("str", "bytes", "list[")) and target.required <= 1
