"""Tables of inputs and results inside a requirement."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apps.acceptance.core.binding import UnboundError, takes
from apps.acceptance.core.checks import (
    Check,
    CheckKind,
    Literal,
    Made,
    QuestionCode,
    Span,
    Target,
)
from apps.acceptance.core.inputs import plain_type
from apps.acceptance.core.masking import Token, TokenKind, classify
from apps.acceptance.core.read_values import raising
from apps.acceptance.core.scene import Answer, Scene

_RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\|?\s*")
_RESULT_HEAD = re.compile(
    r"\b(?:results?|outputs?|expect(?:ed|s)?|returns?|gives|error|raises|throws|resultado|salida|esperad[oa]|devuelve)\b",
    re.IGNORECASE,
)
_ASIDE_HEAD = re.compile(
    r"\b(?:notes?|comments?|why|reason|because|case|description|#|notas?|comentarios?|caso|motivo)\b",
    re.IGNORECASE,
)
# A requirement that is a mapping, and not a rule with examples, says so.
_IS_MAPPING = re.compile(
    r"\b(?:maps?|mapping|mapped|corresponds?|stands?\s+for|these\s+(?:names|codes|labels)|exactly\s+these|only\s+these"
    r"|mapea|corresponde\w*|exactamente\s+est[oa]s|solo\s+est[oa]s|est[oa]s\s+(?:nombres|códigos|etiquetas))\b",
    re.IGNORECASE,
)
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Cell:
    text: str  # without code marks
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    start: int  # of its first character in the text


def tables(text: str) -> Iterator[Table]:
    lines = list(_lines(text))
    index = 0
    while index + 1 < len(lines):
        (start, head), (_, rule) = lines[index], lines[index + 1]
        if "|" not in head or "|" not in rule or not _RULE.fullmatch(rule):
            index += 1
            continue
        body = index + 2
        while body < len(lines) and "|" in lines[body][1]:
            body += 1
        rows = tuple(_cells(line, at) for at, line in lines[index + 2 : body])
        yield Table(_cells(head, start), rows, start)
        index = body


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1


def _cells(line: str, at: int) -> tuple[Cell, ...]:
    found: list[Cell] = []
    start = 0
    for end in [*(match.start() for match in _CELL.finditer(line)), len(line)]:
        inner = line[start:end]
        left = start + len(inner) - len(inner.lstrip())
        text = inner.strip()
        found.append(Cell(_bare(text), Span(at + left, at + left + len(text))))
        start = end + 1
    stripped = line.strip()
    head = 1 if stripped.startswith("|") else 0
    return tuple(found[head : -1 if stripped.endswith("|") else None])


def _bare(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "`" and "`" not in text[1:-1]:
        text = text[1:-1].strip()
    return text.replace("\\|", "|")


def read_tables(scene: Scene) -> Iterator[Answer]:
    """One check per row that can be read; a question for each of the others."""
    for table in tables(scene.text):
        yield from _table(scene, table)


def _table(scene: Scene, table: Table) -> Iterator[Answer]:
    result = _result_column(table.head)
    inputs = [
        index
        for index, cell in enumerate(table.head)
        if index != result and not _ASIDE_HEAD.search(cell.text)
    ]
    span = Span(
        table.start, table.rows[-1][-1].span.end if table.rows and table.rows[-1] else table.start
    )
    if not inputs:
        return
    try:
        before = "".join(
            f"⟦{token.kind}{index}⟧"
            for index, token in enumerate(scene.masked.tokens)
            if token.span.end <= table.start
        )
        target = scene.target(before, len(inputs))
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    for row in table.rows:
        if len(row) == len(table.head):
            yield from _row(scene, target, [(table.head[i], row[i]) for i in inputs], row[result])


def _result_column(head: Sequence[Cell]) -> int:
    named = [index for index, cell in enumerate(head) if _RESULT_HEAD.search(cell.text)]
    return named[0] if named else len(head) - 1


def _row(
    scene: Scene, target: Target, inputs: Sequence[tuple[Cell, Cell]], result: Cell
) -> Iterator[Answer]:
    span = Span(inputs[0][1].span.start, result.span.end)
    try:
        call = _call(scene, target, inputs)
        value = _result(scene, result, target)
    except UnboundError as error:
        yield scene.refused(error, span)
        return
    answer = (
        raising(scene, call, value, span)
        if isinstance(value, Token)
        else scene.check(CheckKind.RETURNS, call, span, expect=value[0])
    )
    is_mapping = bool(_IS_MAPPING.search(scene.masked.text))
    yield replace(answer, is_tabular=is_mapping) if isinstance(answer, Check) else answer


def _call(scene: Scene, target: Target, inputs: Sequence[tuple[Cell, Cell]]) -> Made:
    """Columns named for parameters go to them; others go in their order."""
    first = classify(inputs[0][1].text, inputs[0][1].span)
    if len(inputs) == 1 and first is not None and first.kind is TokenKind.CALL:
        bound = scene.scope.bind(first.value)
        if isinstance(bound, Made) and bound.target.symbol == target.symbol:
            return bound
    names = [head.text.strip() for head, _ in inputs]
    if not takes(target, len(inputs)):
        raise UnboundError(
            QuestionCode.TOO_MANY_ARGUMENTS,
            f"The table has {len(inputs)} input columns, which `{target.symbol}` does not take. "
            "Name the columns for its parameters.",
        )
    by_name = all(name in target.parameters for name in names)
    order = (
        sorted(range(len(names)), key=lambda i: target.parameters.index(names[i]))
        if by_name
        else range(len(names))
    )
    places = (
        [target.parameters.index(names[i]) for i in order] if by_name else list(range(len(names)))
    )
    values = [
        _input(scene, inputs[index][1], _type(target, place))
        for index, place in zip(order, places, strict=True)
    ]
    if places == list(range(len(values))):
        return Made(target, tuple(values), is_new=target.is_class and scene.scope.is_script)
    if scene.scope.is_script:
        raise UnboundError(
            QuestionCode.TOO_MANY_ARGUMENTS, "A parameter before a named column has no column."
        )
    return Made(
        target,
        named=tuple(
            (target.parameters[place], value) for place, value in zip(places, values, strict=True)
        ),
    )


def _type(target: Target, place: int) -> str:
    return plain_type(target.types[place]) if place < len(target.types) else ""


def _input(scene: Scene, cell: Cell, type_: str) -> Literal:
    token = classify(cell.text, cell.span)
    if token is not None and token.kind in (TokenKind.VALUE, TokenKind.CALL):
        value = scene.scope.bind(token.value)
        if type_ == "str" and isinstance(value, int | float) and not isinstance(value, bool):
            raise UnboundError(
                QuestionCode.AMBIGUOUS_VALUE,
                f"Is `{cell.text}` a number or a text here? Put a text in quotes.",
            )
        return value
    return _text(cell, type_)


def _text(cell: Cell, type_: str) -> str:
    """A cell of plain words is a text where the signature asks for one."""
    if type_ == "str" and cell.text and not re.search(r"[\"'`⟦]", cell.text):
        return cell.text
    raise UnboundError(
        QuestionCode.UNREADABLE_VALUE,
        f"The cell `{cell.text[:60]}` is not a value that can be read. Put a text in quotes.",
    )


def _result(scene: Scene, cell: Cell, target: Target) -> Token | tuple[Literal]:
    """The error of a row as a token, or its value in a tuple."""
    words = re.sub(r"^(?:raises?|throws?|error:?|lanza)\s+", "", cell.text, flags=re.IGNORECASE)
    token = classify(_bare(words), cell.span)
    known = [each for each in scene.scope.targets if token and each.symbol == token.text]
    if token is not None and (token.kind is TokenKind.ERROR or (known and known[0].is_class)):
        return token
    if token is not None and token.kind is TokenKind.NAME and words != cell.text:
        return token
    if token is not None and token.kind in (TokenKind.VALUE, TokenKind.CALL):
        return (scene.scope.bind(token.value),)
    return (_text(cell, plain_type(target.returns)),)
