"""Ordinary test text works although the code lives in another process."""

import pytest

from apps.acceptance.adapters.judge.judge import JudgeLimits, JudgeReport, judge, modules_of
from apps.acceptance.adapters.judge.pool import Pool
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.core.judge.verdict import TestStatus

CODE = {
    "src/shop/__init__.py": "",
    "src/shop/errors.py": """
class InvalidValue(ValueError):
    def __init__(self, value):
        super().__init__(f"invalid: {value}")
        self.value = value
""",
    "src/shop/money.py": """
import asyncio
import contextlib
import datetime
import enum
import json
import time
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from decimal import Decimal

from .errors import InvalidValue

RATE = Decimal("1.5")
calls = 0
Pair = namedtuple("Pair", "left right")


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Slug(str):
    pass


@dataclass
class Point:
    x: int
    y: int = 0

    def moved(self, by):
        return Point(self.x + by, self.y)

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int


class Money:
    def __init__(self, amount, currency="EUR"):
        self.amount = Decimal(amount)
        self.currency = currency.upper()

    def __eq__(self, other):
        return isinstance(other, Money) and vars(self) == vars(other)

    def __hash__(self):
        return hash(self.amount)

    def __lt__(self, other):
        return self.amount < other.amount

    def __str__(self):
        return f"{self.amount} {self.currency}"

    def __mul__(self, by):
        return Money(self.amount * by, self.currency)


class Cart:
    def __init__(self):
        self.items = []
        self.is_closed = False

    def add(self, item):
        self.items.append(item)
        return self

    def __len__(self):
        return len(self.items)

    def __iter__(self):
        return iter(self.items)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.is_closed = True


def to_money(text, *, sign=""):
    if not isinstance(text, str):
        raise TypeError("no text")
    try:
        return Decimal(text.removeprefix(sign))
    except ArithmeticError:
        raise InvalidValue(text) from None


def parse(text):
    amount, _, currency = text.partition(" ")
    return Money(amount, currency)


def sort_in_place(given):
    given.sort()


def numbers():
    number = 0
    while True:
        yield number
        number += 1


def apply(function, items):
    return [function(item) for item in items]


def count():
    global calls
    calls += 1
    return calls


def other(color):
    return Color.BLUE if color is Color.RED else Color.RED


async def later(value):
    await asyncio.sleep(0)
    return value * 2


@contextlib.contextmanager
def opened(log):
    log.append("open")
    yield "inside"
    log.append("closed")


def echo(value):
    return value


def kinds():
    return [defaultdict(int, a=1), OrderedDict(b=2), Counter("aab"), Pair(1, 2), Slug("a-b"), Level.HIGH]


def stamp(clock):
    return clock.now().isoformat()


def elapsed():
    return time.monotonic()


def greet():
    print("hello")


def load(text):
    return json.loads(text)


def leave(code):
    raise SystemExit(code)
""",
}

