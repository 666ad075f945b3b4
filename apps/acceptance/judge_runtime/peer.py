"""One end of the conversation between a test and the code: both ends work alike.

The ends take turns, like a call and its return: whoever was asked may ask back before it answers.

    {"k": "ask", "n": number, "op": operation, "v": arguments, …}
    {"k": "answer" | "error", "n": number, "v": value or exception, …}
    {"k": "fault", "n": number, "why": text}   the answer exists but cannot be sent
    {"k": "gone", "why": text}                 from the host: there is no other end any more

Lists, dicts and sets are shared: both ends know them by a number, and every message brings the new
contents of those that changed ("m"). So a function that sorts its argument in place sorts the
test's list. At most MAX_SHARED are kept; older ones are dropped ("d") and are copies from then on.
"""

import threading
from typing import Any

from . import plain
from .wire import Message, Pipe, WireError, dump

MAX_SHARED = 200  # containers
MAX_SHARED_ITEMS = 50_000  # items in all of them; what was passed last is kept in any case
CONTAINERS: dict[Any, str] = {list: "l", dict: "d", set: "s"}
MAKERS: dict[str, Any] = {tag: made for made, tag in CONTAINERS.items()}


class Lost(BaseException):
    """The code's process is gone, or said something that is no message.

    No Exception, so that `pytest.raises(Exception)` does not take it for an answer.
    """


class Shared:
    """The containers that both ends know."""

    def __init__(self, *, is_first: bool) -> None:
        self._next = 1 if is_first else 2  # the ends number differently: odd and even
        self.by_id: dict[int, Any] = {}
        self.ids: dict[int, int] = {}  # id() -> number
        self._seen: dict[int, list[Any]] = {}  # contents when they were last sent or received

    def number(self, container: Any) -> int | None:
        return self.ids.get(id(container))

    def add(self, container: Any, number: int | None = None) -> int:
        if number is None:
            number, self._next = self._next, self._next + 2
        self.by_id[number] = container
        self.ids[id(container)] = number
        return number

    def note(self, number: int) -> None:
        """Remember the contents as what both ends know."""
        self._seen[number] = _contents(self.by_id[number])

    def changed(self) -> list[int]:
        return [number for number, found in self.by_id.items() if not self._is_same(number, found)]

    def _is_same(self, number: int, container: Any) -> bool:
        seen = self._seen.get(number)
        now = _contents(container)
        return (
            seen is not None
            and len(seen) == len(now)
            and all(one is other for one, other in zip(seen, now, strict=True))
        )

    def forget(self, number: int) -> None:
        container = self.by_id.pop(number, None)
        if container is not None:
            self.ids.pop(id(container), None)
        self._seen.pop(number, None)

    def surplus(self) -> list[int]:
        """The oldest beyond what is kept, except for those that were passed just now."""
        total, found = 0, []
        for kept, number in enumerate(reversed(self.by_id), start=1):
            total += len(self.by_id[number])
            if kept > MAX_SHARED or (total > MAX_SHARED_ITEMS and kept > 1):
                found.append(number)
        return found

    def clear(self) -> None:
        self.by_id.clear()
        self.ids.clear()
        self._seen.clear()


def _contents(container: Any) -> list[Any]:
    if type(container) is dict:
        return [each for pair in container.items() for each in pair]
    return list(container)


