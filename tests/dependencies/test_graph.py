from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.dependencies.core.graph import MAX_SHOWN, AtomGraph, Code, EdgeKind, build_graph
from apps.masterplans.core.document import AtomKind, AtomSpec, DiagnosticSeverity, Language

USES, SIGNATURE, DESCRIPTION = EdgeKind


def atom(
    symbol: str,
    *,
    uses: str = "",
    arguments: str = "",
    about: str = "",
    path: str = "a.py",
    line: int = 1,
) -> AtomSpec:
    """A function, or a class when its name is written so; `uses` names symbols of the same file."""
    kind = AtomKind.CLASS if symbol[0].isupper() else AtomKind.FUNCTION
    refs = tuple(use if "::" in use else f"{path}::{use}" for use in uses.split())
    signature = (
        f"class {symbol}({arguments})" if kind is AtomKind.CLASS else f"{symbol}({arguments})"
    )
    return AtomSpec(path, symbol, kind, Language.PYTHON, signature, about, refs, (), line)


def short(ref: str) -> str:
    return ref.removeprefix("a.py::")


def edges(*atoms: AtomSpec) -> list[tuple[str, str, EdgeKind]]:
    return [
        (short(edge.source), short(edge.target), edge.kind) for edge in build_graph(atoms).edges
    ]


def waves(*atoms: AtomSpec) -> list[list[str]]:
    return [[short(ref) for ref in wave] for wave in build_graph(atoms).waves]


def found(graph: AtomGraph) -> list[tuple[str, int]]:
    return [(each.code, each.line) for each in graph.diagnostics]


# --- edges --------------------------------------------------------------------------------------


def test_uses() -> None:
    assert edges(atom("f", uses="g"), atom("g")) == [("f", "g", USES)]


def test_names_from_outside_the_plan_are_no_edges() -> None:
    assert edges(atom("f", uses="other::x", arguments="a: int", about="calls `len`")) == []


@pytest.mark.parametrize(
    "arguments", ["a: Item", "a: list['Item']", "a: m.Item = None", "a=Item", "*, a: Item | None"]
)
def test_signatures(arguments: str) -> None:
    assert edges(atom("f", arguments=arguments), atom("Item")) == [("f", "Item", SIGNATURE)]


def test_base_classes() -> None:
    assert edges(atom("Item"), atom("Special", arguments="Item")) == [
        ("Special", "Item", SIGNATURE)
    ]


def test_an_argument_named_like_an_atom_is_no_edge() -> None:
    assert edges(atom("f", arguments="g", about="returns `g`, calls `g.x()`"), atom("g")) == []


@pytest.mark.parametrize(
    "about",
    [
        "calls `g`",
        "calls `g()`",
        "`g(1, 'x')`",
        "`max(g(1), 2)`",
        "`a.g`",
        "see `a.py::g`",
        "``g``",
    ],
)
def test_descriptions(about: str) -> None:
    assert edges(atom("f", about=about), atom("g")) == [("f", "g", DESCRIPTION)]


@pytest.mark.parametrize("about", ["calls g", "`{'g': 1}`", "`x['g()']`", "`g + 1`", "`gg()`"])
def test_other_words_in_descriptions_are_no_edges(about: str) -> None:
    assert edges(atom("f", about=about), atom("g")) == []


@pytest.mark.parametrize("about", ["a `list[Item]`", "`Item.size`", "`x: Item = y`"])
def test_classes_count_wherever_code_names_them(about: str) -> None:
    assert edges(atom("f", about=about), atom("Item")) == [("f", "Item", DESCRIPTION)]


def test_the_strongest_source_of_an_edge_is_kept() -> None:
    item = atom("Item")

    assert edges(atom("f", uses="Item", arguments="a: Item", about="`Item`"), item) == [
        ("f", "Item", USES)
    ]
    assert edges(atom("f", arguments="a: Item", about="`Item`"), item) == [("f", "Item", SIGNATURE)]


def test_an_atom_does_not_need_itself() -> None:
    assert edges(atom("f", uses="f", about="calls `f` again")) == []


def test_edges_say_why() -> None:
    graph = build_graph(
        [atom("f", uses="g", arguments="a: Item", about="`h`"), *map(atom, ["g", "Item", "h"])]
    )

    assert [edge.reason for edge in graph.edges] == [
        "`f` lists `g` under Uses",
        "the signature of `f` names `Item`",
        "the description of `f` names `h`",
    ]


def test_the_same_file_comes_first() -> None:
    here, there = atom("g"), atom("g", path="b.py")

    assert edges(atom("f", about="`g`"), here, there) == [("f", "g", DESCRIPTION)]


def test_a_name_that_may_mean_several_atoms_is_reported() -> None:
    others = [atom("g", path="b.py"), atom("g", path="c.py")]

    graph = build_graph([atom("f", about="`g`", line=7), *others])
    settled = build_graph([atom("f", about="`g`", uses="c.py::g"), *others])

    assert graph.edges == ()
    assert found(graph) == [(Code.AMBIGUOUS_NAME, 7)]
    assert not graph.has_errors
    assert "`b.py::g` or `c.py::g`" in graph.diagnostics[0].message
    assert [edge.target for edge in settled.edges] == ["c.py::g"]
    assert settled.diagnostics == ()


