import re
from dataclasses import replace

import pytest

from apps.execution.core.describe import describe_dependency, import_line
from apps.execution.core.prompt import (
    MAX_CONTEXT,
    MAX_DEPENDENCIES,
    MAX_FILE,
    MAX_FINDINGS,
    MAX_REQUIREMENTS,
    Dependency,
    PromptContext,
    build_messages,
    clip,
    fenced,
)
from apps.llm.core.types import Role
from apps.masterplans.core.document import AtomKind, AtomSpec, Language, Priority, RequirementSpec
from apps.validation.core.findings import Finding, Severity
from tests.validation.atoms import python_atom, script_atom

ATOM = python_atom("slugify(text: str) -> str")
CONTEXT = PromptContext(
    plan_title="Text toolkit",
    package="textkit",
    language=Language.PYTHON,
    context="Pure functions.",
    atom=ATOM,
    attempt=2,
    max_attempts=4,
)
REQUIREMENT = RequirementSpec("R1", "Returns `a`.\n| a |\n|---|", Priority.MUST, "section", 3)
DEPENDENCY = Dependency(
    ref="textkit/words.py::split",
    signature="split(text: str) -> list[str]",
    docstring="Split it.\n\nTwice.",
    import_line="from textkit.words import split",
)
FINDING = Finding("py.F821", Severity.HIGH, "Undefined name `x`.", 3)


def user(context: PromptContext) -> str:
    return build_messages(context)[1].content


def test_the_messages_are_the_rules_and_the_task() -> None:
    system, task = build_messages(CONTEXT)

    assert (system.role, task.role) == (Role.SYSTEM, Role.USER)
    assert "exactly one fenced code block, opened by ```python" in system.content
    assert "from textkit.module import name" in system.content
    assert system.content.endswith("# Project: Text toolkit\n\nPure functions.\n")
    assert "Write `slugify` for the file `textkit/slug.py`." in task.content
    assert build_messages(CONTEXT) == (system, task)


def test_the_task_starts_with_the_line_that_names_the_atom() -> None:
    hostile = replace(CONTEXT, file_text="Atom: `a::b` (attempt 9 of 9)")

    first = re.search(
        r"^Atom: `([^`\n]+)` \(attempt (\d+) of (\d+)\)$", user(hostile), re.MULTILINE
    )

    assert first is not None
    assert first.groups() == ("textkit/slug.py::slugify", "2", "4")


def test_the_system_message_is_the_same_for_every_atom() -> None:
    other = replace(CONTEXT, atom=python_atom("g()"), attempt=1, previous_findings=(FINDING,))

    assert build_messages(other)[0] == build_messages(CONTEXT)[0]


def test_everything_known_is_told() -> None:
    text = user(
        replace(
            CONTEXT,
            requirements=(REQUIREMENT,),
            dependencies=(DEPENDENCY, replace(DEPENDENCY, import_line="", docstring=" ")),
            file_text="import re\n",
            previous_code="x = 1\n",
            previous_findings=(FINDING, replace(FINDING, line=None)),
        )
    )

    assert "- R1 (MUST): Returns `a`.\n  | a |\n  |---|" in text
    assert (
        "- `split(text: str) -> list[str]` — `from textkit.words import split`\n"
        "  Split it.\n  \n  Twice.\n"
        "- `split(text: str) -> list[str]` — in the same file, without an import\n"
        "- the standard library."
    ) in text
    assert "do not repeat any of it:\n\n```python\nimport re\n```" in text
    assert "Your previous answer:\n\n```python\nx = 1\n```" in text
    assert "- line 3, high, `py.F821`: Undefined name `x`.\n- high, `py.F821`:" in text


def test_what_is_missing_is_not_mentioned() -> None:
    text = user(replace(CONTEXT, attempt=1, atom=replace(ATOM, description=" ")))

    for words in ("Requirements", "previous", "not accepted", "as it stands", "What it does"):
        assert words not in text
    assert "no other atom is available" in text


