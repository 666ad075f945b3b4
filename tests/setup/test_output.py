"""Lines of many children on one screen."""

import io
import os
from pathlib import Path

import pytest

from mgeconsole.supervisor.output import Relay, Screen, wants_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "wanted"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_only_a_terminal_gets_colours(
    stream: io.StringIO, environ: dict[str, str], wanted: bool
) -> None:
    assert wants_colour(stream, environ) is wanted


def test_names_stand_in_one_column() -> None:
    stream = io.StringIO()
    screen = Screen(stream)

    screen.say("web", "up")
    screen.say("postgres", "ready")

    assert stream.getvalue() == "web      | up\npostgres | ready\n"


def test_a_name_keeps_its_colour() -> None:
    stream = io.StringIO()
    screen = Screen(stream, colour=True)

    for name in ("web", "worker", "web"):
        screen.say(name, "x")

    first, second, third = stream.getvalue().splitlines()
    assert first == third == "\x1b[36mweb      |\x1b[0m x"
    assert second == "\x1b[33mworker   |\x1b[0m x"


def relayed(*chunks: bytes) -> list[str]:
    """Return the lines on the screen after the chunks came one by one, and the pipe closed."""
    stream = io.StringIO()
    relay = Relay(Screen(stream))
    reader, writer = os.pipe()
    relay.add("web", os.fdopen(reader, "rb"))
    for chunk in chunks:
        os.write(writer, chunk)
        relay.pump(0)
    os.close(writer)
    relay.pump(0)
    return [line.removeprefix("web      | ") for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"on", b"e\ntw", b"o\n"], ["one", "two"]),
        ([b"no end"], ["no end"]),
        ([b"windows\r\n"], ["windows"]),
        ([b"\xff\n"], ["�"]),
        (["Ñandú\n".encode()[:2], "Ñandú\n".encode()[2:]], ["Ñandú"]),
        ([], []),
    ],
)
def test_lines_stay_whole(chunks: list[bytes], lines: list[str]) -> None:
    assert relayed(*chunks) == lines


def test_a_line_without_end_is_printed_in_pieces() -> None:
    lines = relayed(*[b"x" * 50_000] * 3)

    assert "".join(lines) == "x" * 150_000
    assert len(lines) > 1


def test_a_muted_screen_writes_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "screen"
    with path.open("w") as stream:
        screen = Screen(stream)
        screen.say("web", "heard")
        screen.mute()
        screen.say("web", "unheard")

    assert path.read_text() == "web      | heard\n"
