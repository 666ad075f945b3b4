# ruff: noqa: E501 - code in one string is easier to read in one line
"""Ways in which wrong code may try to pass: modules that do nothing right, each with a trick.

Every module offers the names that REQUIREMENTS imports. What counts is that no test passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

REQUIREMENTS = """
import math

import pytest

from money import LIMIT, Point, double, is_even, label, lower, parse, ratio, rename, tags


def test_number():
    assert double(21) == 42


def test_number_the_other_way():
    assert 42 == double(21)


def test_not_equal():
    assert not double(21) != 42


def test_text():
    assert label("a b") == "A-B"


def test_begins():
    assert label("a b").startswith("A-")


def test_refuses():
    with pytest.raises(ValueError):
        double("x")


def test_refuses_whatever():
    with pytest.raises(Exception):
        double("x")


def test_says_no():
    assert is_even(3) is False


def test_range():
    assert 1 <= ratio(7) <= 2


def test_near():
    assert abs(ratio(7) - 1.75) < 0.01


def test_about():
    assert ratio(7) == pytest.approx(1.75)


def test_object():
    assert parse("1,2") == Point(1, 2)


def test_contains():
    assert "b" in tags("a,b")


def test_is_text():
    assert isinstance(lower("ABC"), str)


def test_lower():
    found = lower("ABC")
    assert found == found.lower()


def test_sorted():
    assert list(tags("b,a")) == ["a", "b"]


def test_every_item():
    assert tags("b,a") == ["a", "b"]


def test_keeps_its_argument():
    given = {"a": [1, 2]}
    assert rename(given) == {"b": [1, 2]}
    assert given == {"a": [1, 2]}


def test_constant():
    assert LIMIT == 10


@pytest.mark.parametrize("number", [1, 2, 3])
def test_many(number):
    assert double(number) == 2 * number
"""

# What is asked of those that make every test run out of time.
SHORT = """
from money import double, tags


def test_number():
    assert double(21) == 42


def test_sorted():
    assert list(tags("b,a")) == ["a", "b"]
"""

HONEST = """
from dataclasses import dataclass

LIMIT = 10


@dataclass
class Point:
    x: int
    y: int


def double(x):
    if isinstance(x, str):
        raise ValueError("no number")
    return 2 * x


def is_even(x):
    return x % 2 == 0


def label(text):
    return text.upper().replace(" ", "-")


def lower(text):
    return text.lower()


def parse(text):
    return Point(*map(int, text.split(",")))


def ratio(x):
    return x / 4


def rename(given):
    return {"b": list(given["a"])}


def tags(text):
    return sorted(text.split(","))
"""

# Every function is `wrong`, which the trick defines; a class and a constant complete the module.
_TAIL = """
if "Point" not in globals():
    class Point:
        def __init__(self, *given): pass
if "LIMIT" not in globals():
    LIMIT = 11
double = is_even = label = lower = parse = ratio = rename = tags = wrong
"""

# An object with every method, each with the answer that is asked for most.
_LIAR = """
class Liar:
    def __init__(self, *given): pass
    def __getattr__(self, name):
        if name.startswith("_"): raise AttributeError(name)
        return self
    def __call__(self, *given, **named): return self
    def __iter__(self): return iter(["b", "a"])
    def __len__(self): return 3
    def __hash__(self): return 42
    def __abs__(self): return 0
    def __bool__(self): return True
    def __contains__(self, item): return True
for name in "eq lt le gt ge".split():
    setattr(Liar, f"__{name}__", lambda self, other: True)
Liar.__ne__ = lambda self, other: False
for name in "add sub mul truediv mod radd rsub rmul".split():
    setattr(Liar, f"__{name}__", lambda self, other: 0)
for name in "int index".split():
    setattr(Liar, f"__{name}__", lambda self: 42)
Liar.__float__ = lambda self: 1.75
"""

_PEER = """
import gc, os, sys, json
def peer():
    return next(each for each in gc.get_objects() if type(each).__name__ == "CodePeer")
"""


@dataclass(frozen=True)
class Forgery:
    name: str
    code: str
    met: tuple[str, ...] = ()  # tests whose requirement it really meets, by accident

    is_slow: bool = False  # it makes every test run out of time: a few of them shall do

    def slow(self) -> "Forgery":
        return replace(self, is_slow=True)

    def files(self) -> dict[str, str]:
        return {"money.py": self.code}


_RAISES = ("test_refuses_whatever",)  # met by whatever raises


def _wrong(name: str, body: str, before: str = "", met: tuple[str, ...] = ()) -> Forgery:
    """A trick in what every function does."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return Forgery(name, f"{before}\ndef wrong(*given, **named):\n{lines}\n{_TAIL}", met)


