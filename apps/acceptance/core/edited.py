"""What a test that a person wrote must be, beside what every test must be."""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from tree_sitter import Node

from apps.acceptance.core.binding import PYTHON_VALUES
from apps.acceptance.core.checks import Check, CheckKind, CheckSource
from apps.acceptance.core.python_text import parse_python
from apps.acceptance.core.quality import inspect_pytest, inspect_script
from apps.acceptance.core.render_pytest import HELPER_MODULES
from apps.acceptance.core.script_text import line_of, parse_script, text_of, walk

MAX_CHARACTERS = 20_000
_RUNNERS = frozenset({"vitest", "@jest/globals"})
_CALLS_A_RUNNER = re.compile(r"x?(?:test|it|describe|suite)\b|f(?:it|describe)\b")
_UNUSABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

Faults = Iterator[tuple[int, str]]  # the line, 1-based, and what is wrong there


def tidied(text: str) -> str:
    """The text with line feeds alone, and one at its end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip() + "\n"


def faults_of(text: str, *, name: str, original: str, is_script: bool) -> tuple[str, ...]:
    """Say in a sentence each, with its line, why the text cannot take the original's place.

    It holds one test, of that name, which imports no other modules than the original did beside
    those of value types, and uses the code that the original used. Nothing is executed.
    """
    if len(text) > MAX_CHARACTERS:
        return (f"The test has {len(text):,} characters; it may have {MAX_CHARACTERS:,}.",)
    unusable = _UNUSABLE.search(text)
    if unusable is not None:
        line = text.count("\n", 0, unusable.start()) + 1
        return (f"Line {line}: the character U+{ord(unusable[0]):04X} cannot be stored.",)
    find = _script_faults if is_script else _python_faults
    found = sorted(set(find(text, original, name)))
    return tuple(f"Line {line}: {message}" for line, message in found)


def as_written(check: Check, text: str) -> Check:
    """The check as a person's text: what was read from the requirement says nothing about it."""
    return replace(
        check,
        kind=CheckKind.FREE,
        text=text,
        source=CheckSource.PERSON,
        is_low_trust=False,
        is_unproven=False,
        args=(),
        expect=None,
        raises="",
        bound=None,
        property="",
        named=(),
        steps=(),
        is_new=False,
        inputs=(),
        refused=(),
        partner=None,
        example=None,
        traits=(),
        is_tabular=False,
        story=None,
    )


# --- Python -------------------------------------------------------------------------------------


def _python_faults(text: str, original: str, name: str) -> Faults:
    old = parse_python(original)
    modules = set(_imports(old)) if old else set()
    weaknesses = inspect_pytest(text, modules={*modules, *PYTHON_VALUES.values()})
    yield from ((each.line, each.message) for each in weaknesses)
    tree = parse_python(text)
    if tree is None:
        return
    yield from _python_shape(tree, name)
    code = modules.difference(HELPER_MODULES, PYTHON_VALUES.values())
    if code and not _uses(tree, code):
        yield 1, f"The test uses nothing of {_listed(code)}, so it says nothing about the code."


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _python_shape(tree: ast.Module, name: str) -> Faults:
    """One plain function: anything else would make another test, or none, or several of it."""
    yield from _collected(tree, name)
    found = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name]
    if not found:
        yield 1, f"There has to be one test, a plain function `{name}` of the module."
    for again in found[1:]:
        yield again.lineno, f"`{name}` is there already."
    for test in found:
        if test.decorator_list:
            yield test.lineno, f"`{name}` has a decorator; a test stands alone."
        if _has_parameters(test.args):
            yield test.lineno, f"`{name}` takes arguments; there is nobody to give them."


def _collected(tree: ast.Module, name: str) -> Faults:
    """Names that the runner takes for tests."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found):
                names = [found]
            case ast.ClassDef(name=found) if found.startswith("Test"):
                yield node.lineno, f"`{found}` would be taken for a class of tests."
                continue
            case ast.Import() | ast.ImportFrom():
                names = [alias.asname or alias.name for alias in node.names]
            case ast.Name(id=found, ctx=ast.Store()):
                names = [found]
            case _:
                continue
        for each in names:
            if each.startswith("test") and each != name:
                yield node.lineno, f"`{each}` would be a second test beside `{name}`."


def _has_parameters(args: ast.arguments) -> bool:
    return bool(args.posonlyargs or args.args or args.kwonlyargs or args.vararg or args.kwarg)


def _uses(tree: ast.Module, modules: Collection[str]) -> bool:
    bound = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (node.module if isinstance(node, ast.ImportFrom) else alias.name) in modules
    }
    return any(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in bound
        for node in ast.walk(tree)
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


# --- TypeScript and JavaScript ------------------------------------------------------------------


def _script_faults(text: str, original: str, name: str) -> Faults:
    old = parse_script(original)
    modules = dict(_script_imports(old)) if old else {}
    code = set(modules) - _RUNNERS
    weaknesses = inspect_script(text, modules=code)
    yield from ((each.line, each.message) for each in weaknesses)
    root = parse_script(text)
    if root is None:
        return
    yield from _script_shape(root, name)
    if code and not _script_uses(root, code):
        yield 1, f"The test uses nothing of {_listed(code)}, so it says nothing about the code."


def _script_imports(root: Node) -> Iterator[tuple[str, Node]]:
    for node in root.children:
        if node.type == "import_statement":
            yield text_of(node.child_by_field_name("source")).strip("\"'"), node


def _script_tests(root: Node) -> Iterator[Node]:
    """Every call of the runner that makes a test or a group of tests."""
    for node in walk(root):
        if node.type == "call_expression" and _CALLS_A_RUNNER.match(_callee(node)):
            yield node


def _callee(call: Node) -> str:
    return text_of(call.child_by_field_name("function"))


def _title(call: Node) -> str:
    arguments = call.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments and arguments.named_children else None
    return text_of(first).strip("\"'`") if first is not None and first.type == "string" else ""


def _script_shape(root: Node, name: str) -> Faults:
    calls = list(_script_tests(root))
    if not any(_is_plain(call) and _title(call) == name for call in calls):
        yield 1, f'There has to be one test, `test("{name}", …)`, at the top of the module.'
    kept = False
    for call in calls:
        if _is_plain(call) and _title(call) == name and not kept:
            kept = True
            continue
        yield line_of(call), f"`{_callee(call)[:60]}` would make another test beside `{name}`."


def _is_plain(call: Node) -> bool:
    """Whether it is `test(…)` as a statement of the module."""
    statement = call.parent
    if statement is None or statement.type != "expression_statement":
        return False
    above = statement.parent
    return above is not None and above.type == "program" and _callee(call) in ("test", "it")


def _script_uses(root: Node, modules: Collection[str]) -> bool:
    own = [node for module, node in _script_imports(root) if module in modules]
    bound = {text_of(each) for node in own for each in walk(node) if each.type == "identifier"}
    return any(
        node.type == "identifier" and text_of(node) in bound and not _is_in_import(node)
        for node in walk(root)
    )


def _is_in_import(node: Node) -> bool:
    current: Node | None = node
    while current is not None:
        if current.type == "import_statement":
            return True
        current = current.parent
    return False
