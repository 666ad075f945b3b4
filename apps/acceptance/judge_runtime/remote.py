"""Stand-ins, in the test's process, for what lives in the code's process.

Plain data comes as itself, rebuilt here. Everything else is a stand-in whose parts are asked for one
by one. What may decide an assertion is decided here, never by a method of the code:

- `==` between stand-ins: the same object; or, when their class defines equality, the same class and
  equal plain data. `==` between a stand-in and plain data is False. An object made from `str`, `int`,
  `list` and so on is compared by the data in it.
- An object that the test made by calling its class counts only when it shows the plain arguments
  that it was made with. And what was there before it was made is compared as it stood then.
- `<`, `in`, `+` and the like, with plain data on the other side, are asked of the code only for
  objects that the test made: for others they would show the code what the test expects.
- Constants of a module (UPPER_CASE) and members of enumerations are read once, before any call.
"""

import datetime as dt
import importlib.abc
import importlib.machinery
import inspect
import itertools
import sys
import types
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from . import plain
from .peer import Lost, Peer
from .special import CONVERTING, READING, SPECIALS, WITH_ANOTHER
from .wire import Message, Pipe, WireError

MAX_CONTAINS = 10_000  # items that `in` looks at
# Methods that answer for the text they are called on. An object that is no text could answer
# anything, and `found == found.lower()` would be true of one that returns itself.
_OF_TEXT = frozenset(
    {
        *("startswith", "endswith", "lower", "upper", "casefold", "capitalize", "swapcase"),
        *("strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "is_integer"),
        *(name for name in dir(str) if name.startswith("is")),
        *("issubset", "issuperset", "isdisjoint"),
    }
)
# Classes of the standard library whose objects a test may hand to the code, by their public parts.
_SHOWN_MODULES = ("unittest.mock", "_io", "io", "types", "random", "collections")
_NEVER_SHOWN = (
    *(types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, types.CellType),
)
_get = object.__getattribute__
_set = object.__setattr__

PEER: "TestPeer"  # of this process; set once by start()


def start(pipe: Pipe, modules: Sequence[str]) -> "TestPeer":
    """Make the modules of the code importable; everything that they hold is asked for."""
    global PEER  # noqa: PLW0603 - one per process
    PEER = TestPeer(pipe)
    sys.meta_path.insert(0, Finder(frozenset(modules)))
    return PEER


class MirrorMeta(type):
    """The class of classes that stand for classes of the code."""

    def __call__(cls, *args: Any, **named: Any) -> Any:
        if "_mge_class" not in cls.__dict__:  # made by a test
            raise TypeError("A class of the code cannot be extended in a test.")
        if cls._mge_members:
            return PEER.ask("call", cls, args, tuple(named.items()))
        return PEER.make(cls, args, named)

    def __getattr__(cls, name: str) -> Any:
        members = cls.__dict__.get("_mge_members", {})
        if name in members:
            return members[name]
        if _is_special(name) and name not in ("__members__", "__annotations__", "__version__"):
            raise AttributeError(name)
        return PEER.ask("get", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith(("_mge", "__")):
            super().__setattr__(name, value)
        else:
            PEER.ask("set", cls, name, value)

    def __delattr__(cls, name: str) -> None:
        PEER.ask("delete", cls, name)

    def __iter__(cls) -> Iterator[Any]:
        members = cls.__dict__.get("_mge_members", {})
        # An alias is no member of its own.
        return iter([member for name, member in members.items() if member.name == name])

    def __len__(cls) -> int:
        return len(list(iter(cls)))

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, key: Any) -> Any:
        members = cls.__dict__.get("_mge_members", {})
        return members[key] if members else PEER.ask("special", cls, "__getitem__", (key,))

    def __contains__(cls, value: Any) -> bool:
        return any(member is value or member.value == value for member in cls)


class Mirror(metaclass=MirrorMeta):
    """An object of the code."""

    _mge_class: ClassVar[int]
    _mge_flags: ClassVar[frozenset[str]]
    _mge_caps: ClassVar[frozenset[str]]
    _mge_members: ClassVar[dict[str, Any]]
    _mge_id: int
    _mge_made: bool  # by the test, which called its class
    _mge_shows: bool  # the arguments that it was made with; True for one that was not made
    _mge_state: dict[str, Any] | None
    _mge_as_of: int  # which question the state is the answer to

    def __getattr__(self, name: str) -> Any:
        if _is_special(name):
            raise AttributeError(name)
        found = PEER.ask("get", self, name)
        if name in _OF_TEXT and isinstance(found, RemoteFunction) and not _is_made(self):
            raise AttributeError(f"{type(self).__qualname__!r} object is no text: {name!r}")
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        # What Python itself writes on an exception that is on its way.
        if name.startswith("__") and isinstance(self, BaseException):
            _set(self, name, value)
        else:
            PEER.ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        PEER.ask("delete", self, name)

    def __eq__(self, other: object) -> Any:
        if self is other:
            return bool(self.__dict__["_mge_shows"])
        if isinstance(other, Mirror):
            return _is_equal(self, other)
        # Somebody else's object in the test decides for itself; plain data never equals this.
        return False if _is_plain(other) else NotImplemented

    def __ne__(self, other: object) -> Any:
        found = self.__eq__(other)
        return found if found is NotImplemented else not found

    def __hash__(self) -> int:
        if "hash" not in self._mge_flags:
            raise TypeError(f"unhashable type: {type(self).__qualname__!r}")
        return hash((type(self), None if "eq" in self._mge_flags else _get(self, "_mge_id")))

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} object>"


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_made(value: Mirror) -> bool:
    return bool(value.__dict__["_mge_made"])


