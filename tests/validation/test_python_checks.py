import ast

import pytest

from apps.masterplans.core.document import AtomKind
from apps.validation.core.findings import Finding, Severity
from apps.validation.core.python_effects import check_effects
from apps.validation.core.python_imports import absolute_module, check_imports, module_name
from apps.validation.core.python_signature import check_signature
from apps.validation.core.python_source import MAX_DEPTH, depth, read_python
from apps.validation.core.python_symbols import LONG_ATOM_LINES, check_symbol
from tests.validation.atoms import python_atom


def tree_of(code: str) -> ast.Module:
    tree = read_python(code)
    assert not isinstance(tree, Finding)
    return tree


class TestSource:
    @pytest.mark.parametrize(
        ("code", "rule"),
        [
            ("def f(:", "py.syntax"),
            ("return 1", "py.syntax"),
            ("x = '\x00'", "py.syntax"),
            ("x = '\ud800'", "py.syntax"),
            ("await x", "py.syntax"),
            ("def f[T](x: T): ...", "py.syntax"),  # newer than 3.11
            ("type X = int", "py.syntax"),
            ("x = " + "(" * 190 + "1" + ")" * 190, None),
            ("x = " + "-" * 150 + "1", "py.nesting"),
            ("x = " + "lambda:" * 2_000 + "1", "py.nesting"),
            ("x = " + "a" + ".b" * 20_000, "py.nesting"),
            ("#" * 100_001, "py.size"),
            ("x = '\\d'", None),  # a warning is no error
            ("x = 1" + "0" * 5_000, "py.syntax"),  # more digits than Python converts
        ],
    )
    def test_unreadable_code_is_one_critical_finding(self, code: str, rule: str | None) -> None:
        read = read_python(code)

        assert (read.rule if isinstance(read, Finding) else None) == rule
        assert not isinstance(read, Finding) or read.severity is Severity.CRITICAL

    def test_depth_counts_levels(self) -> None:
        assert depth(ast.parse("")) == 1
        assert depth(ast.parse("x = " + "-" * 50 + "1")) > 50
        assert MAX_DEPTH >= 60


class TestSymbol:
    def rules(self, code: str, signature: str, **options: AtomKind) -> list[str]:
        return [
            found.rule for found in check_symbol(tree_of(code), python_atom(signature, **options))
        ]

    @pytest.mark.parametrize(
        ("code", "signature"),
        [
            ("def f(): ...", "f()"),
            ("async def f(): ...", "async f()"),
            ("class Money: ...", "class Money"),
            ("def _f(): ...", "_f()"),
            ("import os\n_a, (_b, *_c) = 1, (2, 3)\n_d: int\n\ndef f(): ...", "f()"),
            ("if TYPE_CHECKING:\n    'why'\n    import os\n    pass\ndef f(): ...", "f()"),
        ],
    )
    def test_the_asked_symbol_alone_is_right(self, code: str, signature: str) -> None:
        assert self.rules(code, signature) == []

    @pytest.mark.parametrize(
        ("code", "rules"),
        [
            ("", ["py.symbol-missing"]),
            ("g = lambda: 1", ["py.symbol-missing", "py.symbol-extra"]),
            ("f = lambda: 1", ["py.symbol-kind"]),
            ("def f(): ...\nx, y = 1, 2", ["py.symbol-extra", "py.symbol-extra"]),
            ("def f(): ...\nx += 1", ["py.symbol-extra"]),
            ("def f(): ...\nclass Helper: ...", ["py.symbol-extra"]),
            ("if TYPE_CHECKING:\n    X = int\ndef f(): ...", ["py.type-checking"]),
            ("def f(): ...\ndef f(): ...", ["py.symbol-repeated"]),
            ("def f():\n" + "    x = 1\n" * LONG_ATOM_LINES, ["py.long"]),
        ],
    )
    def test_anything_else_is_told(self, code: str, rules: list[str]) -> None:
        assert self.rules(code, "f()") == rules

    @pytest.mark.parametrize("kind", [AtomKind.CONST, AtomKind.TYPE])
    def test_a_constant_is_an_assignment(self, kind: AtomKind) -> None:
        assert self.rules("X: int = 3", "X: int", kind=kind) == []
        assert self.rules("def X(): ...", "X: int", kind=kind) == ["py.symbol-kind"]


