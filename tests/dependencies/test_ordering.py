import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.dependencies.core.ordering import GrowingOrder, depth_first_order

NODES = "abcdefgh"


def test_an_edge_that_closes_a_cycle_is_refused_with_the_path() -> None:
    order = GrowingOrder("abc")

    assert order.add("c", "b") == []
    assert order.add("b", "a") == []
    assert order.add("a", "c") == ["c", "b", "a"]
    assert order.ordered() == ["c", "b", "a"]


def test_a_depth_first_order_puts_first_what_is_needed() -> None:
    needs = {"a": ["b", "c"], "b": ["c"], "c": ["a"]}

    assert depth_first_order("abcd", needs) == ["c", "b", "a", "d"]


@given(st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=40))
@settings(deadline=None)
def test_the_order_agrees_with_networkx(pairs: list[tuple[str, str]]) -> None:
    order = GrowingOrder(NODES)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(NODES)
    for first, second in pairs:
        if first == second:
            continue
        closes = nx.has_path(graph, second, first)
        path = order.add(first, second)
        assert bool(path) == closes
        if closes:
            assert (path[0], path[-1]) == (second, first)
            assert nx.is_path(graph, path)
        else:
            graph.add_edge(first, second)
        place = {node: at for at, node in enumerate(order.ordered())}
        assert all(place[u] < place[v] for u, v in graph.edges)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_a_depth_first_order_needs_no_moves_without_cycles(pairs: list[tuple[int, int]]) -> None:
    needs: dict[str, list[str]] = {}
    for first, second in pairs:
        if first < second:
            needs.setdefault(NODES[second], []).append(NODES[first])

    place = {node: at for at, node in enumerate(depth_first_order(NODES, needs))}

    assert len(place) == len(NODES)
    assert all(
        place[each] < place[node] for node, all_needed in needs.items() for each in all_needed
    )
