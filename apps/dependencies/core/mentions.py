"""Names in an atom's signature and description that may mean other atoms."""

import re
from collections.abc import Iterator

from apps.masterplans.core.atoms import read_signature
from apps.masterplans.core.document import AtomKind, AtomSpec
from apps.masterplans.core.markup import code_spans
from apps.masterplans.core.names import AtomIndex
from apps.masterplans.core.signature import Signature, SignatureError

_STRING = re.compile(r'"[^"]*"|\'[^\']*\'')
_NAME = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_CALLED = re.compile(r"(?<![\w$.])([^\W\d][\w$.]*)\s{0,9}\(")
_WHOLE = re.compile(r"(?:[\w./@+-]+::)?[^\W\d][\w$.]*(?:\(.*\))?", re.DOTALL)
_NOUNS = frozenset({AtomKind.CLASS, AtomKind.TYPE, AtomKind.INTERFACE, AtomKind.CONST})


def signature_of(atom: AtomSpec) -> Signature:
    """The atom's signature, read; one that cannot be read mentions nothing."""
    try:
        return read_signature(atom.signature, atom.language)
    except SignatureError:
        return Signature(atom.symbol, atom.kind, frozenset(), frozenset())


def names_in_description(
    atom: AtomSpec, arguments: frozenset[str], index: AtomIndex
) -> Iterator[str]:
    """Names in the description's code spans.

    A span that is one name or one call, anything that is called inside a span, and the classes,
    types and constants of the plan wherever they stand in one. The atom's own arguments are no
    mentions.
    """
    for span in code_spans(atom.description):
        code = span.content.strip()
        if _WHOLE.fullmatch(code):
            yield from _unless_argument(code, arguments)
        plain = _STRING.sub(" ", code)
        for name in _CALLED.findall(plain):
            yield from _unless_argument(name, arguments)
        for name in _NAME.findall(plain):
            if name not in arguments and _is_noun(name, index):
                yield name


def _unless_argument(name: str, arguments: frozenset[str]) -> Iterator[str]:
    """The name, and what stands before its first dot: `Stack.push` is about `Stack`."""
    owner = name.partition("(")[0].partition(".")[0]
    if owner not in arguments:
        yield name
        yield owner


def _is_noun(name: str, index: AtomIndex) -> bool:
    return any(atom.kind in _NOUNS for atom in index.symbols.get(name, ()))
