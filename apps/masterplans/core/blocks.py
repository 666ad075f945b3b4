"""The block structure of a Markdown text: headings, lists with their items, the rest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKER = re.compile(r"^(\s*)([-*+]|\d{1,9}[.)])(\s*)")
_CHECKBOX = re.compile(r"^\[[ xX]\]\s+")
_LEADING = re.compile(r"^[ \t]*")
# The kinds of HTML block that only their own closing mark ends (CommonMark 0.31, section 4.6).
_HTML_ENDS = (
    (re.compile(r"<(?:script|pre|style|textarea)(?:\s|>|$)", re.IGNORECASE), "</"),
    (re.compile(r"<!--"), "-->"),
    (re.compile(r"<\?"), "?>"),
    (re.compile(r"<!\[CDATA\["), "]]>"),
    (re.compile(r"<![A-Za-z]"), ">"),
)


class BlockKind(StrEnum):
    HEADING = "heading"
    LIST = "list"
    PARAGRAPH = "paragraph"
    TABLE = "table"
    FENCE = "fence"
    HTML = "html"
    RULE = "rule"
    OTHER = "other"


_KINDS = {
    "heading_open": BlockKind.HEADING,
    "bullet_list_open": BlockKind.LIST,
    "ordered_list_open": BlockKind.LIST,
    "paragraph_open": BlockKind.PARAGRAPH,
    "table_open": BlockKind.TABLE,
    "fence": BlockKind.FENCE,
    "html_block": BlockKind.HTML,
    "hr": BlockKind.RULE,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One bullet of a list."""

    line: int  # 1-based
    end: int  # the last line, 1-based
    column: int  # of the text behind the marker, 1-based
    head: str  # its first paragraph, one source line a line; empty when it starts otherwise
    rest: str  # what follows: "" or a line break and Markdown lines without the item's indentation


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    start: int  # first line, 0-based
    end: int  # behind the last line, 0-based
    level: int  # of a heading, else 0
    text: str  # of a heading or a paragraph; the rows of a table; the inside of a fence
    items: tuple[Item, ...]  # of a list
    info: str = ""  # the word behind the opening mark of a fence: "yaml"

    @property
    def line(self) -> int:
        return self.start + 1


def _reader() -> MarkdownIt:
    # Inline rules stay off: they are read here as needed, and hostile text can make them slow.
    return MarkdownIt("commonmark").enable("table").disable(["inline", "reference"])


def read_blocks(lines: Sequence[str]) -> list[Block]:
    """The top-level blocks, in order."""
    tokens = _reader().parse("\n".join(lines))
    starts = [at for at, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
    return [_block(tokens[start:end], lines) for start, end in pairwise([*starts, len(tokens)])]


def _block(tokens: Sequence[Token], lines: Sequence[str]) -> Block:
    first = tokens[0]
    start, end = _range(first)
    kind = _KINDS.get(first.type, BlockKind.OTHER)
    level = int(first.tag[1]) if kind is BlockKind.HEADING else 0
    items = _items(tokens, lines) if kind is BlockKind.LIST else ()
    text = _text(kind, tokens, lines[start:end])
    return Block(kind, start, end, level, text, items, _info(first))


def _info(token: Token) -> str:
    return (token.info.split() or [""])[0].lower() if token.type == "fence" else ""


def _text(kind: BlockKind, tokens: Sequence[Token], lines: Sequence[str]) -> str:
    if kind in (BlockKind.HEADING, BlockKind.PARAGRAPH):
        return tokens[1].content
    if kind is BlockKind.FENCE:
        return tokens[0].content
    return "\n".join(line.strip() for line in lines) if kind is BlockKind.TABLE else ""


def _range(token: Token) -> tuple[int, int]:
    if token.map is None:
        raise ValueError(f"A block token without lines: {token.type}")
    return token.map[0], token.map[1]


def _items(tokens: Sequence[Token], lines: Sequence[str]) -> tuple[Item, ...]:
    return tuple(
        _item(token, following, lines)
        for token, following in pairwise(tokens)
        if token.type == "list_item_open" and token.level == 1
    )


def _item(token: Token, first: Token, lines: Sequence[str]) -> Item:
    start, end = _range(token)
    end = _without_blank_tail(lines, start, end)
    marker = _MARKER.match(lines[start])
    prefix = marker.end() if marker else 0
    head, rest_start = "", start
    if first.type == "paragraph_open":
        head_start, rest_start = _range(first)
        head, table_lines = _head(lines, head_start, rest_start, start, prefix)
        rest = [*table_lines, *_dedented(lines[rest_start:end], _offset(lines[start]))]
    else:
        rest = [lines[start][prefix:], *_dedented(lines[start + 1 : end], _offset(lines[start]))]
    tail = "\n".join(rest)
    return Item(start + 1, end, prefix + 1, head, f"\n{tail}" if rest else "")


def _without_blank_tail(lines: Sequence[str], start: int, end: int) -> int:
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _head(
    lines: Sequence[str], start: int, end: int, item_start: int, prefix: int
) -> tuple[str, list[str]]:
    """The lines of the first paragraph, and the rows of a table that lacked its indentation."""
    stripped = [line.strip() for line in lines[start:end]]
    if start == item_start:
        stripped[0] = _CHECKBOX.sub("", lines[start][prefix:]).strip()
    rows = next(
        (at for at, line in enumerate(stripped) if at and line.startswith("|")), len(stripped)
    )
    return "\n".join(stripped[:rows]), stripped[rows:]


def _offset(line: str) -> int:
    """Columns from the margin to the item's content."""
    marker = _MARKER.match(line.expandtabs(4))
    if marker is None:
        return 0
    gap = len(marker[3])
    return len(marker[1]) + len(marker[2]) + (gap if 0 < gap <= 4 else 1)


def _dedented(lines: Sequence[str], columns: int) -> list[str]:
    return [_dedent(line, columns) if line.strip() else "" for line in lines]


def _dedent(line: str, columns: int) -> str:
    found = _LEADING.match(line)
    indent = found[0] if found else ""
    width = len(indent.expandtabs(4))
    return " " * max(0, width - columns) + line[len(indent) :]


def is_unclosed(block: Block, lines: Sequence[str]) -> bool:
    """Whether a fence or an HTML block runs to the end of the file because nothing closes it."""
    if block.end < len(lines) and any(line.strip() for line in lines[block.end :]):
        return False
    if block.kind is BlockKind.FENCE:
        return not _closes_fence(block, lines)
    if block.kind is BlockKind.HTML:
        return _lacks_html_end("\n".join(lines[block.start : block.end]).lstrip())
    return False


def _closes_fence(block: Block, lines: Sequence[str]) -> bool:
    opening = lines[block.start].lstrip()
    mark = opening[0]
    width = len(opening) - len(opening.lstrip(mark))
    last = lines[block.end - 1].expandtabs(4)
    indent = len(last) - len(last.lstrip(" "))
    run = last.strip()
    return block.end - block.start > 1 and indent < 4 and len(run) >= width and set(run) == {mark}


def _lacks_html_end(html: str) -> bool:
    return next((end not in html for start, end in _HTML_ENDS if start.match(html)), False)