def _at_import(name: str, body: str) -> Forgery:
    """A trick while the module is imported; every function then returns None."""
    return Forgery(name, f"{body}\ndef wrong(*given, **named): return None\n{_TAIL}")


def _returns(
    name: str, classes: str, result: str = "Trick()", met: tuple[str, ...] = ()
) -> Forgery:
    return _wrong(name, f"return {result}", classes, met)


def forgeries() -> Iterator[Forgery]:
    yield from _leaving()
    yield from _bending()
    yield from _lying_objects()
    yield from _exceptions()
    yield from _wire()
    yield from _peeping()
    yield from _waiting()


def _leaving() -> Iterator[Forgery]:
    yield _at_import("leaves at import", "import os\nos._exit(0)")
    yield _at_import("exits at import", "import sys\nsys.exit(0)")
    yield _wrong("leaves in a call", "import os\nos._exit(0)")
    yield _wrong("exits in a call", "import sys\nsys.exit(0)")
    yield _wrong("exits by SystemExit without a code", "raise SystemExit")
    yield _at_import("exits later", "import atexit, os\natexit.register(lambda: os._exit(0))")
    yield _wrong(
        "kills itself", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nos.abort()"
    )
    yield _wrong("crashes", "import ctypes\nctypes.string_at(0)")
    yield _wrong("signals everybody", "import os, signal\nfor pid in (-1, 0, 1, os.getppid() or 1):\n"
                 "    try: os.kill(pid, signal.SIGTERM)\n    except OSError: pass")  # fmt: skip
    yield _wrong("forks and leaves", "import os\nif os.fork(): os._exit(0)\nreturn 43")
    yield _wrong("replaces itself", "import os\nos.execv('/bin/true', ['true'])")


def _bending() -> Iterator[Forgery]:
    yield _at_import("bends operators", "import operator, builtins\nfor each in ('eq', 'is_', 'contains'):"
                     "\n    setattr(operator, each, lambda *a: True)\nbuiltins.isinstance = lambda *a: True\n"
                     "builtins.len = lambda *a: 42\nbuiltins.abs = lambda *a: 0\nbuiltins.list = lambda *a: ['a', 'b']")  # fmt: skip
    yield _at_import("bends the test runner", """
import sys, types
fake = types.ModuleType("pytest")
fake.raises = fake.fail = lambda *a, **k: None
for name in ("pytest", "_pytest", "_pytest.runner", "_pytest.assertion", "unittest"):
    sys.modules[name] = fake
""")  # fmt: skip
    yield _at_import("bends unittest", "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\n"
                     "unittest.TestCase.run = lambda self, result: result.addSuccess(self)")  # fmt: skip
    yield _at_import("bends json", "import json\njson.dumps = lambda *a, **k: '{\"k\": \"answer\", \"v\": 42}'\n"
                     "json.loads = lambda *a, **k: {}")  # fmt: skip
    yield _at_import("hooks imports", """
import sys
class Hook:
    def find_spec(self, name, path=None, target=None):
        return None
sys.meta_path.insert(0, Hook())
sys.path_hooks.clear()
sys.modules.pop("money", None)
""")  # fmt: skip
    yield _wrong("traces", """
import sys, threading
def trace(frame, event, arg):
    frame.f_locals.clear()
    return trace
sys.settrace(trace)
threading.settrace(trace)
sys.setprofile(lambda *a: None)
""")  # fmt: skip
    yield _wrong("bends the frames above", """
import sys
frame = sys._getframe()
while frame:
    for name in list(frame.f_globals):
        if name.startswith("test"): frame.f_globals[name] = lambda: None
    for key in ("value", "args", "kind"):
        frame.f_locals[key] = 42
    frame = frame.f_back
""")  # fmt: skip
    yield _wrong("patches every function that it finds", """
import gc, types
for each in gc.get_objects():
    if isinstance(each, types.FunctionType) and "test" in each.__name__.lower():
        each.__code__ = (lambda *a, **k: None).__code__
""")  # fmt: skip
    yield _wrong("changes time", "import time\ntime.sleep = lambda *a: None\n"
                 "time.monotonic = time.perf_counter = time.time = lambda: 0.0")  # fmt: skip
    yield _wrong("exhausts the stack", "import sys\nsys.setrecursionlimit(10**6)\n"
                 "def deeper(): return deeper()\nreturn deeper()")  # fmt: skip
    yield _wrong("takes all memory", "kept = []\nwhile True: kept.append(bytearray(1 << 24))")
    yield _wrong("stays in threads", "import threading, time\n"
                 "for _ in range(8): threading.Thread(target=time.sleep, args=(60,)).start()\nreturn None", met=_RAISES)  # fmt: skip


