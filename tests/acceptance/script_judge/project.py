"""A project in TypeScript and JavaScript that uses what such projects use, and tests of all of it."""

import re

CODE = {
    "tsconfig.json": '{"compilerOptions": {"paths": {"@shop/*": ["./src/*"]}, "target": "ES2022"}}',
    "src/rates.json": '{"vat": 21, "names": ["low", "high"]}',
    "src/money/types.ts": "export interface Price { readonly cents: number }\nexport type Code = string;\n",
    "src/money/money.ts": """import type { Price } from "./types";

export class Money implements Price {
  static readonly ZERO = new Money(0);
  #secret = 1;
  constructor(readonly cents: number, public currency: string = "EUR") {
    if (!Number.isInteger(cents)) throw new RangeError(`${cents} is no amount.`);
  }
  get euros(): number { return this.cents / 100; }
  plus(other: Money): Money { return new Money(this.cents + other.cents, this.currency); }
  add(cents: number): this { (this as { cents: number }).cents += cents; return this; }
  toString(): string { return `${this.euros.toFixed(2)} ${this.currency}`; }
  static of(text: string): Money { return new Money(Math.round(Number(text) * 100)); }
  *[Symbol.iterator]() { yield this.cents; yield this.currency; }
}

export class Forgetful { constructor(given: string) { void given; } }
export enum Size { Small = 1, Large }
export class TooMuch extends RangeError {
  override name = "TooMuch";
  constructor(readonly limit: number) { super(`More than ${limit}.`); }
}
export function limited(cents: number): number {
  if (cents > 10) throw new TooMuch(10);
  return cents;
}
export default function half(cents: number): number { return cents / 2; }
""",
    "src/money/index.ts": 'export { default as half, Money, TooMuch, limited, Size } from "./money";\n',
    "src/lists.ts": """import { Money } from "@shop/money";
import rates from "./rates.json";

export const sorted = (rows: number[]): number[] => [...rows].sort((a, b) => a - b);
export function sortInPlace(rows: number[]): number[] { return rows.sort((a, b) => a - b); }
export function total(rows: readonly Money[]): Money { return rows.reduce((a, b) => a.plus(b), Money.ZERO); }
export const vat = (): number => rates.vat;
export const count = (words: string[]): Map<string, number> => {
  const found = new Map<string, number>();
  for (const word of words) found.set(word, (found.get(word) ?? 0) + 1);
  return found;
};
export const unique = (words: string[]): Set<string> => new Set(words);
export const mapped = <T, U>(rows: T[], change: (row: T, place: number) => U): U[] => rows.map(change);
export function touch(given: { inner: number[]; when: Date; names: Map<string, string[]>; seen: Set<number> }): void {
  given.inner.push(9);
  given.when.setUTCFullYear(1999);
  given.names.get("a")?.push("b");
  given.seen.delete(1);
}
export const echo = (value: unknown): unknown => value;
export const kind = (value: unknown): string => Object.prototype.toString.call(value);
export const isSame = (one: unknown, other: unknown): boolean => one === other;
export const frozen = (): readonly number[] => Object.freeze([1, 2]);
export const fill = (bytes: Uint8Array): void => { bytes.fill(7); };
export const ring = (): object => { const a: { self?: object } = {}; a.self = a; return a; };
export function* steps(to: number): Generator<number> { for (let at = 0; at < to; at++) yield at; }
export const counter = () => { let at = 0; return { next: () => ++at, get at() { return at; } }; };
export class Shelf {
  readonly items: Money[] = [];
  put(item: Money): void { this.items.push(item); }
  contains(cents: number): boolean { return this.items.some((each) => each.cents === cents); }
}
export const say = (text: string): void => console.log(text);
""",
    "src/later.ts": """export async function later(rows: number[], value: number): Promise<number> {
  rows.push(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  rows.push(2);
  if (value < 0) throw new RangeError("below zero");
  return value * 2;
}
export async function* numbers() { yield 1; await null; yield 2; }
""",
    "src/old.cjs": "exports.twice = (n) => n * 2;\nmodule.exports.name = 'old';\n",
    "src/view.tsx": "export const width = (a: string) => a.length;\nexport const View = () => <p>hi</p>;\n",
    "src/plain.js": 'import { half } from "./money/index.js";\nexport const quarter = (n) => half(half(n));\n',
}

