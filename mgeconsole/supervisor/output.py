"""The lines of all children on one screen, each with the name of who said it."""

import os
import selectors
import sys
from collections.abc import Mapping
from typing import IO, TextIO

_WIDTH = 9  # characters of the longest name
_COLOURS = (
    36,
    33,
    32,
    35,
    34,
    96,
    93,
    92,
    95,
    94,
)  # SGR codes, dealt out in order of appearance
_CHUNK = 65536  # bytes


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether to colour: a terminal, unless its owner wants none."""
    return stream.isatty() and not environ.get("NO_COLOR")


class Screen:
    """Prints whole lines with their speaker's name."""

    def __init__(self, stream: TextIO = sys.stdout, *, colour: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._names: list[str] = []

    def mute(self) -> None:
        """Print nothing any more: whoever read has gone."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def say(self, name: str, line: str) -> None:
        """Print one line. Raises BrokenPipeError when nobody reads any more."""
        self._stream.write(f"{self._label(name)} {line}\n")
        self._stream.flush()

    def _label(self, name: str) -> str:
        label = f"{name:<{_WIDTH}}|"
        if not self._colour:
            return label
        if name not in self._names:
            self._names.append(name)
        code = _COLOURS[self._names.index(name) % len(_COLOURS)]
        return f"\x1b[{code}m{label}\x1b[0m"


class Pipe:
    """The output of one child, cut into lines."""

    def __init__(self, name: str, source: IO[bytes]) -> None:
        self.name = name
        self.source = source
        self._rest = b""
        os.set_blocking(source.fileno(), False)

    def read(self) -> tuple[list[str], bool]:
        """Return the lines that are complete, and whether more may come."""
        try:
            chunk = os.read(self.source.fileno(), _CHUNK)
        except BlockingIOError:
            return [], True
        if not chunk:
            rest, self._rest = self._rest, b""
            return ([_text(rest)] if rest else []), False
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > _CHUNK:  # a line without end must not fill the memory
            lines, self._rest = [*lines, self._rest], b""
        return [_text(line) for line in lines], True


def _text(line: bytes) -> str:
    return line.decode("utf-8", errors="replace").rstrip("\r")


class Relay:
    """Hands the lines of all children to the screen as they come."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._selector = selectors.DefaultSelector()

    def add(self, name: str, source: IO[bytes]) -> None:
        self._selector.register(source, selectors.EVENT_READ, Pipe(name, source))

    def pump(self, wait_s: float) -> None:
        """Print what has come; wait for some at most wait_s."""
        for key, _ in self._selector.select(wait_s):
            pipe: Pipe = key.data
            lines, open_still = pipe.read()
            for line in lines:
                self._screen.say(pipe.name, line)
            if not open_still:
                self._selector.unregister(pipe.source)
                pipe.source.close()
