# ruff: noqa: E501 - code in one string is easier to read in one line
"""Ways in which wrong scripts may try to pass: modules that do nothing right, each with a trick.

Every module offers the names that REQUIREMENTS imports. What counts is that no test passes.
"""

import re
from dataclasses import dataclass, field

PATH = "acceptance_tests/test_0001.test.ts"
_HEAD = """import { expect, test } from "vitest";
import { Point, Refused, count, day, double, isEven, label, later, lower, parse, ratio, sorted, tags, tick } from "../src/money";

"""
_TESTS = """
number: expect(double(21)).toBe(42)
number_first: expect(42).toEqual(double(21))
number_bare: expect(double(21) === 42).toBe(true)
text: expect(label("a b")).toBe("A-B")
begins: expect(label("a b").startsWith("A-")).toBe(true)
matches: expect(label("a b")).toMatch(/^A-/)
within: expect(label("a b")).toContain("A-")
refuses: expect(() => double("x")).toThrow(RangeError)
refuses_with_words: expect(() => double("x")).toThrow(/no number/)
refuses_with_own: expect(() => double("x")).toThrow(Refused)
refuses_whatever: expect(() => double("x")).toThrow()
says_no: expect(isEven(3)).toBe(false)
near: expect(ratio(7)).toBeCloseTo(1.75)
above: expect(ratio(7)).toBeGreaterThan(1)
object: expect(parse("1,2")).toEqual(new Point(1, 2))
object_first: const wanted = new Point(1, 2); expect(parse("1,2")).toEqual(wanted)
object_plain: expect(parse("1,2")).toEqual({ x: 1, y: 2 })
object_part: expect(parse("1,2")).toMatchObject({ x: 1 })
object_strict: expect([parse("1,2")]).toStrictEqual([new Point(1, 2)])
object_field: expect(parse("1,2")).toHaveProperty("x", 1)
object_asks: expect(parse("1,2")).toEqual(expect.objectContaining({ x: 1 }))
contains: expect(tags("a,b")).toContain("b")
contains_equal: expect(tags("a,b")).toContainEqual("b")
list: expect(tags("a,b")).toEqual(["a", "b"])
length: expect(tags("a,b")).toHaveLength(2)
lower: const found = lower("ABC"); expect(found).toBe(found.toLowerCase())
is_text: expect(typeof lower("ABC")).toBe("string")
resolves: await expect(later(2)).resolves.toBe(4)
awaited: expect(await later(2)).toBe(4)
rejects: await expect(later(-1)).rejects.toThrow(RangeError)
unchanged: const rows = [3, 1, 2]; sorted(rows); expect(rows).toEqual([3, 1, 2])
sorted: expect(sorted([3, 1, 2])).toEqual([1, 2, 3])
map: expect(count("aab")).toEqual(new Map([["a", 2], ["b", 1]]))
date: expect(day("2025-01-02")).toEqual(new Date("2025-01-02T00:00:00Z"))
steady: expect(tick()).toEqual(tick())
varied: expect(new Set([1, 2].map((each) => JSON.stringify(double(each)))).size).toBe(2)
"""
NAMES = re.findall(r"^(\w+):", _TESTS, re.MULTILINE)


def _text(wanted: tuple[str, ...]) -> str:
    lines = (line.partition(": ") for line in _TESTS.strip().splitlines())
    return _HEAD + "".join(
        f'test("{name}", async () => {{ {body}; }});\n' for name, _, body in lines if name in wanted
    )


REQUIREMENTS = _text(tuple(NAMES))
SHORT_NAMES = ("number", "refuses_whatever", "object")

HONEST = """
export class Point { constructor(readonly x: number, readonly y: number) {} }
export class Refused extends RangeError {}
export function double(n: unknown): number { if (typeof n !== "number") throw new Refused("no number"); return n * 2; }
export const label = (text: string) => text.toUpperCase().replace(" ", "-");
export const isEven = (n: number) => n % 2 === 0;
export const ratio = (n: number) => n / 4;
export const parse = (text: string) => { const [x, y] = text.split(",").map(Number); return new Point(x!, y!); };
export const tags = (text: string) => text.split(",");
export const lower = (text: string) => text.toLowerCase();
export async function later(n: number) { if (n < 0) throw new RangeError("negative"); return n * 2; }
export const sorted = (rows: number[]) => [...rows].sort();
export const count = (text: string) => { const found = new Map<string, number>(); for (const each of text) found.set(each, (found.get(each) ?? 0) + 1); return found; };
export const day = (text: string) => new Date(`${text}T00:00:00Z`);
export const tick = () => 1;
"""

