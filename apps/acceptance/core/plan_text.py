"""Change one requirement in the text of a plan, and nothing else that the text says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from apps.masterplans.core.blocks import Block, BlockKind, Item, read_blocks
from apps.masterplans.core.characters import cleaned
from apps.masterplans.core.document import (
    AtomSpec,
    DiagnosticSeverity,
    PlanDocument,
    RequirementSpec,
)
from apps.masterplans.core.frontmatter import read_front_matter
from apps.masterplans.core.parser import ParseResult, parse
from apps.masterplans.core.problems import Code, Problems

MAX_IDS = 20  # requirements that get their id written out because one before them is gone
_CHECKBOX = re.compile(r"\[[ xX]\]\s+")
_BAR = re.compile(r"(?<!\\)\|")
_END = Block(BlockKind.OTHER, -1, -1, 0, "", ())  # behind the last block


class NotAmendableError(ValueError):
    """The text cannot be changed in this one place alone; the message is a sentence."""


def amended(text: str, requirement_ref: str, proposal: str) -> str:
    """Return the text with the requirement put as proposed, or without it when there is no proposal.

    The parser reads the same plan from it, save for that requirement: a bullet, a row of a table or
    a sentence gives way to the proposal, lines keep their numbers where they can, a requirement that
    had its number from its place gets it written out, and nothing claims to cover what is gone.
    Raises NotAmendableError.
    """
    plan = _Plan(text)
    spec = plan.requirement(requirement_ref)
    wanted = _tidied(proposal)
    problem = ""
    for changed in _candidates(plan, spec, wanted):
        after = plan.written(changed if wanted else _settled(plan, changed, spec))
        problem = _difference(plan, parse(after), spec, wanted)
        if not problem:
            return after
    raise NotAmendableError(problem or f"{spec.ref} stands where it cannot be changed by itself.")


def _tidied(proposal: str) -> str:
    lines = [line.rstrip() for line in proposal.strip().splitlines()]
    return "\n".join(lines)


# --- the text -----------------------------------------------------------------------------------


class _Plan:
    """A text as lines, and as the parser reads it."""

    def __init__(self, text: str) -> None:
        self.mark = "\ufeff" if text.startswith("\ufeff") else ""
        self.break_ = "\r\n" if "\r\n" in text else "\n"
        plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self.lines = plain.split("\n")
        self.read = parse(text)
        if self.read.document is None:
            raise NotAmendableError("The text of the plan cannot be read.")
        self.document = self.read.document

    def requirement(self, ref: str) -> RequirementSpec:
        for spec in self.document.requirements:
            if spec.ref == ref:
                return spec
        raise NotAmendableError(f"The text of the plan states no requirement {ref}.")

    def written(self, lines: Sequence[str]) -> str:
        return self.mark + self.break_.join(lines)


def _blocks(lines: Sequence[str]) -> list[Block]:
    """The blocks below the front matter, with the line numbers of the file."""
    problems = Problems()
    clean = [cleaned(line, problems, line=number) for number, line in enumerate(lines, start=1)]
    taken = read_front_matter(clean, problems)[1]
    return read_blocks([*[""] * taken, *clean[taken:]])


# --- ways to change it --------------------------------------------------------------------------


def _candidates(plan: _Plan, spec: RequirementSpec, proposal: str) -> Iterator[list[str]]:
    """Texts that may say it, by the form that the requirement has in the file."""
    for block, following in pairwise([*_blocks(plan.lines), _END]):
        if not block.start < spec.line <= block.end:
            continue
        if block.kind is BlockKind.LIST:
            yield from _in_list(plan.lines, block, following, spec, proposal)
        elif block.kind is BlockKind.TABLE:
            yield from _in_table(plan.lines, spec, proposal)
        elif block.kind is BlockKind.PARAGRAPH:
            yield from _in_paragraph(plan.lines, block, spec, proposal)
        else:
            yield from _in_data(plan.lines, block, spec, proposal)


def _in_list(
    lines: Sequence[str], block: Block, following: Block, spec: RequirementSpec, proposal: str
) -> Iterator[list[str]]:
    for item in block.items:
        if item.line == spec.line:
            # A table below a list belongs to its last bullet.
            has_table = following.text and spec.text.endswith(f"\n\n{following.text}")
            start, end = item.line - 1, following.end if has_table else item.end
            new = _bullet(lines[start], item, spec, proposal) if proposal else []
            yield _replaced(lines, start, end, new)


def _bullet(line: str, item: Item, spec: RequirementSpec, proposal: str) -> list[str]:
    """The marker, the box and the id as they were; the proposal behind them."""
    marker = line[: item.column - 1]
    box = _CHECKBOX.match(line, item.column - 1)
    own_id = _own_id(" ".join(filter(None, item.head.split("\n"))), spec)
    head, *rest = proposal.split("\n")
    indent = " " * len(marker.expandtabs(4))
    return [
        f"{marker}{box[0] if box else ''}{own_id}{head}",
        *(f"{indent}{each}" if each else "" for each in rest),
    ]


def _own_id(head: str, spec: RequirementSpec) -> str:
    """What stands before the requirement's text on its line: `**R3:** `, or nothing."""
    stated = spec.text.split("\n")[0]
    return head.removesuffix(stated) if head.endswith(stated) else ""


