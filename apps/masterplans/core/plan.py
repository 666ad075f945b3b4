"""The tree below `## Plan`: phases, milestones, tasks and their atoms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from apps.masterplans.core.atoms import DraftAtom, read_atom
from apps.masterplans.core.blocks import Block, BlockKind
from apps.masterplans.core.document import Language
from apps.masterplans.core.markup import one_line
from apps.masterplans.core.paths import (
    SUFFIXES,
    Layout,
    fits,
    is_importable,
    language_of,
    refusal,
)
from apps.masterplans.core.problems import Code, Problems


class Level(IntEnum):
    """What a heading opens; the number is its usual Markdown level."""

    PHASE = 3
    MILESTONE = 4
    TASK = 5


_NAMED = re.compile(
    r"(?P<level>phase|milestone|task)(?:\s+(?:[\d.]+|[A-Z]))?\s*(?::|\s[–—-]\s)\s*(?P<title>.*)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?P<level>phase|milestone|task)(?:\s+[\d.]+)?", re.IGNORECASE)
_PATH = re.compile(r"[\s(]*(?P<ticks>`{1,3})(?P<path>[^`]+)(?P=ticks)\s*\)?\s*:?$")
_BARE_PATH = re.compile(r"\s*\(\s*(?P<path>[^\s()`]+\.\w+)\s*\)\s*:?$")
_CLOSING_HASHES = re.compile(r"(?:(?:^|\s)#+)+$")
MAX_HEADING = 600  # characters, with the path of a task
MAX_TITLE = 200


@dataclass(slots=True)
class DraftTask:
    title: str
    path: str  # empty when the plan gives none that can be used
    atoms: list[DraftAtom] = field(default_factory=list)


@dataclass(slots=True)
class DraftMilestone:
    title: str
    tasks: list[DraftTask] = field(default_factory=list)


@dataclass(slots=True)
class DraftPhase:
    title: str
    milestones: list[DraftMilestone] = field(default_factory=list)


def heading_title(text: str) -> str:
    """A title as a heading can bear it: on one line, without closing hashes, of limited length."""
    return _CLOSING_HASHES.sub("", one_line(text)[:MAX_TITLE].rstrip())


class PlanReader:
    """Walks the blocks below `## Plan` and builds the tree; missing levels get the plan's title."""

    def __init__(self, title: str, language: Language | None, problems: Problems) -> None:
        self.phases: list[DraftPhase] = []
        self._title = heading_title(title)
        self._language = language
        self._problems = problems
        self._milestone: DraftMilestone | None = None
        self._task: DraftTask | None = None
        self._symbols: dict[str, int] = {}  # ref of an atom, its line
        self._layout = Layout()

    def read(self, blocks: Sequence[Block]) -> None:
        for at, block in enumerate(blocks):
            following = blocks[at + 1] if at + 1 < len(blocks) else None
            if block.kind is BlockKind.HEADING:
                self._open(block, following)
            elif block.kind is BlockKind.LIST:
                self._add_atoms(block)
            elif block.kind not in (BlockKind.HTML, BlockKind.RULE):
                self._report_ignored(block)

    # --- headings ---------------------------------------------------------------------------

    def _open(self, block: Block, following: Block | None) -> None:
        level, text = _level_and_title(block)
        title, path = _title_and_path(text) if level is Level.TASK else (text, "")
        if len(block.text) > MAX_HEADING or (level is not None and len(title) > MAX_TITLE):
            message = f"Shorten this title to {MAX_TITLE} characters; it is cut there."
            self._problems.add(Code.HEADING_TOO_LONG, message, line=block.line)
        if level is None:
            self._report_ignored(block)
            return
        self._report_empty(level, block, following)
        if level is Level.PHASE:
            self._open_phase(title)
        elif level is Level.MILESTONE:
            self._open_milestone(title)
        else:
            self._open_task(title, self._usable(path, block))

    def _open_phase(self, title: str) -> None:
        self.phases.append(DraftPhase(heading_title(title) or self._title))
        self._milestone = self._task = None

    def _open_milestone(self, title: str) -> None:
        if not self.phases:
            self._open_phase("")
        self._milestone = DraftMilestone(heading_title(title) or self._title)
        self.phases[-1].milestones.append(self._milestone)
        self._task = None

    def _open_task(self, title: str, path: str) -> None:
        if self._milestone is None:
            self._open_milestone("")
        self._task = DraftTask(heading_title(title) or self._title, path)
        if self._milestone is not None:
            self._milestone.tasks.append(self._task)

    def _usable(self, path: str, block: Block) -> str:
        if not path:
            message = (
                "Name the task's file behind its title: `##### Task: Slugs (textkit/slug.py)`."
            )
            self._problems.add(Code.TASK_WITHOUT_PATH, message, line=block.line)
            return ""
        why = refusal(path)
        if why:
            message = f"The path `{path[:80]}` cannot be used: {why}."
            self._problems.add(Code.UNSAFE_PATH, message, line=block.line)
            return ""
        self._check_suffix(path, block)
        self._check_layout(path, block)
        return path

    def _check_suffix(self, path: str, block: Block) -> None:
        if self._language is None:
            return
        if not fits(path, self._language):
            suffixes = ", ".join(SUFFIXES[self._language])
            message = f"`{path}` is no {self._language.value} file; its suffix must be {suffixes}."
            self._problems.add(Code.WRONG_SUFFIX, message, line=block.line)
        elif self._language is Language.PYTHON and not is_importable(path):
            message = f"Python cannot import `{path}`; use letters, digits and `_` in its names."
            self._problems.add(Code.PATH_NOT_IMPORTABLE, message, line=block.line)

    def _check_layout(self, path: str, block: Block) -> None:
        clash = self._layout.add(path)
        if clash:
            file, below = clash
            message = f"`{file}` is a file, so `{below}` cannot lie in it; rename one of them."
            self._problems.add(Code.PATH_IS_FOLDER, message, line=block.line)

    # --- bullets ----------------------------------------------------------------------------

    def _add_atoms(self, block: Block) -> None:
        if self._task is None:
            message = "Put this under a heading with a file: `##### Task: Slugs (textkit/slug.py)`."
            self._problems.add(Code.ATOM_OUTSIDE_TASK, message, line=block.line)
            return
        for item in block.items:
            draft = read_atom(item, self._task.path, self._language, self._problems)
            if draft is not None and self._task.path and self._is_new(draft):
                self._task.atoms.append(draft)

    def _is_new(self, draft: DraftAtom) -> bool:
        first = self._symbols.setdefault(draft.atom.ref, draft.atom.line)
        if first == draft.atom.line:
            return True
        message = f"`{draft.atom.ref}` is already planned in line {first}; rename or remove one."
        self._problems.add(
            Code.DUPLICATE_ATOM, message, line=draft.item.line, column=draft.item.column
        )
        return False

    # --- remarks ----------------------------------------------------------------------------

    def _report_empty(self, level: Level, block: Block, following: Block | None) -> None:
        """A heading that another of its own or a higher level follows at once holds nothing."""
        next_level = None
        if following is not None and following.kind is BlockKind.HEADING:
            next_level = _level_and_title(following)[0]
        if following is None or (next_level is not None and next_level <= level):
            message = f"This {level.name.lower()} holds no atom; add some or remove its heading."
            self._problems.add(Code.EMPTY_SECTION, message, line=block.line)

    def _report_ignored(self, block: Block) -> None:
        message = "This text is no part of the plan's tree and is left out; move it to the context."
        self._problems.add(Code.TEXT_IGNORED, message, line=block.line)


def _level_and_title(block: Block) -> tuple[Level | None, str]:
    """What a heading opens: its first word says so, else its Markdown level."""
    text = one_line(block.text[:MAX_HEADING])
    named = _NAMED.fullmatch(text)
    if named:
        return Level[named["level"].upper()], named["title"]
    numbered = _NUMBERED.fullmatch(text)
    if numbered:
        return Level[numbered["level"].upper()], text
    if language_of(_title_and_path(text)[1]):
        return Level.TASK, text
    usual = {level.value: level for level in Level}
    return usual.get(block.level), text


def _title_and_path(text: str) -> tuple[str, str]:
    match = _PATH.search(text) or _BARE_PATH.search(text)
    if match is None:
        return text, ""
    return text[: match.start()].rstrip(" ("), match["path"].strip()
