"""What speaks for or against the tests of an atom, once there is code: decisions over results."""

import ast
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import pairwise

from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.mutants import Mutant, Operator, python_mutants, thinned
from apps.acceptance.core.python_text import parse_python
from apps.acceptance.core.script_mutants import script_mutants
from apps.acceptance.core.script_text import parse_script, text_of, walk
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome

KILLED_SHARE = Fraction(60, 100)  # of the mutants of an atom that its tests must find
MAX_MUTANTS = 24  # of one atom that are run
ALL_MUTANTS = 10_000  # of one script that are made before those of the atom are chosen

Outcomes = Mapping[str, TestOutcome]  # by the id of the check


# --- repeats ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a run of tests must not depend on."""

    hash_seed: int
    time_zone: str  # as POSIX writes it, which needs no files of time zones
    order: (
        int  # of the tests: 0 as written, 1 from the last to the first, else drawn by this number
    )

    def environment(self) -> dict[str, str]:
        """The variables that set them for a process."""
        return {"PYTHONHASHSEED": str(self.hash_seed), "TZ": self.time_zone}


REPEATS = (
    Conditions(hash_seed=1, time_zone="UTC0", order=0),
    Conditions(hash_seed=4242, time_zone="<+14>-14", order=1),
    Conditions(hash_seed=987_654, time_zone="<-1130>+11:30", order=7),
)


def reordered(atom: AtomSuite, order: int) -> AtomSuite:
    """The same tests in another order; a text whose tests do not stand one below another stays."""
    spans = _script_spans(atom.text) if atom.is_script else _python_spans(atom.text)
    if order == 0 or len(spans) < 2:
        return atom
    data = atom.text.encode()
    parts = [data[start:end] for start, end in spans]
    if order == 1:
        parts.reverse()
    else:
        random.Random(order).shuffle(parts)  # noqa: S311  # repeatable, and no secret
    gaps = [data[one[1] : two[0]] for one, two in pairwise(spans)]
    pieces = [data[: spans[0][0]], parts[0]]
    for gap, part in zip(gaps, parts[1:], strict=True):
        pieces += [gap, part]
    return replace(atom, text=b"".join([*pieces, data[spans[-1][1] :]]).decode())


def _python_spans(text: str) -> list[tuple[int, int]]:
    """Bytes from and to of each test of a module."""
    tree = parse_python(text)
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return [
        (starts[min(each.lineno for each in (node, *node.decorator_list)) - 1], starts[end])
        for node in (tree.body if tree is not None else ())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and (end := node.end_lineno) is not None
    ]


def _script_spans(text: str) -> list[tuple[int, int]]:
    root = parse_script(text)
    return [
        (node.start_byte, node.end_byte)
        for node in (root.named_children if root is not None else ())
        if node.type == "expression_statement" and text_of(node).startswith(("test(", "it("))
    ]


def disagreeing(runs: Sequence[Outcomes]) -> frozenset[str]:
    """Checks whose tests did not end alike in all the runs that saw them."""
    seen: dict[str, set[TestStatus]] = {}
    for run in runs:
        for check, outcome in run.items():
            if outcome.status is not TestStatus.NOT_RUN:
                seen.setdefault(check, set()).add(outcome.status)
    return frozenset(check for check, statuses in seen.items() if len(statuses) > 1)


def passing(runs: Sequence[Outcomes]) -> frozenset[str]:
    """Checks whose tests passed in every run that saw them."""
    return frozenset(
        check for check, outcome in worst(runs).items() if outcome.status is TestStatus.PASSED
    )


def worst(runs: Sequence[Outcomes]) -> dict[str, TestOutcome]:
    """Each check's outcome: a test passed when it passed in every run."""
    found: dict[str, TestOutcome] = {}
    for run in runs:
        for check, outcome in run.items():
            if check not in found or found[check].status is TestStatus.PASSED:
                found[check] = outcome
    return found


# --- mutants ------------------------------------------------------------------------------------

# What each operator leaves open, and what a test would have to try; no word of the code in it.
HINTS: Mapping[Operator, str] = {
    Operator.COMPARISON_BOUND: "A limit now belongs to the other side. Try the value at the limit itself.",
    Operator.COMPARISON_TURNED: "A comparison now decides the opposite. Try a value on each side.",
    Operator.ARITHMETIC: "A calculation now uses another operation. Try numbers other than 0, 1 and 2.",
    Operator.LOGIC: "Two conditions are now joined the other way. Try an input that meets only one.",
    Operator.NEGATION_DROPPED: "A condition now holds where it did not. Try an input of either kind.",
    Operator.CONDITION_NEGATED: "A case is now treated as its opposite. Try an input of either kind.",
    Operator.NUMBER_SHIFTED: "A number is now larger by one. Try the values around it.",
    Operator.TEXT_CHANGED: "A text is now another. Name the exact text of the result.",
    Operator.BOOLEAN_FLIPPED: "A yes is now a no. Try an input that leads there.",
    Operator.RETURN_NOTHING: "A result is now missing. Try an input that leads there.",
    Operator.STATEMENT_DROPPED: "A step is now left out. Try an input that needs it.",
    Operator.RAISE_DROPPED: "An input is no longer refused. Try one that must be.",
    Operator.CALL_DROPPED: "A step of a conversion is now left out. Try an input that it changes.",
    Operator.SLICE_SHIFTED: "A part now begins or ends one place further. Try inputs of several lengths.",
    Operator.LOOP_CUT: "A repetition now ends after its first round. Try an input with several items.",
    Operator.ASSIGNED_OPERATION: "A running value now grows the other way. Try several items.",
}