# Wrong in every respect.
_WRONG = """
let ticks = 0;
export class Point { constructor(x, y) {} }
export class Refused extends Error {}
export function double(n) { return 0; }
export function label(text) { return ""; }
export function isEven(n) { return true; }
export function ratio(n) { return 0; }
export function parse(text) { return new Point(); }
export function tags(text) { return []; }
export function lower(text) { return 5; }
export async function later(n) { return 0; }
export function sorted(rows) { rows.sort(); return []; }
export function count(text) { return new Map(); }
export function day(text) { return undefined; }
export function tick() { return ++ticks; }
"""
_FUNCTIONS = (
    "double",
    "label",
    "isEven",
    "ratio",
    "parse",
    "tags",
    "lower",
    "later",
    "count",
    "day",
)
_REST = "let ticks = 0; export function sorted(rows) { rows.sort(); return []; } export function tick() { return ++ticks; }"

# Frames of every kind that somebody might read, written wherever something can be written to.
_FRAMES = (
    f"const names = {NAMES!r};"
    """
import * as fs from "node:fs";
const frame = (message) => {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
};
const frames = Buffer.concat([
  ...names.flatMap((name, place) => [
    frame({ k: "start", c: 3 + place * 2, id: `acceptance_tests/test_0001.test.ts::${name}` }),
    frame({ k: "test", c: 4 + place * 2, id: `acceptance_tests/test_0001.test.ts::${name}`, outcome: "passed", message: "", out: "", err: "" }),
  ]),
  frame({ k: "end", c: 3 + names.length * 2, stopped: false }),
]);
const spread = (bytes) => {
  for (let file = 0; file < 64; file++) {
    try { fs.writeSync(file, bytes); } catch { /* not open, or not for writing */ }
  }
};
"""
)


@dataclass(frozen=True, slots=True)
class Forgery:
    name: str
    code: str
    met: tuple[str, ...] = ()  # what such code does meet
    more: dict[str, str] = field(default_factory=dict)
    is_slow: bool = False  # each test takes its whole time
    only: tuple[str, ...] = ()  # the tests that run, when not all of them do

    @property
    def names(self) -> tuple[str, ...]:
        return self.only or (SHORT_NAMES if self.is_slow else tuple(NAMES))

    @property
    def test(self) -> str:
        return _text(self.names)

    def files(self) -> dict[str, str]:
        return {"src/money.js": self.code, **self.more}


def every(body: str, *, before: str = "") -> str:
    """A module whose functions all do this; `args` are their arguments."""
    lines = [f"export function {name}(...args) {{ {body} }}" for name in _FUNCTIONS]
    return "\n".join(
        [before, "export class Point {}", "export class Refused extends Error {}", _REST, *lines]
    )


def answering(payload: str) -> str:
    """A module that puts its own answer in the place of each true one."""
    return _WRONG + (
        "const told = JSON.stringify;\n"
        "let number = 100;\n"
        "JSON.stringify = (message, ...rest) => {\n"
        "  if (message && message.k === 'answer' && ticks >= 0 && !Array.isArray(message.v.r)) {\n"
        f"    message = {{ k: 'answer', n: message.n, v: {payload} }};\n"
        "  }\n"
        "  return told(message, ...rest);\n"
        "};\n"
    )