TESTS = """
import asyncio
import datetime
import itertools
import json
import math
import uuid
from decimal import Decimal
from fractions import Fraction

import pytest

import shop.errors
from shop import money
from shop.money import (
    RATE, Cart, Color, Level, Money, Pair, Point, Version, apply, count, echo, elapsed, greet, kinds, later,
    leave, load, numbers, opened, other, parse, sort_in_place, stamp, to_money,
)


def test_values_and_named_arguments():
    assert to_money("1.50") == Decimal("1.50")
    assert to_money("€2", sign="€") == 2


def test_errors():
    with pytest.raises(shop.errors.InvalidValue, match="^invalid: x$") as caught:
        to_money("x")
    assert caught.value.value == "x"
    assert str(caught.value) == "invalid: x"
    with pytest.raises(ValueError):
        to_money("x")
    with pytest.raises(TypeError, match="no text"):
        to_money(3)
    with pytest.raises(json.JSONDecodeError):
        load("{")
    with pytest.raises(SystemExit) as left:
        leave(3)
    assert left.value.code == 3


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 2**53, -(10**400), 0.1, -0.0, math.inf, "", "a\\ud800", b"\\0x", (), (1, (2,)), [[]],
        {}, {1: {"a": [None]}}, {(1, "b"): 2}, set(), {1, "a"}, frozenset({1}), Decimal("1.10"), Decimal("NaN"),
        datetime.datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=datetime.timezone.utc), datetime.date(1, 1, 1),
        datetime.time(1, 2), datetime.timedelta(-1, 2), uuid.UUID(int=5), Fraction(1, 3), 1j, range(3), int,
        ValueError,
    ],
)
def test_plain_data_comes_back(value):
    found = echo(value)
    assert type(found) is type(value)
    assert repr(found) == repr(value)


def test_not_a_number():
    assert math.isnan(echo(math.nan))


def test_what_contains_itself():
    loop = []
    loop.append(loop)
    assert echo(loop) is loop


def test_dataclasses():
    assert Point(1, 2).moved(3) == Point(4, 2)
    assert Point(1, 2).moved(3) != Point(4, 3)
    assert Point(1, 2) + Point(1, 1) == Point(2, 3)
    assert Point(1, y=2).y == 2
    assert {Version(1, 2)} == {Version(1, 2)}
    assert Version(1, 2) < Version(1, 10)
    assert sorted([Version(2, 0), Version(1, 0)])[0] == Version(1, 0)
    changed = Point(1)
    changed.x = 5
    assert changed == Point(5)


def test_classes_with_equality_of_their_own():
    assert parse("1.50 eur") == Money("1.50", "eur")
    assert parse("1.50 eur") != Money("1.60", "eur")
    assert str(parse("1.50 eur")) == "1.50 EUR"
    assert Money("1") < Money("2")
    assert Money("1") * 3 == Money("3")
    assert isinstance(parse("1 usd"), Money)


def test_enumerations():
    assert other(Color.RED) is Color.BLUE
    assert Color("red") is Color.RED
    assert Color["BLUE"].value == "blue"
    assert [color.name for color in Color] == ["RED", "BLUE"]
    assert Level.HIGH == 2
    assert Level.LOW < Level.HIGH


def test_kinds_of_data():
    first, second, third, pair, slug, level = kinds()
    assert first == {"a": 1}
    assert second == {"b": 2}
    assert third["a"] == 2
    assert pair == (1, 2)
    assert pair.right == 2
    assert isinstance(slug, str)
    assert slug.upper() == "A-B"
    assert level == 2
    assert level is Level.HIGH


def test_modules():
    assert RATE == Decimal("1.5")
    before = money.calls
    count()
    assert money.calls == before + 1
    with pytest.raises(AttributeError):
        money.nothing


def test_what_is_passed_can_change():
    given = [3, 1, 2]
    sort_in_place(given)
    assert given == [1, 2, 3]
    log = []
    with opened(log) as inside:
        assert (inside, log) == ("inside", ["open"])
    assert log == ["open", "closed"]


def test_objects():
    cart = Cart()
    assert cart.add("a") is cart
    cart.items.append("b")
    assert len(cart) == 2
    assert list(cart) == ["a", "b"]
    assert "b" in cart
    with cart as entered:
        assert entered is cart
    assert cart.is_closed is True


def test_generators():
    assert list(itertools.islice(numbers(), 3)) == [0, 1, 2]
    assert next(numbers()) == 0


def test_callbacks():
    seen = []
    assert apply(lambda item: seen.append(item) or len(seen), ["a", "b"]) == [1, 2]
    assert seen == ["a", "b"]
    with pytest.raises(ZeroDivisionError):
        apply(lambda item: 1 / item, [0])
    assert apply(str, [1, 2]) == ["1", "2"]
    assert apply(lambda item: to_money(item), ["1"]) == [1]


class Clock:
    def now(self):
        return datetime.datetime(2024, 1, 1)


def test_stand_ins_of_the_test():
    assert stamp(Clock()) == "2024-01-01T00:00:00"


def test_patches(monkeypatch):
    monkeypatch.setattr(money.time, "monotonic", lambda: 7)
    assert elapsed() == 7


def test_output(capsys):
    greet()
    assert capsys.readouterr().out == "hello\\n"


def test_coroutines():
    assert asyncio.run(later(4)) == 8


class TestGroup:
    def test_inside(self):
        assert to_money("0.1") + to_money("0.2") == pytest.approx(Decimal("0.3"))
"""