def _is_plain(value: object) -> bool:
    kind = type(value)
    return kind in plain.TYPE_NAMES or kind.__module__ in (
        "builtins",
        "datetime",
        "decimal",
        "uuid",
    )


# --- equality -----------------------------------------------------------------------------------


def _is_equal(one: Mirror, other: Mirror) -> bool:
    """By data, when the class is the same and defines equality; else only an object equals itself."""
    if type(one) is not type(other) or "eq" not in type(one)._mge_flags:
        return False
    PEER.refresh(one, other)
    mine, theirs = one.__dict__["_mge_state"], other.__dict__["_mge_state"]
    # Objects without data would all be equal, whatever they were made from.
    if not mine or not theirs or mine.keys() != theirs.keys():
        return False
    return one.__dict__["_mge_shows"] and other.__dict__["_mge_shows"] and bool(mine == theirs)


def _shows_arguments(value: Mirror, arguments: Sequence[Any]) -> bool:
    """Tell whether the data show every plain argument: a class that drops them equals anything."""
    state = list((value.__dict__["_mge_state"] or {}).values())
    return all(any(_is_shown(each, found) for found in state) for each in arguments)


def _is_shown(argument: Any, found: Any) -> bool:
    """Equal, but for what a constructor may tidy up: case, blanks, the type of a number, order."""
    if isinstance(argument, Mirror) or not _is_plain(argument):
        return True
    if isinstance(argument, list | tuple | set | frozenset):
        if not isinstance(found, list | tuple | set | frozenset | deque):
            return False
        return all(any(_is_shown(each, item) for item in found) for each in argument)
    if isinstance(argument, dict):
        return isinstance(found, dict) and all(
            any(_is_shown(key, other) for other in found) for key in argument
        )
    return bool(argument == found) or _tidied(argument) == _tidied(found)


def _tidied(value: Any) -> object:
    if isinstance(value, Mirror):
        if not type(value)._mge_members:
            return value  # reading it as text would ask the code
        value = value.value
    text = "".join(str(value).split()).casefold()
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


# --- special methods ----------------------------------------------------------------------------


def _reading(name: str) -> Callable[..., Any]:
    def special(self: Any, *args: Any) -> Any:
        found = PEER.ask("special", self, name, args)
        if name == "__iter__":
            return RemoteIterator(found)
        return found

    special.__name__ = name
    return special


def _with_another(name: str) -> Callable[..., Any]:
    def special(self: Mirror, other: Any) -> Any:
        if isinstance(other, Mirror) or _is_made(self):
            return PEER.ask("special", self, name, (other,))
        # No NotImplemented: the other side would then ask this object in other ways.
        raise TypeError(
            f"{name} of a {type(self).__qualname__} from the code and a {type(other).__name__}"
            " cannot be decided by the code under test."
        )

    special.__name__ = name
    return special


