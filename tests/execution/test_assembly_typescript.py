import json
from collections.abc import Sequence
from dataclasses import replace

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
from apps.masterplans.core.document import Language
from apps.validation.adapters.tsc import TscChecker
from apps.validation.core.findings import Finding
from apps.validation.core.script_source import read_script
from tests.validation.atoms import script_atom
from tests.validation.compiler import needs_compiler

PATH = "src/core/range.ts"


def version(signature: str, code: str, *, path: str = PATH) -> AtomCode:
    return AtomCode(script_atom(signature, path=path), code)


def assembled(*versions: AtomCode, path: str = PATH) -> str:
    text = assemble_file("dates", Language.TYPESCRIPT, path, versions)
    assert assemble_file("dates", Language.TYPESCRIPT, path, versions) == text
    assert not isinstance(read_script(text, path), Finding), text
    return text


def f_with(head: str, body: str = "") -> AtomCode:
    return version("export function f(): void", f"{head}\nexport function f(): void {{ {body} }}\n")


def g_with(head: str, body: str = "") -> AtomCode:
    return version("export function g(): void", f"{head}\nexport function g(): void {{ {body} }}\n")


def test_imports_are_merged() -> None:
    text = assembled(
        f_with(
            'import { b, a as c } from "./x.ts";\nimport type { T } from "./x";\nimport "./side";\n'
            'import type D from "./d";\nimport def, * as ns from "@dates/core/y";'
        ),
        g_with(
            'import { type T, type U, a } from "@dates/core/x";\nimport { T as V } from "./x";\n'
            'import D from "./d";\nimport type * as types from "../z";\nimport * as ns from "./y";\n'
            'import fs = require("fs");'
        ),
    )

    assert text.split("\n\n")[0] == (
        'import fs = require("fs");\n'
        'import * as ns from "@dates/core/y";\nimport def from "@dates/core/y";\n'
        'import type * as types from "../z";\n'
        'import D from "./d";\n'
        'import "./side";\n'
        'import { T as V, a, a as c, b } from "./x";\n'
        'import type { T, U } from "./x";'
    )


def test_a_value_import_covers_the_type_import() -> None:
    text = assembled(
        f_with('import type { A } from "./a";'), g_with('import { A } from "./a";', "new A();")
    )

    assert text.count("import") == 1
    assert text.startswith('import { A } from "./a";\n')


def test_long_imports_are_wrapped() -> None:
    names = ", ".join(f"aRatherLongName{n}" for n in range(8))

    assert "import {\n  aRatherLongName0,\n" in assembled(
        f_with(f'import {{ {names} }} from "./a";')
    )


def test_symbols_stand_in_plan_order_with_comments_and_helpers() -> None:
    text = assembled(
        version(
            "export function f(a: number): number",
            "// src/core/range.ts\n/** About f. */\nexport function f(a: number): number {\n"
            "  return help(a);\n} // behind\n\n// Helps.\n// A lot.\nfunction help(a: number) {\n"
            "  return a;\n}\n",
        ),
        version("export interface Span", "\n\n/** A span. */\nexport interface Span { a: number }"),
    )

    assert text == (
        "/** About f. */\nexport function f(a: number): number {\n  return help(a);\n} // behind\n\n"
        "// Helps.\n// A lot.\nfunction help(a: number) {\n  return a;\n}\n\n"
        "/** A span. */\nexport interface Span { a: number }\n"
    )


def test_comments_keep_to_their_statement() -> None:
    code = (
        "// src/core/range.ts\nconst a = 1; // about a\n// about f\n"
        "export function f(): number {\n  return a;\n}\n// the end\n"
    )

    assert assembled(version("export function f(): number", code)) == (
        "const a = 1; // about a\n\n// about f\nexport function f(): number {\n  return a;\n}\n"
    )


def test_the_file_of_one_atom_is_stable() -> None:
    code = 'import { a } from "./a";\n\nconst b = a;\n\nexport function f(): void {}\n'

    assert assembled(version("export function f(): void", code)) == code


def test_equal_helpers_are_kept_once() -> None:
    helper = "function help(): number { return 1; }"

    text = assembled(f_with(helper, "help();"), g_with(helper, "help();"))

    assert text.count("function help") == 1


def test_different_helpers_of_one_name_are_numbered_with_their_references() -> None:
    text = assembled(
        f_with("const limit = 1;\ntype Box = number;", "const b: Box = limit;"),
        g_with(
            "const limit = 2;\ntype Box = string;",
            "const b: Box[] = []; const o = { limit, other: limit, x: o.limit }; o.limit;"
            " const { limit: inner } = o; const { a = limit } = o; label: for (;;) break label;",
        ),
    )

    assert "const limit_2 = 2;" in text
    assert "type Box_2 = string;" in text
    assert "const b: Box_2[] = [];" in text
    assert "{ limit: limit_2, other: limit_2, x: o.limit }; o.limit;" in text
    assert "const { limit: inner } = o; const { a = limit_2 } = o;" in text


