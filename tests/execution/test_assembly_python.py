import ast
import sys
from collections.abc import Sequence
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.execution.core.assembly import (
    AssemblyError,
    AtomCode,
    assemble,
    assemble_file,
    scaffold,
)
from apps.masterplans.core.document import AtomKind, Language
from tests.validation.atoms import python_atom

PATH = "textkit/slug.py"


def version(signature: str, code: str, *, path: str = PATH, **options: AtomKind) -> AtomCode:
    return AtomCode(python_atom(signature, path=path, **options), code)


def assembled(*versions: AtomCode, path: str = PATH) -> str:
    text = assemble_file("textkit", Language.PYTHON, path, versions)
    # The same atom with the same text gives the same file again.
    assert assemble_file("textkit", Language.PYTHON, path, versions) == text
    ast.parse(text)
    return text


def run(text: str) -> ModuleType:
    """The module of a text that this test wrote itself."""
    module = ModuleType("assembled")
    sys.modules["assembled"] = module
    exec(compile(text, "assembled", "exec"), module.__dict__)
    return module


def test_imports_are_merged_and_sorted() -> None:
    text = assembled(
        version(
            "f()",
            '"""Slugs."""\nfrom __future__ import annotations\nimport re\n'
            "from textkit.words import b\nfrom typing import Any, TYPE_CHECKING\n"
            "import numpy as np\nif TYPE_CHECKING:\n    from textkit.types import A\n\n"
            "def f(): ...\n",
        ),
        version(
            "g()",
            "import os, re\nfrom typing import Any as Whatever, Final, MAX\nimport os.path\n"
            "from .words import a as a, b\nfrom textkit.slug import f\nfrom . import stats\n"
            "import typing\nif typing.TYPE_CHECKING:\n    from textkit.types import B, A\n"
            "    from textkit.words import b\n    _T = A\n    pass\n\n"
            "def g():\n    return f()\n",
        ),
    )

    assert text == (
        '"""Slugs."""\n\nfrom __future__ import annotations\n\nimport os\nimport os.path\n'
        "import re\nimport typing\nfrom typing import MAX, TYPE_CHECKING, Any, Any as Whatever, Final\n\n"
        "import numpy as np\n\nfrom textkit import stats\nfrom textkit.words import a, b\n\n"
        "if TYPE_CHECKING:\n    from textkit.types import A, B\n    _T = A\n\n\n"
        "def f(): ...\n\n\ndef g():\n    return f()\n"
    )


def test_long_imports_are_wrapped() -> None:
    names = ", ".join(f"a_rather_long_name_{n}" for n in range(6))

    text = assembled(version("f()", f"from textkit.words import {names}\ndef f(): ...\n"))

    assert "from textkit.words import (\n    a_rather_long_name_0,\n" in text


def test_symbols_stand_in_plan_order_with_their_helpers() -> None:
    text = assembled(
        version("f()", "_A = 1\n_B = 2\n\ndef f():\n    return _help()\n\ndef _help(): ...\n"),
        version("class C", "\n\n# Why.\n@final\nclass C:\n  x = 1\n\n\n_END = 3  # last\n"),
    )

    assert text == (
        "_A = 1\n_B = 2\n\n\ndef f():\n    return _help()\n\n\ndef _help(): ...\n\n\n"
        "# Why.\n@final\nclass C:\n    x = 1\n\n\n_END = 3  # last\n"
    )


def test_the_file_of_one_atom_is_stable() -> None:
    text = assembled(
        version("f()", "import re\nimport os\n\n_A = 1\n\ndef f(): ...\n\ndef _g(): ...\n")
    )

    assert assembled(version("f()", text)) == text


def test_equal_helpers_are_kept_once() -> None:
    helper = "def _clean(text):\n    return text.strip()\n"

    text = assembled(
        version("f(a)", f"{helper}\ndef f(a):\n    return _clean(a)\n"),
        version("g(a)", f"{helper}\ndef g(a):\n    return _clean(a)\n"),
    )

    assert text.count("def _clean") == 1