def _in_table(lines: Sequence[str], spec: RequirementSpec, proposal: str) -> Iterator[list[str]]:
    """The row without its cell of text, or the table without its row."""
    at = spec.line - 1
    if not proposal:
        yield [*lines[:at], *lines[at + 1 :]]
        return
    pieces = _BAR.split(lines[at])
    for place, piece in enumerate(pieces):
        if piece.replace("\\|", "|").strip() == spec.text:
            cell = " " + proposal.replace("|", "\\|") + " "
            yield _replaced(
                lines, at, at + 1, ["|".join([*pieces[:place], cell, *pieces[place + 1 :]])]
            )


def _in_paragraph(
    lines: Sequence[str], block: Block, spec: RequirementSpec, proposal: str
) -> Iterator[list[str]]:
    """The paragraph on one line, with another sentence in its place."""
    before, _, after = _one_line(block.text).partition(spec.text)
    if not proposal:
        before = re.sub(rf"[*_]*{re.escape(spec.ref)}[*_:\s]*$", "", before, flags=re.IGNORECASE)
    new = " ".join(f"{before}{proposal}{after}".split(" ")).strip()
    yield _replaced(lines, block.start, block.end, [re.sub(r" {2,}", " ", new)] if new else [])


def _in_data(
    lines: Sequence[str], block: Block, spec: RequirementSpec, proposal: str
) -> Iterator[list[str]]:
    """A line of YAML that holds the text as it is, quoted or not."""
    for at in range(block.start + 1, block.end - 1):
        for written in (f'"{spec.text}"', f"'{spec.text}'", spec.text):
            before, found, after = lines[at].rpartition(written)
            if found and not after.strip():
                quoted = "'" + proposal.replace("'", "''") + "'"
                new = [before + quoted] if proposal else []
                yield [*lines[:at], *new, *lines[at + 1 :]]
                break


def _replaced(lines: Sequence[str], start: int, end: int, new: Sequence[str]) -> list[str]:
    """Other lines in place of these; empty ones fill up, so that what follows keeps its number."""
    filler = [""] * max(0, end - start - len(new))
    return [*lines[:start], *new, *filler, *lines[end:]]


# --- what hangs on it ---------------------------------------------------------------------------


def _settled(plan: _Plan, lines: list[str], gone: RequirementSpec) -> list[str]:
    """The lines that are left without the requirement, so that the rest of the plan stays as it was."""
    return _with_ids(plan, _without_claims(plan, lines, gone), gone)


def _without_claims(plan: _Plan, lines: list[str], gone: RequirementSpec) -> list[str]:
    """Take the requirement from what atoms say that they cover."""
    changed, shift = list(lines), len(lines) - len(plan.lines)
    covering = [atom for atom in plan.document.atoms() if gone.ref in atom.covers]
    for atom in covering:
        item = _item_at(lines, atom.line + (shift if atom.line > gone.line else 0))
        if item is not None:
            span = slice(item.line - 1, item.end)
            changed[span] = _unclaimed(changed[span], gone.ref)
    return changed


def _item_at(lines: Sequence[str], line: int) -> Item | None:
    items = (each for block in _blocks(lines) for each in block.items)
    return next((item for item in items if item.line == line), None)


def _unclaimed(lines: Sequence[str], ref: str) -> list[str]:
    """The lines of an atom without the id in its clause; a clause of that id alone goes whole."""
    name = rf"[`*]{{0,3}}{re.escape(ref)}[`*]{{0,3}}(?![\w-])"
    join = r"\s*(?:,\s*(?:and|y|&)|,|\band\b|\by\b|&)\s*"
    clause = re.compile(
        rf"(?P<lead>\b[Cc]overs:?\s+)(?P<ids>[`*\w-]+(?:{join}[`*\w-]+)*)(?P<dot>\.?)"
    )

    def cut(match: re.Match[str]) -> str:
        ids = [
            each
            for each in re.split(join, match["ids"])
            if not re.fullmatch(name, each, re.IGNORECASE)
        ]
        return f"{match['lead']}{', '.join(ids)}{match['dot']}" if ids else ""

    text = clause.sub(cut, "\n".join(lines))
    return [line.rstrip() for line in text.split("\n")]