class TestSignature:
    def messages(self, code: str, signature: str, **options: AtomKind) -> list[str]:
        atom = python_atom(signature, **options)
        return [found.message for found in check_signature(tree_of(code), atom)]

    @pytest.mark.parametrize(
        ("signature", "code"),
        [
            ("f(a: int, b: str = 'x') -> bool", 'def f(a:int,b:str="x")->bool: ...'),
            ("def f(a: int):", "def f(a: 'int'): ..."),
            ("f(a)", "def f(a: int) -> int: ..."),  # the plan leaves it open
            ("f(a: int | None)", "def f(a: Optional[int]): ..."),
            ("f(a: Optional[int | str])", "def f(a: None | str | int): ..."),
            ("f(a: int | str | None)", "def f(a: Optional[Union[str, 'int']]): ..."),
            ("f(a: Union[int])", "def f(a: int): ..."),
            ("f(a: 'A | B')", "def f(a: B | A): ..."),
            ("f(a: list[int])", "def f(a: typing.List[int]): ..."),
            ("f(a: Callable[[int], str])", "def f(a: t.Callable[[int], str]): ..."),
            ("f(a: date)", "import datetime as dt\ndef f(a: dt.date): ..."),
            ("f(a: date)", "from datetime import date as Day\ndef f(a: Day): ..."),
            ("f(a: Literal['x', 'y'])", "def f(a: Literal['y', 'x']): ..."),
            ("f(a: int = ...)", "def f(a: int = 7): ..."),
            ("f(a: float = -1)", "def f(a: float = - 1): ..."),
            ("f(a, /, b, *, c=1)", "def f(a, /, b, *, c=1): ..."),
            ("f(*args: int, **kw: str) -> None", "def f(*args: int, **kw: str) -> None: ..."),
            ("async f() -> int", "async def f() -> int: ..."),
            ("f[T](a: list[T]) -> T", "def f(a: list[T]) -> T: ..."),
            ("class C(Base)", "class C(mod.Base): ..."),
            ("class C(Generic[T], metaclass=M)", "class C(Generic[T], metaclass=M): ..."),
            ("@dataclass(frozen=True) class C", "class C: ..."),
            ("class C[T](Base)", "class C(Base): ..."),
        ],
    )
    def test_equal_meaning_is_equal(self, signature: str, code: str) -> None:
        assert self.messages(code, signature) == []

    @pytest.mark.parametrize(
        ("signature", "code", "words"),
        [
            ("f(a)", "def f(a, b): ...", "parameter `b` was not asked for"),
            ("f(a, b)", "def f(a): ...", "parameter `b` is missing"),
            ("f(a)", "def f(x): ...", "parameter `x` stands where `a` was asked for"),
            ("f(a, b)", "def f(b, a): ...", "in the order `a`, `b`"),
            ("f(a: int)", "def f(a): ...", "the annotation of `a` is missing"),
            ("f(a: int)", "def f(a: str): ...", "annotation of `a` is `str`, asked for `int`"),
            ("f(a: 'not valid!')", "def f(a: int): ...", "annotation of `a`"),
            ("f(a=1)", "def f(a): ...", "must have the default `1`"),
            ("f(a=...)", "def f(a): ...", "must have the default"),
            ("f(a=1)", "def f(a=2): ...", "default of `a` is `2`, asked for `1`"),
            ("f(a)", "def f(a=2): ...", "must have no default, but has `2`"),
            ("f(*, a)", "def f(a): ...", "`a` must be keyword-only"),
            ("f(a, /)", "def f(a): ...", "`a` must be positional-only"),
            ("f(a)", "def f(*, a): ...", "`a` must be an ordinary parameter"),
            ("f() -> int", "def f(): ...", "the return annotation is missing"),
            ("f() -> int", "def f() -> str: ...", "the return annotation is `str`"),
            ("async f()", "def f(): ...", "it must be `async def`"),
            ("f()", "async def f(): ...", "it must not be `async`"),
            ("class C(A, B)", "class C(B, A): ...", "base classes are `B, A`, asked for `A, B`"),
            ("class C(A)", "class C: ...", "base classes are `none`"),
            ("class C(metaclass=M)", "class C: ...", "`metaclass=M` is missing"),
        ],
    )
    def test_the_difference_is_named(self, signature: str, code: str, words: str) -> None:
        (message,) = self.messages(code, signature)

        assert words in message
        assert "Write `" in message

    @pytest.mark.parametrize(
        ("signature", "code", "words"),
        [
            ("X", "X = 3", ""),
            ("X: int", "X: int = 3", ""),
            ("X: int = ...", "X: int = 3", ""),
            ("const X: int = 3", "X: int = 3", ""),
            ("X: int", "X = 3", "the annotation is missing"),
            ("X = 3", "X = 4", "the value is `4`, asked for `3`"),
        ],
    )
    def test_constants(self, signature: str, code: str, words: str) -> None:
        atom = python_atom(signature, symbol="X", kind=AtomKind.CONST)

        told = [found.message for found in check_signature(tree_of(code), atom)]

        assert len(told) == bool(words)
        assert words in "".join(told)

    def test_an_unreadable_plan_is_critical(self) -> None:
        (finding,) = check_signature(tree_of("def f(): ..."), python_atom("f(a b)"))

        assert (finding.rule, finding.severity) == ("plan.signature", Severity.CRITICAL)

    def test_bases_that_the_plan_leaves_open_are_only_mentioned(self) -> None:
        (finding,) = check_signature(tree_of("class C(Exception): ..."), python_atom("class C"))

        assert (finding.rule, finding.severity) == ("py.bases", Severity.LOW)

    def test_a_wrong_kind_is_left_to_the_symbol_check(self) -> None:
        assert self.messages("class f: ...", "f()") == []
        assert self.messages("", "f()") == []