def test_different_helpers_of_one_name_are_numbered_with_their_references() -> None:
    text = assembled(
        version("f(a)", "def _clean(a):\n    return a + 1\n\ndef f(a):\n    return _clean(a)\n"),
        version(
            "g(a)",
            "_count = 0\ndef _clean(a):\n    return a * 10\n\n"
            "def g(a, _other=_clean):\n    global _count\n    _count += 1\n"
            "    x: '_clean' = dict(_clean=_clean(a))\n    return x['_clean'] + _other(a)\n",
        ),
        version(
            "h(a)",
            "_count = 5\ndef _clean(a):\n    return a * 10\n\n"
            "def h(a):\n    _local = lambda _clean: _clean\n    return _local(_clean(a)) + _count\n",
        ),
    )
    module = run(text)

    assert (module.f(1), module.g(1), module.h(1)) == (2, 20, 15)
    assert text.count("def _clean_2") == 1
    assert "dict(_clean=_clean_2(a))" in text
    assert "x: '_clean_2'" in text
    assert "lambda _clean: _clean" in text
    assert "_count_2 = 5" in text


def test_equal_helpers_over_different_ones_are_different() -> None:
    shared = "def _outer(a):\n    return _inner(a)\n\n"

    text = assembled(
        version(
            "f(a)", f"def _inner(a):\n    return 1\n\n{shared}def f(a):\n    return _outer(a)\n"
        ),
        version(
            "g(a)", f"def _inner(a):\n    return 2\n\n{shared}def g(a):\n    return _outer(a)\n"
        ),
    )
    module = run(text)

    assert (module.f(0), module.g(0)) == (1, 2)


def test_two_atoms_do_not_share_what_fills_at_run_time() -> None:
    code = "_seen: dict = {{}}\n\ndef {0}(a):\n    return _seen.setdefault(a, '{0}')\n"

    module = run(assembled(version("f(a)", code.format("f")), version("g(a)", code.format("g"))))

    assert (module.f(1), module.g(1)) == ("f", "g")


@pytest.mark.parametrize("value", ["[]", "set()", "defaultdict(list)", "threading.Lock()"])
def test_other_stateful_values_are_not_shared_either(value: str) -> None:
    code = f"_x = {value}\n\n"

    text = assembled(
        version("f()", f"{code}def f(): return _x\n"), version("g()", f"{code}def g(): return _x\n")
    )

    assert "_x_2 = " in text


def test_one_name_for_two_imports_gets_an_alias() -> None:
    text = assembled(
        version("f()", "import datetime\n\ndef f():\n    return datetime.date.min.year\n"),
        version(
            "g()",
            "from datetime import datetime\n\ndef g() -> 'datetime':\n"
            "    return datetime.min.year + datetime(1, 1, 1).year\n",
        ),
        version("h()", "from datetime import datetime\n\ndef h():\n    return datetime.min.year\n"),
    )
    module = run(text)

    assert (module.f(), module.g(), module.h()) == (1, 2, 1)
    assert text.count("datetime as datetime_2") == 1


def test_an_import_gives_way_to_a_symbol_of_the_file() -> None:
    text = assembled(
        version("f()", "from math import floor as g\n\ndef f():\n    return g(1.5)\n"),
        version("g()", "def g():\n    return 7\n"),
    )
    module = run(text)

    assert (module.f(), module.g()) == (1, 7)


def test_imports_of_the_file_itself_are_dropped_and_their_aliases_resolved() -> None:
    text = assembled(
        version("f()", "def f():\n    return 1\n"),
        version("g()", "from textkit.slug import f as one\n\ndef g():\n    return one()\n"),
    )

    assert "import" not in text
    assert "return f()" in text


def test_an_invented_name_meets_no_other_word() -> None:
    text = assembled(
        version("f()", "_a = 1\n\ndef f():\n    return _a\n"),
        version("g()", "_a = 2\n\ndef g(_a_2=5):\n    return _a + _a_2\n"),
    )

    assert run(text).g() == 7


def test_an_import_that_cannot_be_renamed_stays() -> None:
    text = assembled(
        version("os()", "import os.path\n\ndef os():\n    return os.path\n"),
    )

    assert "import os.path" in text


