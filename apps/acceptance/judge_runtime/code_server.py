"""Runs inside the sandbox of the code: imports it, and does what the test asks for.

Whatever happens in this process is the code's own doing: it may change every line of this module.
Nothing that it says is believed; it answers questions, and the test's process compares.
"""

import dataclasses
import datetime as dt
import enum
import functools
import importlib
import inspect
import io
import json
import operator
import os
import sys
import types
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import plain
from .files import write_files
from .peer import Lost, Peer
from .special import SPECIALS
from .wire import Message, Pipe, WireError

if TYPE_CHECKING:  # it takes a third of the start, and few tests need it
    import asyncio

OUTPUT_KEPT = 64 * 1024  # characters of each stream, of each call
CODE = Path("/tmp/code")  # noqa: S108 - the sandbox's own

_FUNCTIONS = (
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial),
    *(types.MethodWrapperType, types.WrapperDescriptorType, types.MethodDescriptorType),
    *(types.ClassMethodDescriptorType, type(functools.lru_cache(lambda: None))),
    *(types.GenericAlias, operator.attrgetter, operator.itemgetter, operator.methodcaller),
)
# Classes with data that a subclass of theirs carries along.
_BASES = (
    *(str, int, float, bytes, tuple, frozenset, list, dict, set),
    *(Decimal, dt.datetime, dt.date, dt.timedelta),
)