def _converting(name: str) -> Callable[..., Any]:
    def special(self: Mirror, *args: Any) -> Any:
        if not _is_made(self):
            raise TypeError(f"{type(self).__qualname__} from the code is no number.")
        return PEER.ask("special", self, name, args)

    special.__name__ = name
    return special


def _contains(self: Mirror, value: Any) -> bool:
    """Compare the items here, so that the code does not learn what is looked for."""
    if _is_made(self) and "__contains__" in self._mge_caps:
        return bool(PEER.ask("special", self, "__contains__", (value,)))
    if "__iter__" not in self._mge_caps:
        raise TypeError(f"argument of type {type(self).__qualname__!r} is not iterable")
    return any(
        item is value or item == value for item in itertools.islice(iter(self), MAX_CONTAINS)
    )


def _call(self: Any, *args: Any, **named: Any) -> Any:
    return PEER.ask("call", self, args, tuple(named.items()))


def _special_methods(caps: Sequence[str]) -> dict[str, Any]:
    methods: dict[str, Any] = {}
    for name in caps:
        if name in READING:
            methods[name] = _reading(name)
        elif name in CONVERTING:
            methods[name] = _converting(name)
        elif name in WITH_ANOTHER:
            methods[name] = _with_another(name)
    if "__contains__" in caps or "__iter__" in caps:
        methods["__contains__"] = _contains
    return methods


# What data that was rebuilt here decides by itself.
_KEPT_FOR_DATA = (
    "__str__",
    "__repr__",
    "__format__",
    "__call__",
    "__enter__",
    "__exit__",
    "__bytes__",
)


class RemoteIterator:
    """Steps through an iterator of the code."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def __iter__(self) -> "RemoteIterator":
        return self

    def __next__(self) -> Any:
        is_there, value = PEER.ask("step", self._iterator)
        if not is_there:
            raise StopIteration
        return value


class RemoteFunction:
    """A function or method of the code."""

    def __init__(self, number: int, name: str, module: str, doc: str) -> None:
        fields = {"_mge_id": number, "__name__": name, "__qualname__": name}
        self.__dict__.update(fields, __module__=module, __doc__=doc)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return PEER.ask("call", self, args, tuple(named.items()))

    def __getattr__(self, name: str) -> Any:
        if _is_special(name) and name not in ("__wrapped__", "__annotations__", "__defaults__"):
            raise AttributeError(name)
        return PEER.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        PEER.ask("set", self, name, value)

    def __get__(self, instance: Any, owner: Any = None) -> "RemoteFunction":
        return self

    def __repr__(self) -> str:
        return f"<function {self.__name__} of the code>"


# --- modules ------------------------------------------------------------------------------------


class RemoteModule(types.ModuleType):
    """A module of the code."""

    def __getattr__(self, name: str) -> Any:
        if _is_special(name) and name not in ("__version__", "__author__"):
            raise AttributeError(name)
        return PEER.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        # The import system sets submodules; the code has them already.
        if _is_special(name) or isinstance(value, RemoteModule):
            super().__setattr__(name, value)
        else:
            PEER.ask("set", self, name, value)
            self.__dict__.pop(name, None)

    def __delattr__(self, name: str) -> None:
        PEER.ask("delete", self, name)
        self.__dict__.pop(name, None)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the code, before any other of that name."""

    def __init__(self, tops: frozenset[str]) -> None:
        self._tops = tops

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self._tops:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return RemoteModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        try:
            name, is_package, public, constants = PEER.ask("load", module.__name__)
        except (Lost, Exception):
            raise
        except BaseException as error:  # noqa: BLE001 - the test runner would leave with it
            raise ImportError(
                f"{type(error).__name__} while {module.__name__} was imported"
            ) from None
        module.__dict__["__all__"] = [each for each in public if isinstance(each, str)]
        module.__dict__.update(constants)
        PEER.modules[name] = module
        if not is_package:
            module.__dict__.pop("__path__", None)


