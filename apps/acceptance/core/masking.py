"""A requirement's text with every value, call and name replaced by a placeholder.

Templates are patterns over the masked text, so no pattern ever meets the inside of a value.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from apps.acceptance.core.binding import PYTHON_ERRORS, SCRIPT_ERRORS
from apps.acceptance.core.checks import Free, Literal, Made, Span
from apps.acceptance.core.literals import parts_of, read_expression
from apps.masterplans.core.markup import code_spans

MAX_CHARACTERS = 8_000  # of one requirement; what lies behind is not read


class TokenKind(StrEnum):
    CALL = "c"  # with values only
    FORM = "f"  # a call in which a name stands for any value
    VALUE = "v"
    NAME = "n"
    ERROR = "e"
    ARROW = "a"
    UNREADABLE = "x"  # code that is none of these


@dataclass(frozen=True, slots=True)
class Token:
    kind: TokenKind
    span: Span
    text: str
    value: Literal = None


@dataclass(frozen=True, slots=True)
class Masked:
    text: str  # with `⟦v3⟧` for the fourth token
    tokens: tuple[Token, ...]

    def of(self, placeholder: str) -> Token:
        return self.tokens[int(placeholder.strip("⟦⟧")[1:])]

    def all_in(self, part: str) -> list[Token]:
        """The tokens of a matched part, in reading order."""
        return [self.of(found) for found in PLACEHOLDER.findall(part)]


PLACEHOLDER = re.compile(r"⟦[a-z]\d+⟧")
_IDENTIFIER = r"[A-Za-z_][\w]*"
_CALL = re.compile(rf"(?:new\s+)?{_IDENTIFIER}(?:\.{_IDENTIFIER})*\(")
_QUOTED = re.compile(
    r'"(?:[^"\\\n]|\\.){0,400}"|“[^”\n]{0,400}”|«[^»\n]{0,400}»'
    r"|(?<!\w)'(?:[^'\\\n]|\\.){0,400}'(?!\w)"
)
_NUMBER = re.compile(
    r"(?:(?<![\w.])|(?<=\d\.\.)|(?<=`\.\.))[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]*\()"
)
_ARROW = re.compile(r"→|⇒|➜|⟶|=>|->|===?(?!=)|(?<![<>!=])=(?![=>])")
_WORD_VALUE = re.compile(
    r"\b(?:None|True|False|null|undefined|true|false|NaN|nulo|verdadero|falso)\b"
)
_ZERO = re.compile(r"(?:zero|cero)(?![-\w])", re.IGNORECASE)
# Words behind which "zero" is a number, and no word of prose.
_COUNTS = re.compile(
    r"\b(?:than|below|above|under|over|is|are|be|equals?|for|given|of|at\s+least|que|es|sea|a|to|and|between|return"
    r"|returns|devuelve|gives|yields|exceeds?|igual\s+a)\s+$",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"\b(?:(?:an?|the|una?|la|el)\s+)?(?:empty\s+(?P<en>string|text|list|array|dict|dictionary|object|map|set)"
    r"|(?P<es>cadena|texto|lista|diccionario|conjunto)\s+vac[ií][oa])\b",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b[A-Z][A-Za-z]*(?:Error|Exception)\b|\b(?:StopIteration|KeyboardInterrupt)\b"
)
_LOCAL_WORDS: dict[str, Literal] = {"nulo": None, "verdadero": True, "falso": False}
_EMPTIES: dict[str, Literal] = {
    "string": "", "text": "", "cadena": "", "texto": "",
    "list": [], "array": [], "lista": [],
    "dict": {}, "dictionary": {}, "object": {}, "map": {}, "diccionario": {},
    "set": set(), "conjunto": set(),
}  # fmt: skip
_SPOKEN_NAME = re.compile(r"\b[A-Za-z]+(?:_[A-Za-z0-9]+)+\b|\b[a-z]+[A-Z]\w*\b")
_CODE_NAME = re.compile(r"(?!(?:returns?|raises?|throws?|and|or)\b)[A-Za-z]\w*")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w-]*[ \t]*$", re.MULTILINE)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_GAPS = re.compile(r"\s{2,}")  # long ones make patterns slow
_MARKS = re.compile(r"[*⟦⟧]|(?<!\w)_|_(?!\w)")


def mask(text: str, symbols: Collection[str]) -> Masked:
    """The masked text and its tokens; `symbols` are names that count as names without code marks."""
    text = _FENCE.sub(lambda found: " " * len(found[0]), text[:MAX_CHARACTERS])
    pieces: list[str] = []
    tokens: list[Token] = []
    at = 0
    for token in _tokens(text, frozenset(symbols)):
        pieces += [_MARKS.sub(" ", text[at : token.span.start]), f"⟦{token.kind}{len(tokens)}⟧"]
        tokens.append(token)
        at = token.span.end
    masked = "".join([*pieces, _MARKS.sub(" ", text[at:])])
    return Masked(_GAPS.sub(_shortened, masked), tuple(tokens))


def _shortened(gap: re.Match[str]) -> str:
    return "\n\n" if gap[0].count("\n") > 1 else "\n" if "\n" in gap[0] else " "


def classify(code: str, span: Span) -> Token | None:
    """What a piece of code is as a whole; None when it is several things, or nothing known."""
    found = read_expression(code)
    if found is None:
        return _dotted_name(code, span)
    value = found[0]
    if isinstance(value, Free):
        kind = TokenKind.ERROR if _is_error(value.name) else TokenKind.NAME
        return Token(kind, span, value.name, value)
    if isinstance(value, Made) and _is_error(value.target.symbol) and not value.steps:
        return Token(TokenKind.ERROR, span, value.target.symbol, Free(value.target.symbol))
    if isinstance(value, Made):
        has_free = any(isinstance(part, Free) for part in parts_of(value))
        return Token(TokenKind.FORM if has_free else TokenKind.CALL, span, code, value)
    if any(isinstance(part, Free) for part in parts_of(value)):
        return Token(TokenKind.UNREADABLE, span, code)
    return Token(TokenKind.VALUE, span, code, value)


def _dotted_name(code: str, span: Span) -> Token | None:
    if re.fullmatch(rf"{_IDENTIFIER}(?:\.{_IDENTIFIER})+", code):
        return Token(TokenKind.NAME, span, code, Free(code))
    return None


def _is_error(name: str) -> bool:
    return bool(_ERROR.fullmatch(name)) or name in PYTHON_ERRORS | SCRIPT_ERRORS


def _tokens(text: str, symbols: frozenset[str]) -> Iterator[Token]:
    at = 0
    for span in code_spans(text):
        yield from _in_prose(text, at, span.start, symbols)
        yield from _in_code(text, span.start, span.end, symbols)
        at = span.end
    yield from _in_prose(text, at, len(text), symbols)


def _in_code(text: str, start: int, end: int, symbols: frozenset[str]) -> Iterator[Token]:
    code = text[start:end].strip("`").strip()
    span = Span(start, end)
    whole = classify(code, span)
    if whole is not None:
        yield whole
        return
    inner = text.find(code, start) if code else start
    parts = list(_in_prose(text, inner, inner + len(code), None))
    rest = _outside(text, parts, inner, inner + len(code))
    if parts and not rest:
        yield from parts
    else:
        yield Token(TokenKind.UNREADABLE, span, code)


def _outside(text: str, parts: list[Token], start: int, end: int) -> str:
    """What stands between the tokens of a code span, but for spaces and a few words."""
    at, rest = start, ""
    for part in parts:
        rest += text[at : part.span.start]
        at = part.span.end
    return re.sub(r"\b(?:returns?|raises?|throws?|and|or)\b|[\s,;:]", "", rest + text[at:end])


def _in_prose(text: str, start: int, end: int, symbols: frozenset[str] | None) -> Iterator[Token]:
    """The tokens between two places; without symbols the text is code, where every word is a name."""
    at = start
    while at < end:
        token = _token_at(text, at, end, symbols)
        if token is None:
            at += 1
        else:
            yield token
            at = token.span.end


def _token_at(text: str, at: int, end: int, symbols: frozenset[str] | None) -> Token | None:
    for read in (_quoted, _call, _bracketed, _number, _spoken_value, _arrow):
        token = read(text, at, end)
        if token is not None:
            return token
    return _spoken_name(text, at, end, symbols)


def _quoted(text: str, at: int, end: int) -> Token | None:
    if text[at] not in "\"'“«":
        return None
    match = _QUOTED.match(text, at, end)
    if match is None:
        return None
    if text[at] in "“«":
        return Token(TokenKind.VALUE, Span(*match.span()), match[0], match[0][1:-1].strip())
    return classify(match[0], Span(*match.span()))


def _call(text: str, at: int, end: int) -> Token | None:
    if at and (text[at - 1].isalnum() or text[at - 1] in "_."):
        return None
    match = _CALL.match(text, at, end)
    if match is None:
        return None
    stop = _behind_steps(text, match.end() - 1, end)
    token = classify(text[at:stop], Span(at, stop)) if stop else None
    if token is None or token.kind not in (TokenKind.CALL, TokenKind.FORM, TokenKind.ERROR):
        return token
    is_word = re.fullmatch(r"\w+\((?:s|es|n|ren|e|a|as|os)\)", text[at:stop])  # "argument(s)"
    return None if is_word else token


def _behind_steps(text: str, at: int, end: int) -> int:
    """Behind a call's brackets and what follows them: `(…)[0].name(…)`; 0 when they stay open."""
    stop = _closed(text, at, end)
    while stop and stop < end:
        step = re.compile(rf"\.{_IDENTIFIER}").match(text, stop, end)
        if step is not None:
            stop = step.end()
        elif text[stop] in "([":
            stop = _closed(text, stop, end)
        else:
            break
    return stop


