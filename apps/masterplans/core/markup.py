"""Small readings of Markdown inside one line or paragraph: code spans, mentions, sentences."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

_TICKS = re.compile(r"`+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_QUOTED = re.compile(  # bounded, so that a text of nothing but opening quotes stays cheap
    r'"[^"\n]{0,300}"|“[^”\n]{0,300}”|«[^»\n]{0,300}»|(?<!\w)[\'‘][^\'’\n]{1,300}[\'’](?!\w)'
)
_SENTENCE_END = re.compile(r"[.!?…][\"')\]*_»”]*(?=\s)")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|approx|incl|p\.\s?ej)\.$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CodeSpan:
    start: int  # of the opening backticks
    end: int  # behind the closing backticks
    content: str


def code_spans(text: str) -> Iterator[CodeSpan]:
    """Every code span of the text; linear, whatever the backticks."""
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(text)]
    by_length: dict[int, list[int]] = defaultdict(list)
    for index in range(len(runs) - 1, -1, -1):
        by_length[runs[index][1] - runs[index][0]].append(index)
    index = 0
    while index < len(runs):
        start, opened = runs[index]
        later = by_length[opened - start]
        while later and later[-1] <= index:
            later.pop()
        if not later:
            index += 1
            continue
        closing, end = runs[later[-1]]
        yield CodeSpan(start, end, _span_content(text[opened:closing]))
        index = later[-1] + 1


def _span_content(raw: str) -> str:
    content = raw.replace("\n", " ")
    padded = content.startswith(" ") and content.endswith(" ") and content.strip(" ")
    return content[1:-1] if padded else content


def as_code_span(content: str) -> str:
    """The content between backticks enough to hold the backticks that it has itself."""
    longest = max((len(run) for run in _TICKS.findall(content)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{ticks}{pad}{content}{pad}{ticks}"


def without_mentions(text: str) -> str:
    """The text with comments, code and quotations blanked out; every character keeps its place."""
    text = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    pieces, at = [], 0
    for span in code_spans(text):
        pieces += [text[at : span.start], "X" * (span.end - span.start)]
        at = span.end
    return _QUOTED.sub(lambda match: "X" * len(match[0]), "".join([*pieces, text[at:]]))


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; dots inside code, quotes and abbreviations end none."""
    masked = without_mentions(text)
    found, start = [], 0
    for match in _SENTENCE_END.finditer(masked):
        if _ABBREVIATION.search(masked[max(start, match.start() - 12) : match.start() + 1]):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def one_line(text: str) -> str:
    return " ".join(text.split())