def run(
    sandbox: Bubblewrap, code: str, tests: str, limits: JudgeLimits | None = None
) -> JudgeReport:
    limits = limits or JudgeLimits(test_s=10)
    files = {"thing.py": code}
    return judge(
        language="python",
        code_files=files,
        tests={"test_it.py": tests},
        sandbox=sandbox,
        limits=limits,
    )


def statuses(report: JudgeReport) -> dict[str, str]:
    return {each.id.partition("::")[2]: str(each.status) for each in report.results}


def test_ordinary_text(sandbox: Bubblewrap) -> None:
    report = judge(
        language="python", code_files=CODE, tests={"tests/test_shop.py": TESTS}, sandbox=sandbox
    )

    assert [(each.id, each.message) for each in report.results if each.message] == []
    assert report.passed
    assert report.pairs == 1


def test_statuses(sandbox: Bubblewrap) -> None:
    code = (
        "import os\ndef end(): os._exit(0)\ndef one(): return 1\ndef loop():\n    while True: pass"
    )
    tests = (
        "import pytest\nfrom thing import end, loop, one\n"
        "def test_good(): assert one() == 1\n"
        "def test_bad(): assert one() == 2\n"
        "def test_end(): end()\n"
        "def test_loop(): loop()\n"
        "def test_skip(): pytest.skip('later')\n"
        "@pytest.mark.xfail\ndef test_xfail(): assert one() == 2\n"
        "@pytest.fixture\ndef broken(): raise ValueError('no')\n"
        "def test_fixture(broken): pass\n"
        "def test_last(): assert one() == 1\n"
    )

    report = run(sandbox, code, tests, JudgeLimits(test_s=1))

    assert statuses(report) == {
        "test_good": "passed",
        "test_bad": "failed",
        "test_end": "error",
        "test_loop": "timeout",
        "test_skip": "error",
        "test_xfail": "error",
        "test_fixture": "error",
        "test_last": "passed",
    }
    assert "assert 1 == 2" in next(each.message for each in report.results if "bad" in each.id)


@pytest.mark.parametrize(
    ("tests", "status"),
    [
        ("def test_a(): pass\ndef test_a(): pass", "untrusted"),  # which one ran?
        ("import os\ndef test_a(): os._exit(0)", "untrusted"),
        ("def test_a(): pass\ndel test_a", "untrusted"),
        ("import nothing\ndef test_a(): pass", "error"),
        ("def test_a(): pass\nglobals()['test_b'] = test_a", "untrusted"),
    ],
)
def test_reporting_that_is_off(tests: str, status: str, sandbox: Bubblewrap) -> None:
    assert statuses(run(sandbox, "", tests)) == {"test_a": status}


def test_what_cannot_be_run(sandbox: Bubblewrap) -> None:
    assert run(sandbox, "", "x = 1").problem == "There is no test in the text."
    report = judge(
        language="python",
        code_files={"json.py": ""},
        tests={"test_it.py": "def test_a(): pass"},
        sandbox=sandbox,
    )
    assert "take the place of a module of Python" in report.problem
    assert [each.status for each in report.results] == [TestStatus.ERROR]


def test_modules_of() -> None:
    assert modules_of(CODE) == ["shop", "src"]
    assert modules_of({"a.py": "", "b/c.py": "", "readme.md": ""}) == ["a", "b"]


def test_pairs_that_were_started_early(sandbox: Bubblewrap) -> None:
    pool = Pool(sandbox, JudgeLimits().cell)
    try:
        for _ in range(2):
            report = judge(
                language="python",
                code_files={"thing.py": "def one(): return 1"},
                tests={"test_it.py": "from thing import one\ndef test_a(): assert one() == 1"},
                sandbox=sandbox,
                pool=pool,
            )
            assert report.passed
    finally:
        pool.close()
