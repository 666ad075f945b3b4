"""Functions in TypeScript."""

from tests.bench.acceptance_corpus.case import SCRIPT_PATH, Case, case

CASES: tuple[Case, ...] = (
    case(
        "export function clamp(value: number, low: number, high: number): number",
        """
        `clamp(5, 0, 10)` returns 5, `clamp(-3, 0, 10)` returns 0 and `clamp(99, 0, 10)` returns 10.

        `clamp(1, 10, 0)` throws `RangeError`. `clamp(4, 4, 4)` returns 4. `clamp(2, 3, 7)` returns 3.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function clamp(value: number, low: number, high: number): number {
              if (low > high) {
                throw new RangeError("low is above high");
              }
              return Math.max(low, Math.min(value, high));
            }
            """,
            """
            export const clamp = (value: number, low: number, high: number): number => {
              if (high < low) throw new RangeError();
              return value < low ? low : value > high ? high : value;
            };
            """,
        ),
        wrong=(
            """
            export function clamp(value: number, low: number, high: number): number {
              return Math.max(low, Math.min(value, high));
            }
            """,
        ),
    ),
    case(
        "export function slugify(text: string): string",
        """
        `slugify("Hello, World!")` returns `"hello-world"`; `slugify("  A  B ")` returns `"a-b"`.

        `slugify` is idempotent. `slugify("x2 -- y3")` returns `"x2-y3"`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function slugify(text: string): string {
              return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
            }
            """,
            """
            export function slugify(text: string): string {
              return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).join("-");
            }
            """,
        ),
        wrong=(
            """
            export function slugify(text: string): string {
              return text.toLowerCase().replaceAll(" ", "-");
            }
            """,
        ),
    ),
    case(
        "export function isLeapYear(year: number): boolean",
        """
        `isLeapYear(2000)` returns `true`, `isLeapYear(1900)` returns `false`,
        `isLeapYear(2024)` returns `true`, `isLeapYear(2023)` returns `false`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function isLeapYear(year: number): boolean {
              return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
            }
            """,
            """
            export function isLeapYear(year: number): boolean {
              return new Date(year, 1, 29).getMonth() === 1;
            }
            """,
        ),
        wrong=(
            """
            export function isLeapYear(year: number): boolean {
              return year % 4 === 0;
            }
            """,
        ),
    ),
    case(
        "export function chunk(values: number[], size: number): number[][]",
        """
        `chunk([1, 2, 3, 4, 5], 2)` returns `[[1, 2], [3, 4], [5]]`.

        `chunk([], 3)` returns `[]`. `chunk([1], 0)` throws `RangeError`. `chunk([7, 8], 1)` returns
        `[[7], [8]]`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function chunk(values: number[], size: number): number[][] {
              if (size < 1) throw new RangeError("size");
              const out: number[][] = [];
              for (let at = 0; at < values.length; at += size) out.push(values.slice(at, at + size));
              return out;
            }
            """,
            """
            export function chunk(values: number[], size: number): number[][] {
              if (size <= 0) throw new RangeError();
              const count = Math.ceil(values.length / size);
              return Array.from({ length: count }, (_, n) => values.slice(n * size, (n + 1) * size));
            }
            """,
        ),
        wrong=(
            """
            export function chunk(values: number[], size: number): number[][] {
              return [values.slice(0, size), values.slice(size)];
            }
            """,
        ),
    ),
    case(
        "export function median(values: number[]): number",
        """
        `median([3, 1, 10])` returns 3. `median([4, 1, 3, 20])` returns 3.5.

        `median([])` throws `RangeError`. `median` must not modify `values`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function median(values: number[]): number {
              if (values.length === 0) throw new RangeError("empty");
              const sorted = [...values].sort((a, b) => a - b);
              const middle = Math.floor(sorted.length / 2);
              return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
            }
            """,
        ),
        wrong=(
            """
            export function median(values: number[]): number {
              if (!values.length) throw new RangeError();
              values.sort();
              return values[Math.floor(values.length / 2)];
            }
            """,
        ),
    ),
    case(
        "export function fizzbuzz(n: number): string",
        """
        `fizzbuzz(3)` returns `"Fizz"`, `fizzbuzz(5)` returns `"Buzz"`, `fizzbuzz(15)` returns
        `"FizzBuzz"`.

        `fizzbuzz(7)` returns `"7"`; `fizzbuzz(9)` returns `"Fizz"`; `fizzbuzz(20)` returns `"Buzz"`;
        `fizzbuzz(30)` returns `"FizzBuzz"`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function fizzbuzz(n: number): string {
              if (n % 15 === 0) return "FizzBuzz";
              if (n % 3 === 0) return "Fizz";
              if (n % 5 === 0) return "Buzz";
              return String(n);
            }
            """,
            """
            export function fizzbuzz(n: number): string {
              return (n % 3 ? "" : "Fizz") + (n % 5 ? "" : "Buzz") || `${n}`;
            }
            """,
        ),
        wrong=(
            """
            export function fizzbuzz(n: number): string {
              return n % 3 === 0 ? "Fizz" : n % 5 === 0 ? "Buzz" : String(n);
            }
            """,
        ),
    ),
    case(
        "export function wordCount(text: string): number",
        """
        `wordCount("one two  three")` returns 3. `wordCount("")` returns 0.
        `wordCount(" a ")` returns 1.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function wordCount(text: string): number {
              return text.split(/\\s+/).filter((word) => word !== "").length;
            }
            """,
            """
            export const wordCount = (text: string): number => (text.match(/\\S+/g) ?? []).length;
            """,
        ),
        wrong=(
            """
            export function wordCount(text: string): number {
              return text.split(" ").length;
            }
            """,
        ),
    ),
    case(
        "export function isPort(port: number): boolean",
        """
        `isPort` returns `true` for ports between 1 and 65535 and `false` otherwise.

        `isPort(8080)` returns `true`. `isPort(1.5)` returns `false`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function isPort(port: number): boolean {
              return Number.isInteger(port) && port >= 1 && port <= 65535;
            }
            """,
            """
            export function isPort(port: number): boolean {
              if (port % 1 !== 0) {
                return false;
              }
              return port > 0 && port < 65536;
            }
            """,
        ),
        wrong=(
            """
            export function isPort(port: number): boolean {
              return port >= 0 && port <= 65535;
            }
            """,
        ),
    ),
    case(
        "export function runLength(text: string): string",
        """
        `runLength("aaabcc")` returns `"3a1b2c"`.

        `runLength("")` returns `""`; `runLength("zzaz")` returns `"2z1a1z"`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function runLength(text: string): string {
              let out = "";
              for (let at = 0; at < text.length; ) {
                let end = at;
                while (text[end] === text[at]) end += 1;
                out += `${end - at}${text[at]}`;
                at = end;
              }
              return out;
            }
            """,
            """
            export const runLength = (text: string): string =>
              text.replace(/(.)\\1*/gs, (run) => `${run.length}${run[0]}`);
            """,
        ),
        wrong=(
            """
            export function runLength(text: string): string {
              return [...new Set(text)].map((c) => `${text.split(c).length - 1}${c}`).join("");
            }
            """,
        ),
    ),
    case(
        "export function formatDuration(seconds: number): string",
        """
        `formatDuration(3661)` returns `"1:01:01"`; `formatDuration(59)` returns `"0:00:59"`.

        `formatDuration(86399)` returns `"23:59:59"`. `formatDuration` rejects values below 0 with
        `RangeError`.
        """,
        path=SCRIPT_PATH,
        right=(
            """
            export function formatDuration(seconds: number): string {
              if (seconds < 0) throw new RangeError("negative");
              const two = (n: number) => String(n).padStart(2, "0");
              return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
            }
            """,
        ),
        wrong=(
            """
            export function formatDuration(seconds: number): string {
              return `${Math.floor(seconds / 3600)}:${Math.floor(seconds / 60)}:${seconds % 60}`;
            }
            """,
        ),
    ),
)