class Peer:
    """What both ends have in common; they differ in what they let each other do."""

    is_first = False  # the test's end

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.faults = 0  # answers that could not be passed on
        self.lost = ""  # why there is no other end any more
        self.shared = Shared(is_first=self.is_first)
        self.exports: dict[int, Any] = {}
        self._export_ids: dict[int, int] = {}
        self._asked = 0
        self._kept = 0
        self._is_cleared = False  # the other end has to be told that nothing is shared any more
        self._turn = threading.RLock()

    # --- what the two ends define -----------------------------------------------------------

    def export(self, value: Any) -> Any:
        """Return the tagged form of what stays here. Raises TypeError for what is not shown."""
        raise NotImplementedError

    def adopt(self, tag: str, rest: list[Any]) -> Any:
        """Return what stands here for something of the other end. Raises WireError."""
        raise NotImplementedError

    def perform(self, op: str, args: list[Any]) -> Any:
        """Do what the other end asked for; what it raises is raised there."""
        raise NotImplementedError

    def extras(self) -> Message:
        """More for the next message; sent() follows when it could be composed."""
        return {}

    def sent(self) -> None:
        """What extras() returned is on its way."""

    def take_extras(self, message: Message) -> None:
        """Take what extras() of the other end put in."""

    # --- values -----------------------------------------------------------------------------

    def encode(self, value: Any) -> Any:
        kind = type(value)
        if kind in plain.SCALARS:
            return value
        if kind is int or kind is float:
            return plain.encode_number(value)
        if kind in CONTAINERS:
            return self._encode_container(value)
        if kind is tuple:
            return ["t", [self.encode(each) for each in value]]
        if kind is frozenset:
            return ["fs", [self.encode(each) for each in value]]
        if kind is bytes or kind is bytearray:
            return ["b" if kind is bytes else "ba", plain.encode_bytes(value)]
        found = plain.encode_other(value, self.encode)
        return self.export(value) if found is None else found

    def _encode_container(self, container: Any) -> Any:
        number = self.shared.number(container)
        if number is not None:
            return ["al", number]
        number = self.shared.add(container)
        try:
            encoded = self.encode_items(container, number)
        except BaseException:
            self.shared.forget(number)
            raise
        self.shared.note(number)
        return encoded

    def encode_items(self, container: Any, number: int) -> Any:
        """A container with its contents; the number 0 is that of one that is not shared."""
        if type(container) is dict:
            items = [[self.encode(key), self.encode(item)] for key, item in container.items()]
        else:
            items = [self.encode(item) for item in container]
        return [CONTAINERS[type(container)], number, items]

    def decode(self, value: Any) -> Any:
        if not isinstance(value, list):
            if isinstance(value, dict):
                raise WireError("An object is no value.")
            return value
        if not value or not isinstance(value[0], str):
            raise WireError("A value without a tag.")
        tag, *rest = value
        try:
            return self._decode_tagged(tag, rest)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError) as error:
            raise WireError(f"No value of kind {tag[:20]!r}: {error}") from None

    def _decode_tagged(self, tag: str, rest: list[Any]) -> Any:
        match tag, rest:
            case (("i" | "f"), [text]):
                return plain.decode_number(tag, text)
            case (("b" | "ba"), [text]):
                data = plain.decode_bytes(text)
                return data if tag == "b" else bytearray(data)
            case (("t" | "fs"), [list(items)]):
                found = [self.decode(each) for each in items]
                return tuple(found) if tag == "t" else frozenset(found)
            case (("l" | "d" | "s"), [int(number), list(items)]):
                return self._decode_container(tag, number, items)
            case "al", [int(number)]:
                return self.shared.by_id[number]
            case "x", [name, parts]:
                return plain.decode_other(name, parts, self.decode)
            case "ty", [str(name)]:
                return plain.TYPES[name]
            case "own", [int(number)]:
                return self.exports[number]
        return self.adopt(tag, rest)

    def _decode_container(self, tag: str, number: int, items: list[Any]) -> Any:
        container = MAKERS[tag]()
        if number:
            if number in self.shared.by_id:
                raise WireError("This container is known already.")
            self.shared.add(container, number)
        self._fill(container, tag, items)
        if number:
            self.shared.note(number)
        return container

    def _fill(self, container: Any, tag: str, items: list[Any]) -> None:
        if tag == "d":
            for key, item in items:
                container[self.decode(key)] = self.decode(item)
        elif tag == "l":
            for item in items:
                container.append(self.decode(item))
        else:
            for item in items:
                container.add(self.decode(item))

    def _update(self, change: Any) -> None:
        """Give a shared container its new contents, in place."""
        match change:
            case [str(tag), int(number), list(items)] if tag in MAKERS:
                container = self.shared.by_id.get(number)
        if container is None or type(container) is not MAKERS[tag]:
            raise WireError("A change of nothing that is shared.")
        fresh = MAKERS[tag]()
        self._fill(fresh, tag, items)
        container.clear()
        container.extend(fresh) if tag == "l" else container.update(fresh)
        self.shared.note(number)

    # --- things that stay -------------------------------------------------------------------

    def keep(self, value: Any) -> int:
        """Return the number under which the other end knows this object."""
        number = self._export_ids.get(id(value))
        if number is None:
            self._kept += 1  # never given twice
            number = self._kept
            self.exports[number] = value  # held, so that id() is not given to another
            self._export_ids[id(value)] = number
        return number

    # --- messages ---------------------------------------------------------------------------

    def compose(self, kind: str, number: int, value: Any, **more: Any) -> bytes:
        """Raises WireError, TypeError, or what reading the value raises; then nothing is shared."""
        try:
            return self._compose(kind, number, value, more)
        except BaseException as error:
            # Half of it may be noted as sent: both ends start anew with the next message.
            self.shared.clear()
            self._is_cleared = True
            if isinstance(error, RecursionError):
                raise WireError("It is too deep.") from None
            raise

    def _compose(self, kind: str, number: int, value: Any, more: Message) -> bytes:
        changes = []
        for each in self.shared.changed():
            changes.append(self.encode_items(self.shared.by_id[each], each))
            self.shared.note(each)
        encoded = self.encode(value) if kind != "ask" else [self.encode(each) for each in value]
        message = {"k": kind, "n": number, "v": encoded, **more, **self.extras()}
        if changes:
            message["m"] = changes
        if dropped := self.shared.surplus():
            message["d"] = dropped
        if self._is_cleared:
            message["z"] = True
        frame = dump(message)
        self._is_cleared = False
        self.sent()
        for each in dropped:
            self.shared.forget(each)
        return frame

    def _take_clearing(self) -> bool:
        was, self._is_cleared = self._is_cleared, False
        return was

    def absorb(self, message: Message) -> None:
        """Take what comes beside the value: new contents, forgotten containers, and more."""
        if message.get("z"):
            self.shared.clear()
        self.take_extras(message)
        for change in message.get("m", ()):
            self._update(change)
        # Forgotten only after the value was read, which may still name them.

    def _drop(self, message: Message) -> None:
        for number in message.get("d", ()):
            self.shared.forget(number)

    def ask(self, op: str, *args: Any) -> Any:
        """Have the other end do something. Raises Lost, and what was raised there."""
        with self._turn:
            if self.lost:
                raise Lost(self.lost)
            self._asked += 1
            self._send(self.compose("ask", self._asked, args, op=op))
            return self._answer_to(self._asked)

    def _answer_to(self, number: int) -> Any:
        value: Any
        while True:
            message = self._receive()
            try:
                is_asked = message["k"] == "ask"
                found = self._read_question(message) if is_asked else None
                is_good, value = (True, None) if is_asked else self._read_answer(message, number)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it
                raise self._lose(f"It sent something that is no message: {error}") from None
            if found is not None:
                self._do(*found)
            elif is_good:
                return value
            else:
                raise value

    def _read_answer(self, message: Message, number: int) -> tuple[bool, Any]:
        if message["k"] == "fault":
            self.faults += 1
            self.absorb(message)
            raise Lost(f"Its answer cannot be passed on: {str(message.get('why'))[:500]}")
        if message["k"] not in ("answer", "error") or message["n"] != number:
            raise WireError("It is no answer to what was asked.")
        self.absorb(message)
        value = self.decode(message["v"])
        self._drop(message)
        if message["k"] == "error" and not isinstance(value, BaseException):
            raise WireError("What was raised is no exception.")
        return message["k"] == "answer", value

    def serve(self, message: Message) -> None:
        """Do what the other end asks for, and answer. Raises WireError for what is no question."""
        self._do(*self._read_question(message))

    def _read_question(self, message: Message) -> tuple[int, str, list[Any]]:
        self.absorb(message)
        args = [self.decode(each) for each in message["v"]]
        self._drop(message)
        number, op = message["n"], message["op"]
        if not isinstance(number, int) or not isinstance(op, str):
            raise WireError("It is no question.")
        return number, op, args

    def _do(self, number: int, op: str, args: list[Any]) -> None:
        try:
            kind, value = "answer", self.perform(op, args)
        except Lost:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who asked
            kind, value = "error", error
        self._send(self._reply(kind, number, value))

    def _reply(self, kind: str, number: int, value: Any) -> bytes:
        try:
            return self.compose(kind, number, value)
        except Lost:
            raise
        except BaseException as error:  # noqa: BLE001 - reading the value runs code that is not ours
            why = f"{type(error).__name__}: {error}"[:500]
            return dump({"k": "fault", "n": number, "why": why, "z": self._take_clearing()})

    def _send(self, frame: bytes) -> None:
        try:
            self.pipe.send_frame(frame)
        except OSError as error:
            raise self._lose(str(error)) from None

    def _receive(self) -> Message:
        try:
            message = self.pipe.receive()
        except WireError as error:
            raise self._lose(f"It sent something that is no message: {error}") from None
        if message is None or message.get("k") == "gone":
            why = str(message.get("why", "")) if message else ""
            raise self._lose(why or "The other end is gone.")
        return message

    def _lose(self, why: str) -> Lost:
        self.lost = self.lost or why
        return Lost(self.lost)