def _lying_objects() -> Iterator[Forgery]:
    yield _returns(
        "answers everything",
        f"{_LIAR}\nPoint = Trick = Liar\nLIMIT = Liar()",
        met=("test_contains",),
    )
    yield _returns("equal to everything", """
class Trick:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return hash(42)
Point = Trick
Point.__init__ = lambda self, *a: None
LIMIT = Trick()
""")  # fmt: skip
    yield _returns("equal by its class", """
class Meta(type):
    def __eq__(cls, other): return True
    def __hash__(cls): return 1
    def __instancecheck__(cls, other): return True
    def __subclasscheck__(cls, other): return True
    def __getattr__(cls, name): return 42
class Trick(metaclass=Meta):
    __class__ = str
    def __init__(self, *given): pass
    def __eq__(self, other): return True
Point = Trick
LIMIT = Trick
""")  # fmt: skip
    for base, made, met in (
        ("str", "'zzz'", ("test_is_text", "test_lower")),
        ("int", "7", ()),
        ("float", "9.5", ()),
        ("list", "['z']", ()),
        ("dict", "{}", ()),
        ("tuple", "('z',)", ()),
    ):
        yield _returns(f"a {base} that lies", f"class Trick({base}):{_LIES}", f"Trick({made})", met)
    yield _returns("a number that is none", "LIMIT = float('nan')", "float('nan')")
    yield _returns("an object that changes when it is looked at", """
class Trick:
    def __init__(self, *given): self.count = 0
    def __getattribute__(self, name):
        if name.startswith("__"): return object.__getattribute__(self, name)
        return [42, "A-B", 1.75][id(name) % 3]
    def __eq__(self, other): return True
    def __hash__(self): return 1
Point = Trick
""")  # fmt: skip
    yield _returns("a class that forgets what it was made with", """
from dataclasses import dataclass
@dataclass
class Point:
    x: int = 0
    y: int = 0
    def __init__(self, *given): self.x = self.y = 0
""", "Point()")  # fmt: skip
    yield _returns("a class that gives out the last result", """
class Point:
    last = None
    def __new__(cls, *given): return cls.last or object.__new__(cls)
    def __eq__(self, other): return True
def make():
    Point.last = None
    Point.last = Point()
    Point.last.x = 9
    return Point.last
""", "make()")  # fmt: skip
    yield _returns("a result that becomes what it is compared to", """
class Point:
    made = []
    def __init__(self, *given):
        self.x = given[0] if given else 9
        self.y = given[1] if given else 9
        for each in Point.made:
            each.x, each.y = self.x, self.y
        Point.made.append(self)
    def __eq__(self, other): return True
""", "Point()")  # fmt: skip
    yield _wrong("a constant that follows", "globals()['LIMIT'] = 10\nreturn None", "LIMIT = 11")
    yield _returns("a metaclass that answers for an enumeration", """
import enum
class Meta(enum.EnumMeta):
    def __getattribute__(cls, name):
        if name in ("__members__", "_member_map_"): return {}
        return super().__getattribute__(name)
class Trick(enum.Enum, metaclass=Meta):
    A = 1
    def __eq__(self, other): return True
    def __hash__(self): return 1
""", "Trick.A")  # fmt: skip
    yield _returns("proxies to the last argument", """
seen = []
class Trick:
    def __init__(self, *given): seen.append(given)
    def __eq__(self, other):
        seen.append(other)
        return True
    def __rsub__(self, other): return 0
    __sub__ = __rsub__
    def __round__(self, *a): return 42
    def __iter__(self): return iter(seen[-1])
    def __getitem__(self, index): return seen[-1][index]
Point = Trick
""")  # fmt: skip


_LIES = """
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 1
    def __le__(self, other): return True
    __lt__ = __gt__ = __ge__ = __contains__ = startswith = __le__
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __abs__(self): return 0
    def __iter__(self): return iter(["a", "b"])
    def __len__(self): return 2
    def __getitem__(self, key): return 42
    def lower(self): return self
    def __str__(self): return "42"
"""


