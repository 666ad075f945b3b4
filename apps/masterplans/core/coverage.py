"""Which atoms a requirement rests on."""

import re
from collections.abc import Iterator

from apps.masterplans.core.document import PlanDocument
from apps.masterplans.core.markup import code_spans
from apps.masterplans.core.names import AtomIndex

_STRING = re.compile(r'"[^"]*"|\'[^\']*\'')
_NAME = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_REF = re.compile(r"[\w./@+-]+::[\w$]+")


def analyse_coverage(document: PlanDocument) -> dict[str, tuple[str, ...]]:
    """Requirement ref → refs of its atoms in plan order; an uncovered requirement has none.

    An atom covers what it lists under `Covers`, and the requirements that name its symbol in code.
    """
    atoms = document.atoms()
    index = AtomIndex(atoms)
    place = {atom.ref: number for number, atom in enumerate(atoms)}
    covering: dict[str, set[str]] = {
        requirement.ref: set(named_in_code(requirement.text, index))
        for requirement in document.requirements
    }
    for atom in atoms:
        for ref in atom.covers:
            covering.setdefault(ref, set()).add(atom.ref)
    return {ref: tuple(sorted(found, key=place.__getitem__)) for ref, found in covering.items()}


def named_in_code(text: str, index: AtomIndex) -> Iterator[str]:
    """Refs of the atoms whose symbol, or whose full ref, stands in a code span of the text."""
    for span in code_spans(text):
        code = _STRING.sub(" ", span.content)
        for ref in _REF.findall(code):
            yield from index.find(ref, "")
        for name in _NAME.findall(_REF.sub(" ", code)):
            yield from (atom.ref for atom in index.symbols.get(name, ()))
