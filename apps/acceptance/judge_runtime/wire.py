"""Frames and plain data, as they travel between the test, the host and the code.

A frame is four bytes of length and that many bytes of JSON: one object. A value is null, true,
false, a string, a number, or a list that begins with a tag. Nothing that is read here can name a
function to be called or a class to be made, which is why this is not pickle.

    ["i", hex]                  a whole number beyond 2**53
    ["f", "nan"|"inf"|"-inf"]   a float that JSON has not got
    ["b"|"ba", base64]          bytes, bytearray
    ["l"|"d"|"s", id, items]    list, dict (pairs), set: shared, so both ends know it by its id
    ["al", id]                  a shared container that the other end knows already
    ["t"|"fs", items]           tuple, frozenset
    ["x", kind, values]         other plain data of the standard library: see plain.py
    ["fn"|"ref"|"ex"|...]       something that stays where it is: see peer.py
"""

import json
import os
from collections.abc import Callable
from typing import Any

MAX_FRAME = 8 * 1024 * 1024  # bytes
MAX_DEPTH = 420  # of JSON; a container takes two levels
MAX_NODES = 400_000  # values in one frame
MAX_TEXT_NUMBER = 100_000  # hexadecimal digits of one number
HEAD = 4  # bytes of length
SAFE_INT = 2**53

Message = dict[str, Any]


class WireError(Exception):
    """What came is no message, or what shall be sent cannot be one."""


def dump(message: Message) -> bytes:
    """Return the frame. Raises WireError when it would be too large or too deep."""
    try:
        body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        raise WireError(f"It cannot be sent: {error}") from None
    if len(body) > MAX_FRAME:
        raise WireError(f"It has {len(body)} bytes; a message has at most {MAX_FRAME}.")
    return len(body).to_bytes(HEAD, "big") + body


def parse(body: bytes) -> Message:
    """Return the message in a frame, checked for form, depth and count. Raises WireError."""
    try:
        message = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(f"It is no JSON: {type(error).__name__}") from None
    if not isinstance(message, dict):
        raise WireError("It is no object.")
    check(message)
    return message


def _no_constant(name: str) -> float:
    raise WireError(f"{name} is no JSON.")


def check(tree: object) -> None:
    """Raise WireError when the tree is too deep or has too many parts."""
    level, count = [tree], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_NODES:
            raise WireError(f"It has more than {MAX_NODES} parts.")
        level = [
            child
            for node in level
            if isinstance(node, list | dict)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise WireError(f"It is deeper than {MAX_DEPTH} levels.")


class FrameBuffer:
    """Cuts what arrives in pieces into frames."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the bodies that are complete now. Raises WireError for an impossible length."""
        self._data += chunk
        found = []
        while len(self._data) >= HEAD:
            size = int.from_bytes(self._data[:HEAD], "big")
            if size > MAX_FRAME:
                raise WireError(f"It announces {size} bytes; a message has at most {MAX_FRAME}.")
            if len(self._data) < HEAD + size:
                break
            found.append(bytes(self._data[HEAD : HEAD + size]))
            del self._data[: HEAD + size]
        return found


class Pipe:
    """Both directions to the other end, for a process that may wait."""

    def __init__(self, source: int, sink: int) -> None:
        self._source, self._sink = source, sink
        # Kept, because the code under test may put others in their place.
        self._read: Callable[[int, int], bytes] = os.read
        self._write: Callable[[int, bytes], int] = os.write

    def receive(self) -> Message | None:
        """Wait for a message; None when the other end is gone. Raises WireError."""
        head = self._exactly(HEAD)
        if head is None:
            return None
        size = int.from_bytes(head, "big")
        if size > MAX_FRAME:
            raise WireError(f"It announces {size} bytes; a message has at most {MAX_FRAME}.")
        body = self._exactly(size)
        return None if body is None else parse(body)

    def send(self, message: Message) -> None:
        """Raises WireError, and sends nothing, for what cannot be a message; OSError when gone."""
        self.send_frame(dump(message))

    def send_frame(self, frame: bytes) -> None:
        rest = memoryview(frame)
        while rest:
            rest = rest[self._write(self._sink, bytes(rest[:65536])) :]

    def _exactly(self, size: int) -> bytes | None:
        data = bytearray()
        while len(data) < size:
            chunk = self._read(self._source, min(size - len(data), 1 << 20))
            if not chunk:
                return None
            data += chunk
        return bytes(data)