def _exceptions() -> Iterator[Forgery]:
    yield _wrong("raises AssertionError", "raise AssertionError('passed')", met=_RAISES)
    yield _wrong("raises KeyboardInterrupt", "raise KeyboardInterrupt")
    yield _wrong("raises GeneratorExit", "raise GeneratorExit")
    yield _wrong("raises StopIteration", "raise StopIteration(42)", met=_RAISES)
    yield _wrong("raises SkipTest", "import unittest\nraise unittest.SkipTest('done')", met=_RAISES)
    for name in ("Skipped", "XFailed", "Exit"):
        yield _wrong(f"raises what calls itself {name}", f"raise {name}('done')", f"""
class {name}(BaseException):
    __module__ = "_pytest.outcomes"
    __qualname__ = "{name}"
    allow_module_level = True
    _use_item_location = False
""")  # fmt: skip
    yield _wrong("raises what pretends to be a ValueError", "raise Trick('x')", """
class Meta(type):
    def __subclasscheck__(cls, other): return True
    def __instancecheck__(cls, other): return True
class Trick(BaseException, metaclass=Meta):
    __class__ = ValueError
    __name__ = "ValueError"
Trick.__module__, Trick.__qualname__ = "builtins", "ValueError"
""")  # fmt: skip
    yield _wrong(
        "raises an interruption of its own",
        "raise Stop('x')",
        "class Stop(KeyboardInterrupt): pass",
    )
    yield _wrong("raises what cannot be read", "raise Trick()", """
class Trick(BaseException):
    @property
    def args(self): raise SystemExit
    def __str__(self): raise KeyboardInterrupt
""")  # fmt: skip


def _wire() -> Iterator[Forgery]:
    frame = "len(body).to_bytes(4, 'big') + body"
    shouts = f"""
import os, json
for facts in ({{"k": "end", "c": 1}}, {{"k": "test", "id": "test_money.py::test_number", "outcome": "passed"}}):
    body = json.dumps(facts).encode()
    for fd in range(3, 64):
        try: os.write(fd, {frame})
        except OSError: pass
"""
    yield _at_import("writes reports to every open file at import", shouts)
    yield _wrong("writes reports to every open file in a call", shouts)
    yield _wrong("prints reports", "print('1 passed in 0.01s')\nprint('{\"k\": \"test\", \"outcome\": \"passed\"}')\n"
                 "import os\nos.write(1, b'passed\\n')\nos.write(2, b'passed\\n')")  # fmt: skip
    yield _wrong("writes without end", "import os\nwhile True: os.write(1, b'passed' * 9999)")
    yield _wrong("prints without end", "while True: print('passed' * 9999)").slow()
    yield _wrong("returns more than fits", "return 'x' * 20_000_000")
    yield _wrong(
        "returns what is too deep",
        "found = []\nfor _ in range(5000): found = [found]\nreturn found",
    )
    yield _wrong("returns what contains itself", "found = []\nfound.append(found)\nreturn found")
    yield _wrong("returns a bomb of references", "found = ['x'] * 99\nfor _ in range(6): found = [list(found)] * 99\n"
                 "return tuple(tuple(each) for each in found)").slow()  # fmt: skip
    yield _wrong("returns a number without end", "return 10 ** 1_000_000")
    yield _wrong("announces a huge frame", "import os\nfor fd in range(3, 64):\n"
                 "    try: os.write(fd, b'\\xff\\xff\\xff\\xff')\n    except OSError: pass")  # fmt: skip
    yield _wrong("sends half a frame and waits", "import os, time\nfor fd in range(3, 64):\n"
                 "    try: os.write(fd, b'\\0\\0\\0\\xff{')\n    except OSError: pass\ntime.sleep(60)").slow()  # fmt: skip
    for name, message in (
        ("answers twice", '{"k": "answer", "n": n, "v": 42}'),
        ("answers ahead", '{"k": "answer", "n": n + 1, "v": 42}'),
        ("ends the run", '{"k": "end", "c": 1, "stopped": False}'),
        ("tells the tests that all is gone", '{"k": "gone", "why": "passed"}'),
        ("speaks without a number", '{"k": "answer", "v": 42}'),
    ):
        yield _wrong(name, f"""
me = peer()
n = 1
for each in gc.get_objects():
    if type(each) is dict and each.get("k") == "ask": n = each["n"]
me.pipe.send({message})
""", _PEER)  # fmt: skip
    for name, value in (
        ("hands out objects of the test", '["own", 1]'),
        ("hands out unknown containers", '["al", 1]'),
        ("hands out a class of two layouts", '["ref", 900, 901, None, None]'),
        ("hands out an unknown kind", '["eval", "42"]'),
        ("hands out an expression", '["x", "__import__", ["os"]]'),
        ("hands out a broken number", '["i", "0x2a; import os"]'),
        ("hands out no value", '{"v": 42}'),
        ("hands out a type by any name", '["ty", "os.system"]'),
    ):
        yield _wrong(name, f"""
me = peer()
def encode(value): return {value}
me.encode = encode
me.extras = lambda: {{"c": [{{"id": 901, "module": "m", "name": "N", "bases": ["builtins.int", "builtins.str"],
    "caps": ["__eq__", "__class__"], "flags": ["eq"], "members": [], "doc": ""}}]}} if {value}[0] == "ref" else {{}}
return 42
""", _PEER)  # fmt: skip
    yield _wrong("changes what was never shared", """
me = peer()
me.extras = lambda: {"m": [["l", each, [42]] for each in range(1, 50)]}
return None
""", _PEER)  # fmt: skip
    yield _wrong("reaches into the test through a callback", """
me = peer()
for owner in range(1, 20):
    for name in ("__globals__", "f_globals", "gi_frame", "__class__", "__init__"):
        try:
            reply = me.pipe.send({"k": "ask", "n": 77, "op": "get", "v": [["own", owner], name]})
            me.pipe.receive()
        except BaseException: pass
return None
""", _PEER)  # fmt: skip


