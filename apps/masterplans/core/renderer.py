"""Writes a masterplan: the same format that the parser reads."""

import json
import re
from collections.abc import Iterator
from itertools import groupby, pairwise

import yaml

from apps.masterplans.core.document import (
    AtomSpec,
    FrontMatter,
    PlanDocument,
    Priority,
    RequirementSpec,
)
from apps.masterplans.core.frontmatter import NULLS
from apps.masterplans.core.markup import as_code_span
from apps.masterplans.core.names import AtomIndex
from apps.masterplans.core.priority import classify

_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}=+[ \t]*")  # indented into a paragraph it would make a heading


def render(document: PlanDocument) -> str:
    """The document as Markdown; parsing it gives the document back, line numbers aside.

    A priority that was settled by hand is written as a section, whose heading then is its reason.
    """
    parts = [_front_matter(document.front), f"# {document.front.title}"]
    if document.context:
        parts.append(document.context)
    parts.extend(_requirements(document.requirements))
    if document.phases:
        parts.extend(_plan(document))
    return "\n\n".join(parts) + "\n"


def _front_matter(front: FrontMatter) -> str:
    entries = {
        "title": _scalar(front.title),
        "language": front.language or "",
        "package": _scalar(front.package),
        "budget_usd": f"{front.budget_usd:f}",
        "soft_cap": f"{front.soft_cap:f}",
        "model": _scalar(front.model),
        "gate": front.gate,
        "batching": "on" if front.batching else "off",
    }
    lines = [f"{key}: {value}" for key, value in entries.items() if value]
    return "\n".join(["---", *lines, "---"])


def _scalar(word: str) -> str:
    """The word as YAML: bare where YAML reads it as that word, else in quotes."""
    return word if not word or _reads_bare(word) else json.dumps(word, ensure_ascii=False)


def _reads_bare(word: str) -> bool:
    try:
        events = list(yaml.parse(f"key: {word}", Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return False
    values = [
        event.value
        for event in events
        if isinstance(event, yaml.ScalarEvent) and event.style is None
    ]
    return values == ["key", word] and word not in NULLS


# --- requirements -------------------------------------------------------------------------------


def _requirements(requirements: tuple[RequirementSpec, ...]) -> Iterator[str]:
    """Runs of bullets under the heading of their priority, or under none where words decide."""
    last_opened = ""
    for heading, run in groupby(requirements, key=_heading):
        if heading is None or not last_opened:
            last_opened = "## Requirements"
            yield last_opened
        if heading is not None:
            yield f"### {heading.value.upper()}"
        yield "\n".join(_bullet(f"{each.ref}: {each.text}") for each in run)


def _heading(requirement: RequirementSpec) -> Priority | None:
    by_words = classify(requirement.text)
    if (by_words.priority, by_words.reason) == (requirement.priority, requirement.reason):
        return None
    return requirement.priority


def _bullet(text: str) -> str:
    return "\n".join(_in_bullet(text.split("\n")))


def _in_bullet(lines: list[str]) -> Iterator[str]:
    """Indent the lines; one of equals signs stands at the margin, where it underlines nothing."""
    yield f"- {lines[0]}"
    is_fenced = False
    for before, line in pairwise(lines):
        is_fenced ^= _FENCE.match(before) is not None
        is_lazy = _UNDERLINE.fullmatch(line) and before.strip() and not is_fenced
        yield line if is_lazy or not line else f"  {line}"


# --- plan ---------------------------------------------------------------------------------------


def _plan(document: PlanDocument) -> Iterator[str]:
    index = AtomIndex(document.atoms())
    yield "## Plan"
    for phase in document.phases:
        yield f"### Phase: {phase.title}"
        for milestone in phase.milestones:
            yield f"#### Milestone: {milestone.title}"
            for task in milestone.tasks:
                yield f"##### Task: {task.title} ({as_code_span(task.path)})"
                if task.atoms:
                    yield "\n".join(_atom(atom, index) for atom in task.atoms)


def _atom(atom: AtomSpec, index: AtomIndex) -> str:
    head, break_, rest = atom.description.partition("\n")
    signature = as_code_span(atom.signature)
    lines = [f"{signature}: {head}" if head else signature]
    clauses = " ".join(_clauses(atom, index))
    if clauses:
        lines.append(clauses)
    return _bullet("\n".join(lines) + break_ + rest)


def _clauses(atom: AtomSpec, index: AtomIndex) -> Iterator[str]:
    if atom.uses:
        yield "Uses " + ", ".join(as_code_span(_short(ref, atom, index)) for ref in atom.uses) + "."
    if atom.covers:
        yield "Covers " + ", ".join(atom.covers) + "."


def _short(ref: str, atom: AtomSpec, index: AtomIndex) -> str:
    """The symbol alone where that is clear, else the full ref."""
    symbol = ref.rpartition("::")[2]
    return symbol if index.find(symbol, atom.path) == (ref,) else ref
