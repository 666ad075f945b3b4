from collections.abc import Callable, Iterator

import pytest
from tree_sitter import Node

from apps.masterplans.core.document import AtomSpec, Language
from apps.validation.core.findings import Finding, Severity
from apps.validation.core.script_globals import check_window_names
from apps.validation.core.script_imports import (
    check_imports,
    read_aliases,
    relative_specifier,
    resolve,
)
from apps.validation.core.script_signature import check_signature
from apps.validation.core.script_source import declarations, exported_names, read_script
from apps.validation.core.script_symbols import check_effects, check_silencers, check_symbol
from tests.validation.atoms import script_atom

Check = Callable[[Node], Iterator[Finding]]


def root_of(code: str, path: str = "src/a.ts") -> Node:
    root = read_script(code, path)
    assert not isinstance(root, Finding), root
    return root


def rules(check: Check, code: str) -> list[str]:
    return [finding.rule for finding in check(root_of(code))]


class TestSource:
    def test_jsx_is_read_where_the_suffix_allows_it(self) -> None:
        code = "const a = <b>{c}</b>;"

        assert not isinstance(read_script(code, "a.tsx"), Finding)
        assert isinstance(read_script(code, "a.ts"), Finding)

    @pytest.mark.parametrize(
        ("code", "words", "line"),
        [
            ("const a = 1;\nconst b = = 2;", "near", 2),
            ("\n\nfunction f() {", "missing", 3),
        ],
    )
    def test_a_syntax_error_has_its_line(self, code: str, words: str, line: int) -> None:
        found = read_script(code, "a.ts")

        assert isinstance(found, Finding)
        assert (found.rule, found.line) == ("ts.syntax", line)
        assert words in found.message

    def test_declarations_name_everything_at_the_top_level(self) -> None:
        code = (
            "export const { a, b: c, ...d } = x, [e, f] = y;\nlet g;\nvar h;\n"
            "export default class I {}\nexport declare function j(): void;\n"
            "declare const k: number;\nenum L {}\nnamespace M {}\nexport function* n() {}\n"
            "export abstract class O {}\n"
        )

        names = [name for found in declarations(root_of(code)) for name in found.names]

        assert names == ["a", "c", "d", "e", "f", "g", "h", "I", "j", "k", "L", "n", "O"]

    @pytest.mark.parametrize(
        ("code", "names"),
        [
            ("export const a = 1; const b = 2;", {"a"}),
            ('export { a, b as c } from "./x"; export type { D } from "./y";', {"a", "c", "D"}),
            ("export default 1;", {"default"}),
            ('export * from "./x";', None),
            ('export * as ns from "./x";', None),
        ],
    )
    def test_exported_names(self, code: str, names: set[str] | None) -> None:
        assert exported_names(root_of(code)) == names


class TestSymbol:
    @pytest.mark.parametrize(
        ("signature", "code"),
        [
            ("export function f(): void", "export function f(): void {}"),
            ("export function f(): void", "export async function f() {}\nfunction g() {}"),
            ("export function f(): void", "export function* f() {}"),
            ("export class A", "export abstract class A {}"),
            ("export const a: number", "export const a = 1;"),
            ("export const A: object", "export enum A { X }"),
            ("export type T", "export type T = 1;"),
            ("export interface I", "export interface I {}\ninterface J {}"),
            ("export const A: object", "export const A = {};\nexport type A = typeof A;"),
        ],
    )
    def test_the_asked_export_alone_is_right(self, signature: str, code: str) -> None:
        assert list(check_symbol(root_of(code), script_atom(signature))) == []

    @pytest.mark.parametrize(
        ("signature", "code", "rule"),
        [
            ("export type T", "export interface T {}", "ts.symbol-kind"),
            ("export interface T", "export type T = {};", "ts.symbol-kind"),
            ("export class A", "export const A = class {};", "ts.symbol-kind"),
            ("export class A", "", "ts.symbol-missing"),
            ("export class A", "class A {}", "ts.symbol-export"),
            ("export const a: number", "export const a = 1, b = 2;", "ts.symbol-extra"),
        ],
    )
    def test_anything_else_is_told(self, signature: str, code: str, rule: str) -> None:
        (finding,) = check_symbol(root_of(code), script_atom(signature))

        assert finding.rule == rule


class TestEffects:
    @pytest.mark.parametrize(
        "code",
        [
            '#!/usr/bin/env node\n"use strict";\nimport "./a";\n// why\n;',
            "export const a = Object.freeze({ b: new Map([[1, 2]]) });",
            "export const f = () => console.log(1), g = function () { fetch('x'); };",
            "export class A { static b = 1; c() { console.log(1); } }",
            "enum A { B }",
            "type A = 1; interface B {}",
        ],
    )
    def test_definitions_are_free(self, code: str) -> None:
        assert rules(check_effects, code) == []

    @pytest.mark.parametrize(
        "code",
        [
            "console.log(1);",
            "main();",
            "if (a) {}",
            "for (;;) {}",
            "try {} catch {}",
            "a.b = 1;",
            "namespace A {}",
            "declare global { interface Window {} }",
            "const a = fetch('x');",
            "export const a = process.env.get('A').b();",
            "const a = await b;",
            "const a = [new Worker('x')];",
            "const a = import('./x');",
            "const a = eval('1');",
            "export class A { static b = setTimeout(() => 1); }",
        ],
    )
    def test_anything_that_runs_at_import_is_told(self, code: str) -> None:
        assert rules(check_effects, code) == ["ts.import-effect"]

    def test_switching_the_compiler_off_is_told(self) -> None:
        code = "// @ts-ignore\nconst a = 1;\n/* @ts-expect-error why */\n// @ts-nocheck\n"

        assert rules(check_silencers, code) == ["ts.silenced"] * 3


