"""What the console understood of a masterplan's text, before anything is stored."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from apps.dependencies.core.graph import AtomGraph, build_graph
from apps.masterplans.core.coverage import analyse_coverage
from apps.masterplans.core.document import AtomSpec, Diagnostic, DiagnosticSeverity, PlanDocument
from apps.masterplans.core.parser import parse


@dataclass(frozen=True, slots=True)
class Intake:
    document: PlanDocument | None  # None when nothing could be read
    graph: AtomGraph | None
    coverage: Mapping[str, tuple[str, ...]]  # requirement ref -> refs of the atoms that cover it
    diagnostics: tuple[Diagnostic, ...]  # in the order of the text

    @property
    def has_errors(self) -> bool:
        """Whether the plan may be stored as a draft only."""
        return any(entry.severity is DiagnosticSeverity.ERROR for entry in self.diagnostics)


def read(text: str) -> Intake:
    """Read a masterplan: structure, graph, coverage and every problem with its place."""
    result = parse(text)
    if result.document is None:
        return Intake(None, None, {}, result.diagnostics)
    graph = build_graph(result.document.atoms())
    diagnostics = sorted(
        {*result.diagnostics, *graph.diagnostics}, key=lambda entry: (entry.line, entry.column)
    )
    coverage = analyse_coverage(result.document)
    return Intake(result.document, graph, coverage, tuple(diagnostics))


def wave_title(atoms: list[AtomSpec], milestone_of: Mapping[str, str]) -> str:
    """Name a wave after the one or two milestones that most of its atoms belong to."""
    counts = Counter(milestone_of[atom.ref] for atom in atoms)
    names = [name for name, _ in counts.most_common(2)]
    rest = len(counts) - len(names)
    return ", ".join(names) + f" and {rest} more" if rest else " and ".join(names)