class TestOrder:
    def test_what_a_definition_needs_comes_first(self) -> None:
        text = assembled(
            version("class B(A)", "class B(A):\n    limit = _LIMIT\n"),
            version("f(a=1)", "@_mark\ndef f(a=A):\n    return a\n"),
            version("X", "X = _make()\n", symbol="X", kind=AtomKind.CONST),
            version("class A", "_LIMIT = 3\n\nclass A:\n    def get(self):\n        return B\n"),
            version("g()", "def _mark(f):\n    return f\n\ndef g(): ...\n"),
            version("h()", "def _make():\n    return _deep()\n\ndef h(): ...\n"),
            version("i()", "def _deep():\n    return 4\n\ndef i(): ...\n"),
        )
        module = run(text)

        assert module.X == 4
        assert module.B.limit == 3
        assert [line for line in text.split("\n") if line.startswith(("class", "def i"))] == [
            "class A:",
            "class B(A):",
            "def i(): ...",
        ]

    def test_a_lambda_needs_its_defaults_now_and_its_body_later(self) -> None:
        text = assembled(
            version("f()", "_g = lambda a=_A: _B\n\ndef f():\n    return _g()\n"),
            version("g()", "_B = 2\n\ndef g(): ...\n"),
            version("h()", "_A = 1\n\ndef h(): ...\n"),
        )

        assert text.index("_A = 1") < text.index("_g =")
        assert run(text).f() == 2

    def test_plan_order_stays_where_nothing_is_needed(self) -> None:
        text = assembled(
            version("f()", "def f():\n    return g()\n"), version("g()", "def g(): ...\n")
        )

        assert text.index("def f") < text.index("def g")
        assert "__future__" not in text

    def test_a_circle_stays_as_planned(self) -> None:
        text = assembled(
            version("class A(B)", "class A(B): ...\n"), version("class B(A)", "class B(A): ...\n")
        )

        assert text.index("class A") < text.index("class B")

    @pytest.mark.parametrize(
        "code",
        [
            "def f(a: C) -> None: ...\n",
            "def f() -> list[C]: ...\n",
            "_x: C\n\ndef f(): ...\n",
            "class _D:\n    c: C\n\ndef f(): ...\n",
        ],
    )
    def test_an_annotation_of_a_later_class_is_deferred(self, code: str) -> None:
        text = assembled(version("f()", code), version("class C", "class C: ...\n"))
        run(text)

        assert text.startswith("from __future__ import annotations\n")
        assert text.index("def f") < text.index("class C")

    def test_a_class_may_name_itself(self) -> None:
        text = assembled(version("class C", "class C:\n    def next(self) -> C: ...\n"))

        assert text.startswith("from __future__ import annotations\n")
        run(text)

    def test_a_name_that_exists_for_types_only_is_deferred(self) -> None:
        code = (
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from decimal import Decimal\n"
            "\n\ndef f(a: Decimal): ...\n"
        )

        text = assembled(version("f(a: Decimal)", code))
        run(text)

        assert text.startswith("from __future__ import annotations\n")

    def test_quoted_annotations_need_nothing(self) -> None:
        text = assembled(
            version("f()", "def f(a: 'C'): ...\n"), version("class C", "class C: ...\n")
        )

        assert "__future__" not in text


def test_overloads_stay_with_their_function() -> None:
    code = (
        "import typing\nfrom typing import overload\n\n@overload\ndef f(a: int) -> int: ...\n"
        "@typing.overload\ndef f(a: str) -> str: ...\n\n@staticmethod\ndef f(a): return a\n"
    )

    assert assembled(version("f(a)", code)).count("def f(") == 3


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("# textkit/slug.py\ndef f(): ...\n", "def f(): ..."),
        ("#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\ndef f(): ...\n", "def f(): ..."),
        ("# File: textkit/slug.py\nimport re\ndef f(): ...\n", "import re"),
        ("# Why it is so.\n\ndef f(): ...\n", "# Why it is so."),
        ("# Why it is so.\n_A = 1\ndef f(): ...\n", "# Why it is so."),
        ("__all__ = ['f']\ndef f(): ...\n", "def f(): ..."),
        ("import re; _A = 1; _B = 2\ndef f(): ...\n", "import re"),
        ("\tdef f(): ...\n".lstrip(), "def f(): ..."),
    ],
)
def test_small_things(code: str, first: str) -> None:
    text = assembled(version("f()", code))

    assert text.split("\n")[0] == first
    assert "__all__" not in text
    assert ";" not in text


def test_tabs_become_blanks() -> None:
    text = assembled(version("f(a)", "def f(a):\n\tif a:\n\t\treturn 1\n\treturn 2\n"))

    assert "\t" not in text


