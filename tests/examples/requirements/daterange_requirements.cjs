// The requirements of examples/daterange, held against its compiled code.
const assert = require("node:assert/strict");
const { test } = require("node:test");

const { splitRange, startOfNext } = require("@daterange/calendar");
const { eachDay } = require("@daterange/calendar/days");
const { addDays, DateRange, MS_PER_DAY } = require("@daterange/core");
const { formatDay, formatRange, parseDay, parseRange } = require("@daterange/format");
const { intersect, mergeRanges, overlaps } = require("@daterange/sets");

const written = (ranges) => ranges.map(formatRange);

test("R1 formatDay", () => {
  assert.equal(formatDay(new Date("2025-03-01T15:30:00Z")), "2025-03-01");
});

test("R2 parseDay refuses what is no day", () => {
  for (const text of ["2025-02-30", "2025-2-3", "soon", "", "2025-13-01"]) {
    assert.throws(() => parseDay(text), RangeError, text);
  }
});

test("R3 a range cannot end before it starts", () => {
  assert.throws(() => parseRange("2025-03-02/2025-03-01"), RangeError);
  assert.throws(() => parseRange("2025-03-02"), RangeError);
  assert.throws(() => new DateRange(new Date(Number.NaN), new Date()), RangeError);
});

test("R4 days counts both ends", () => {
  assert.equal(parseRange("2025-01-01/2025-01-31").days, 31);
  assert.equal(parseRange("2025-01-01/2025-01-01").days, 1);
});

test("R5 formatRange", () => {
  assert.equal(formatRange(parseRange("2025-01-01/2025-01-31")), "2025-01-01/2025-01-31");
});

test("R6 overlaps in a single day", () => {
  const first = parseRange("2025-01-01/2025-01-05");
  assert.equal(overlaps(first, parseRange("2025-01-05/2025-01-09")), true);
  assert.equal(overlaps(first, parseRange("2025-01-06/2025-01-09")), false);
});

test("R7 intersect", () => {
  const first = parseRange("2025-01-01/2025-01-05");
  assert.equal(intersect(first, parseRange("2025-01-06/2025-01-09")), null);
  const shared = intersect(first, parseRange("2025-01-03/2025-01-09"));
  assert.equal(formatRange(shared), "2025-01-03/2025-01-05");
});

test("R8 mergeRanges joins what overlaps or touches", () => {
  const ranges = [
    "2025-02-01/2025-02-02",
    "2025-01-01/2025-01-05",
    "2025-01-06/2025-01-07",
    "2025-01-02/2025-01-03",
  ].map(parseRange);
  assert.deepEqual(written(mergeRanges(ranges)), ["2025-01-01/2025-01-07", "2025-02-01/2025-02-02"]);
});

test("R9 eachDay", () => {
  const days = eachDay(parseRange("2024-02-28/2024-03-01"));
  assert.deepEqual(days.map(formatDay), ["2024-02-28", "2024-02-29", "2024-03-01"]);
});

test("R10 addDays in every time zone", () => {
  assert.equal(formatDay(addDays(parseDay("2025-03-29"), 2)), "2025-03-31");
  assert.equal(formatDay(addDays(parseDay("2025-03-01"), -1)), "2025-02-28");
});

test("R11 splitRange", () => {
  assert.deepEqual(written(splitRange(parseRange("2025-01-15/2025-03-10"), "month")), [
    "2025-01-15/2025-01-31",
    "2025-02-01/2025-02-28",
    "2025-03-01/2025-03-10",
  ]);
});

test("R12 startOfNext begins weeks on Monday", () => {
  for (const day of ["2025-03-03", "2025-03-05", "2025-03-09"]) {
    assert.equal(formatDay(startOfNext(parseDay(day), "week")), "2025-03-10", day);
  }
  assert.equal(formatDay(startOfNext(parseDay("2025-01-31"), "month")), "2025-02-01");
  assert.equal(formatDay(startOfNext(parseDay("2025-12-31"), "day")), "2026-01-01");
});

test("R13 mergeRanges leaves its list as it was", () => {
  const ranges = ["2025-02-01/2025-02-02", "2025-01-01/2025-02-01"].map(parseRange);
  mergeRanges(ranges);
  assert.deepEqual(written(ranges), ["2025-02-01/2025-02-02", "2025-01-01/2025-02-01"]);
});

test("R14 mergeRanges of 10,000 ranges", () => {
  const ranges = Array.from({ length: 10_000 }, (_, index) => {
    const day = new Date(((index * 7919) % 20_000) * MS_PER_DAY);
    return new DateRange(day, day);
  });
  const durationsMs = Array.from({ length: 3 }, () => {
    const start = process.cpuUsage();
    mergeRanges(ranges);
    const used = process.cpuUsage(start);
    return (used.user + used.system) / 1000;
  });
  assert.ok(Math.min(...durationsMs) < 200);
});

test("R15 parseRange accepts spaces around the slash", () => {
  assert.equal(parseRange("2025-01-01 / 2025-01-31").days, 31);
});

test("contains counts both ends", () => {
  const range = parseRange("2025-01-01/2025-01-31");
  assert.equal(range.contains(new Date("2025-01-31T23:59:59Z")), true);
  assert.equal(range.contains(new Date("2025-02-01T00:00:00Z")), false);
});