THROWN = ("refuses_whatever",)
FORGERIES = (
    Forgery("wrong", _WRONG),
    Forgery("exit at import", "process.exit(0);" + _WRONG),
    Forgery("exit in a call", every("process.exit(0)"), is_slow=True),
    Forgery("exit by the engine", every("process.reallyExit(0)"), is_slow=True),
    Forgery("abort", every("process.abort()"), is_slow=True),
    Forgery("end after the answer", every("setImmediate(() => process.exit(0)); return 1;"), is_slow=True),
    Forgery(
        "the language says yes",
        "Object.is = () => true; Array.isArray = () => true; Array.prototype.every = () => true; Array.prototype.includes = () => true;"
        "String.prototype.startsWith = () => true; RegExp.prototype.test = () => true; Object.keys = () => [];"
        "Object.prototype.toString = () => '[object Object]'; Number.isFinite = () => true; globalThis.expect = () => new Proxy({}, {});"
        "Error[Symbol.hasInstance]; Function.prototype.call = function () { return true; };" + _WRONG,
    ),
    Forgery("json says yes", _WRONG + "JSON.stringify = () => '{\"k\":\"test\",\"outcome\":\"passed\"}';", is_slow=True),
    Forgery("json reads what it likes", _WRONG + "JSON.parse = () => ({ k: 'end' });", is_slow=True),
    Forgery("frames at import", _FRAMES + "spread(frames);" + _WRONG),
    Forgery("frames in a call", every("spread(frames); return 0;", before=_FRAMES), is_slow=True),
    Forgery(
        "frames for ever",
        every("return 0;", before=_FRAMES + "setInterval(() => spread(frames), 1);"),
    ),
    Forgery(
        "answers before the question",
        every("return 0;", before=_FRAMES + "for (let n = 0; n < 50; n++) spread(frame({ k: 'answer', n, v: { h: [], r: 42, s: [], c: [] } }));"),
    ),
    Forgery("throws what matches all", every("throw { asymmetricMatch: () => true, $$typeof: Symbol.for('jest.asymmetricMatcher'), message: 'no number' };"), met=(*THROWN, "refuses_with_words")),
    Forgery("returns what matches all", every("return { asymmetricMatch: () => true, $$typeof: Symbol.for('jest.asymmetricMatcher'), toAsymmetricMatcher: () => 'x', '~standard': { validate: () => ({}) } };")),
    Forgery("a class that matches all", every("return new All();", before="class All { asymmetricMatch() { return true; } equals() { return true; } get $$typeof() { return Symbol.for('jest.asymmetricMatcher'); } static [Symbol.hasInstance]() { return true; } }")),
    Forgery("functions that match all", every("const f = () => f; f.asymmetricMatch = () => true; f.then = (yes) => yes(42); return f;")),
    Forgery("a proxy", every("return new Proxy(function () {}, { get: (_, name) => name === Symbol.toPrimitive ? () => 42 : true, has: () => true, apply: () => true, getPrototypeOf: () => Point.prototype });")),
    Forgery("a proxy of an object", every("return new Proxy({}, { get: () => 42, has: () => true, ownKeys: () => ['x', 'y'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) });")),
    Forgery("a thenable", every("return { then(yes) { yes(42); }, get z() { return 1; } };")),
    Forgery("a class with then", every("return new Soon();", before="class Soon { then(yes) { yes(4); } }")),
    Forgery("turns into what is wanted", every("return new Any();", before="class Any { [Symbol.toPrimitive](hint) { return hint === 'number' ? 42 : 'A-B'; } valueOf() { return 42; } toString() { return 'A-B'; } toJSON() { return 42; } get length() { return 2; } }"), met=("length",)),
    Forgery("as good as a text", every("return new Text();", before="class Text { startsWith() { return true; } toLowerCase() { return this; } includes() { return true; } match() { return ['A-']; } get length() { return 2; } indexOf() { return 0; } }"), met=("length",)),
    Forgery("a text with methods of its own", every("return made;", before="const made = Object.assign(new String('x'), { startsWith: () => true, toLowerCase() { return this; } });")),
    Forgery("a list with methods of its own", every("return new Rows();", before="class Rows extends Array { includes() { return true; } indexOf() { return 0; } every() { return true; } get length() { return 2; } static get [Symbol.species]() { return Array; } }"), met=("length",)),
    Forgery("iterates whatever is looked for", every("return { [Symbol.iterator]: function* () { for (;;) yield 'b'; } };"), met=("contains",), is_slow=True),
    Forgery("poisoned keys", every("return JSON.parse('{\"__proto__\": {\"x\": 1, \"y\": 2, \"length\": 2}, \"constructor\": {\"prototype\": {\"x\": 1}}, \"hasOwnProperty\": 1}');")),
    Forgery("poisoned errors", every("const error = new Error('x'); error.__defineGetter__('message', () => 'no number'); error.asymmetricMatch = () => true; error.then = (yes) => yes(4); throw error;"), met=(*THROWN, "refuses_with_words")),
    Forgery("poisoned arguments", every("for (const each of args) if (typeof each === 'object') { each.__proto__ = { 0: 1, 1: 2, 2: 3, length: 3 }; } Object.prototype.x = 1; Object.prototype.y = 2; return args;"), met=("varied",)),
    Forgery("one object for all", every("return one;", before="const one = new (class One {})();").replace("class Point {}", "class Point { constructor() { return one; } }")),
    Forgery(
        "learns from the constructor",
        "let shown = { x: 0, y: 0 };\nconst all = [];\n"
        "export class Point { constructor(x, y) { if (x !== undefined) { for (const each of all) { each.x = x; each.y = y; } shown = { x, y }; } this.x = shown.x; this.y = shown.y; all.push(this); } }\n"
        + _WRONG.replace("export class Point { constructor(x, y) {} }", ""),
        only=("object",),
    ),
    Forgery("a class without data", _WRONG.replace("constructor(x, y) {}", "#x; constructor(x, y) { this.#x = x; } get never() { return Math.random(); }")),
    Forgery("a class whose data agree", _WRONG.replace("constructor(x, y) {}", "a = 3; b = 4;")),
    Forgery("a lying instanceof", _WRONG.replace("export class Refused extends Error {}", "export class Refused extends Error { static [Symbol.hasInstance]() { return true; } }").replace("return 0;", "throw 5;", 1), met=THROWN),
    Forgery("an infinite loop", every("for (;;);"), is_slow=True),
    Forgery("an infinite loop at import", "for (;;);" + _WRONG, is_slow=True),
    Forgery("a promise for ever", every("return new Promise(() => {});")),
    Forgery("a rejection that nobody awaits", every("Promise.reject(new RangeError('no number')); return 42;").replace("return 42", "return 0"), is_slow=True),
    Forgery("stops itself", every("process.kill(process.pid, 'SIGSTOP'); return 0;"), is_slow=True),
    Forgery("kills around itself", every("for (const pid of [process.ppid, 1, -1, 0]) { try { process.kill(pid, 'SIGKILL'); } catch {} } return 0;"), is_slow=True),
    Forgery("eats memory", every("const all = []; for (;;) all.push(new Uint8Array(8e6).fill(1));"), is_slow=True),
    Forgery("eats the heap", every("const all = []; for (;;) all.push({ all: [...all.slice(-1000)] });"), is_slow=True),
    Forgery("floods the output", every("for (let n = 0; n < 200; n++) console.log('passed '.repeat(2000)); return 0;")),
    Forgery("floods the output itself", every("for (let n = 0; n < 200; n++) fs.writeSync(1, 'passed '.repeat(2000)); return 0;", before='import * as fs from "node:fs";'), met=THROWN, is_slow=True),
    Forgery("answers too much", every("return 'x'.repeat(2e7);"), is_slow=True),
    Forgery("answers too deep", every("let top = 1; for (let n = 0; n < 1e5; n++) top = { x: 1, y: 2, top }; return top;"), is_slow=True),
    Forgery("a list without an end", every("return new Array(4e9);"), is_slow=True),
    Forgery(
        "workers that keep talking",
        every("return 0;", before=_FRAMES + 'import { Worker } from "node:worker_threads"; new Worker(`const fs = require("node:fs"); for (;;) { for (let f = 3; f < 9; f++) try { fs.writeSync(f, Buffer.from("00000013", "hex")); } catch {} }`, { eval: true });'),
        is_slow=True,
    ),
    Forgery(
        "children that keep talking",
        every("return 0;", before='import { spawn } from "node:child_process"; try { spawn(process.execPath, ["-e", "for (;;) { for (let f = 0; f < 9; f++) try { require(`fs`).writeSync(f, `x`); } catch {} }"], { stdio: [0, 1, 2, 3, 4, 5, 6], detached: true }); } catch {}'),
        is_slow=True,
    ),
    Forgery(
        "the runner in its own process",
        every("return 0;", before='import { createRequire } from "node:module"; const require = createRequire("/runtime-js/x.js"); for (const name of ["vitest", "@vitest/expect", "@vitest/runner", "chai"]) { try { const found = require(name); for (const key of Object.keys(found)) found[key] = () => true; } catch {} }'),
    ),
    Forgery(
        "another test file",
        every("return 0;", before='import * as fs from "node:fs"; for (const top of ["/tmp", "/work", "/support", "/runtime-js", "/tmp/code", "."]) { for (const name of ["acceptance_tests/test_0001.test.ts", "node_modules/vitest/index.js", "vitest.mjs", "compare.mjs"]) { try { fs.mkdirSync(`${top}/${name}`.replace(/[/][^/]*$/, ""), { recursive: true }); fs.writeFileSync(`${top}/${name}`, "export const expect = () => new Proxy({}, {});"); } catch {} } }'),
    ),
    Forgery(
        "reads what is expected",
        every(
            "return wanted;",
            before='import * as fs from "node:fs"; import { execSync } from "node:child_process"; let wanted = 0;'
            'const look = (path, depth) => { let names; try { names = fs.readdirSync(path, { withFileTypes: true }); } catch { return; }'
            ' for (const each of names) { const at = `${path}/${each.name}`; if (each.isDirectory() && depth) look(at, depth - 1);'
            ' else { try { const text = fs.readFileSync(at, "latin1"); if (/toBe[(]42[)]/.test(text) && !/money[.]js/.test(at) && !at.startsWith("/proc/") && !at.includes("bundle")) wanted = 42; } catch {} } } };'
            'for (const top of ["/tmp", "/work", "/support"]) look(top, 4);'
            'for (const file of ["/proc/1/environ", "/proc/self/environ", "/proc/1/cmdline"]) { try { if (/toBe.42/.test(fs.readFileSync(file, "latin1"))) wanted = 42; } catch {} }'
            'if (JSON.stringify([process.env, process.argv]).includes("toBe(42)")) wanted = 42;',
        ),
    ),
    Forgery("debugs", every("return 0;", before='import * as inspector from "node:inspector"; try { inspector.open(0, "127.0.0.1"); } catch {} try { process._debugProcess(1); } catch {}')),
    Forgery("a cause that is asked", every("const error = new RangeError('x', { cause: new Proxy({}, { get() { process.exit(0); } }) }); throw error;"), met=(*THROWN, "refuses", "rejects"), is_slow=True),
    Forgery("an error without a message", every("throw Object.create(Error.prototype, { message: { get() { throw 1; } }, name: { get() { throw 2; } } });"), is_slow=True),
    Forgery("tells of a class twice", answering("{ h: [], r: ['fn', 0], s: [], c: [[0, 'A', null], [0, 'B', null]] }")),
    Forgery("tells of a matcher", answering("{ h: [['o', [['asymmetricMatch', ['fn', 900]]], '']], r: ['@', 0], s: [], c: [[900 + number++, 'f', null]] }")),
    Forgery("tells of a matcher that is known", answering("{ h: [['o', [['asymmetricMatch', ['fn', 0]], ['then', ['fn', 0]]], '']], r: ['@', 0], s: [], c: [] }")),
    Forgery("tells of no such place", answering("{ h: [], r: ['@', 7], s: [], c: [] }")),
    Forgery("tells of a place by name", answering("{ h: [], r: ['@', 'constructor'], s: [], c: [] }")),
    Forgery("tells of a callback", answering("{ h: [], r: ['cb', 0], s: [], c: [] }"), met=("steady",)),
    Forgery("tells nothing", answering("null")),
    Forgery("tells of a class by name", answering("{ h: [['e', '__proto__', 'x', 'no number', []]], r: ['@', 0], s: [], c: [] }"), met=("steady",)),
    Forgery("tells of a lock", answering("{ h: [['o', [], 'constructor']], r: ['@', 0], s: [], c: [] }"), met=("steady",)),
    Forgery("tells of bytes", answering("{ h: [['b', 'constructor', 'AAAA']], r: ['@', 0], s: [], c: [] }")),
    Forgery("tells of numbers", answering("{ h: [], r: ['n', 'constructor'], s: [], c: [] }")),
    Forgery("an error in the place of each answer", _WRONG + "const told = JSON.stringify; JSON.stringify = (message, ...rest) => told(message && message.k === 'answer' ? { ...message, k: 'error' } : message, ...rest);", is_slow=True),
    Forgery("answers twice", _WRONG + _FRAMES + "const told = JSON.stringify; JSON.stringify = (message, ...rest) => { if (message?.k === 'answer') { const same = Buffer.from(told(message)); const head = Buffer.alloc(4); head.writeUInt32BE(same.length); spread(Buffer.concat([head, same])); } return told(message, ...rest); };", is_slow=True),
    Forgery("asks instead of answering", _WRONG + "const told = JSON.stringify; JSON.stringify = (message, ...rest) => told(message && message.k === 'answer' ? { k: 'ask', n: 1, op: 'callback', v: { h: [], r: [['cb', 0]], s: [], c: [] } } : message, ...rest);", is_slow=True),
)  # fmt: skip
