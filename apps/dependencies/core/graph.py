"""The graph of a plan's atoms: who needs whom, in which waves, and where it runs in a circle."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from graphlib import TopologicalSorter

from apps.dependencies.core.mentions import names_in_description, signature_of
from apps.dependencies.core.ordering import GrowingOrder, depth_first_order
from apps.masterplans.core.document import AtomSpec, Diagnostic, DiagnosticSeverity
from apps.masterplans.core.names import AtomIndex
from apps.masterplans.core.problems import listed

MAX_SHOWN = 20  # atoms of a circle


class EdgeKind(StrEnum):
    """Where an edge comes from, the strongest source first."""

    USES = "uses"
    SIGNATURE = "signature"
    DESCRIPTION = "description"


class Code(StrEnum):
    USES_CYCLE = "uses-cycle"
    CYCLE_BROKEN = "cycle-broken"
    AMBIGUOUS_NAME = "ambiguous-name"


@dataclass(frozen=True, slots=True)
class Edge:
    source: str  # ref of the atom that depends
    target: str  # ref of the atom that it needs
    kind: EdgeKind
    reason: str  # for people


@dataclass(frozen=True, slots=True)
class AtomGraph:
    edges: tuple[Edge, ...]  # acyclic; one per pair of atoms, sources in plan order
    waves: tuple[tuple[str, ...], ...]  # refs; an atom's wave follows all that it needs
    critical_path: tuple[str, ...]  # the longest chain of refs, first needed first
    dropped: tuple[Edge, ...]  # left out because they closed a cycle
    diagnostics: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        return any(each.severity is DiagnosticSeverity.ERROR for each in self.diagnostics)


def build_graph(atoms: Sequence[AtomSpec]) -> AtomGraph:
    """Infer the dependencies of the atoms, which stand in plan order with distinct refs.

    A cycle of `Uses` is an error; its last edge is left out, so that a draft still shows waves. A
    cycle with an inferred edge loses the weakest one, with a warning.
    """
    by_ref = {atom.ref: atom for atom in atoms}
    diagnostics: list[Diagnostic] = []
    found = _strongest(_edges(atoms, diagnostics))
    kept, dropped = _without_cycles(found, by_ref, diagnostics)
    levels = _levels(kept, by_ref)
    return AtomGraph(
        edges=tuple(kept),
        waves=_waves(levels),
        critical_path=_critical_path(levels, kept),
        dropped=tuple(dropped),
        diagnostics=listed(diagnostics),
    )


# --- edges --------------------------------------------------------------------------------------


def _edges(atoms: Sequence[AtomSpec], diagnostics: list[Diagnostic]) -> Iterator[Edge]:
    index = AtomIndex(atoms)
    for atom in atoms:
        uses = {ref for name in atom.uses for ref in index.find(name, atom.path)[:1]}
        signature = signature_of(atom)
        mentions = {
            EdgeKind.SIGNATURE: sorted(signature.names),
            EdgeKind.DESCRIPTION: names_in_description(atom, signature.arguments, index),
        }
        yield from (_edge(atom, ref, EdgeKind.USES) for ref in sorted(uses))
        for kind, names in mentions.items():
            for ref in _meant(names, atom, uses, index, diagnostics):
                yield _edge(atom, ref, kind)


def _edge(atom: AtomSpec, target: str, kind: EdgeKind) -> Edge:
    symbol = target.rpartition("::")[2]
    reason = {
        EdgeKind.USES: f"`{atom.symbol}` lists `{symbol}` under Uses",
        EdgeKind.SIGNATURE: f"the signature of `{atom.symbol}` names `{symbol}`",
        EdgeKind.DESCRIPTION: f"the description of `{atom.symbol}` names `{symbol}`",
    }[kind]
    return Edge(atom.ref, target, kind, reason)


def _meant(
    names: Iterable[str],
    atom: AtomSpec,
    uses: set[str],
    index: AtomIndex,
    diagnostics: list[Diagnostic],
) -> Iterator[str]:
    """Refs of the atoms that the names mean; a name that may mean several is reported."""
    for name in dict.fromkeys(names):
        refs = index.find(name, atom.path)
        if len(refs) == 1:
            yield refs[0]
        elif len(refs) > 1 and not uses.intersection(refs):
            choices = " or ".join(f"`{ref}`" for ref in refs[:5])
            message = f"`{name}` may mean several atoms; say under Uses which: {choices}."
            diagnostics.append(_warning(atom, Code.AMBIGUOUS_NAME, message))


def _strongest(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for each pair of different atoms; the stronger kinds come first for every atom."""
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        if edge.source != edge.target:
            found.setdefault((edge.source, edge.target), edge)
    return list(found.values())