class Output(io.TextIOBase):
    """Takes what the code prints; each answer carries it to the test."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._size < OUTPUT_KEPT:
            self._parts.append(text[: OUTPUT_KEPT - self._size])
            self._size += len(text)
        return len(text)

    def take(self) -> str:
        text = "".join(self._parts)
        self._parts, self._size = [], 0
        return text


class Callback:
    """A function of the test."""

    def __init__(self, peer: "CodePeer", number: int, name: str) -> None:
        self._peer, self._number, self.__name__ = peer, number, name
        self.__qualname__ = name

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._peer.ask("call", self, args, tuple(named.items()))


class AsyncCallback(Callback):
    """A coroutine function of the test; it runs there at once, and the code awaits its result."""

    async def __call__(self, *args: Any, **named: Any) -> Any:
        return self._peer.ask("await", self, args, tuple(named.items()))


@dataclasses.dataclass(frozen=True)
class _ByValue:
    """What is sent as a copy, because it is a look at how things stand now."""

    value: Any


class TestIterator:
    """An iterator of the test, like a generator that it passes."""

    def __init__(self, peer: "CodePeer", number: int) -> None:
        self._peer, self._number = peer, number

    def __iter__(self) -> "TestIterator":
        return self

    def __next__(self) -> Any:
        is_there, value = self._peer.ask("next", self)
        if not is_there:
            raise StopIteration
        return value


class TestObject:
    """An object of the test, like a stand-in for a clock or a store: its public parts."""

    _peer: "CodePeer"
    _number: int

    def __init__(self, peer: "CodePeer", number: int) -> None:
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._peer.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.ask("set", self, name, value)


def _forwarded(name: str) -> Callable[..., Any]:
    def special(self: TestObject, *args: Any) -> Any:
        return self._peer.ask("special", self, name, args)

    special.__name__ = name
    return special


@functools.cache
def _object_class(name: str, specials: tuple[str, ...]) -> type[TestObject]:
    methods = {each: _forwarded(each) for each in specials if each in SPECIALS}
    if "__call__" in specials:
        methods["__call__"] = Callback.__call__
    return type(name, (TestObject,), methods)


class CodePeer(Peer):
    def __init__(self, pipe: Pipe) -> None:
        super().__init__(pipe)
        self._stand_ins: dict[int, Any] = {}
        self._classes: dict[type, int] = {}
        self._pending: list[Any] = []  # descriptions of classes that the test does not know yet
        self._by_value = 0  # > 0: containers are copied, not shared
        self._originals: dict[tuple[int, str], Any] = {}  # of modules and classes that were patched
        self._inside: set[int] = set()  # objects whose state is being read
        self._runner: asyncio.Runner | None = None
        self.streams = (Output(), Output())

    # --- from the test ----------------------------------------------------------------------

    def adopt(self, tag: str, rest: list[Any]) -> Any:
        match tag, rest:
            case "cl", [int(number)]:
                return self.exports[number]
            case "mo", [str(name)]:
                return sys.modules[name]
            case "en", [int(number), str(name)]:
                return self.exports[number][name]
            case "te", [str(name), list(args)]:
                return _error(name, [self.decode(each) for each in args])
        if rest and isinstance(rest[0], int) and rest[0] in self._stand_ins:
            return self._stand_ins[rest[0]]
        return self._stand_in(tag, rest)

    def _stand_in(self, tag: str, rest: list[Any]) -> Any:
        found: Any
        match tag, rest:
            case "cb", [int(number), str(name), bool(is_async)]:
                found = (AsyncCallback if is_async else Callback)(self, number, name)
            case "it", [int(number)]:
                found = TestIterator(self, number)
            case "ob", [int(number), str(name), list(specials)]:
                found = _object_class(name, tuple(specials))(self, number)
            case _:
                raise WireError(f"No value of kind {tag!r}.")
        self._stand_ins[number] = found
        return found

    def perform(self, op: str, args: list[Any]) -> Any:
        return _OPERATIONS[op](self, *args)

    def get(self, owner: Any, name: str) -> Any:
        return getattr(owner, name)

    def set(self, owner: Any, name: str, value: Any) -> None:
        if isinstance(owner, types.ModuleType | type) and name in vars(owner):
            self._originals.setdefault((id(owner), name), vars(owner)[name])
        setattr(owner, name, value)

    def delete(self, owner: Any, name: str) -> None:
        """Delete; but what a test put in the place of something else gives its place back."""
        if (id(owner), name) in self._originals:
            setattr(owner, name, self._originals.pop((id(owner), name)))
        else:
            delattr(owner, name)

    def call(self, function: Any, args: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> Any:
        return function(*args, **dict(named))

    def special(self, owner: Any, name: str, args: tuple[Any, ...]) -> Any:
        return SPECIALS[name](owner, *args)

    def load(self, name: str) -> Any:
        """Import a module and say what is in it."""
        module = importlib.import_module(name)
        constants = tuple(
            (key, value)
            for key, value in vars(module).items()
            if key.isupper() and not key.startswith("_")
        )
        names = getattr(module, "__all__", None)
        public = names if isinstance(names, list | tuple) else _public(module)
        return name, hasattr(module, "__path__"), tuple(public), constants

    def wait(self, coroutine: Any) -> Any:
        """Run a coroutine to its end, in one event loop for all of them."""
        if self._runner is None:
            import asyncio  # noqa: PLC0415 - see above

            self._runner = asyncio.Runner()

        async def awaited() -> Any:
            return await coroutine

        return self._runner.run(awaited())

    def step(self, iterator: Any) -> Any:
        """The next item, as (True, item); (False, None) at the end."""
        for item in iterator:
            return (True, item)
        return (False, None)

    def states(self, objects: tuple[Any, ...]) -> Any:
        """Return what stands in the objects now."""
        return _ByValue(tuple(tuple(self._state_pairs(each) or ()) for each in objects))

    def reset(self) -> None:
        """A new test begins."""
        self.shared.clear()

    def take_extras(self, message: Message) -> None:
        """Let go of what the test has no more use for."""
        for number in message.get("f", ()):
            found = self.exports.get(number)
            if found is not None and not isinstance(found, type):
                del self.exports[number]
                self._export_ids.pop(id(found), None)

    # --- to the test ------------------------------------------------------------------------

    def _encode_container(self, container: Any) -> Any:
        return (
            self.encode_items(container, 0)
            if self._by_value
            else super()._encode_container(container)
        )

    def export(self, value: Any) -> Any:
        if type(value) is _ByValue:
            return self._copied(value.value)
        if isinstance(value, Callback | TestIterator | TestObject):
            return ["own", object.__getattribute__(value, "_number")]
        if isinstance(value, type):
            return ["cl", self._class(value)]
        if isinstance(value, types.ModuleType):
            return ["mo", value.__name__]
        if isinstance(value, _FUNCTIONS) or inspect.iscoroutine(value):
            return self._callable(value)
        if _is_member(value):
            return ["en", self._class(type(value)), value._name_]
        if isinstance(value, BaseException):
            return self._raised(value)
        return self._object(value)

    def _callable(self, value: Any) -> Any:
        if inspect.iscoroutine(value):
            return ["co", self.keep(value)]
        return ["fn", self.keep(value), *_signature(value)]

    def _raised(self, value: BaseException) -> Any:
        args = self._copied(list(value.args))
        kind = plain.TYPE_NAMES.get(type(value)) or self._class(type(value))
        return ["ex", self.keep(value), kind, args, _text(value)]

    def _object(self, value: Any) -> Any:
        return [
            "ref",
            self.keep(value),
            self._class(type(value)),
            self._base(value),
            self._state(value),
        ]

    def _copied(self, value: Any) -> Any:
        self._by_value += 1
        try:
            return self.encode(value)
        finally:
            self._by_value -= 1

    def _base(self, value: Any) -> Any:
        """The plain data inside of an object whose class is made from a plain one; else null."""
        base = _data_base(type(value))
        if base is None or id(value) in self._inside:
            return None
        self._inside.add(id(value))
        try:
            return self._copied(_as_base(value, base))
        finally:
            self._inside.discard(id(value))

    def _state(self, value: Any) -> Any:
        if id(value) in self._inside:
            return None
        pairs = self._state_pairs(value)
        if pairs is None:
            return None
        self._inside.add(id(value))
        try:
            return self._copied(pairs)
        finally:
            self._inside.discard(id(value))

    def _state_pairs(self, value: Any) -> list[tuple[str, Any]] | None:
        """Return names and values of an object that can be compared by its data."""
        kind = type(value)
        if not _has_equality(kind) or _data_base(kind) is not None:
            return None
        if dataclasses.is_dataclass(kind):
            names = [field.name for field in dataclasses.fields(kind) if field.compare]
        else:
            names = [*_slots(kind), *getattr(value, "__dict__", ())]
        return [(name, getattr(value, name)) for name in names if hasattr(value, name)]

    def _class(self, kind: type) -> int:
        number = self._classes.get(kind)
        if number is None:
            number = self._classes[kind] = self.keep(kind)
            self._pending.append(self._description(kind, number))
        return number

    def _description(self, kind: type, number: int) -> Any:
        members = []
        if issubclass(kind, enum.Enum):
            for name, member in kind.__members__.items():
                base = self._base(member)
                members.append([name, member._name_, self._copied(member._value_), base])
        flags = {
            "eq": _has_equality(kind),
            "hash": kind.__hash__ is not None,
            "frozen": bool(getattr(getattr(kind, "__dataclass_params__", None), "frozen", False)),
        }
        return {
            "id": number,
            "module": str(kind.__module__),
            "name": kind.__qualname__,
            "bases": self._bases(kind),
            "caps": sorted(_capabilities(kind)),
            "flags": [name for name, is_set in flags.items() if is_set],
            "members": members,
            "doc": str(kind.__doc__ or "")[:2000],
        }

    def _bases(self, kind: type) -> list[Any]:
        """The classes that it is made from: names of plain ones, numbers of others."""
        found: list[Any] = []
        for base in kind.__bases__:
            if base is object:
                continue
            if base in plain.TYPE_NAMES:
                found.append(plain.TYPE_NAMES[base])
            elif issubclass(base, BaseException) or not _is_standard(base):
                found.append(self._class(base))
            elif data := _data_base(base):
                found.append(plain.TYPE_NAMES[data])
        return found

    def extras(self) -> Message:
        found: Message = {}
        if self._pending:
            found["c"] = self._pending
        for name, stream in zip(("o", "e"), self.streams, strict=True):
            if text := stream.take():
                found[name] = text
        return found

    def sent(self) -> None:
        self._pending = []


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "get": CodePeer.get,
    "set": CodePeer.set,
    "delete": CodePeer.delete,
    "call": CodePeer.call,
    "special": CodePeer.special,
    "load": CodePeer.load,
    "wait": CodePeer.wait,
    "step": CodePeer.step,
    "states": CodePeer.states,
    "reset": CodePeer.reset,
}


def _is_member(value: Any) -> bool:
    """A member of an enumeration that has a name; a union of flags has none."""
    if not isinstance(value, enum.Enum) or not isinstance(value._name_, str):
        return False
    return type(value).__members__.get(value._name_) is value


def _public(module: types.ModuleType) -> list[str]:
    return [name for name in vars(module) if not name.startswith("_")]


def _text(error: BaseException) -> str:
    try:
        return str(error)[:10_000]
    except Exception:  # noqa: BLE001 - the code's own __str__
        return ""


def _error(name: str, args: list[Any]) -> BaseException:
    """An exception of the test, raised where the code called back."""
    kind = plain.TYPES.get(f"builtins.{name}")
    if kind is None or not issubclass(kind, BaseException):
        return Exception(*args)
    try:
        return kind(*args)
    except TypeError:
        return Exception(*args)


def _signature(function: Any) -> tuple[str, str, str, bool]:
    name = str(getattr(function, "__name__", type(function).__name__))
    doc = str(getattr(function, "__doc__", "") or "")[:2000]
    return (
        name,
        str(getattr(function, "__module__", "")),
        doc,
        inspect.iscoroutinefunction(function),
    )


def _is_standard(kind: type) -> bool:
    return str(kind.__module__).partition(".")[0] in sys.stdlib_module_names


def _data_base(kind: type) -> type | None:
    return next((base for base in kind.__mro__ if base in _BASES), None)


def _as_base(value: Any, base: Any) -> Any:
    """Read the data with the methods of the plain class, not with those of its own."""
    read = _READERS.get(base)
    return read(value) if read else base(base.__iter__(value))


def _datetime(value: Any) -> Any:
    made = dt.datetime.combine(value.date(), value.time(), value.tzinfo)
    return made.replace(fold=value.fold)


_READERS: dict[type, Callable[[Any], Any]] = {
    dict: lambda value: dict(dict.items(value)),
    str: str.__str__,
    int: int.__index__,
    float: float.__float__,
    Decimal: lambda value: Decimal(Decimal.__str__(value)),
    dt.datetime: _datetime,
    dt.date: lambda value: dt.date(value.year, value.month, value.day),
    dt.timedelta: lambda v: dt.timedelta(v.days, v.seconds, v.microseconds),
}


def _own_classes(kind: type) -> Iterator[type]:
    """The class and those above it that are not plain ones."""
    return (base for base in kind.__mro__ if base is not object and base not in plain.TYPE_NAMES)


def _capabilities(kind: type) -> set[str]:
    own = [vars(base) for base in _own_classes(kind)]
    return {name for name in SPECIALS if any(parts.get(name) is not None for parts in own)}


def _has_equality(kind: type) -> bool:
    if issubclass(kind, enum.Enum | BaseException):
        return False
    return any("__eq__" in vars(base) for base in _own_classes(kind))


def _slots(kind: type) -> Iterator[str]:
    for base in reversed(kind.__mro__):
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                yield f"_{base.__name__.lstrip('_')}{name}" if _is_private(name) else name


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def main(source: int, sink: int) -> None:
    """Serve until the host closes the pipe. The first message brings the code itself."""
    for file in (source, sink):
        os.set_inheritable(file, False)  # noqa: FBT003 - os has it so
    pipe = Pipe(source, sink)
    pipe.send({"k": "ready"})
    job = pipe.receive()
    if job is None:
        return
    write_files(CODE, job["files"])
    os.chdir(CODE)
    support = sys.path[0]
    sys.path[:] = [
        *(str(CODE / root) for root in job["roots"]),
        *(entry for entry in sys.path if entry and entry != support),
    ]
    peer = CodePeer(pipe)
    sys.stdout, sys.stderr = peer.streams
    try:
        while (message := pipe.receive()) is not None:
            peer.serve(message)
    except (Lost, WireError) as error:
        sys.__stderr__.write(f"{json.dumps(str(error))}\n")  # type: ignore[union-attr]  # the sandbox gives it one
        os._exit(70)
    # Threads that the code left behind do not keep the process.
    os._exit(0)
