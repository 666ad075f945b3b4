"""Fenced code blocks of Markdown, by the rules of CommonMark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Up to three blanks, then three or more of one sign; a list item may push it further in.
FENCE = re.compile(
    r"(?P<indent>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<marks>`{3,}|~{3,})(?P<info>.*)"
)
TAG = re.compile(r"[^\w+#]*([\w+#]*)")


@dataclass(frozen=True, slots=True)
class Block:
    tag: str  # language in lower case; empty: none was given
    text: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class _Fence:
    line: int  # index
    indent: int
    marks: str
    info: str

    @property
    def tag(self) -> str:
        """`python` for "python", "Python title=x", "{.python}", "python:a/b.py"."""
        found = TAG.match(self.info.strip())
        return found[1].lower() if found else ""

    def is_closed_by(self, other: "_Fence") -> bool:
        return (
            other.marks[0] == self.marks[0]
            and len(other.marks) >= len(self.marks)
            and not other.info.strip()
        )


def fenced_blocks(text: str) -> Iterator[Block]:
    """Every block in order; a fence without an end runs to the end of the text."""
    lines = text.split("\n")
    opening: _Fence | None = None
    for fence in _fences(lines):
        if opening is None:
            opening = fence
        elif opening.is_closed_by(fence):
            yield _block(lines, opening, fence.line, is_closed=True)
            opening = None
    if opening is not None:
        yield _block(lines, opening, len(lines), is_closed=False)


def joined_block(text: str) -> Block | None:
    """From the first fence to the last one that can close it, as if all between were code."""
    lines = text.split("\n")
    fences = list(_fences(lines))
    closing = [fence for fence in fences[1:] if fences[0].is_closed_by(fence)]
    return _block(lines, fences[0], closing[-1].line, is_closed=True) if closing else None


def _fences(lines: list[str]) -> Iterator[_Fence]:
    for index, line in enumerate(lines):
        found = FENCE.fullmatch(line)
        # A backtick behind backticks is a code span, not a fence.
        if found and not (found["marks"][0] == "`" and "`" in found["info"]):
            yield _Fence(index, len(found["indent"]), found["marks"], found["info"])


def _block(lines: list[str], opening: _Fence, end: int, *, is_closed: bool) -> Block:
    """The lines between, moved left by the indent of the opening fence."""
    inside = [_outdented(line, opening.indent) for line in lines[opening.line + 1 : end]]
    return Block(opening.tag, "\n".join(inside), is_closed)


def _outdented(line: str, by: int) -> str:
    blanks = len(line) - len(line.lstrip(" \t"))
    return line[min(by, blanks) :]
