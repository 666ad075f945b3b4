"""What the model is told for one attempt: the same context always gives the same words.

The system message is equal for all atoms of a plan, so that providers can reuse it; everything
about the atom follows in the user message.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.execution.core.instructions import rules
from apps.llm.core.types import Message, Role
from apps.masterplans.core.document import AtomSpec, Language, RequirementSpec
from apps.validation.core.findings import Finding

# Characters; a plan's own text may be long, and so may a file that many atoms share.
MAX_CONTEXT = 12_000
MAX_FILE = 16_000
MAX_PREVIOUS_CODE = 12_000
MAX_REQUIREMENT = 2_000
MAX_REQUIREMENTS = 40
MAX_DOCSTRING = 600
MAX_DEPENDENCIES = 60
MAX_FINDINGS = 30
MAX_FINDING = 600
BODY_TOKENS = 170  # fifteen lines and the fence
CHARACTERS_PER_TOKEN = 4  # rule of thumb for English text and code
FENCE_TAGS = {
    Language.PYTHON: "python",
    Language.TYPESCRIPT: "typescript",
    Language.JAVASCRIPT: "javascript",
}


@dataclass(frozen=True, slots=True)
class Dependency:
    """An accepted atom that this one may use."""

    ref: str
    signature: str
    docstring: str  # empty: none
    import_line: str  # empty: it stands in the same file


@dataclass(frozen=True, slots=True)
class PromptContext:
    """Everything that one attempt is told."""

    plan_title: str
    package: str
    language: Language
    context: str  # Markdown of the plan
    atom: AtomSpec
    attempt: int  # from 1
    max_attempts: int
    requirements: tuple[RequirementSpec, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    file_text: str = ""  # the atom's file as it stands
    previous_code: str = ""
    previous_findings: tuple[Finding, ...] = ()


def build_messages(context: PromptContext) -> tuple[Message, ...]:
    """Return the system message and the user message, which starts by naming the atom."""
    system = "\n\n".join([rules(context.language, context.package), *_plan(context)])
    user = "\n\n".join(_sections(context))
    return (Message(Role.SYSTEM, f"{system}\n"), Message(Role.USER, f"{user}\n"))


def shortest_answer(atom: AtomSpec) -> int:
    """Return how many tokens an answer to the atom needs at least; a shorter one is cut off.

    The signature twice over (the code repeats it), the fence around it, and a body of fifteen lines,
    the size that atoms aim at, at ten tokens a line.
    """
    return BODY_TOKENS + 2 * (len(atom.signature) // CHARACTERS_PER_TOKEN + 1)


def clip(text: str, limit: int) -> str:
    """Cut a text at a line break, and say how much is left out."""
    if len(text) <= limit:
        return text
    kept = text[:limit].rpartition("\n")[0] or text[:limit]
    return f"{kept}\n[… {len(text) - len(kept):,} characters left out …]"


def fenced(text: str, tag: str) -> str:
    """A code block whose fence is longer than any fence inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{tag}\n{text.rstrip()}\n{marks}"


def _plan(context: PromptContext) -> Iterator[str]:
    yield f"# Project: {_one_line(context.plan_title)}"
    if context.context.strip():
        yield clip(context.context.strip(), MAX_CONTEXT)


def _sections(context: PromptContext) -> Iterator[str]:
    atom = context.atom
    yield f"Atom: `{atom.ref}` (attempt {context.attempt} of {context.max_attempts})"
    yield f"Write `{atom.symbol}` for the file `{atom.path}`."
    yield f"Signature:\n\n{fenced(atom.signature, FENCE_TAGS[context.language])}"
    if atom.description.strip():
        yield f"What it does: {atom.description.strip()}"
    if context.requirements:
        yield "\n".join(["Requirements that it must help to meet:", "", *_requirements(context)])
    yield "\n".join(["You may use:", "", *_dependencies(context)])
    yield from _file(context)
    yield from _previous(context)


def _requirements(context: PromptContext) -> Iterator[str]:
    for each in context.requirements[:MAX_REQUIREMENTS]:
        text = clip(each.text.strip(), MAX_REQUIREMENT).replace("\n", "\n  ")
        yield f"- {each.ref} ({each.priority.value.upper()}): {text}"
    yield from _left_out(context.requirements, MAX_REQUIREMENTS)


def _dependencies(context: PromptContext) -> Iterator[str]:
    library = "standard library" if context.language is Language.PYTHON else "language itself"
    if not context.dependencies:
        yield f"- the {library}; no other atom is available."
        return
    for each in context.dependencies[:MAX_DEPENDENCIES]:
        place = (
            f"`{each.import_line}`" if each.import_line else "in the same file, without an import"
        )
        yield f"- `{each.signature}` — {place}"
        if each.docstring.strip():
            yield "  " + clip(each.docstring.strip(), MAX_DOCSTRING).replace("\n", "\n  ")
    yield from _left_out(context.dependencies, MAX_DEPENDENCIES)
    yield f"- the {library}."


def _file(context: PromptContext) -> Iterator[str]:
    if context.file_text.strip():
        text = clip(context.file_text.strip("\n"), MAX_FILE)
        yield (
            "The file as it stands, written by others; do not repeat any of it:\n\n"
            + fenced(text, FENCE_TAGS[context.language])
        )


def _previous(context: PromptContext) -> Iterator[str]:
    if context.previous_code.strip():
        code = clip(context.previous_code.strip("\n"), MAX_PREVIOUS_CODE)
        yield f"Your previous answer:\n\n{fenced(code, FENCE_TAGS[context.language])}"
    if context.previous_findings:
        yield "\n".join(["It was not accepted. Correct every point:", "", *_findings(context)])


def _findings(context: PromptContext) -> Iterator[str]:
    for each in context.previous_findings[:MAX_FINDINGS]:
        place = f"line {each.line}, " if each.line else ""
        yield f"- {place}{each.severity.value}, `{each.rule}`: {clip(each.message, MAX_FINDING)}"
    yield from _left_out(context.previous_findings, MAX_FINDINGS)


def _left_out(listed: tuple[object, ...], limit: int) -> Iterable[str]:
    return [f"- [… {len(listed) - limit} more left out …]"] if len(listed) > limit else []


def _one_line(text: str) -> str:
    return " ".join(text.split())
