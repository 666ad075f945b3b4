"""A test written as code, when a requirement cannot be put into data: the last resort, of low trust.

The text passes the static gates of every test and runs in the sandbox only; nothing here runs it.
For a MUST it counts after a person approved it.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from apps.acceptance.core.authoring.answer import MAX_QUESTION, Authored, one_line
from apps.acceptance.core.authoring.instructions import free_rules
from apps.acceptance.core.binding import PYTHON_VALUES, is_script
from apps.acceptance.core.checks import Check, CheckKind, CheckSource, Span, Target
from apps.acceptance.core.python_text import parse_python
from apps.acceptance.core.quality import inspect_pytest, inspect_script
from apps.acceptance.core.rendering import (
    NotRenderableError,
    python_module,
    script_module,
    test_name,
)
from apps.acceptance.core.script_text import parse_script, text_of, walk
from apps.acceptance.core.sentence import Requirement
from apps.llm.core.types import Message, Role
from apps.masterplans.core.document import Language

MAX_ANSWER = 30_000  # characters
MAX_LINES = 80
TEST_PATH = "acceptance_tests/test_0000.test.ts"  # the folder decides how scripts import atoms
_THOUGHTS = re.compile(r"\A\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(
    r"^(?P<marks>`{3,}|~{3,})[ \t]*[\w.+#-]*[ \t]*\n(?P<inside>.*?)\n?^(?P=marks)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_TEST_CALL = re.compile(r"(?:test|it)\b")
# Names that a test of a requirement has no use for, and that reach out of it.
_REACHING = frozenset(
    {"open", "input", "breakpoint", "vars", "setattr", "delattr", "globals", "locals", "memoryview"}
)


def build_free_messages(
    requirement: Requirement, targets: Sequence[Target], asked: Sequence[Message]
) -> tuple[Message, ...]:
    """The second question; `asked` is the first one, whose user message tells of the requirement."""
    is_js = any(is_script(target) for target in targets)
    language = Language.TYPESCRIPT if is_js else Language.PYTHON
    system = free_rules(language, test_name(_check(requirement, Target(""), "")))
    told = [message.content for message in asked if message.role is Role.USER]
    modules = "\n".join(f"- `{_module(path)}`" for path in _paths(targets))
    user = f"{told[-1].rstrip() if told else ''}\n\nModules of the atoms:\n\n{modules}\n"
    return Message(Role.SYSTEM, system), Message(Role.USER, user)


def read_free_answer(text: str, requirement: Requirement, targets: Sequence[Target]) -> Authored:
    """The one test of an answer as a check of low trust; or a question; or what was wrong with it."""
    plain = _THOUGHTS.sub("", text.replace("\r\n", "\n").removeprefix("\ufeff")).strip()
    if len(plain) > MAX_ANSWER:
        return Authored(problems=(f"The answer has more than {MAX_ANSWER:,} characters.",))
    blocks = [match["inside"] for match in _FENCE.finditer(plain)]
    if not blocks and plain.endswith("?") and "\n" not in plain:
        return Authored(questions=tuple(one_line(plain, MAX_QUESTION)))
    if len(blocks) != 1:
        return Authored(problems=("The answer must be exactly one fenced code block.",))
    code = blocks[0].strip("\n").rstrip() + "\n"
    target = _called(code, requirement, targets)
    if target is None:
        return Authored(problems=("The test uses no atom of the plan.",))
    check = _check(requirement, target, code)
    problems = inspect_text(code, name=test_name(check), targets=targets)
    return Authored(problems=problems) if problems else Authored(checks=(check,))


def inspect_text(text: str, *, name: str, targets: Sequence[Target]) -> tuple[str, ...]:
    """What speaks against a written test that must be called `name`; nothing when it may run."""
    if text.count("\n") > MAX_LINES:
        return (f"The test has more than {MAX_LINES} lines.",)
    modules = {_module(path) for path in _paths(targets)} - {""}
    if any(is_script(target) for target in targets):
        return tuple(_script_problems(text, name, modules))
    return tuple(_python_problems(text, name, modules))


def _check(requirement: Requirement, target: Target, text: str) -> Check:
    return Check(
        id=f"{requirement.id}.c{len(requirement.checks) + 1}",
        requirement=requirement.id,
        kind=CheckKind.FREE,
        target=target,
        args=(),
        expect=None,
        raises="",
        bound=None,
        property="",
        span=Span(0, len(requirement.stated.text)),
        is_low_trust=True,
        source=CheckSource.MODEL,
        text=text,
    )


def _called(code: str, requirement: Requirement, targets: Sequence[Target]) -> Target | None:
    """The atom that a test is about: one that covers the requirement goes first."""
    used = set(re.findall(r"[A-Za-z_$][\w$]*", code))
    named = [target for target in targets if target.symbol in used and target.path]
    covering = [target for target in named if requirement.id in target.covers]
    functions = [target for target in (*covering, *named) if not target.is_class]
    return next(iter((*functions, *covering, *named)), None)


def _paths(targets: Sequence[Target]) -> list[str]:
    return list(dict.fromkeys(target.path for target in targets if target.path))


def _module(path: str) -> str:
    """What a test imports a file of the plan by; empty for a file that it cannot import."""
    try:
        if is_script(Target("", path)):
            return script_module(path, TEST_PATH)
        return python_module(path)
    except NotRenderableError:
        return ""


# --- gates --------------------------------------------------------------------------------------


def _python_problems(text: str, name: str, modules: set[str]) -> Iterator[str]:
    tree = parse_python(text)
    if tree is None:
        yield "The test is no readable Python."
        return
    values = set(PYTHON_VALUES.values())
    yield from (each.message for each in inspect_pytest(text, modules=modules | values))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    rest = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    if [test.name for test in tests] != [name]:
        yield f"The block must define exactly one function, `{name}`."
    if any(not isinstance(node, ast.Import | ast.ImportFrom) for node in rest):
        yield "Beside the function, the block may hold imports only."
    for test in tests:
        if test.decorator_list or ast.unparse(test.args):
            yield "The function takes no arguments and has no decorators."
    for node in ast.walk(tree):
        used = _name_of(node)
        if used in _REACHING or used.startswith("__"):
            yield f"`{used}` has no place in a test of a requirement."


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _script_problems(text: str, name: str, modules: set[str]) -> Iterator[str]:
    root = parse_script(text)
    if root is None:
        yield "The test is no readable TypeScript."
        return
    yield from (each.message for each in inspect_script(text, modules=modules))
    titles = []
    for node in walk(root):
        if node.type == "call_expression":
            callee = text_of(node.child_by_field_name("function"))
            if _TEST_CALL.match(callee):
                first = node.child_by_field_name("arguments")
                titles.append(text_of(first.named_children[0]) if first else "")
    if [title.strip("\"'`") for title in titles] != [name]:
        yield f'The block must hold exactly one `test("{name}", …)`.'
    kinds = {node.type for node in root.named_children} - {"comment"}
    if kinds - {"import_statement", "expression_statement"}:
        yield "Beside the test, the block may hold imports only."
    if re.search(r"\b(?:process|globalThis|constructor|__proto__)\b", text):
        yield "The test reaches out of itself."