# --- the peer -----------------------------------------------------------------------------------


class TestPeer(Peer):
    is_first = True

    def __init__(self, pipe: Pipe) -> None:
        super().__init__(pipe)
        self.modules: dict[str, types.ModuleType] = {}
        self.test_modules: set[str] = set()  # whose objects the code may use
        self._classes: dict[int, Any] = {}  # of the code; a standard one stands for itself
        self._known: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._strong: dict[int, Any] = {}  # those that cannot be known weakly
        self._unused: list[int] = []
        self._sending = 0
        self._is_decoding = 0
        self._made_at = 0  # the question with which the test last made an object of the code

    # --- equality ---------------------------------------------------------------------------

    def make(self, kind: MirrorMeta, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a class, after a look at all objects that can be compared.

        With the arguments the code learns what its results are compared to.
        """
        if self._asked > self._made_at + 1:
            found = tuple(each for each in self._known.values() if _can_change(each))
            if found:
                self._read_states(found)
        self._made_at = self._asked
        newest = max(self._known.keys(), default=0)
        made = self.ask("call", kind, args, tuple(named.items()))
        if isinstance(made, Mirror):
            _set(made, "_mge_made", True)  # noqa: FBT003 - the value of an attribute
            given = (*args, *named.values())
            if "eq" in made._mge_flags:
                shows = _shows_arguments(made, given)
            else:
                # One that was there before, given out anew, would be the same as itself.
                shows = (
                    _get(made, "_mge_id") > newest or not given or made.__dict__["_mge_was_made"]
                )
            _set(made, "_mge_shows", shows)
            _set(made, "_mge_was_made", True)  # noqa: FBT003 - the value of an attribute
        return made

    def refresh(self, *values: Mirror) -> None:
        """Read the data again, unless nothing was done since but make objects to compare with."""
        if self._is_decoding or self._asked <= self._made_at + 1:
            return
        stale = tuple(
            v for v in values if _can_change(v) and v.__dict__["_mge_as_of"] < self._asked
        )
        if stale:
            self._read_states(stale)

    def _read_states(self, values: tuple[Mirror, ...]) -> None:
        states = self.ask("states", tuple(values))
        for value, pairs in zip(values, states, strict=True):
            if pairs:
                value.__dict__["_mge_state"] = dict(pairs)
            value.__dict__["_mge_as_of"] = self._asked

    # --- from the code ----------------------------------------------------------------------

    def take_extras(self, message: Message) -> None:
        for description in message.get("c", ()):
            self._make_class(description)
        for name, stream in (("o", sys.stdout), ("e", sys.stderr)):
            if text := message.get(name):
                stream.write(str(text).encode(errors="backslashreplace").decode())

    def decode(self, value: Any) -> Any:
        self._is_decoding += 1
        try:
            return super().decode(value)
        finally:
            self._is_decoding -= 1

    def adopt(self, tag: str, rest: list[Any]) -> Any:
        match tag, rest:
            case "cl", [int(number)]:
                return self._classes[number]
            case "mo", [str(name)]:
                return self._module(name)
            case "en", [int(number), str(name)]:
                return self._classes[number]._mge_members[name]
            case "fn", [int(number), str(name), str(module), str(doc), bool()]:
                return self._function(number, name, module, doc)
            case "co", [int(number)]:
                return self._coroutine(number)
            case "ex", [int(number), int() | str() as kind, args, str(text)]:
                known_kind = plain.TYPES[kind] if isinstance(kind, str) else self._classes[kind]
                return self._exception(number, known_kind, self.decode(args), text)
            case "ref", [int(number), int(kind), base, state]:
                return self._mirror(number, self._classes[kind], base, state)
        raise WireError(f"No value of kind {tag[:20]!r}.")

    def _module(self, name: str) -> types.ModuleType:
        if name not in self.modules:
            module = self.modules[name] = RemoteModule(name)
            return module
        return self.modules[name]

    def _function(self, number: int, name: str, module: str, doc: str) -> Any:
        known = self._find(number)
        if known is None:
            known = RemoteFunction(number, name, module, doc)
            self._remember(number, known)
        return known

    def _coroutine(self, number: int) -> Coroutine[Any, Any, Any]:
        """A coroutine of the code; awaiting it runs it there to its end."""
        reference = RemoteFunction(number, "coroutine", "", "")

        async def awaited() -> Any:
            return self.ask("wait", reference)

        return awaited()

    def _mirror(self, number: int, kind: type[Mirror], base: Any, state: Any) -> Any:
        known = self._find(number)
        data = () if base is None else (self.decode(base),)
        if known is None:
            known = self._new(kind, data)
            _describe(known, number)
            self._remember(number, known)
        elif type(known) is not kind:
            raise WireError("An object of two classes.")
        elif data and type(data[0]) in (list, dict, set):
            self._renew(known, data[0])
        if state is not None:
            _set(known, "_mge_state", dict(self.decode(state)))
        _set(known, "_mge_as_of", self._asked)
        return known

    @staticmethod
    def _new(kind: Any, data: tuple[Any, ...]) -> Any:
        base: Any = next(
            (each for each in kind.__mro__ if each in plain.TYPE_NAMES and each is not object), None
        )
        if base is None or not data:
            return object.__new__(kind) if base is None else base.__new__(kind)
        if type(data[0]) is not base and not isinstance(data[0], base | base.__bases__[0]):
            raise WireError("Data of another kind than its class.")
        if base in (list, set, dict):
            made = base.__new__(kind)
            base.extend(made, data[0]) if base is list else base.update(made, data[0])
            return made
        if issubclass(base, dt.date | dt.timedelta):
            return base.__new__(kind, *_fields_of(data[0]))
        return base.__new__(kind, data[0])

    @staticmethod
    def _renew(known: Any, data: Any) -> None:
        base: Any = type(data)
        base.clear(known)
        base.extend(known, data) if base is list else base.update(known, data)

    def _exception(self, number: int, kind: type[Any], args: Any, text: str) -> BaseException:
        known = self._find(number)
        if known is not None:
            if not isinstance(known, BaseException):
                raise WireError("An object that became an exception.")
            return known
        if not isinstance(args, list):
            raise WireError("Arguments of an exception.")
        error = _raised(kind, args)
        _describe(error, number)
        _set(error, "_mge_text", text)
        self._remember(number, error)
        return error

    def _find(self, number: int) -> Any:
        return self._strong[number] if number in self._strong else self._known.get(number)

    def _remember(self, number: int, value: Any) -> None:
        if number in self._unused:  # it came back before the code was told
            self._unused.remove(number)
        try:
            self._known[number] = value
            weakref.finalize(value, self._unused.append, number).atexit = False
        except TypeError:
            # One made from `int` or `tuple` is known for as long as the process lives.
            self._strong[number] = value

    # --- classes ----------------------------------------------------------------------------

    def _make_class(self, description: Any) -> None:
        match description:
            case {
                "id": int(number),
                "module": str(module),
                "name": str(name),
                "bases": list(bases),
                "caps": list(caps),
                "flags": list(flags),
                "members": list(members),
                "doc": str(doc),
            } if number not in self._classes:
                pass
            case _:
                raise WireError("No class.")
        local = _standard_exception(module, name)
        if local is not None:
            self._classes[number] = local
            return
        made_from = [
            plain.TYPES[each] if isinstance(each, str) else self._classes[each] for each in bases
        ]
        # What would end the run of the tests is not raised in it.
        made_from = [BaseException if issubclass(each, _ENDING) else each for each in made_from]
        namespace = {
            **_methods(made_from, caps),
            "__module__": module,
            "__qualname__": name,
            "__doc__": doc or None,
            "_mge_class": number,
            "_mge_id": number,
            "_mge_flags": frozenset(map(str, flags)),
            "_mge_caps": frozenset(map(str, caps)),
            "_mge_members": {},
        }
        try:
            made = MirrorMeta(name.rpartition(".")[2] or "_", _parents(made_from), namespace)
        except (TypeError, ValueError) as error:
            raise WireError(f"No class: {error}") from None
        self._classes[number] = made
        self._add_members(made, members)

    def _add_members(self, kind: Any, members: list[Any]) -> None:
        for name, own_name, value, base in members:
            if own_name in kind._mge_members:
                kind._mge_members[name] = kind._mge_members[own_name]
                continue
            data = () if base is None else (self.decode(base),)
            member = self._new(kind, data)
            _describe(member, 0)
            for key, each in (
                ("_mge_member", own_name),
                ("name", own_name),
                ("value", self.decode(value)),
            ):
                _set(member, key, each)
            kind._mge_members[name] = member

    # --- to the code ------------------------------------------------------------------------

    def export(self, value: Any) -> Any:
        found = self._own(value)
        if found is not None:
            return found
        if isinstance(value, _NEVER_SHOWN):
            raise TypeError(f"A test cannot hand a {type(value).__name__} to the code.")
        if isinstance(value, BaseException):
            return ["te", type(value).__name__, [self._error_part(each) for each in value.args]]
        name = str(getattr(value, "__name__", type(value).__name__))
        if isinstance(value, type) or _is_function(value):
            return ["cb", self.keep(value), name, inspect.iscoroutinefunction(value)]
        if isinstance(value, Iterator):
            return ["it", self.keep(value)]
        if self._is_shown(value):
            specials = [each for each in SPECIALS if getattr(type(value), each, None) is not None]
            if callable(value):
                specials.append("__call__")
            return ["ob", self.keep(value), type(value).__name__, specials]
        raise TypeError(f"A test cannot hand a {type(value).__qualname__} to the code.")

    @staticmethod
    def _own(value: Any) -> Any:
        """What the code knows already, because it is its own."""
        if isinstance(value, MirrorMeta):
            return ["cl", value._mge_class]
        if isinstance(value, RemoteModule):
            return ["mo", value.__name__]
        if isinstance(value, RemoteIterator):
            return ["own", value._iterator._mge_id]
        try:
            fields = _get(value, "__dict__")
        except AttributeError:
            return None
        if isinstance(value, Mirror) and "_mge_member" in fields:
            return ["en", type(value)._mge_class, fields["_mge_member"]]
        return ["own", fields["_mge_id"]] if "_mge_id" in fields else None

    def _error_part(self, value: Any) -> Any:
        try:
            return self.encode(value)
        except (TypeError, WireError):
            return repr(value)[:500]

    def _is_shown(self, value: Any) -> bool:
        module = type(value).__module__
        return module in self.test_modules or module in _SHOWN_MODULES

    def perform(self, op: str, args: list[Any]) -> Any:
        """Let the code use what it was given: calls, and the public parts of the test's objects."""
        if not args or self._export_ids.get(id(args[0])) is None:
            raise WireError("Nothing that it was given.")
        match op, args:
            case "call", [function, tuple(given), tuple(named)]:
                return function(*given, **dict(named))
            case "await", [function, tuple(given), tuple(named)]:
                return _run(function(*given, **dict(named)))
            case "next", [iterator]:
                for item in iterator:
                    return (True, item)
                return (False, None)
            case "get", [owner, str(name)] if self._is_public(owner, name):
                return getattr(owner, name)
            case "set", [owner, str(name), value] if self._is_public(owner, name):
                return setattr(owner, name, value)
            case "special", [owner, str(name), tuple(given)] if name in SPECIALS and self._is_shown(
                owner
            ):
                return SPECIALS[name](owner, *given)
        raise AttributeError("The code cannot use this.")

    def _is_public(self, owner: Any, name: str) -> bool:
        return self._is_shown(owner) and not name.startswith("_")

    def extras(self) -> Message:
        unused, self._sending = self._unused[:], len(self._unused)
        return {"f": unused} if unused else {}

    def sent(self) -> None:
        del self._unused[: self._sending]

    def begin_test(self) -> None:
        """Share nothing with what was before."""
        if not self.lost:
            self.shared.clear()
            self.ask("reset")


_DATA = (
    *(str, int, float, bytes, tuple, frozenset, list, dict, set),
    *(Decimal, dt.date, dt.timedelta),
)


def _can_change(value: Any) -> bool:
    return (
        isinstance(value, Mirror) and "eq" in value._mge_flags and "frozen" not in value._mge_flags
    )


def _fields_of(value: Any) -> list[Any]:
    if isinstance(value, dt.timedelta):
        return [value.days, value.seconds, value.microseconds]
    if isinstance(value, dt.datetime):
        clock = [value.hour, value.minute, value.second, value.microsecond, value.tzinfo]
        return [value.year, value.month, value.day, *clock]
    return [value.year, value.month, value.day]


def _error_text(self: BaseException) -> str:
    return str(self.__dict__.get("_mge_text", ""))


class Interrupted(BaseException):
    """The code raised what would end the run of the tests."""


_ENDING = (KeyboardInterrupt,)
# Their exceptions mean something to the test runner.
# Those of `builtins` come by their names; a class that only says so is not one of them.
_NOT_MEANT = frozenset({"builtins", "unittest", "bdb", "doctest", "pdb"})


def _methods(made_from: Sequence[type[Any]], caps: Sequence[Any]) -> dict[str, Any]:
    """The special methods of a class that is made from these, for what the code's one can do."""
    methods = _special_methods([each for each in caps if each in SPECIALS])
    is_data = _is_data(made_from)
    if is_data:
        methods = {key: found for key, found in methods.items() if key in _KEPT_FOR_DATA}
    if any(issubclass(each, BaseException) for each in made_from):
        methods = {"__str__": _error_text}
    if "__call__" in caps:
        methods["__call__"] = _call
    if is_data:
        plain_base = next(base for each in made_from for base in each.__mro__ if base in _DATA)
        own = ("__eq__", "__ne__", "__hash__", *(n for n in SPECIALS if n not in _KEPT_FOR_DATA))
        methods |= {key: getattr(plain_base, key) for key in own if hasattr(plain_base, key)}
    return methods


def _parents(made_from: Sequence[type[Any]]) -> tuple[type[Any], ...]:
    """The bases of a stand-in's class, with what makes it one: behind data, before all else."""
    parents = tuple(made_from)
    if any(issubclass(each, Mirror) for each in parents):
        return parents
    return (*parents, Mirror) if _is_data(made_from) else (Mirror, *parents)


def _is_data(made_from: Sequence[type[Any]]) -> bool:
    return any(issubclass(each, _DATA) for each in made_from)


def _standard_exception(module: str, name: str) -> type[BaseException] | None:
    """A class of this process that the code's class is as well: what the test may have imported."""
    root = module.partition(".")[0]
    if root not in sys.stdlib_module_names or root in _NOT_MEANT or module not in sys.modules:
        return None
    found = vars(sys.modules[module]).get(name)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def _raised(kind: type[Any], args: list[Any]) -> BaseException:
    """An exception of the class. Raises WireError for what is none."""
    if not issubclass(kind, BaseException):
        raise WireError("What was raised is no exception.")
    if issubclass(kind, _ENDING):
        return Interrupted(kind.__name__, *args)
    if not isinstance(kind, MirrorMeta):
        try:
            return kind(*args)
        except Exception:  # noqa: BLE001, S110 - one that wants other arguments
            pass
    try:
        return kind.__new__(kind, *args)
    except TypeError as error:
        raise WireError(f"No exception: {error}") from None


def _describe(value: Any, number: int) -> None:
    fields = {"_mge_made": False, "_mge_was_made": False, "_mge_shows": True}
    for name, each in (fields | {"_mge_id": number, "_mge_state": None, "_mge_as_of": 0}).items():
        _set(value, name, each)


def _is_function(value: Any) -> bool:
    kinds = (
        types.FunctionType,
        types.MethodType,
        types.BuiltinFunctionType,
        types.MethodWrapperType,
    )
    return isinstance(value, kinds) or type(value).__module__ == "functools"


def _run(found: Any) -> Any:
    """Take a coroutine of the test to its end; it may await only what is ready at once."""
    if not inspect.iscoroutine(found):
        return found
    try:
        found.send(None)
    except StopIteration as stop:
        return stop.value
    found.close()
    raise RuntimeError("A coroutine of the test that waits cannot be awaited by the code.")


__all__ = ["PEER", "Lost", "Mirror", "TestPeer", "start"]
