"""Functions of lists."""

import random

from tests.bench.acceptance_corpus.case import Case, case, integer, integers, words


def _table(rng: random.Random) -> list[list[int]]:
    width = rng.randint(1, 4)
    return [[rng.randint(0, 9) for _ in range(width)] for _ in range(rng.randint(1, 4))]


CASES: tuple[Case, ...] = (
    case(
        "chunk(values: list[int], size: int) -> list[list[int]]",
        """
        `chunk([1, 2, 3, 4, 5], 2)` returns `[[1, 2], [3, 4], [5]]`.

        `chunk([], 3)` returns `[]`; `chunk([7], 1)` returns `[[7]]`.

        `chunk([1], 0)` must raise `ValueError`.
        """,
        right=(
            """
            def chunk(values, size):
                if size < 1:
                    raise ValueError("size must be positive")
                return [values[start:start + size] for start in range(0, len(values), size)]
            """,
            """
            def chunk(values, size):
                if size <= 0:
                    raise ValueError
                result = []
                for value in values:
                    if not result or len(result[-1]) == size:
                        result.append([])
                    result[-1].append(value)
                return result
            """,
        ),
        wrong=(
            "def chunk(values, size):\n    return [values[i:i + size] for i in range(0, len(values) - size, size)]",
        ),
        draw=lambda rng: (integers(rng), integer(rng, -1, 5)),
    ),
    case(
        "flatten(values: list) -> list",
        """
        `flatten([1, [2, [3, 4]], 5])` returns `[1, 2, 3, 4, 5]`.

        `flatten([])` returns `[]`. `flatten([[], [["a"]]])` returns `["a"]`.
        """,
        right=(
            """
            def flatten(values):
                out = []
                for value in values:
                    if isinstance(value, list):
                        out.extend(flatten(value))
                    else:
                        out.append(value)
                return out
            """,
            """
            def flatten(values):
                stack, out = list(reversed(values)), []
                while stack:
                    top = stack.pop()
                    if isinstance(top, list):
                        stack.extend(reversed(top))
                    else:
                        out.append(top)
                return out
            """,
        ),
        wrong=(
            "def flatten(values):\n    return [x for v in values for x in (v if isinstance(v, list) else [v])]",
        ),
        draw=lambda rng: ([integers(rng), 3, [integers(rng), [4, integers(rng)]]],),
    ),
    case(
        "dedupe(values: list[int]) -> list[int]",
        """
        `dedupe([3, 1, 3, 2, 1])` returns `[3, 1, 2]`.

        `dedupe` must be idempotent. `dedupe([])` returns `[]`.

        `dedupe` must not modify its argument.
        """,
        right=(
            "def dedupe(values):\n    return list(dict.fromkeys(values))",
            """
            def dedupe(values):
                seen, out = set(), []
                for value in values:
                    if value not in seen:
                        seen.add(value)
                        out.append(value)
                return out
            """,
        ),
        wrong=(
            "def dedupe(values):\n    return sorted(set(values))",
            "def dedupe(values):\n    for value in list(values):\n"
            "        while values.count(value) > 1:\n"
            "            values.reverse()\n            values.remove(value)\n"
            "            values.reverse()\n    return values",
        ),
        draw=lambda rng: (integers(rng, 0, 5),),
    ),
    case(
        "moving_average(values: list[float], window: int) -> list[float]",
        """
        `moving_average([1, 2, 3, 4], 2)` returns `[1.5, 2.5, 3.5]`. `moving_average([5, 5], 3)` returns `[]`.

        `moving_average([2, 4, 9], 1)` returns `[2.0, 4.0, 9.0]`. `moving_average([1, 2, 6], 3)` returns `[3.0]`.

        `moving_average([1], 0)` raises `ValueError`.
        """,
        right=(
            """
            def moving_average(values, window):
                if window < 1:
                    raise ValueError("window must be positive")
                return [
                    sum(values[start:start + window]) / window
                    for start in range(len(values) - window + 1)
                ]
            """,
            """
            def moving_average(values, window):
                if window <= 0:
                    raise ValueError
                sums = [0]
                for value in values:
                    sums.append(sums[-1] + value)
                return [(sums[i] - sums[i - window]) / window for i in range(window, len(sums))]
            """,
        ),
        wrong=(
            "def moving_average(values, window):\n    if window < 1:\n        raise ValueError\n"
            "    return [sum(values[i:i + window]) / window for i in range(len(values))]",
        ),
        draw=lambda rng: (integers(rng), integer(rng, -1, 4)),
    ),
    case(
        "rotate(values: list[int], steps: int) -> list[int]",
        """
        `rotate([1, 2, 3, 4], 1)` returns `[4, 1, 2, 3]`.

        `rotate([1, 2, 3, 4], -1)` returns `[2, 3, 4, 1]`; `rotate([1, 2, 3], 5)` returns `[2, 3, 1]`.

        `rotate([], 3)` returns `[]`. `rotate([1, 2], 0)` returns `[1, 2]`.
        """,
        right=(
            """
            def rotate(values, steps):
                if not values:
                    return []
                steps %= len(values)
                return values[-steps:] + values[:-steps] if steps else list(values)
            """,
            """
            from collections import deque

            def rotate(values, steps):
                ring = deque(values)
                ring.rotate(steps)
                return list(ring)
            """,
        ),
        wrong=("def rotate(values, steps):\n    return values[steps:] + values[:steps]",),
        draw=lambda rng: (integers(rng), integer(rng, -9, 9)),
    ),
    case(
        "merge_sorted(one: list[int], two: list[int]) -> list[int]",
        """
        `merge_sorted([1, 4], [2, 3, 9])` returns `[1, 2, 3, 4, 9]`.

        `merge_sorted([], [])` returns `[]`, `merge_sorted([1], [])` returns `[1]`,
        `merge_sorted([], [2])` returns `[2]`.

        `merge_sorted([5, 5], [5])` returns `[5, 5, 5]`.
        """,
        right=(
            """
            def merge_sorted(one, two):
                out, i, j = [], 0, 0
                while i < len(one) and j < len(two):
                    if one[i] <= two[j]:
                        out.append(one[i])
                        i += 1
                    else:
                        out.append(two[j])
                        j += 1
                return out + one[i:] + two[j:]
            """,
            "def merge_sorted(one, two):\n    return sorted([*one, *two])",
        ),
        wrong=(
            "def merge_sorted(one, two):\n    return one + two",
            "def merge_sorted(one, two):\n    return sorted(set(one) | set(two))",
        ),
        draw=lambda rng: (sorted(integers(rng)), sorted(integers(rng))),
    ),
    case(
        "top_n(values: list[int], n: int) -> list[int]",
        """
        `top_n([5, 1, 9, 7], 2)` returns `[9, 7]`, in descending order.

        `top_n([1, 2], 5)` returns `[2, 1]` and `top_n([3, 3, 1], 2)` returns `[3, 3]`. `top_n([1], 0)` returns `[]`.
        """,
        right=(
            "def top_n(values, n):\n    return sorted(values, reverse=True)[:n]",
            "import heapq\n\ndef top_n(values, n):\n    return heapq.nlargest(n, values)",
        ),
        wrong=(
            "def top_n(values, n):\n    return sorted(values)[:n]",
            "def top_n(values, n):\n    return sorted(set(values), reverse=True)[:n]",
        ),
        draw=lambda rng: (integers(rng), integer(rng, 0, 9)),
    ),
    case(
        "sort_numbers(values: list[int]) -> list[int]",
        """
        `sort_numbers` must return a sorted list.

        `sort_numbers([3, -1, 2])` returns `[-1, 2, 3]`. `sort_numbers([2, 2, 1])` returns `[1, 2, 2]`.

        `sort_numbers` must leave `values` unchanged.
        """,
        right=(
            "def sort_numbers(values):\n    return sorted(values)",
            """
            def sort_numbers(values):
                out = []
                for value in values:
                    place = 0
                    while place < len(out) and out[place] < value:
                        place += 1
                    out.insert(place, value)
                return out
            """,
        ),
        wrong=(
            "def sort_numbers(values):\n    values.sort()\n    return values",
            "def sort_numbers(values):\n    return sorted(values, key=str)",
        ),
        draw=lambda rng: (integers(rng),),
    ),
    case(
        "pairs_with_sum(values: list[int], target: int) -> int",
        """
        `pairs_with_sum([1, 2, 3, 4], 5)` returns 2. `pairs_with_sum([2, 2, 2], 4)` returns 3.

        `pairs_with_sum([], 1)` returns 0; `pairs_with_sum([1, 9], 3)` returns 0.
        `pairs_with_sum([-1, 1, 6], 0)` returns 1.
        """,
        right=(
            """
            def pairs_with_sum(values, target):
                count = 0
                for i in range(len(values)):
                    for j in range(i + 1, len(values)):
                        if values[i] + values[j] == target:
                            count += 1
                return count
            """,
            """
            from itertools import combinations

            def pairs_with_sum(values, target):
                return sum(a + b == target for a, b in combinations(values, 2))
            """,
        ),
        wrong=(
            "def pairs_with_sum(values, target):\n    return sum(target - v in values for v in set(values)) // 2",
        ),
        draw=lambda rng: (integers(rng, 0, 5), integer(rng, 0, 8)),
    ),
    case(
        "transpose(rows: list[list[int]]) -> list[list[int]]",
        """
        `transpose([[1, 2, 3], [4, 5, 6]])` returns `[[1, 4], [2, 5], [3, 6]]`.

        `transpose([])` returns `[]`, and `transpose([[1]])` returns `[[1]]`.
        """,
        right=(
            "def transpose(rows):\n    return [list(column) for column in zip(*rows)]",
            """
            def transpose(rows):
                if not rows:
                    return []
                return [[row[place] for row in rows] for place in range(len(rows[0]))]
            """,
        ),
        wrong=("def transpose(rows):\n    return [row[::-1] for row in rows[::-1]]",),
        draw=lambda rng: (_table(rng),),
    ),
    case(
        "group_by_length(names: list[str]) -> dict[int, list[str]]",
        """
        `group_by_length(["a", "bb", "c"])` returns `{1: ["a", "c"], 2: ["bb"]}`.

        `group_by_length([])` returns `{}`. `group_by_length(["one", "two"])` returns `{3: ["one", "two"]}`.
        """,
        right=(
            """
            def group_by_length(names):
                groups = {}
                for name in names:
                    groups.setdefault(len(name), []).append(name)
                return groups
            """,
            """
            from collections import defaultdict

            def group_by_length(names):
                groups = defaultdict(list)
                for name in names:
                    groups[len(name)] += [name]
                return dict(groups)
            """,
        ),
        wrong=("def group_by_length(names):\n    return {len(name): [name] for name in names}",),
        draw=lambda rng: (words(rng),),
    ),
    case(
        "second_largest(values: list[int]) -> int",
        """
        `second_largest([4, 9, 7])` returns 7. `second_largest([9, 9, 3])` returns 3.

        `second_largest([5])` raises `ValueError`; `second_largest([2, 2])` raises `ValueError`.
        """,
        right=(
            """
            def second_largest(values):
                distinct = sorted(set(values))
                if len(distinct) < 2:
                    raise ValueError("no second")
                return distinct[-2]
            """,
            """
            def second_largest(values):
                best = second = None
                for value in values:
                    if best is None or value > best:
                        best, second = value, best
                    elif value < best and (second is None or value > second):
                        second = value
                if second is None:
                    raise ValueError
                return second
            """,
        ),
        wrong=(
            "def second_largest(values):\n    if len(set(values)) < 2:\n        raise ValueError\n"
            "    return sorted(values)[-2]",
        ),
        draw=lambda rng: (integers(rng, 0, 6),),
    ),
    case(
        "interleave(one: list[int], two: list[int]) -> list[int]",
        """
        `interleave([1, 3], [2, 4])` returns `[1, 2, 3, 4]`.

        The rest is appended: `interleave([1], [2, 5, 6])` returns `[1, 2, 5, 6]`,
        `interleave([1, 2, 3], [])` returns `[1, 2, 3]`.
        """,
        right=(
            """
            def interleave(one, two):
                out = []
                for place in range(max(len(one), len(two))):
                    if place < len(one):
                        out.append(one[place])
                    if place < len(two):
                        out.append(two[place])
                return out
            """,
            """
            def interleave(one, two):
                shared = min(len(one), len(two))
                mixed = [value for pair in zip(one, two) for value in pair]
                return mixed + one[shared:] + two[shared:]
            """,
        ),
        wrong=(
            "def interleave(one, two):\n    return [value for pair in zip(one, two) for value in pair]",
        ),
        draw=lambda rng: (integers(rng), integers(rng)),
    ),
    case(
        "running_total(values: list[int]) -> list[int]",
        """
        `running_total([1, 2, 3])` returns `[1, 3, 6]`. `running_total([5, -5, 2])` returns `[5, 0, 2]`.

        `running_total([])` returns `[]`.
        """,
        right=(
            """
            def running_total(values):
                total, out = 0, []
                for value in values:
                    total += value
                    out.append(total)
                return out
            """,
            "from itertools import accumulate\n\ndef running_total(values):\n    return list(accumulate(values))",
        ),
        wrong=("def running_total(values):\n    return [sum(values)] * len(values)",),
        draw=lambda rng: (integers(rng),),
    ),
    case(
        "binary_search(values: list[int], wanted: int) -> int",
        """
        `binary_search([1, 3, 5, 7], 5)` returns 2, `binary_search([1, 3, 5, 7], 1)` returns 0,
        `binary_search([1, 3, 5, 7], 7)` returns 3.

        `binary_search([1, 3], 2)` returns -1. `binary_search([], 2)` returns -1;
        `binary_search([4], 4)` returns 0. `binary_search([1, 3, 5], 9)` returns -1.
        """,
        right=(
            """
            def binary_search(values, wanted):
                low, high = 0, len(values) - 1
                while low <= high:
                    middle = (low + high) // 2
                    if values[middle] == wanted:
                        return middle
                    if values[middle] < wanted:
                        low = middle + 1
                    else:
                        high = middle - 1
                return -1
            """,
            """
            from bisect import bisect_left

            def binary_search(values, wanted):
                place = bisect_left(values, wanted)
                return place if place < len(values) and values[place] == wanted else -1
            """,
        ),
        wrong=(
            "def binary_search(values, wanted):\n    return wanted // 2 if wanted in values else -1",
        ),
        draw=lambda rng: (sorted(set(integers(rng, 0, 9))), integer(rng, -1, 10)),
    ),
)