class TestEffects:
    @pytest.mark.parametrize(
        "code",
        [
            '"""Doc."""\nimport os\nfrom a import b',
            "X = re.compile('a')",
            "X: Final = frozenset({1, 2}) | {3}",
            "X = {'a': Decimal('1.2'), 'b': [datetime.date(2020, 1, 1)]}",
            "T = TypeVar('T', bound='C')",
            "from typing import TypeVar as _V\nT = _V('T')",
            "X = 'a b'.split()",
            "X = [ord(c) for c in 'abc']",
            "import os\nX = os.path.join('a', 'b')",
            "from pathlib import Path\nX = Path(__file__).parent",
            "log = logging.getLogger(__name__)",
            "f = lambda: print('later')",
            "@dataclass(frozen=True)\nclass C:\n    '''Doc.'''\n    a: int = field(default=1)\n    b: int\n    ...",
            "class C(Base, metaclass=M):\n    def f(self):\n        print('later')\n    class D:\n        pass",
            "@lru_cache(maxsize=None)\ndef f(a=()):\n    open('later')",
            "if TYPE_CHECKING:\n    import a",
            "if typing.TYPE_CHECKING:\n    import a",
            "def _g():\n    return _g() or len('a')\nX = _g()",
            "pass",
        ],
    )
    def test_definitions_are_free(self, code: str) -> None:
        assert list(check_effects(tree_of(code))) == []

    @pytest.mark.parametrize(
        "code",
        [
            "print('hi')",
            "open('x')",
            "import os\nos.system('ls')",
            "x = open('x')",
            "import os\nX = os.environ.get('A')",
            "import os as o\nX = o.getcwd()",
            "from os import getcwd as list\nX = list()",
            "from subprocess import run\nX = run(['ls'])",
            "_p = print\nX = _p('hi')",
            "import builtins\nX = builtins.print('hi')",
            "X = __import__('os')",
            "X = getattr(a, 'b')",
            "X = [print(i) for i in range(3)]",
            "X = (lambda: 1)()",
            "X = f()()",
            "from pathlib import Path\nX = Path('a').read_text()",
            "X = f'{print(1)}'",
            "def f(a=open('x')): ...",
            "@register(print('x'))\ndef f(): ...",
            "class C:\n    print('hi')",
            "class C:\n    x = open('x')",
            "class C(Base, key=open('x')): ...",
            "class C(make(open('x'))): ...",
            "def _go():\n    _on()\ndef _on():\n    print('hi')\nX = _go()",
            "import os\nos.environ['A'] = 'b'",
            "a.b = 1",
            "if __name__ == '__main__':\n    f()",
            "if TYPE_CHECKING:\n    import a\nelse:\n    b()",
            "for i in range(3): ...",
            "while True: ...",
            "with a: ...",
            "try:\n    import a\nexcept ImportError: ...",
            "del x",
            "assert x",
            "raise ValueError",
            "X += 1",
            "import a\n'a stray string'",
            "1 + 1",
        ],
    )
    def test_anything_that_runs_at_import_is_high(self, code: str) -> None:
        found = list(check_effects(tree_of(code)))

        assert Severity.HIGH in {finding.severity for finding in found}
        assert {finding.rule for finding in found} <= {"py.import-effect", "py.import-time-call"}

    @pytest.mark.parametrize(
        "code", ["X = compute()", "@app.command()\ndef f(): ...", "X = _d.pop()"]
    )
    def test_an_unknown_call_is_mentioned(self, code: str) -> None:
        (finding,) = check_effects(tree_of(code))

        assert (finding.rule, finding.severity) == ("py.import-time-call", Severity.MEDIUM)

    def test_a_helper_is_followed_once(self) -> None:
        code = "def _go():\n    print(1)\n    (lambda: 1)()\nX = _go()\nY = _go()"

        assert len(list(check_effects(tree_of(code)))) == 1


