"""The examples are what people read first: plan and answers agree, and the code keeps its word."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest

from apps.dependencies.core.graph import AtomGraph, build_graph
from apps.masterplans.core.document import Language, PlanDocument, Priority
from apps.masterplans.core.parser import parse
from tests.examples.recorded import EXPECTED, ROOT, Expected, read_answers, read_document


@pytest.fixture(params=EXPECTED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def expected(name: str) -> Expected:
    return EXPECTED[name]


@pytest.fixture
def document(name: str) -> PlanDocument:
    return read_document(name)


@pytest.fixture
def graph(document: PlanDocument) -> AtomGraph:
    return build_graph(document.atoms())


@pytest.fixture
def answers(name: str) -> Mapping[str, Mapping[int, str]]:
    return read_answers(name)


def code_of(text: str) -> str:
    """The one code block of an answer."""
    blocks = re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


def names_in(code: str, language: Language) -> set[str]:
    """Every name that the code uses, imports or defines; comments and docstrings aside."""
    if language is Language.TYPESCRIPT:
        return set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)))
    nodes = list(ast.walk(ast.parse(code)))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    return used | {node.name for node in nodes if isinstance(node, ast.alias)}


def test_every_folder_is_listed() -> None:
    assert {path.name for path in ROOT.iterdir() if path.is_dir()} == set(EXPECTED)


def test_the_plan_reads_without_a_remark(name: str, graph: AtomGraph) -> None:
    result = parse((ROOT / name / "masterplan.md").read_text(encoding="utf-8"))

    assert result.diagnostics == ()
    assert graph.diagnostics == ()
    assert graph.dropped == ()


def test_the_front_matter(document: PlanDocument, expected: Expected) -> None:
    assert document.front.language is expected.language
    assert document.front.package == expected.package
    assert document.context


def test_atoms_and_waves(document: PlanDocument, graph: AtomGraph, expected: Expected) -> None:
    assert len(document.atoms()) == expected.atoms
    assert tuple(map(len, graph.waves)) == expected.waves


def test_every_atom_is_answered_and_nothing_else(
    document: PlanDocument, answers: Mapping[str, Mapping[int, str]]
) -> None:
    refs = Counter(atom.ref for atom in document.atoms())

    assert max(refs.values()) == 1
    assert set(answers) == set(refs)


def test_only_the_announced_atoms_are_retried(
    answers: Mapping[str, Mapping[int, str]], expected: Expected
) -> None:
    assert {atom for atom, texts in answers.items() if len(texts) > 1} == set(expected.retried)
    for texts in answers.values():
        assert sorted(texts) == list(range(1, len(texts) + 1))


def test_a_retry_is_seen_in_the_middle_of_the_run(graph: AtomGraph, expected: Expected) -> None:
    wave_of = {ref: index for index, wave in enumerate(graph.waves) for ref in wave}

    for atom in expected.retried:
        assert 0 < wave_of[atom] < len(graph.waves) - 1


def test_uses_names_atoms_of_the_plan(document: PlanDocument, graph: AtomGraph) -> None:
    known = {atom.symbol for atom in document.atoms()} | {atom.ref for atom in document.atoms()}

    for atom in document.atoms():
        assert set(atom.uses) <= known, atom.ref


def test_every_requirement_is_covered(document: PlanDocument) -> None:
    covered = {ref for atom in document.atoms() for ref in atom.covers}

    assert covered == {requirement.ref for requirement in document.requirements}
    assert {requirement.priority for requirement in document.requirements} == set(Priority)


def test_an_answer_needs_only_what_its_atom_depends_on(
    document: PlanDocument, graph: AtomGraph, answers: Mapping[str, Mapping[int, str]]
) -> None:
    refs = {atom.symbol: atom.ref for atom in document.atoms()}
    assert len(refs) == len(document.atoms()), "symbols are unique in the examples"
    needs = defaultdict(set)
    for edge in graph.edges:
        needs[edge.source].add(edge.target)

    for atom in document.atoms():
        code = code_of(answers[atom.ref][max(answers[atom.ref])])
        used = {refs[name] for name in names_in(code, atom.language) & refs.keys()}
        assert used - {atom.ref} <= needs[atom.ref], atom.ref
