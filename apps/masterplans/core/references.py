"""Tie the names under `Uses` and `Covers` to the atoms and requirements that they mean."""

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from apps.masterplans.core.atoms import DraftAtom
from apps.masterplans.core.document import AtomSpec, RequirementSpec
from apps.masterplans.core.names import AtomIndex
from apps.masterplans.core.problems import Code, Problems

_USABLE = re.compile(r"[\w$.@/+:-]+(?:\(.*\))?", re.DOTALL)
MAX_GUESSES = 50  # comparing a misspelt name with thousands of others takes a while


class Resolver:
    """Resolves one plan's references and reports those that lead nowhere."""

    def __init__(
        self,
        drafts: Iterable[DraftAtom],
        requirements: Iterable[RequirementSpec],
        lines: list[str],
        problems: Problems,
    ) -> None:
        self._index = AtomIndex(draft.atom for draft in drafts)
        self._requirements = {requirement.ref for requirement in requirements}
        self._lines = lines
        self._problems = problems
        self._guesses = 0

    def resolve(self, draft: DraftAtom) -> AtomSpec:
        uses = [self._use(name, draft) for name in draft.atom.uses]
        covers = tuple(ref for ref in draft.atom.covers if self._is_known(ref, draft))
        return replace(
            draft.atom, uses=tuple(dict.fromkeys(name for name in uses if name)), covers=covers
        )

    def _use(self, name: str, draft: DraftAtom) -> str:
        """The ref of the atom that is meant, the name of existing code, or nothing."""
        if not _USABLE.fullmatch(name):
            self._report(
                Code.BAD_USE, f"`{name[:80]}` is no name; list symbols under Uses.", name, draft
            )
            return ""
        refs = self._index.find(name, draft.atom.path)
        if len(refs) > 1:
            choices = " or ".join(f"`{ref}`" for ref in refs[:5])
            message = f"`{name}` may mean several atoms; write {choices}."
            self._report(Code.AMBIGUOUS_USE, message, name, draft)
            return ""
        if not refs:
            return self._outside(name, draft)
        if refs[0] == draft.atom.ref:
            message = f"`{name}` is this atom itself; leave it out of its Uses."
            self._report(Code.SELF_USE, message, name, draft)
            return ""
        return refs[0]

    def _outside(self, name: str, draft: DraftAtom) -> str:
        if name.partition("::")[0] in self._index.paths:
            message = (
                f"The plan has no atom `{name}` in that file; correct the name or plan the atom."
            )
            self._report(Code.BAD_USE, message, name, draft)
            return ""
        nearest = self._nearest(name, self._index.symbols)
        hint = f"; did you mean `{nearest}`?" if nearest else "."
        message = f"`{name}` is no atom of this plan and is taken for existing code{hint}"
        self._report(Code.UNKNOWN_USE, message, name, draft)
        return name

    def _is_known(self, ref: str, draft: DraftAtom) -> bool:
        if ref in self._requirements:
            return True
        nearest = self._nearest(ref, self._requirements)
        hint = (
            f"; did you mean {nearest}?" if nearest else "; correct the id or add the requirement."
        )
        self._report(Code.UNKNOWN_COVERS, f"There is no requirement {ref}{hint}", ref, draft)
        return False

    def _nearest(self, name: str, known: Collection[str]) -> str:
        self._guesses += 1
        if self._guesses > MAX_GUESSES:
            return ""
        return next(iter(difflib.get_close_matches(name, known, n=1)), "")

    def _report(self, code: Code, message: str, name: str, draft: DraftAtom) -> None:
        line, column = self._place(name, draft)
        self._problems.add(code, message, line=line, column=column)

    def _place(self, name: str, draft: DraftAtom) -> tuple[int, int]:
        """Where the name stands in its bullet, last mention first: clauses end a bullet."""
        item = draft.item
        wanted = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        for number in range(item.end, item.line - 1, -1):
            *_, last = (None, *wanted.finditer(self._lines[number - 1]))
            if last is not None:
                return number, last.start() + 1
        return item.line, item.column