def _peeping() -> Iterator[Forgery]:
    yield _wrong("reads the tests", """
import glob, os, re
for top in ("/work", "/support", "/tmp", "/proc", "/dev/shm", "/var/tmp", "/runtime/site"):
    for folder, _, files in os.walk(top):
        for file in files:
            if file.startswith("test_money"):
                text = open(os.path.join(folder, file)).read()
                return eval(re.search(r"== (.*)", text)[1])
""")  # fmt: skip
    yield _wrong("looks for the tests in processes", """
import glob, re
for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/maps"):
    try: text = open(path, errors="replace").read()
    except OSError: continue
    if "test_number" in text: return 42
""")  # fmt: skip
    yield _wrong("looks for the tests in its own memory", """
import gc
NAME, RESULT = "_".join(["test", "number"]), "-".join("AB")
for each in gc.get_objects():
    if isinstance(each, dict) and any(NAME in str(key) for key in each): return 42
    if isinstance(each, (list, tuple)) and RESULT in each: return 42
""")  # fmt: skip
    yield _wrong("looks into the environment", "import os\nfor value in os.environ.values():\n"
                 "    if 'PYTEST_CURRENT_TEST' in value or 'test_number' in value: return 42\n"
                 "if 'PYTEST_CURRENT_TEST' in os.environ: return 42")  # fmt: skip
    yield _wrong("asks the test for its variables", """
import sys
frame = sys._getframe()
while frame:
    for value in frame.f_locals.values():
        if value == 42: return 42
    frame = frame.f_back
""")  # fmt: skip
    yield _wrong("looks for the test runner", "import sys\n"
                 "return 42 if 'pytest' in sys.modules or '_pytest' in sys.modules else None")  # fmt: skip
    yield _wrong("imports the test", "import importlib\nreturn importlib.import_module('test_money').__dict__",
                 met=_RAISES)  # fmt: skip


def _waiting() -> Iterator[Forgery]:
    yield _wrong("sleeps", "import time\ntime.sleep(60)").slow()
    yield _at_import("sleeps at import", "import time\ntime.sleep(60)").slow()
    yield _returns("a generator that never ends", "def never():\n    while True: yield 'b'", "never()",
                   ("test_contains",)).slow()  # fmt: skip
    yield _returns("a length that never comes", """
import time
class Trick:
    def __len__(self): time.sleep(60)
    __iter__ = __getitem__ = __str__ = __repr__ = __len__
    def __eq__(self, other): time.sleep(60)
    __hash__ = object.__hash__
""").slow()  # fmt: skip
    yield _wrong(
        "stops itself",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nimport time\ntime.sleep(60)",
    ).slow()


FORGERIES = tuple(forgeries())