def test_a_shadowing_local_changes_with_the_helper() -> None:
    text = assembled(
        f_with("const day = 1;", "day;"),
        g_with("const day = 2;", "const { day } = list[0]; ((day: number) => day)(day);"),
    )

    assert "const { day: day_2 } = list[0]; ((day_2: number) => day_2)(day_2);" in text


def test_equal_helpers_over_different_ones_are_different() -> None:
    outer = "function outer(): number { return inner(); }"

    text = assembled(
        f_with(f"const inner = () => 1;\n{outer}", "outer();"),
        g_with(f"const inner = () => 2;\n{outer}", "outer();"),
    )

    assert "function outer_2(): number { return inner_2(); }" in text


def test_two_atoms_do_not_share_what_fills_at_run_time() -> None:
    text = assembled(
        f_with("const seen = new Map<string, number>();"),
        g_with("const seen = new Map<string, number>();"),
    )

    assert "const seen_2 = new Map" in text


def test_one_name_for_two_imports_gets_an_alias() -> None:
    text = assembled(
        f_with('import { parse } from "./a";', "parse();"),
        g_with('import { parse } from "./b";', "parse();"),
    )

    assert 'import { parse as parse_2 } from "./b";' in text
    assert "g(): void { parse_2(); }" in text


def test_imports_of_the_file_itself_are_dropped() -> None:
    text = assembled(
        f_with(""),
        g_with(
            'import { f as one } from "./range";\nimport { f } from "@dates/core/range";', "one();"
        ),
    )

    assert "import" not in text
    assert "g(): void { f(); }" in text


def test_what_loads_first_comes_first() -> None:
    text = assembled(
        version("export class B extends A", "export class B extends A { static limit = LIMIT; }"),
        version("export const X: number", "export const X: number = make();"),
        version("export class A", "const LIMIT = 3;\nexport class A { own = new B(); }"),
        version(
            "export const Y: number", "export const Y: number = 4;\nfunction make() { return Y; }"
        ),
        version("export function f(): number", "export function f(): number { return Z; }"),
        version("export const Z: number", "export const Z: number = 5;"),
    )

    lines = [line for line in text.split("\n") if line.startswith("export")]
    order = [line.split()[2].rstrip("():") for line in lines]
    assert order.index("A") < order.index("B")
    assert order.index("Y") < order.index("X")
    assert order.index("f") < order.index("Z")
    assert text.index("LIMIT = 3") < text.index("class B")


def test_a_decorator_loads_with_its_class() -> None:
    text = assembled(
        version("export class A", "@mark\nexport class A {}"),
        version("export const mark: unknown", "export const mark: unknown = (a: unknown) => a;"),
    )

    assert text.index("const mark") < text.index("class A")


def test_overloads_and_a_value_with_its_type_stay_together() -> None:
    code = (
        "export function f(a: string): string;\nexport function f(a: number): number;\n"
        "export function f(a: unknown): unknown {\n  return a;\n}\n"
    )

    assert assembled(version("export function f(a: unknown): unknown", code)) == code


@pytest.mark.parametrize("code", ["export function f(: {", "x = " + "(" * 900, "\ud800"])
def test_unreadable_code_is_refused(code: str) -> None:
    with pytest.raises(AssemblyError):
        assembled(version("export function f(): void", code))


def test_javascript_keeps_the_suffix_of_its_imports() -> None:
    atom = script_atom("export function f(a)", path="src/a.js", language=Language.JAVASCRIPT)
    code = 'import { b } from "./b.js";\n\nexport function f(a) {\n  return <b>{a}</b>;\n}\n'

    files = assemble("dates", Language.JAVASCRIPT, [AtomCode(atom, code)])

    assert files["src/a.js"] == code
    assert files["src/index.js"] == 'export { f } from "./a.js";\n'
    assert json.loads(files["tsconfig.json"])["compilerOptions"]["allowJs"] is True
    assert json.loads(files["package.json"])["type"] == "module"