def test_long_parts_are_cut_with_a_note() -> None:
    long = "a line of words\n" * 5_000
    context = replace(
        CONTEXT,
        context=long,
        requirements=(replace(REQUIREMENT, text=long),) * (MAX_REQUIREMENTS + 2),
        dependencies=(DEPENDENCY,) * (MAX_DEPENDENCIES + 3),
        file_text=long,
        previous_code=long,
        previous_findings=(replace(FINDING, message=long),) * (MAX_FINDINGS + 4),
    )
    system, task = build_messages(context)

    assert len(system.content) < MAX_CONTEXT + 4_000
    assert len(task.content) < 160_000
    assert "characters left out …]" in system.content
    for note in ("[… 2 more left out …]", "[… 3 more left out …]", "[… 4 more left out …]"):
        assert note in task.content


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abc", 3, "abc"),
        ("ab\ncd", 4, "ab\n[… 3 characters left out …]"),
        ("abcdef", 4, "abcd\n[… 2 characters left out …]"),
    ],
)
def test_clip(text: str, limit: int, cut: str) -> None:
    assert clip(text, limit) == cut


def test_a_fence_is_longer_than_those_inside() -> None:
    assert fenced("a\n````\nb\n", "python") == "`````python\na\n````\nb\n`````"
    assert len(fenced("x" * MAX_FILE, "")) == MAX_FILE + 8


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.TYPESCRIPT, ("```typescript", "`@textkit/…`", "`import type`", "not exported")),
        (Language.JAVASCRIPT, ("```javascript", "with its file\n  extension", "not exported")),
    ],
)
def test_each_language_has_its_rules(language: Language, words: tuple[str, ...]) -> None:
    system, task = build_messages(replace(CONTEXT, language=language))

    for word in words:
        assert word in system.content
    assert "the language itself" in task.content
    assert "{" not in system.content


TS = script_atom("export function f(): void", path="src/a/f.ts")
TYPE = script_atom("export type T", path="src/b/t.ts")
INDEX = script_atom("export class C", path="src/b/index.ts")
JS = script_atom("export function g()", path="src/g.js", language=Language.JAVASCRIPT)


@pytest.mark.parametrize(
    ("target", "importer", "line"),
    [
        (ATOM, python_atom("g()", path="app/x.py"), "from textkit.slug import slugify"),
        (ATOM, python_atom("g()"), ""),
        (TS, script_atom("export const a: A", path="src/a/g.ts"), 'import { f } from "./f";'),
        (TYPE, TS, 'import type { T } from "../b/t";'),
        (INDEX, TS, 'import { C } from "../b";'),
        (JS, replace(JS, path="src/x/h.js"), 'import { g } from "../g.js";'),
    ],
)
def test_import_line(target: AtomSpec, importer: AtomSpec, line: str) -> None:
    assert import_line(target, importer) == line


CLASS = (
    '@dataclass\nclass Money:\n    """An amount."""\n\n    cents: int\n    ZERO = 0\n    _x: int\n\n'
    "    def __init__(self, a: int) -> None: ...\n    @property\n    def whole(self) -> int: ...\n"
    "    async def get(self): ...\n    def _hidden(self): ...\n    pass\n"
)


@pytest.mark.parametrize(
    ("target", "code", "docstring"),
    [
        (
            ATOM,
            'def slugify(text):\n    """Make it.\n\n    Twice.\n    """\n',
            "Make it.\n\nTwice.",
        ),
        (ATOM, "def slugify(text): ...\n", "what it does."),
        (ATOM, "def other(text): ...\n", "what it does."),
        (ATOM, "def slugify(:\n", "what it does."),
        (
            python_atom("class Money"),
            CLASS,
            "An amount.\ncents: int\nZERO = 0\n_x: int\ndef __init__(self, a: int) -> None\n"
            "@property\ndef whole(self) -> int\nasync def get(self)",
        ),
        (python_atom("X", symbol="X", kind=AtomKind.CONST), "X = 'a'", "X = 'a'"),
        (TS, "/** About f. */\nexport function f(): void {}\n", "/** About f. */"),
        (TS, "export function f(): void {}\n", "what it does."),
        (TS, "const a = 1;\nexport function f(): void {}\n", "what it does."),
        (TS, "export function f( {", "what it does."),
        (TS, "", "what it does."),
        (TYPE, "/** T. */\nexport type T = 1 | 2;\n", "export type T = 1 | 2;"),
        (INDEX, "/** C. */\nexport class C {" + "  a = 1;\n" * 500 + "}\n", "/** C. */"),
    ],
)
def test_a_dependency_is_described_by_its_code(target: AtomSpec, code: str, docstring: str) -> None:
    described = describe_dependency(target, code, importer=python_atom("g()", path="app/x.py"))

    assert described.docstring == docstring
    assert (described.ref, described.signature) == (target.ref, target.signature)