class TestSignature:
    def messages(self, signature: str, code: str, atom: AtomSpec | None = None) -> list[str]:
        root = root_of(code, "src/range.ts")
        return [f.message for f in check_signature(root, atom or script_atom(signature))]

    @pytest.mark.parametrize(
        ("signature", "code"),
        [
            (
                "export function f(a: string, b?: number): A | B",
                "export function f(\n  a: string,\n  b?: number,\n): | B | A {}",
            ),
            ("export function f(a: T[]): 'x'", 'export function f(a: Array<T>): "x" {}'),
            ("function f(a: (string))", "export function f(a: string) {}"),
            ("f(a: string): void", "export function f(a: string): void {}"),
            ("export function f(a)", "export function f(a: string): void {}"),
            ("export function f(b?: number)", "export function f(b: number = 5) {}"),
            ("export function f(b: string = '-')", 'export function f(b = "-") {}'),
            ("export function f<T extends U>(a: T)", "export function f<T extends U>(a: T) {}"),
            ("export function f(...a: T[])", "export function f(...a: T[]) {}"),
            ("export function f({ a, b }: P)", "export function f({a,b}: P) {}"),
            ("export function f(): Promise<A>", "export async function f(): Promise<A> {}"),
            (
                "export function f(a: number): number",
                "export function f(a: string): string;\n"
                "export function f(a: number): number;\nexport function f(a: any) {}",
            ),
            (
                "export class A<T> extends B implements C",
                "export class A<T> extends B implements C {}",
            ),
            ("export class A", "export class A extends B {}"),
            ("export abstract class A", "export abstract class A {}"),
            ("export interface A extends B", "export interface A extends B { x: 1 }"),
            ("export const a: number", "export const a: number = 1;"),
            ("export const a: (b: C) => D", "export const a = (b: C): D => b;"),
            ("export const a = 1", "export const a = 1;"),
            ("export type A", "export type A = 'x' | 'y';"),
            ("export type A = 'x' | 'y';", 'export type A = "y" | "x";'),
            ("export type A<T> = T | A<T>", "export type A<T> = (A<T>) | T;"),
            (
                "export function f(): { a: number; b: string }",
                "export function f(): {a: number, b: string} {}",
            ),
            ("export function f(): A | (B | C)", "export function f(): (A | B) | C {}"),
            ("export function f(): void", "export const f = 1;"),
            ("export function f(): void", ""),
            ("export function f(): A /* why */", "export function f(): A {}"),
        ],
    )
    def test_equal_meaning_is_equal(self, signature: str, code: str) -> None:
        assert self.messages(signature, code) == []

    @pytest.mark.parametrize(
        ("signature", "code", "words"),
        [
            ("export function f(a: A)", "export function f() {}", "`a` is missing"),
            ("export function f()", "export function f(a: A) {}", "`a` was not asked for"),
            ("export function f(a: A)", "export function f(b: A) {}", "`b` stands where `a`"),
            ("export function f(a: A)", "export function f(a: B) {}", "type of `a` must be `A`"),
            ("export function f(a: A)", "export function f(a) {}", "not `nothing`"),
            ("export function f(a: A)", "export function f(a?: A) {}", "must be required"),
            ("export function f(a?: A)", "export function f(a: A) {}", "must be optional"),
            ("export function f(a = 1)", "export function f(a = 2) {}", "is `2`, asked for `1`"),
            ("export function f(a = 1)", "export function f(a) {}", "is `missing`"),
            ("export function f(): A", "export function f(): B {}", "return type must be `A`"),
            ("export function f<T>(a: T)", "export function f<U>(a: T) {}", "type parameters"),
            ("export async function f()", "export function f() {}", "must be `async`"),
            ("export class A extends B", "export class A extends C {}", "must say `extends B`"),
            ("export class A<T>", "export class A {}", "type parameters must be `<T>`"),
            ("export interface A extends B", "export interface A {}", "`extends B`"),
            ("export const a: A", "export const a: B = 1;", "its type must be `A`"),
            ("export const a: A", "export const a = 1;", "`A` must be written"),
            ("export const a = 1", "export const a = 2;", "its value must be `1`"),
            ("export type A = 1 | 2", "export type A = 1 | 3;", "the type must be"),
        ],
    )
    def test_the_difference_is_named(self, signature: str, code: str, words: str) -> None:
        (message,) = self.messages(signature, code)

        assert words in message
        assert f"Write `{signature}`." in message

    def test_an_unreadable_plan_is_critical(self) -> None:
        atom = script_atom("export function f(a: ): {")

        (finding,) = check_signature(root_of("export function f() {}"), atom)

        assert (finding.rule, finding.severity) == ("plan.signature", Severity.CRITICAL)