TESTS = """import { beforeEach, describe, expect, it, test, vi } from "vitest";
import half, { Forgetful, Money, Size, TooMuch, limited } from "../src/money/money";
import { Money as Same, half as alsoHalf } from "../src/money";
import * as lists from "../src/lists";
import { later, numbers } from "../src/later";
import { twice } from "../src/old.cjs";
import { width } from "../src/view";
import { quarter } from "../src/plain.js";

test("functions", () => {
  expect(half(5)).toBe(2.5);
  expect(alsoHalf).toBe(half);
  expect(limited(3)).toBe(3);
  expect(quarter(8)).toBe(2);
  expect(twice(4)).toBe(8);
  expect(width("abc")).toBe(3);
  expect(lists.sorted([3, 1, 2])).toEqual([1, 2, 3]);
  expect(typeof half).toBe("function");
});

test("constants and json", () => {
  expect(Size.Large).toBe(2);
  expect(Size[1]).toBe("Small");
  expect(lists.vat()).toBe(21);
});

test("classes", () => {
  const money = new Money(150);
  expect(money.euros).toBe(1.5);
  expect(money).toBeInstanceOf(Money);
  expect(money).toBeInstanceOf(Same);
  expect(`${money}`).toBe("1.50 EUR");
  expect(money.constructor.name).toBe("Money");
  expect(money.plus(new Money(50))).toEqual(new Money(200));
  expect(money.plus(new Money(50))).not.toEqual(new Money(201));
  expect(Money.of("2.5")).toStrictEqual(new Money(250));
  expect(Money.of("2.5")).toEqual({ cents: 250, currency: "EUR" });
  expect(Money.of("2.5")).not.toEqual({ cents: 250 });
  expect(Money.of("2.5")).not.toStrictEqual({ cents: 250, currency: "EUR" });
  expect(Money.of("2.5")).toMatchObject({ cents: 250 });
  expect(money).toHaveProperty("currency", "EUR");
  expect(money.add(5)).toBe(money);
  expect(money.cents).toBe(155);
  expect(money).toEqual(new Money(155));
  expect(Money.ZERO.cents).toBe(0);
  expect([...money]).toEqual([155, "EUR"]);
  expect(Object.keys(money)).toEqual(["cents", "currency"]);
  expect(JSON.parse(JSON.stringify(money))).toEqual({ cents: 155, currency: "EUR" });
  money.currency = "USD";
  expect(money.currency).toBe("USD");
  expect([new Money(1), new Money(2)]).toEqual([new Money(1), new Money(2)]);
});

test("objects that change elsewhere", () => {
  const shelf = new lists.Shelf();
  const coin = new Money(5);
  shelf.put(coin);
  coin.add(1);
  expect(shelf.items).toEqual([new Money(6)]);
  expect(shelf).toEqual({ items: [{ cents: 6, currency: "EUR" }] });
  expect(shelf.contains(6)).toBe(true);
  expect(lists.total([coin, new Money(4)]).cents).toBe(10);
});

test("a class that forgets is equal to nothing", () => {
  expect(new Forgetful("a")).not.toEqual(new Forgetful("b"));
});

test("errors", () => {
  expect(() => limited(11)).toThrow(TooMuch);
  expect(() => limited(11)).toThrow(RangeError);
  expect(() => limited(11)).toThrow("More than 10.");
  expect(() => limited(11)).toThrow(/than 10/);
  expect(() => limited(11)).not.toThrow(TypeError);
  expect(() => new Money(0.5)).toThrow(RangeError);
  expect(() => limited(1)).not.toThrow();
  try {
    limited(11);
    expect.unreachable();
  } catch (error) {
    expect([error.name, error.limit, error.constructor.name]).toEqual(["TooMuch", 10, "TooMuch"]);
  }
});

describe("values", () => {
  const all = [
    NaN, -0, Infinity, 10n ** 30n, undefined, null, "\\ud800", "é", true, 1.5, 2 ** 60,
    new Date(5), new Date(NaN), [1, , 3], { a: { b: [1] } }, new Map([[{ k: 1 }, new Set([1])]]),
    new Uint8Array([1, 2]), new Float64Array([0.5]), /a+/gi, new URL("https://a.example/b?c"),
    Object.assign(Object.create(null), { a: 1 }), JSON.parse('{"__proto__": {"x": 1}}'), new Error("e"),
    { then: 1, constructor: 2, toString: 3 },
  ];
  it("come back as they went", () => {
    for (const each of all) expect(lists.echo(each)).toStrictEqual(each);
    expect(lists.echo(all)).toStrictEqual(all);
  });
  it("are the same one when they were passed", () => {
    const row = [1];
    expect(lists.echo(row)).toBe(row);
    expect(lists.isSame(row, row)).toBe(true);
    expect(lists.isSame(row, [1])).toBe(false);
  });
  it("are what they are over there", () => {
    expect(all.map(lists.kind)).toEqual(all.map((each) => Object.prototype.toString.call(each)));
  });
  it("may be a ring, locked, a map, a set", () => {
    const ring = lists.ring();
    expect(ring.self).toBe(ring);
    expect(Object.isFrozen(lists.frozen())).toBe(true);
    expect(lists.count(["a", "b", "a"])).toEqual(new Map([["a", 2], ["b", 1]]));
    expect(lists.unique(["a", "a"])).toEqual(new Set(["a"]));
    expect([...lists.steps(3)]).toEqual([0, 1, 2]);
  });
});

test("arguments that change", () => {
  const rows = [3, 1, 2];
  expect(lists.sortInPlace(rows)).toBe(rows);
  expect(rows).toEqual([1, 2, 3]);
  lists.sorted(Object.freeze([2, 1]));
  expect(() => lists.sortInPlace(Object.freeze([2, 1]))).toThrow(TypeError);
  const given = { inner: [1], when: new Date(0), names: new Map([["a", ["a"]]]), seen: new Set([1, 2]) };
  const inner = given.inner;
  lists.touch(given);
  expect(inner).toEqual([1, 9]);
  expect(given.when.getUTCFullYear()).toBe(1999);
  expect(given.names.get("a")).toEqual(["a", "b"]);
  expect(given.seen).toEqual(new Set([2]));
  const bytes = new Uint8Array(3);
  lists.fill(bytes);
  expect(bytes).toEqual(new Uint8Array([7, 7, 7]));
});

test("functions of the test", () => {
  expect(lists.mapped([1, 2], (row, place) => row * 10 + place)).toEqual([10, 21]);
  const spy = vi.fn(() => 1);
  lists.mapped(["a"], spy);
  expect(spy).toHaveBeenCalledWith("a", 0, ["a"]);
  const mine = new TypeError("mine");
  expect(() => lists.mapped([1], () => { throw mine; })).toThrow(mine);
  expect(lists.mapped([5], half)).toEqual([2.5]);
});

test("promises", async () => {
  const rows = [];
  const promise = later(rows, 4);
  expect(promise).toBeInstanceOf(Promise);
  expect(rows).toEqual([1]);
  expect(await promise).toBe(8);
  expect(rows).toEqual([1, 2]);
  await expect(later([], 5)).resolves.toBe(10);
  await expect(later([], -1)).rejects.toThrow(RangeError);
  await expect(async () => later([], -1)).rejects.toThrow("below zero");
  expect(await Promise.all([later([], 1), later([], 2)])).toEqual([2, 4]);
  const found = [];
  for await (const each of numbers()) found.push(each);
  expect(found).toEqual([1, 2]);
});

describe("hooks and objects of functions", () => {
  let counter;
  beforeEach(() => { counter = lists.counter(); });
  it("counts", () => {
    expect(counter.next()).toBe(1);
    expect(counter.next()).toBe(2);
    expect(counter.at).toBe(2);
  });
  it("begins anew", () => expect(counter.next()).toBe(1));
});

test("copies for the language", () => {
  const money = new Money(1);
  expect(structuredClone([money, { a: [1] }])).toEqual([money, { a: [1] }]);
});

test("prints", () => lists.say("said by the code"));
"""


def ids(text: str, path: str) -> list[str]:
    """The tests of a text, as the console would know them: by their names, one level of groups."""
    found, group = [], ""
    for line in text.splitlines():
        if opened := re.match(r'describe\("([^"]+)"', line):
            group = f"{opened[1]}::"
        elif line == "});" or line.startswith("test("):
            group = ""
        if named := re.match(r'\s*(?:test|it)\("([^"]+)"', line):
            found.append(f"{path}::{group if line.startswith(' ') else ''}{named[1]}")
    return found
