"""Read Python that nobody vouches for, as a tree of bounded depth; nothing is executed."""

import ast
import warnings

MAX_CHARACTERS = 200_000
MAX_DEPTH = 80


def parse_python(text: str) -> ast.Module | None:
    """The syntax tree, or None for what is no Python or too deep for a recursive visitor."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _depth(tree) <= MAX_DEPTH else None


def _depth(tree: ast.AST) -> int:
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in ast.iter_child_nodes(node))
    return deepest
