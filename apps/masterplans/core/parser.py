"""Reads a masterplan: what it says, and every problem with its place and its remedy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.masterplans.core.blocks import Block, BlockKind, is_unclosed, read_blocks
from apps.masterplans.core.characters import cleaned
from apps.masterplans.core.document import (
    Diagnostic,
    DiagnosticSeverity,
    FrontMatter,
    MilestoneSpec,
    PhaseSpec,
    PlanDocument,
    RequirementSpec,
    TaskSpec,
)
from apps.masterplans.core.frontmatter import MAX_TITLE, read_front_matter
from apps.masterplans.core.plan import DraftPhase, PlanReader
from apps.masterplans.core.problems import Code, Problems
from apps.masterplans.core.references import Resolver
from apps.masterplans.core.requirements import read_requirements
from apps.masterplans.core.sections import Sections, context_text, split

MAX_BYTES = 1_000_000  # of UTF-8
MAX_LINES = 50_000
MAX_ATOMS = 5_000
MAX_REQUIREMENTS = 2_000
UNTITLED = "Untitled plan"


@dataclass(frozen=True, slots=True)
class ParseResult:
    document: PlanDocument | None  # None only when a limit refuses the file
    diagnostics: tuple[Diagnostic, ...]  # in the order of the file

    @property
    def has_errors(self) -> bool:
        return any(each.severity is DiagnosticSeverity.ERROR for each in self.diagnostics)


class _RefusedError(Exception):
    """The file is over a limit."""


def parse(text: str) -> ParseResult:
    """Read a masterplan; never raises, whatever the text.

    With errors the document holds what could be read, so that a draft can be stored.
    """
    problems = Problems()
    try:
        document = _read(text, problems)
    except _RefusedError:
        document = None
    return ParseResult(document, problems.listed())


def _read(text: str, problems: Problems) -> PlanDocument:
    lines = _lines(text, problems)
    front, taken = read_front_matter(lines, problems)
    body = [*[""] * taken, *lines[taken:]]  # the same line numbers as in the file
    blocks = read_blocks(body)
    _report_unclosed(blocks, body, problems)
    sections = split(blocks, len(body), problems)
    _refuse_above(MAX_REQUIREMENTS, sections.requirements, "requirements", problems)
    _refuse_above(MAX_ATOMS, sections.plan, "atoms", problems)
    front = _completed(front, sections, problems)
    requirements = read_requirements(sections, problems)
    _refuse_count(len(requirements), MAX_REQUIREMENTS, "requirements", problems)
    phases = _phases(sections, front, requirements, body, problems)
    return PlanDocument(front, context_text(sections, body), requirements, phases)


# --- limits -------------------------------------------------------------------------------------


def _lines(text: str, problems: Problems) -> list[str]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        message = (
            f"The file has {size:,} bytes; a masterplan holds at most {MAX_BYTES:,}. Split it."
        )
        problems.add(Code.FILE_TOO_LARGE, message, line=1)
        raise _RefusedError
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = plain.split("\n")
    if len(lines) > MAX_LINES:
        count = len(lines)
        message = (
            f"The file has {count:,} lines; a masterplan holds at most {MAX_LINES:,}. Split it."
        )
        problems.add(Code.TOO_MANY_LINES, message, line=MAX_LINES)
        raise _RefusedError
    return [cleaned(line, problems, line=number) for number, line in enumerate(lines, start=1)]


def _refuse_above(limit: int, blocks: Sequence[Block], what: str, problems: Problems) -> None:
    count = sum(len(block.items) for block in blocks if block.kind is BlockKind.LIST)
    _refuse_count(count, limit, what, problems)


def _refuse_count(count: int, limit: int, what: str, problems: Problems) -> None:
    if count > limit:
        code = Code.TOO_MANY_ATOMS if what == "atoms" else Code.TOO_MANY_REQUIREMENTS
        message = f"The masterplan has {count:,} {what}; it holds at most {limit:,}. Split it."
        problems.add(code, message, line=1)
        raise _RefusedError


# --- parts --------------------------------------------------------------------------------------


def _report_unclosed(blocks: Sequence[Block], lines: Sequence[str], problems: Problems) -> None:
    if blocks and is_unclosed(blocks[-1], lines):
        what = "code fence" if blocks[-1].kind is BlockKind.FENCE else "HTML block or comment"
        message = f"This {what} is never closed, so all text below it is part of it; close it."
        problems.add(Code.UNCLOSED_BLOCK, message, line=blocks[-1].line)


def _completed(front: FrontMatter, sections: Sections, problems: Problems) -> FrontMatter:
    if not front.title:
        message = "The plan has no title; open the file with `title: …` between two lines of `---`."
        problems.add(Code.MISSING_TITLE, message, line=1)
        front = replace(front, title=sections.heading[:MAX_TITLE] or UNTITLED)
    if front.language is None and sections.plan_line is not None:
        message = "Name the language in the front matter: python, typescript or javascript."
        problems.add(Code.MISSING_LANGUAGE, message, line=1)
    return front


def _phases(
    sections: Sections,
    front: FrontMatter,
    requirements: Sequence[RequirementSpec],
    lines: list[str],
    problems: Problems,
) -> tuple[PhaseSpec, ...]:
    reader = PlanReader(front.title, front.language, problems)
    reader.read(sections.plan)
    drafts = [
        draft
        for phase in reader.phases
        for milestone in phase.milestones
        for task in milestone.tasks
        for draft in task.atoms
    ]
    if sections.plan_line is not None and not drafts:
        message = "The plan holds no atom; add some, or remove `## Plan` to have a plan proposed."
        problems.add(Code.PLAN_EMPTY, message, line=sections.plan_line)
    resolver = Resolver(drafts, requirements, lines, problems)
    return tuple(_phase(phase, resolver) for phase in reader.phases)


def _phase(phase: DraftPhase, resolver: Resolver) -> PhaseSpec:
    return PhaseSpec(
        phase.title,
        tuple(
            MilestoneSpec(
                milestone.title,
                tuple(
                    TaskSpec(
                        task.title,
                        task.path,
                        tuple(resolver.resolve(draft) for draft in task.atoms),
                    )
                    for task in milestone.tasks
                ),
            )
            for milestone in phase.milestones
        ),
    )