def test_star_imports_and_stray_statements_survive() -> None:
    text = assembled(
        version("f()", "from os import *\nprint(1)\n\ndef f(): ...\n"),
        version("g()", "from sys import *\nprint(1)\n\ndef g(): ...\n"),
    )

    assert "from os import *\nfrom sys import *\n" in text
    assert text.count("print(1)") == 2


@pytest.mark.parametrize("code", ["def f(:", "x = " + "(" * 9_000, "-" * 9_000 + "1", "\x00"])
def test_unreadable_code_is_refused(code: str) -> None:
    with pytest.raises(AssemblyError):
        assemble_file("textkit", Language.PYTHON, PATH, [version("f()", code)])


@pytest.mark.parametrize(
    "expression",
    ["+".join(["1"] * 50), "-" * 50 + "1", "f(" * 50 + ")" * 50, "[" * 50 + "]" * 50],
)
def test_code_within_the_limit_of_depth_is_assembled_and_renamed(expression: str) -> None:
    code = f"_x = 1\n\ndef {{0}}():\n    return lambda: {expression} or _x\n"

    text = assembled(
        version("f()", code.format("f")), version("g()", code.format("g").replace("1\n", "2\n", 1))
    )

    assert "_x_2" in text


def test_files_around_the_code() -> None:
    atoms = [
        python_atom("f()", path="textkit/deep/far/slug.py"),
        python_atom("g()", path="textkit/__init__.py"),
        python_atom("h()", path="tool.py"),
    ]

    files = scaffold("Text_Kit", Language.PYTHON, atoms)

    assert sorted(files) == [
        "pyproject.toml",
        "textkit/deep/__init__.py",
        "textkit/deep/far/__init__.py",
    ]
    assert 'name = "text-kit"' in files["pyproject.toml"]
    assert 'packages = ["textkit", "textkit.deep", "textkit.deep.far"]' in files["pyproject.toml"]
    assert 'py-modules = ["tool"]' in files["pyproject.toml"]


def test_a_source_folder_is_no_package() -> None:
    atoms = [python_atom("f()", path="src/textkit/slug.py"), python_atom("g()", path="src/t.py")]

    files = scaffold("", Language.PYTHON, atoms)

    assert sorted(files) == ["pyproject.toml", "src/textkit/__init__.py"]
    assert 'package-dir = { "" = "src" }' in files["pyproject.toml"]
    assert 'py-modules = ["t"]' in files["pyproject.toml"]
    assert 'name = "generated"' in files["pyproject.toml"]


def test_the_project_is_the_files_and_what_surrounds_them() -> None:
    versions = [
        version("f()", "def f(): ...\n"),
        version("g()", "def g(): ...\n", path="textkit/words.py"),
        version("h()", "def h(): ...\n"),
    ]

    files = assemble("textkit", Language.PYTHON, versions)

    assert list(files) == [
        "pyproject.toml",
        "textkit/__init__.py",
        "textkit/slug.py",
        "textkit/words.py",
    ]
    assert files["textkit/slug.py"] == "def f(): ...\n\n\ndef h(): ...\n"
    assert assemble("textkit", Language.PYTHON, []) == scaffold("textkit", Language.PYTHON, [])
    assert assemble_file("textkit", Language.PYTHON, "textkit/none.py", versions) == ""


pieces = st.sampled_from(
    [
        *("import os", "import re as os", "from os import path", "from .words import path"),
        *("_a = 1", "_a = 2", "_b = _a", "def _b():\n    return _a", "class _c(_b): ...", "# note"),
        *("from textkit.slug import f as _a", "import os.path", "_d: _c = _a", "import _a"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(bodies=st.lists(st.lists(pieces, max_size=5), min_size=1, max_size=4))
def test_any_mixture_gives_a_file_that_parses_and_holds_every_symbol(
    bodies: Sequence[Sequence[str]],
) -> None:
    versions = [
        version(f"f{n}()", "\n".join([*body, f"def f{n}():\n    return _a, _b, os, path\n"]))
        for n, body in enumerate(bodies)
    ]

    tree = ast.parse(assembled(*versions))

    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [name for name in defined if name.startswith("f")] == [
        f"f{n}" for n in range(len(bodies))
    ]