def mutants_of(atom: AtomSuite, code: str, *, limit: int, seed: int) -> tuple[Mutant, ...]:
    """At most `limit` mutants of the atom's own symbol, spread over it; all of them parse."""
    symbol = atom.target.symbol
    if not atom.is_script:
        return python_mutants(code, symbol=symbol, limit=limit, seed=seed)
    first, last = _script_lines(code, symbol)
    made = [m for m in script_mutants(code, limit=ALL_MUTANTS) if first <= m.line <= last]
    return thinned(made, limit, seed)


def _script_lines(code: str, symbol: str) -> tuple[int, int]:
    """The first and the last line of what defines a symbol; none at all when nothing does."""
    root = parse_script(code)
    for node in walk(root) if root is not None else ():
        name = node.child_by_field_name("name")
        if name is not None and text_of(name) == symbol and "declarat" in node.type:
            return node.start_point[0] + 1, node.end_point[0] + 1
    return 1, 0


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mistake that no test of the atom found."""

    operator: str
    line: int  # 1-based, of the code
    was: str  # the line of code, for people
    became: str
    hint: str  # the same without any code, for who writes the tests


@dataclass(frozen=True, slots=True)
class MutantScore:
    killed: int
    total: int  # of those that were run
    survivors: tuple[Survivor, ...] = ()
    left: int = 0  # that no time was left for

    @property
    def share(self) -> Fraction | None:
        """0 to 1; None where no mutant was run."""
        return Fraction(self.killed, self.total) if self.total else None

    @property
    def is_enough(self) -> bool:
        """Whether the tests pin the function; code without anything to change is pinned by nothing."""
        return self.share is None or self.share >= KILLED_SHARE


def score(
    code: str, able: frozenset[str], results: Sequence[tuple[Mutant, Outcomes | None]]
) -> MutantScore:
    """The score of tests by how they ended on each mutant; None for one that was not run.

    `able` are the checks whose tests pass on the code itself: only they can find a mistake in it. A
    mutant whose tests nobody ran is not counted.
    """
    ran = [(mutant, found) for mutant, found in results if found and _was_run(found)]
    alive = [mutant for mutant, found in ran if not _is_killed(able, found)]
    left = sum(found is None for _, found in results)
    survivors = tuple(survivor(code, mutant) for mutant in alive)
    return MutantScore(len(ran) - len(alive), len(ran), survivors, left)


def _was_run(outcomes: Outcomes) -> bool:
    return any(outcome.status is not TestStatus.NOT_RUN for outcome in outcomes.values())


def _is_killed(able: frozenset[str], outcomes: Outcomes) -> bool:
    found = [outcomes[each].status for each in able if each in outcomes]
    return any(status is not TestStatus.PASSED for status in found)


def survivor(code: str, mutant: Mutant) -> Survivor:
    was, became = _changed_line(code, mutant)
    return Survivor(mutant.operator.value, mutant.line, was, became, HINTS[mutant.operator])


def _changed_line(code: str, mutant: Mutant) -> tuple[str, str]:
    """The first line in which the two differ; Python is compared as the parser writes it."""
    tree = parse_python(code)
    one = ast.unparse(tree).splitlines() if tree is not None else code.splitlines()
    two = mutant.code.splitlines()
    pairs = zip([*one, ""], [*two, ""], strict=False)
    return next(((a.strip(), b.strip()) for a, b in pairs if a != b), ("", ""))


# --- the evidence -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckEvidence:
    check: str
    green_on: tuple[str, ...] = ()  # stubs that its test passed on
    is_flaky: bool = False  # ended differently in the repeats


@dataclass(frozen=True, slots=True)
class AtomEvidence:
    path: str
    symbol: str
    checks: tuple[CheckEvidence, ...]
    mutants: MutantScore | None = None  # None: no test passed on the code, or none were asked for

    @property
    def is_weak(self) -> bool:
        """Whether too many mistakes pass the tests of this atom together."""
        return self.mutants is not None and not self.mutants.is_enough

    @property
    def hints(self) -> tuple[str, ...]:
        """What the tests leave open, each said once and without code."""
        survivors = self.mutants.survivors if self.mutants is not None else ()
        return tuple(dict.fromkeys(each.hint for each in survivors))


@dataclass(frozen=True, slots=True)
class Evidence:
    atoms: tuple[AtomEvidence, ...]

    @property
    def flaky(self) -> frozenset[str]:
        """Checks whose tests do not end alike in every run."""
        return frozenset(each.check for atom in self.atoms for each in atom.checks if each.is_flaky)

    @property
    def green_on(self) -> dict[str, frozenset[str]]:
        """The stubs that each check's test passed on; checks that refused all of them are missing."""
        return {
            each.check: frozenset(each.green_on)
            for atom in self.atoms
            for each in atom.checks
            if each.green_on
        }

    @property
    def weak_atoms(self) -> tuple[AtomEvidence, ...]:
        return tuple(atom for atom in self.atoms if atom.is_weak)

    def as_data(self) -> dict[str, object]:
        """Plain data for JSON: what is stored, and what pages show."""
        return {"atoms": [_as_data(atom) for atom in self.atoms]}


def _as_data(atom: AtomEvidence) -> dict[str, object]:
    data = asdict(atom)
    if atom.mutants is not None:
        share = atom.mutants.share
        data["mutants"]["share"] = None if share is None else float(share)
    return {**data, "is_weak": atom.is_weak, "hints": list(atom.hints)}