FILES = {
    "src/a.ts": "",
    "src/core/index.ts": 'export { Range } from "./range";',
    "src/core/range.ts": "export class Range {}\nexport default 1;",
    "src/core/wild.ts": 'export * from "./range";',
    "src/core/broken.ts": "export class {",
    "src/core/none.ts": "",
    "src/core/view.tsx": "export const View = 1;",
    "tsconfig.json": '{"compilerOptions": {"paths": {"@dates/*": ["./src/*"]}}}',
}


class TestImports:
    def found(self, code: str, language: Language = Language.TYPESCRIPT) -> list[Finding]:
        return list(check_imports(root_of(code), "src/a.ts", FILES, language))

    @pytest.mark.parametrize(
        "code",
        [
            'import { Range } from "./core/range";',
            'import type { Range } from "@dates/core";',
            'import def, * as all from "./core/range.js";',
            'import { default as one } from "./core/range.ts";',
            'import { anything } from "./core/wild";',
            'import { anything } from "./core/broken";',
            'import { View } from "./core/view.jsx";',
            'import "./core/none";',
            'import { a } from "./a";',
            'import r = require("./core/range");',
            'const x = () => import("./core/range");',
        ],
    )
    def test_what_exists_may_be_imported(self, code: str) -> None:
        assert self.found(code) == []

    @pytest.mark.parametrize(
        ("code", "rule", "words"),
        [
            ('import { Rnge } from "./core";', "ts.import-name", "Did you mean `Range`?"),
            ('import { x } from "./core";', "ts.import-name", "It exports `Range`."),
            ('import { x } from "./core/none";', "ts.import-name", "It exports nothing."),
            ('import x from "./core/view";', "ts.import-name", "`default`"),
            ('export { Rnge } from "./core";', "ts.import-name", "`Range`"),
            ('import { a } from "./core/rang";', "ts.import-module", "`./core/range`"),
            ('import { a } from "@dates/zz";', "ts.import-module", "listed dependencies"),
            ('import { a } from "lodash";', "ts.third-party", "`lodash` is a package"),
            ('import fs from "node:fs";', "ts.third-party", "`node:fs`"),
            ('import a from "../../etc/a";', "ts.import-outside", "outside the project"),
            ('import a from "/etc/a";', "ts.import-outside", "outside the project"),
            ('import a from "@dates/../../a";', "ts.third-party", ""),
            ('const a = () => import("x");', "ts.third-party", "`x`"),
            ('let a: typeof import("../../x");', "ts.import-outside", ""),
            ('let a: import("../../x").T;', "ts.import-outside", ""),
            ('/// <reference path="/etc/a.ts" />', "ts.reference", "Use `import`"),
        ],
    )
    def test_what_does_not_exist_is_told(self, code: str, rule: str, words: str) -> None:
        (finding,) = self.found(code)

        assert finding.rule == rule
        assert words in finding.message

    def test_javascript_may_use_node(self) -> None:
        assert self.found('import fs from "node:fs";', Language.JAVASCRIPT) == []

    @pytest.mark.parametrize(
        "text", ["", "no json", "[]", '{"compilerOptions": {"paths": {"a": []}}}', "{}"]
    )
    def test_an_odd_configuration_has_no_aliases(self, text: str) -> None:
        assert read_aliases({"tsconfig.json": text}) == {}

    @pytest.mark.parametrize(
        ("importer", "target", "specifier"),
        [
            ("src/a.ts", "src/b.ts", "./b"),
            ("src/a.ts", "src/core/b.tsx", "./core/b"),
            ("src/core/a.ts", "src/b.ts", "../b"),
            ("a.js", "b.js", "./b.js"),
        ],
    )
    def test_relative_specifier(self, importer: str, target: str, specifier: str) -> None:
        assert relative_specifier(importer, target) == specifier
        assert resolve(specifier, importer, {target}, {}) == target


class TestWindowNames:
    @pytest.mark.parametrize(
        "code",
        [
            "const f = (name: string) => name;",
            "function f({ name, length: top }) { return name + top; }",
            "import { open } from './a'; open();",
            "for (const event of events) use(event);",
            "try {} catch (event) { use(event); }",
            "const x = a.name + globalThis.name; const y = { name: 1 };",
            "const f = name => name;",
            "const [status = 1] = x; use(status);",
        ],
    )
    def test_bound_names_and_properties_are_free(self, code: str) -> None:
        assert rules(check_window_names, code) == []

    @pytest.mark.parametrize("code", ["use(name);", "const x = { status };", "event.stop();"])
    def test_a_name_that_only_the_window_has_is_told(self, code: str) -> None:
        assert rules(check_window_names, code) == ["ts.window-name"]
