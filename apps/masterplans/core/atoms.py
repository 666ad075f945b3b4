"""One bullet of a plan: signature, description, `Uses`, `Covers`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.masterplans.core.blocks import Item
from apps.masterplans.core.document import AtomKind, AtomSpec, Language
from apps.masterplans.core.markup import CodeSpan, code_spans
from apps.masterplans.core.paths import language_of
from apps.masterplans.core.problems import Code, Problems
from apps.masterplans.core.requirements import one_line_of
from apps.masterplans.core.signature import (
    MAX_CHARACTERS,
    MAX_SYMBOL,
    Signature,
    SignatureError,
)
from apps.masterplans.core.signature_python import read_python
from apps.masterplans.core.signature_typescript import read_typescript

_S = r"\s{0,9}"  # bounded, so that long runs of spaces stay cheap
_AND = rf"{_S}(?:,(?:{_S}(?:and\b|y\b|&))?|and\b|y\b|&){_S}"
_GAP = rf"(?:{_S}[.;])?{_S}"
_SPAN = r"(?:``[^`]{1,300}``|`[^`]{1,300}`)"
_ID = r"[`*]{0,3}(?:[A-Z]{1,5}|r)-?\d{1,6}[`*]{0,3}"
_USES = rf"[Uu]ses:?\s{{1,9}}(?P<used>{_SPAN}(?:{_AND}{_SPAN})*)"
_COVERS = rf"[Cc]overs:?\s{{1,9}}(?P<covered>{_ID}(?:{_AND}{_ID})*)"
_CLAUSE = re.compile(rf"{_USES}|{_COVERS}")
_ANY = re.sub(r"\?P<\w+>", "?:", f"(?:{_CLAUSE.pattern})")
_CLAUSES = re.compile(rf"(?:^|(?<=[.;:!?)]){_S}|\n){_S}(?:{_ANY}{_GAP})*{_ANY}{_S}(?:[.;]|$)")
_CLAUSE_BULLET = re.compile(rf"\s*[-*+]\s+(?:{_ANY}{_GAP})+$")
_HALF_COVERS = re.compile(rf"(?:^|(?<=[.;:!?)])\s|\n)[Cc]overs:?\s{{1,9}}{_ID}(?![\w-])")
_SEPARATOR = re.compile(r"\s*[:–—-]?\s*")
_REQUIREMENT = re.compile(r"[A-Za-z]+-?\d+")


@dataclass(frozen=True, slots=True)
class DraftAtom:
    """An atom whose `uses` and `covers` still stand as they were written."""

    atom: AtomSpec
    item: Item


def read_signature(text: str, language: Language) -> Signature:
    """Raises SignatureError, whose text says what to write instead."""
    if len(text) > MAX_CHARACTERS:
        raise SignatureError(f"shorten it to {MAX_CHARACTERS:,} characters")
    signature = read_python(text) if language is Language.PYTHON else read_typescript(text)
    if len(signature.symbol) > MAX_SYMBOL:
        raise SignatureError(f"shorten its name to {MAX_SYMBOL} characters")
    if language is Language.JAVASCRIPT and signature.kind in (AtomKind.TYPE, AtomKind.INTERFACE):
        raise SignatureError("JavaScript has no types; use a function, a class or a const")
    return signature


def read_atom(
    item: Item, path: str, language: Language | None, problems: Problems
) -> DraftAtom | None:
    span = next(code_spans(item.head), None)
    if span is None or span.start > 0:
        message = "Start this bullet with the atom's signature in backticks, then say what it does."
        problems.add(Code.ATOM_WITHOUT_SIGNATURE, message, line=item.line, column=item.column)
        return None
    text = span.content.strip()
    spoken = language or _guess(text, path)
    try:
        signature = read_signature(text, spoken)
    except SignatureError as error:
        message = f"This signature cannot be read as {spoken.value}: {error}."
        problems.add(Code.UNREADABLE_SIGNATURE, message, line=item.line, column=item.column)
        return None
    atom = _atom(
        item,
        span,
        AtomSpec(path, signature.symbol, signature.kind, spoken, text, "", (), (), item.line),
    )
    _check_description(atom, item, problems)
    return DraftAtom(atom, item)


def _guess(text: str, path: str) -> Language:
    """The language of an atom whose plan names none, which is an error of its own."""
    return language_of(path) or (
        Language.TYPESCRIPT if text.startswith("export ") else Language.PYTHON
    )


def _atom(item: Item, span: CodeSpan, bare: AtomSpec) -> AtomSpec:
    body = _SEPARATOR.sub("", item.head[span.end :], count=1)
    clauses = [match[0] for match in _CLAUSES.finditer(body)]
    rest = item.rest
    if rest and _holds_clauses_only(rest):
        clauses, rest = [*clauses, rest], ""
    said = [match for clause in clauses for match in _CLAUSE.finditer(clause)]
    head = one_line_of("\n".join(line.strip() for line in _CLAUSES.sub("\n", body).split("\n")))
    return replace(
        bare,
        description=head + rest,
        uses=_unique(
            each.content.strip() for match in said for each in code_spans(match["used"] or "")
        ),
        covers=_unique(
            ref.upper() for match in said for ref in _REQUIREMENT.findall(match["covered"] or "")
        ),
    )


def _holds_clauses_only(rest: str) -> bool:
    return all(_CLAUSE_BULLET.match(line) for line in rest.split("\n") if line.strip())


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


def _check_description(atom: AtomSpec, item: Item, problems: Problems) -> None:
    head, line_break, _ = atom.description.partition("\n")
    if line_break and not head:
        message = (
            f"Put a sentence behind the signature of `{atom.symbol}`; tables and lists go below."
        )
        problems.add(Code.ATOM_DESCRIPTION_MISPLACED, message, line=item.line, column=item.column)
    elif not head:
        message = (
            f"Say in a sentence what `{atom.symbol}` does; the signature alone leaves that open."
        )
        problems.add(Code.ATOM_WITHOUT_DESCRIPTION, message, line=item.line, column=item.column)
    if _HALF_COVERS.search(head):
        message = "Write what the atom covers as ids alone, such as `Covers R1, R2`."
        problems.add(Code.BAD_COVERS, message, line=item.line, column=item.column)