def _closed(text: str, at: int, end: int) -> int:
    """Behind the bracket that closes the one at `at`, strings skipped; 0 when none does."""
    stack: list[str] = []
    while at < end:
        quoted = _QUOTED.match(text, at, end) if text[at] in "\"'" else None
        if quoted is not None:
            at = quoted.end()
            continue
        if text[at] in _CLOSING:
            stack.append(_CLOSING[text[at]])
        elif stack and text[at] == stack[-1]:
            stack.pop()
            if not stack:
                return at + 1
        at += 1
    return 0


def _bracketed(text: str, at: int, end: int) -> Token | None:
    if text[at] not in _CLOSING or (at and (text[at - 1].isalnum() or text[at - 1] in "_)]")):
        return None
    stop = _closed(text, at, end)
    token = classify(text[at:stop], Span(at, stop)) if stop else None
    if token is None or token.kind is not TokenKind.VALUE:
        return None
    is_aside = text[at] == "(" and not isinstance(token.value, tuple)  # "(42)" in prose
    return None if is_aside else token


def _number(text: str, at: int, end: int) -> Token | None:
    if not (text[at].isdigit() or text[at] in "-−+"):
        return None
    match = _NUMBER.match(text, at, end)
    if match is None:
        return None
    digits = match[0].replace(",", "").replace("−", "-").removeprefix("+")
    return classify(digits, Span(*match.span()))