def _with_ids(plan: _Plan, lines: list[str], gone: RequirementSpec) -> list[str]:
    """Write out the ids of requirements that would be numbered anew; the first ones do for all."""
    kept = [each for each in plan.document.requirements if each.ref != gone.ref]
    for _ in range(MAX_IDS):
        now = parse(plan.written(lines)).document
        stated = now.requirements if now else ()
        moved = [
            (new, old.ref) for new, old in zip(stated, kept, strict=False) if new.ref != old.ref
        ]
        if not moved or len(stated) != len(kept):
            break
        lines = _named(lines, *moved[0])
    return lines


def _named(lines: Sequence[str], spec: RequirementSpec, ref: str) -> list[str]:
    """The lines with the id before the requirement, in a bullet or in a sentence of free text."""
    item = _item_at(lines, spec.line)
    if item is not None:
        line = lines[spec.line - 1]
        box = _CHECKBOX.match(line, item.column - 1)
        at = box.end() if box else item.column - 1
        return _replaced(lines, spec.line - 1, spec.line, [f"{line[:at]}{ref}: {line[at:]}"])
    for block in _blocks(lines):
        if block.kind is BlockKind.PARAGRAPH and block.start < spec.line <= block.end:
            text = _one_line(block.text).replace(spec.text, f"{ref}: {spec.text}", 1)
            return _replaced(lines, block.start, block.end, [text])
    return list(lines)


def _one_line(paragraph: str) -> str:
    return " ".join(filter(None, (line.strip() for line in paragraph.split("\n"))))


# --- whether it is still the same plan ----------------------------------------------------------


def _difference(plan: _Plan, after: ParseResult, spec: RequirementSpec, proposal: str) -> str:
    """Say what else the changed text would change; empty when it is the same plan."""
    before, old, new = plan.read, plan.document, after.document
    if new is None:
        return "The text of the plan could not be read any more."
    found = next((each for each in new.requirements if each.ref == spec.ref), None)
    if proposal and (found is None or found.text != proposal):
        return (
            f"The plan would not read {spec.ref} as proposed; put it as one plain sentence,"
            " without an id before it."
        )
    if not proposal and len(old.requirements) == 1:
        return f"{spec.ref} is the only requirement of the plan: propose how it should read."
    if not proposal and found is not None:
        return f"{spec.ref} cannot be taken out of the text by itself; propose how it should read."
    if _others(old, spec) != _others(new, spec):
        return f"Other requirements than {spec.ref} would read differently, or have other ids."
    if _rest(before, old, spec) != _rest(before, new, spec):
        return f"The text would say something else than before beside {spec.ref}."
    if _errors(after) > _errors(before):
        return "The text of the plan would have errors that it does not have now."
    return ""


@dataclass(frozen=True, slots=True)
class _Other:
    ref: str
    text: str
    priority: str
    reason: str


def _others(document: PlanDocument, spec: RequirementSpec) -> list[_Other]:
    return [
        _Other(each.ref, each.text, each.priority, each.reason)
        for each in document.requirements
        if each.ref != spec.ref
    ]


def _rest(before: ParseResult, document: PlanDocument, spec: RequirementSpec) -> PlanDocument:
    """Everything but requirements and places; free text that states requirements may differ."""
    is_prose = any(each.code == Code.REQUIREMENTS_FROM_PROSE for each in before.diagnostics)
    phases = tuple(
        replace(
            phase,
            milestones=tuple(
                replace(
                    milestone,
                    tasks=tuple(
                        replace(task, atoms=tuple(_bare(atom, spec.ref) for atom in task.atoms))
                        for task in milestone.tasks
                    ),
                )
                for milestone in phase.milestones
            ),
        )
        for phase in document.phases
    )
    context = "" if is_prose else document.context
    return replace(document, context=context, requirements=(), phases=phases)


def _bare(atom: AtomSpec, ref: str) -> AtomSpec:
    return replace(atom, line=0, covers=tuple(each for each in atom.covers if each != ref))


def _errors(result: ParseResult) -> int:
    return sum(each.severity is DiagnosticSeverity.ERROR for each in result.diagnostics)
