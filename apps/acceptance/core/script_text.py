"""Read TypeScript and JavaScript that nobody vouches for; nothing is executed."""

from collections.abc import Iterator
from functools import cache

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

MAX_CHARACTERS = 200_000


@cache
def _parser(*, has_jsx: bool) -> Parser:
    grammars = tree_sitter_typescript
    return Parser(Language(grammars.language_tsx() if has_jsx else grammars.language_typescript()))


def has_jsx(path: str) -> bool:
    """Whether a file of that name may hold markup."""
    return path.endswith((".tsx", ".jsx"))


def parse_script(text: str, *, has_jsx: bool = False) -> Node | None:
    """The root of the syntax tree, or None for what is no TypeScript."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        root = _parser(has_jsx=has_jsx).parse(text.encode()).root_node
    except UnicodeEncodeError:
        return None
    return None if root.has_error else root


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def text_of(node: Node | None) -> str:
    return (node.text or b"").decode() if node is not None else ""


def line_of(node: Node) -> int:
    """1-based."""
    return node.start_point.row + 1
