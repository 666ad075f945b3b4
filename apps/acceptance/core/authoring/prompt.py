"""What the author of tests is told of one requirement: never anything of the code."""

import re
from collections.abc import Iterator, Mapping, Sequence

from apps.acceptance.core.authoring.instructions import rules
from apps.acceptance.core.checks import Target
from apps.acceptance.core.mutants import Operator
from apps.acceptance.core.sentence import Requirement
from apps.llm.core.types import Message, Role
from apps.masterplans.core.document import Language

# Characters; a plan's own text may be long.
MAX_REQUIREMENT = 4_000
MAX_TARGETS = 120
MAX_DESCRIPTION = 400
MAX_SIGNATURE = 400
MAX_SURVIVORS = 20
# What nobody noticed, without a word of the code.
_SURVIVED: Mapping[Operator, str] = {
    Operator.COMPARISON_BOUND: "whether a limit itself still belongs to it",
    Operator.COMPARISON_TURNED: "what lies on the other side of a comparison",
    Operator.ARITHMETIC: "a figure that is calculated",
    Operator.LOGIC: "a case in which only one of two conditions holds",
    Operator.NEGATION_DROPPED: "a case in which a condition does not hold",
    Operator.CONDITION_NEGATED: "both outcomes of a condition",
    Operator.NUMBER_SHIFTED: "an exact number",
    Operator.TEXT_CHANGED: "an exact text",
    Operator.BOOLEAN_FLIPPED: "a yes or no",
    Operator.RETURN_NOTHING: "that there is a result at all",
    Operator.STATEMENT_DROPPED: "an effect besides the result",
    Operator.RAISE_DROPPED: "that something is refused",
    Operator.CALL_DROPPED: "a step in which a value is tidied or changed",
    Operator.SLICE_SHIFTED: "the first or the last items of something",
    Operator.LOOP_CUT: "more than one item",
    Operator.ASSIGNED_OPERATION: "a sum that grows step by step",
}

_SURVIVED_HEAD = """\
The checks so far would not notice when these change. Write further checks that do, as far as the
requirement decides them:"""


def build_author_messages(
    requirement: Requirement,
    targets: Sequence[Target],
    *,
    plan_title: str,
    package: str,
    language: Language | str,
    survivors: Sequence[tuple[str, Operator | str]] = (),
    problems: Sequence[str] = (),
    descriptions: Mapping[str, str] | None = None,
) -> tuple[Message, ...]:
    """The system message, and the user message, whose first line names the requirement.

    `survivors` are the symbols of atoms with the operators of mutants that no test noticed;
    `problems` are those of an answer before. `descriptions` are the plan's words on atoms, by
    `path::symbol`.
    """
    spoken = Language(language)
    name = _plain(package or plan_title)
    sections = [
        f"Requirement: `{_plain(requirement.id)}` of `{name}`",
        f"It is a {requirement.judgement.priority.value.upper()}, and reads:\n\n{_quoted(requirement)}",
        "\n".join(["What can be called:", "", *_atoms(requirement, targets, descriptions or {})]),
        *_survived(survivors),
        *_problems(problems),
    ]
    return (
        Message(Role.SYSTEM, f"{rules(spoken)}"),
        Message(Role.USER, "\n\n".join(sections) + "\n"),
    )


def _quoted(requirement: Requirement) -> str:
    """The text in a fence longer than any inside; no line of it starts at the margin."""
    text = requirement.stated.text.strip()[:MAX_REQUIREMENT]
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    lines = "\n".join(f"  {line}" for line in text.splitlines())
    return f"{marks}text\n{lines}\n{marks}"


def _atoms(
    requirement: Requirement, targets: Sequence[Target], descriptions: Mapping[str, str]
) -> Iterator[str]:
    """Those that cover the requirement first, then the others in the order of the plan."""
    known = [target for target in targets if target.symbol]
    if not known:
        yield "- nothing is known of the program; use the names of the requirement."
    covering = [target for target in known if requirement.id in target.covers]
    ordered = [*covering, *(target for target in known if target not in covering)]
    for target in ordered[:MAX_TARGETS]:
        mark = " It is to meet this requirement." if target in covering else ""
        told = _plain(descriptions.get(f"{target.path}::{target.symbol}", ""))[:MAX_DESCRIPTION]
        told = f" {told}" if told else ""
        yield f"- `{_signature(target)}` in `{_plain(target.path)}`.{mark}{told}"
    if len(ordered) > MAX_TARGETS:
        yield f"- and {len(ordered) - MAX_TARGETS} more."


def _signature(target: Target) -> str:
    if target.is_class:
        return f"class {_plain(target.symbol)}"
    types = (*target.types, *("" for _ in target.parameters))
    spelled = [
        f"{name}: {type_}" if type_ else name
        for name, type_ in zip(target.parameters, types, strict=False)
    ]
    optional = [
        f"{each} (may be left out)" if place >= target.required and not each.startswith(("*", "..."))
        else each
        for place, each in enumerate(spelled)
    ]  # fmt: skip
    returns = f" -> {target.returns}" if target.returns else ""
    prefix = "async " if target.is_async else ""
    return _plain(f"{prefix}{target.symbol}({', '.join(optional)}){returns}")[:MAX_SIGNATURE]


def _survived(survivors: Sequence[tuple[str, Operator | str]]) -> Iterator[str]:
    if not survivors:
        return
    lines = dict.fromkeys(
        f"- of `{_plain(symbol)}`: {_SURVIVED[Operator(operator)]}"
        for symbol, operator in survivors
    )
    yield "\n".join([_SURVIVED_HEAD, "", *list(lines)[:MAX_SURVIVORS]])


def _problems(problems: Sequence[str]) -> Iterator[str]:
    if problems:
        lines = [f"- {_plain(each)[:MAX_DESCRIPTION]}" for each in problems[:MAX_SURVIVORS]]
        yield "\n".join(["Your answer before was not accepted. Correct every point:", "", *lines])


def _plain(text: str) -> str:
    """On one line and without backticks, so that it stays inside its own."""
    return " ".join(text.replace("`", "'").split())