# --- cycles -------------------------------------------------------------------------------------


def _without_cycles(
    edges: Sequence[Edge], by_ref: Mapping[str, AtomSpec], diagnostics: list[Diagnostic]
) -> tuple[list[Edge], list[Edge]]:
    """Let edges in from strong to weak; an edge that closes a cycle is then its weakest."""
    names = _short_names(by_ref)
    ranked = _ranked(edges, list(by_ref))
    order = GrowingOrder(depth_first_order(list(by_ref), _needs(ranked)))
    dropped: dict[Edge, None] = {}
    for edge in ranked:
        path = order.add(edge.target, edge.source)
        if path:
            dropped[edge] = None
            circle = [names[ref] for ref in (edge.source, *reversed(path))]
            diagnostics.append(_cycle(edge, circle, by_ref[edge.source]))
    return [edge for edge in edges if edge not in dropped], list(dropped)


def _ranked(edges: Iterable[Edge], refs: Sequence[str]) -> list[Edge]:
    place = {ref: number for number, ref in enumerate(refs)}
    strength = {kind: number for number, kind in enumerate(EdgeKind)}

    def rank(edge: Edge) -> tuple[int, bool]:
        # Among equals, edges to earlier atoms go first: plans tend to put first what others need.
        return strength[edge.kind], place[edge.target] > place[edge.source]

    return sorted(edges, key=rank)


def _short_names(by_ref: Mapping[str, AtomSpec]) -> dict[str, str]:
    """Ref → the symbol where it is the only one of its name, else the ref."""
    counts = Counter(atom.symbol for atom in by_ref.values())
    return {
        ref: f"`{atom.symbol}`" if counts[atom.symbol] == 1 else f"`{ref}`"
        for ref, atom in by_ref.items()
    }


def _cycle(edge: Edge, circle: Sequence[str], atom: AtomSpec) -> Diagnostic:
    """`circle` starts and ends with the edge's source, each name needing the next one."""
    shown = " → ".join(
        circle if len(circle) <= MAX_SHOWN else [*circle[:MAX_SHOWN], "…", circle[-1]]
    )
    if edge.kind is EdgeKind.USES:
        message = f"Uses runs in a circle: {shown}; remove one of these entries."
        return Diagnostic(atom.line, 1, DiagnosticSeverity.ERROR, Code.USES_CYCLE.value, message)
    message = (
        f"The dependencies run in a circle: {shown}; it is broken by ignoring that {edge.reason}. "
        "Write Uses where this is wrong."
    )
    return _warning(atom, Code.CYCLE_BROKEN, message)


def _warning(atom: AtomSpec, code: Code, message: str) -> Diagnostic:
    return Diagnostic(atom.line, 1, DiagnosticSeverity.WARNING, code.value, message)


# --- levels -------------------------------------------------------------------------------------


def _levels(edges: Iterable[Edge], by_ref: Mapping[str, AtomSpec]) -> dict[str, int]:
    """Ref → the length of the longest chain that it rests on, in plan order."""
    needs = _needs(edges)
    levels: dict[str, int] = {}
    for ref in TopologicalSorter({ref: needs.get(ref, []) for ref in by_ref}).static_order():
        levels[ref] = 1 + max((levels[target] for target in needs.get(ref, [])), default=-1)
    return {ref: levels[ref] for ref in by_ref}


def _needs(edges: Iterable[Edge]) -> dict[str, list[str]]:
    needs: dict[str, list[str]] = {}
    for edge in edges:
        needs.setdefault(edge.source, []).append(edge.target)
    return needs


def _waves(levels: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    waves: list[list[str]] = [[] for _ in range(max(levels.values(), default=-1) + 1)]
    for ref, level in levels.items():
        waves[level].append(ref)
    return tuple(tuple(wave) for wave in waves)


def _critical_path(levels: Mapping[str, int], edges: Iterable[Edge]) -> tuple[str, ...]:
    """The longest chain; among equal ones the first in the plan."""
    if not levels:
        return ()
    needs = _needs(edges)
    place = {ref: number for number, ref in enumerate(levels)}
    path = [max(levels, key=lambda ref: (levels[ref], -place[ref]))]
    while levels[path[-1]]:
        path.append(max(needs[path[-1]], key=lambda ref: (levels[ref], -place[ref])))
    return tuple(reversed(path))