def test_typescript() -> None:
    signatures = {
        "Range": (AtomKind.INTERFACE, "export interface Range { start: Day }"),
        "Day": (AtomKind.TYPE, "export type Day = string"),
        "days": (AtomKind.FUNCTION, "export function days(range: Range, limit = LIMIT): Day[]"),
        "LIMIT": (AtomKind.CONST, "export const LIMIT: number"),
        "broken": (AtomKind.FUNCTION, "export function broken("),
    }
    atoms = [
        AtomSpec("a.ts", symbol, kind, Language.TYPESCRIPT, signature, "", (), (), 1)
        for symbol, (kind, signature) in signatures.items()
    ]
    graph = build_graph(atoms)

    assert {(edge.source[6:], edge.target[6:]) for edge in graph.edges} == {
        ("Range", "Day"),
        ("days", "Range"),
        ("days", "Day"),
        ("days", "LIMIT"),
    }


# --- cycles -------------------------------------------------------------------------------------


def test_a_cycle_of_uses_is_an_error_that_lists_it() -> None:
    graph = build_graph(
        [atom("a", uses="b", line=3), atom("b", uses="c", line=4), atom("c", uses="a", line=5)]
    )

    assert [each.severity for each in graph.diagnostics] == [DiagnosticSeverity.ERROR]
    assert found(graph)[0][0] == Code.USES_CYCLE
    assert found(graph)[0][1] in (3, 4, 5)
    assert "`b` → `c` → `a` → `b`" in graph.diagnostics[0].message
    assert graph.has_errors
    assert sum(map(len, graph.waves)) == 3


def test_symbols_of_several_files_are_shown_with_their_path() -> None:
    graph = build_graph([atom("a", uses="b.py::a"), atom("a", uses="a.py::a", path="b.py")])

    assert "`a.py::a` → `b.py::a` → `a.py::a`" in graph.diagnostics[0].message


def test_a_long_cycle_is_shown_in_part() -> None:
    count = 2 * MAX_SHOWN
    atoms = [atom(f"f{n}", uses=f"f{(n + 1) % count}") for n in range(count)]

    message = build_graph(atoms).diagnostics[0].message

    assert message.count("→") == MAX_SHOWN + 1
    assert "→ … →" in message


def test_the_weakest_edge_of_a_mixed_cycle_is_dropped() -> None:
    graph = build_graph(
        [atom("a", uses="B"), atom("B", arguments="c"), atom("c", about="calls `a`", line=9)]
    )

    assert [(short(each.source), short(each.target)) for each in graph.dropped] == [("c", "a")]
    assert found(graph) == [(Code.CYCLE_BROKEN, 9)]
    assert not graph.has_errors
    assert "the description of `c` names `a`" in graph.diagnostics[0].message
    assert "`c` → `a` → `B` → `c`" in graph.diagnostics[0].message
    assert graph.waves == (("a.py::c",), ("a.py::B",), ("a.py::a",))


def test_descriptions_are_weaker_than_signatures() -> None:
    graph = build_graph([atom("Item", about="made by `f`"), atom("f", arguments="a: Item")])

    assert [each.kind for each in graph.dropped] == [DESCRIPTION]
    assert [each.kind for each in graph.edges] == [SIGNATURE]


def test_among_equals_the_edge_to_a_later_atom_is_dropped() -> None:
    graph = build_graph([atom("a", about="`b`"), atom("b", about="`a`")])

    assert [short(each.source) for each in graph.dropped] == ["a"]


# --- waves --------------------------------------------------------------------------------------


def test_waves_are_longest_path_levels_in_plan_order() -> None:
    atoms = [atom("d", uses="c a"), atom("c", uses="b"), atom("b"), atom("a"), atom("e", uses="a")]

    assert waves(*atoms) == [["b", "a"], ["c", "e"], ["d"]]


def test_the_critical_path_is_the_longest_chain() -> None:
    atoms = [atom("a"), atom("b", uses="a"), atom("c", uses="b"), atom("d"), atom("e", uses="d a")]

    assert [short(ref) for ref in build_graph(atoms).critical_path] == ["a", "b", "c"]


def test_of_equal_chains_the_first_in_the_plan_is_critical() -> None:
    atoms = [atom("a"), atom("b"), atom("d", uses="b"), atom("c", uses="a b")]

    assert [short(ref) for ref in build_graph(atoms).critical_path] == ["b", "d"]


def test_no_atoms() -> None:
    assert build_graph([]) == AtomGraph((), (), (), (), ())


@st.composite
def random_plans(draw: st.DrawFn) -> Sequence[AtomSpec]:
    count = draw(st.integers(1, 8))
    names = st.lists(st.integers(0, count - 1), max_size=3)
    return [
        atom(
            f"F{n}",
            uses=" ".join(f"F{other}" for other in draw(names)),
            arguments=", ".join(f"F{other}" for other in draw(names)),
            about=" ".join(f"`F{other}`" for other in draw(names)),
        )
        for n in range(count)
    ]


@given(random_plans())
@settings(deadline=None)
def test_every_graph_is_acyclic_and_layered(atoms: Sequence[AtomSpec]) -> None:
    graph = build_graph(atoms)
    level = {ref: number for number, wave in enumerate(graph.waves) for ref in wave}

    assert sorted(level) == sorted(each.ref for each in atoms)
    assert all(level[edge.source] > level[edge.target] for edge in graph.edges)
    for number, wave in enumerate(graph.waves[1:], start=1):
        for ref in wave:
            needs = [edge.target for edge in graph.edges if edge.source == ref]
            assert max(level[target] for target in needs) == number - 1
    steps = {(edge.target, edge.source) for edge in graph.edges}
    assert len(graph.critical_path) == len(graph.waves)
    assert all(step in steps for step in pairwise(graph.critical_path))
    uses_were_dropped = any(edge.kind is USES for edge in graph.dropped)
    assert graph.has_errors == uses_were_dropped
    assert len(graph.diagnostics) <= len(graph.dropped)
    assert bool(graph.diagnostics) == bool(graph.dropped)