PROJECT = {
    "textkit/__init__.py": "",
    "textkit/slug.py": "import re\n\n_X = 1\n\n\ndef slugify(): ...\n",
    "textkit/words.py": "def split_words(): ...\n\n\ndef word_count(): ...\n",
    "textkit/deep/__init__.py": "",
    "textkit/deep/far.py": "class Far: ...\n",
    "textkit/broken.py": "def f(:",
    "textkit/either.py": "try:\n    import a as b\nexcept ImportError:\n    b = None\nx += 1\n",
    "tool.py": "def tool(): ...\n",
}


class TestImports:
    @pytest.mark.parametrize(
        "code",
        [
            "import re, os.path, collections.abc\nfrom typing import Any",
            "from __future__ import annotations",
            "import textkit\nimport textkit.slug\nimport textkit.slug as s\ns.slugify",
            "from textkit import slug, deep\nslug.slugify()\nslug.__doc__",
            "from textkit.slug import slugify, re",
            "from textkit.deep.far import Far",
            "from textkit.broken import anything",
            "from textkit.slug import *",
            "from textkit.either import b, x",
            "import tool\ntool.tool()",
            "import textkit\ntextkit.slug.slugify()",
        ],
    )
    def test_what_exists_may_be_imported(self, code: str) -> None:
        assert list(check_imports(tree_of(code), "textkit/words.py", PROJECT)) == []

    @pytest.mark.parametrize(
        ("code", "rule", "words"),
        [
            ("import numpy", "py.third-party", "`numpy` is neither"),
            ("from requests.auth import A", "py.third-party", "`requests.auth`"),
            ("def f():\n    import yaml", "py.third-party", "`yaml`"),
            ("import textkit.slugs", "py.import-module", "Did you mean `textkit.slug`?"),
            ("import textkit.zzzzzz", "py.import-module", "Import only what the listed"),
            ("from textkit.slug import slugfy", "py.import-name", "Did you mean `slugify`?"),
            (
                "from textkit.slug import word_count",
                "py.import-name",
                "Write `from textkit.words import word_count`.",
            ),
            ("from textkit.deep import Far", "py.import-name", "from textkit.deep.far import Far"),
            ("from textkit.slug import _X", "py.import-private", "private"),
            ("from textkit import slug\nslug.slugfy()", "py.import-name", "`slugify`"),
            ("import textkit.slug as s\ns.nothing", "py.import-name", "no `nothing`"),
            ("from .slug import slugify", "py.relative-import", "full package path"),
        ],
    )
    def test_what_does_not_exist_is_told(self, code: str, rule: str, words: str) -> None:
        (finding,) = check_imports(tree_of(code), "textkit/words.py", PROJECT)

        assert finding.rule == rule
        assert words in finding.message

    def test_relative_imports_are_resolved(self) -> None:
        found = list(check_imports(tree_of("from .slug import nope"), "textkit/words.py", PROJECT))

        assert {finding.rule for finding in found} == {"py.import-name", "py.relative-import"}

    @pytest.mark.parametrize(
        ("module", "level", "path", "absolute"),
        [
            ("a.b", 0, "textkit/x.py", "a.b"),
            ("slug", 1, "textkit/x.py", "textkit.slug"),
            ("", 1, "textkit/x.py", "textkit"),
            ("slug", 2, "textkit/deep/x.py", "textkit.slug"),
            ("slug", 1, "textkit/__init__.py", "textkit.slug"),
            ("slug", 9, "textkit/x.py", "slug"),
        ],
    )
    def test_absolute_module(self, module: str, level: int, path: str, absolute: str) -> None:
        assert absolute_module(module, level, path) == absolute

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("textkit/slug.py", "textkit.slug"),
            ("src/textkit/slug.py", "textkit.slug"),
            ("textkit/__init__.py", "textkit"),
            ("tool.py", "tool"),
            ("src.py", "src"),
        ],
    )
    def test_module_name(self, path: str, name: str) -> None:
        assert module_name(path) == name