class TestScaffold:
    def files(self, *atoms: tuple[str, str]) -> dict[str, str]:
        specs = [script_atom(signature, path=path) for path, signature in atoms]
        return scaffold("Dates", Language.TYPESCRIPT, specs)

    def test_barrels_name_what_they_export(self) -> None:
        files = self.files(
            ("src/core/range.ts", "export interface Span"),
            ("src/core/range.ts", "export class Range"),
            ("src/core/day.ts", "export const DAY: number"),
            ("src/list.ts", "export function list(): Range[]"),
            ("src/core/deep/far.tsx", "export type Far"),
        )

        assert files["src/core/index.ts"] == (
            'export { Range } from "./range";\nexport type { Span } from "./range";\n'
            'export { DAY } from "./day";\nexport type { Far } from "./deep";\n'
        )
        assert files["src/index.ts"] == (
            'export { Range, DAY } from "./core";\nexport type { Span, Far } from "./core";\n'
            'export { list } from "./list";\n'
        )
        assert json.loads(files["tsconfig.json"])["compilerOptions"]["jsx"] == "preserve"
        assert json.loads(files["package.json"])["name"] == "dates"

    def test_a_clash_is_told_by_the_file(self) -> None:
        files = self.files(
            ("src/day.ts", "export function parse(): Day"),
            ("src/date-range.ts", "export function parse(): Range"),
            ("src/date_range/x.ts", "export function parse(): Range"),
            ("src/date.range.ts", "export interface parse"),
            ("src/date--range/y.ts", "export function parse(): Range"),
        )

        assert files["src/index.ts"] == (
            'export { parse } from "./day";\n'
            'export { parse as parseFromDateRange } from "./date-range";\n'
            'export { parse as parseFromDateRange2 } from "./date_range";\n'
            'export type { parse as parseFromDate } from "./date.range";\n'
            'export { parse as parseFromDateRange3 } from "./date--range";\n'
        )

    def test_many_names_are_wrapped(self) -> None:
        files = self.files(*(("src/a.ts", f"export const NUMBER_{n}: number") for n in range(20)))

        assert files["src/index.ts"].startswith("export {\n  NUMBER_0,\n  NUMBER_1,\n")

    def test_a_planned_index_is_left_alone(self) -> None:
        files = self.files(
            ("src/core/index.ts", "export function f(): void"),
            ("src/core/other.ts", "export function g(): void"),
        )

        assert "src/core/index.ts" not in files
        assert files["src/index.ts"] == 'export { f } from "./core";\n'

    def test_a_project_without_a_source_folder(self) -> None:
        files = self.files(("lib/a.ts", "export function f(): void"))

        assert sorted(files) == ["index.ts", "lib/index.ts", "package.json", "tsconfig.json"]
        options = json.loads(files["tsconfig.json"])
        assert options["include"] == ["."]
        assert options["compilerOptions"]["paths"] == {"@Dates/*": ["./*"]}

    def test_a_file_beside_the_source_folder_is_in_no_barrel(self) -> None:
        files = self.files(
            ("src/a.ts", "export function f(): void"), ("tools/b.ts", "export function g(): void")
        )

        assert sorted(files) == ["package.json", "src/index.ts", "tsconfig.json"]

    def test_a_scoped_package_is_its_own_alias(self) -> None:
        atoms = [script_atom("export function f(): void", path="src/a.ts")]

        files = scaffold("@acme/dates", Language.TYPESCRIPT, atoms)

        options = json.loads(files["tsconfig.json"])["compilerOptions"]
        assert options["paths"] == {"@acme/dates/*": ["./src/*"]}
        assert json.loads(files["package.json"])["name"] == "@acme/dates"


@needs_compiler
def test_an_assembled_project_compiles() -> None:
    versions = [
        version(
            "export interface Span",
            "export interface Span { days: number }",
            path="src/core/span.ts",
        ),
        version(
            "export class Range implements Span",
            'import type { Span } from "./span";\nimport { DAY } from "@dates/core/day";\n'
            "export class Range implements Span { days = DAY; }",
        ),
        version(
            "export const DAY: number", "export const DAY: number = 1;", path="src/core/day.ts"
        ),
        version(
            "export function parse(): Range",
            'import { Range } from "@dates/core";\nexport function parse(): Range { return new Range(); }',
            path="src/text/parse.ts",
        ),
        version(
            "export function parse(): Span",
            'import { type Span, Range } from "../core";\n'
            "export function parse(): Span { return new Range(); }",
            path="src/other/parse.ts",
        ),
    ]

    assert TscChecker().check(assemble("dates", Language.TYPESCRIPT, versions)) == ()


pieces = st.sampled_from(
    [
        *(
            'import { a } from "./a";',
            'import type { a } from "./b";',
            'import { a as b } from "./a";',
        ),
        *("const b = 1;", "const b = a;", "type a = number;", "function c() { return b; }"),
        *("class D extends b {}", "// note", "enum E { A }", 'import * as c from "./c";'),
    ]
)


@settings(max_examples=60, deadline=None)
@given(bodies=st.lists(st.lists(pieces, max_size=5), min_size=1, max_size=4))
def test_any_mixture_gives_a_file_that_parses_and_holds_every_symbol(
    bodies: Sequence[Sequence[str]],
) -> None:
    f = version("export function f(): void", "")
    versions = []
    for number, body in enumerate(bodies):
        lines = [*body, f"export function f{number}(): void {{ c(a, b, new D()); }}"]
        atom = replace(f.atom, symbol=f"f{number}")
        versions.append(AtomCode(atom, "\n".join(lines)))

    text = assembled(*versions)

    assert [line.split()[2] for line in text.split("\n") if line.startswith("export")] == [
        f"f{number}():" for number in range(len(bodies))
    ]