def _spoken_value(text: str, at: int, end: int) -> Token | None:
    if at and (text[at - 1].isalnum() or text[at - 1] == "_"):
        return None
    match = _EMPTY.match(text, at, end)
    if match is not None:
        word = (match["en"] or match["es"]).lower()
        return Token(TokenKind.VALUE, Span(*match.span()), match[0], _EMPTIES[word])
    zero = _ZERO.match(text, at, end)
    if zero is not None and _COUNTS.search(text[max(0, at - 20) : at]):
        return Token(TokenKind.VALUE, Span(*zero.span()), zero[0], 0)
    match = _WORD_VALUE.match(text, at, end)
    if match is None:
        return None
    if match[0] in _LOCAL_WORDS:
        return Token(TokenKind.VALUE, Span(*match.span()), match[0], _LOCAL_WORDS[match[0]])
    return classify(match[0], Span(*match.span()))


def _arrow(text: str, at: int, end: int) -> Token | None:
    match = _ARROW.match(text, at, end)
    return Token(TokenKind.ARROW, Span(*match.span()), match[0]) if match else None


def _spoken_name(text: str, at: int, end: int, symbols: frozenset[str] | None) -> Token | None:
    if at and (text[at - 1].isalnum() or text[at - 1] in "_."):
        return None
    match = _ERROR.match(text, at, end)
    if match is not None:
        return Token(TokenKind.ERROR, Span(*match.span()), match[0], Free(match[0]))
    if symbols is None:
        match = _CODE_NAME.match(text, at, end)
        return classify(match[0], Span(*match.span())) if match else None
    match = _SPOKEN_NAME.match(text, at, end)
    if match is not None and (not symbols or match[0] in symbols):
        return Token(TokenKind.NAME, Span(*match.span()), match[0], Free(match[0]))
    return None
