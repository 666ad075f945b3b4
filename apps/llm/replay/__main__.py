"""`python -m apps.llm.replay`: serve recorded answers on this machine."""

import argparse
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from apps.llm.replay.answers import AnswerBook, InvalidAnswers
from apps.llm.replay.options import (
    InvalidOption,
    Outage,
    OutageMode,
    ReplayOptions,
    change,
    parse_outage,
)
from apps.llm.replay.recording import Recorder
from apps.llm.replay.server import ReplayServer

HOST = "127.0.0.1"
DEFAULT_PORT = 8091
SHUTDOWN_S = 2
BACKLOG = 2048  # connections that may wait to be accepted
# Longer than clients keep a connection, so that none sends into one that is being closed.
KEEPALIVE_S = 75


@dataclass(frozen=True, slots=True)
class Arguments:
    """The command line, read."""

    port: int
    places: tuple[Path, ...]
    record: str | None
    options: ReplayOptions


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit status."""
    try:
        given = read_arguments(arguments)
        server = make_server(given)
        listener = listen(given.port)
    except (InvalidOption, InvalidAnswers, OSError) as error:
        print(f"The replay server cannot start: {error}", file=sys.stderr)  # noqa: T201 - a program says this
        return 2
    port = listener.getsockname()[1]
    print(f"Replay server on http://{HOST}:{port}/v1", flush=True)  # noqa: T201 - a program says this
    config = uvicorn.Config(
        server.app(),
        backlog=BACKLOG,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEPALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def read_arguments(arguments: Sequence[str] | None) -> Arguments:
    """Return the command line; raises InvalidOption, or exits with the usage."""
    given = make_parser().parse_args(arguments)
    options = {name: value for name, value in vars(given).items() if name in _OPTIONS}
    return Arguments(
        port=given.port,
        places=tuple(given.answers or [Path("examples")]),
        record=given.record,
        options=change(ReplayOptions(), options),
    )


def make_server(given: Arguments) -> ReplayServer:
    """Return the server; raises InvalidAnswers or InvalidOption."""
    if given.record is None:
        return ReplayServer(AnswerBook(given.places), given.options)
    if len(given.places) != 1:
        raise InvalidOption("--record needs exactly one --answers, to write to.")
    recorder = Recorder(given.record, given.places[0])
    existing = [recorder.file] if recorder.file.exists() else []
    return ReplayServer(AnswerBook(existing), given.options, recorder)


def listen(port: int) -> socket.socket:
    """Return a listening socket on the port; 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(f"port {port} is taken ({error.strerror}). Give another --port.") from error
    return listener


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apps.llm.replay",
        description="Serve recorded answers in the shape of the OpenAI API, on this machine only.",
        # What is not given is left to the options' own defaults.
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"0 takes a free one ({DEFAULT_PORT})"
    )
    parser.add_argument(
        "--answers",
        type=Path,
        action="append",
        default=None,
        help="file, or folder searched for answers.yaml; may be repeated (examples)",
    )
    parser.add_argument(
        "--record",
        metavar="URL",
        default=None,
        help="pass requests on to this endpoint (…/v1) and write its answers to --answers",
    )
    for name, (convert, text) in _OPTIONS.items():
        flag = f"--{name.replace('_', '-')}"
        if convert is parse_outage:
            parser.add_argument(flag, dest=name, type=_outage, action="append", help=text)
        else:
            parser.add_argument(flag, dest=name, type=convert, help=text)
    return parser


def _outage(text: str) -> Outage:
    try:
        return parse_outage(text)
    except InvalidOption as error:
        raise argparse.ArgumentTypeError(str(error)) from None


_OPTIONS: dict[str, tuple[Callable[[str], object], str]] = {
    "seed": (int, "of all draws (0)"),
    "median_ms": (float, "median latency of an answer (0)"),
    "sigma": (float, "spread of the log-normal latency (0)"),
    "error_rate": (float, "share of requests that fail (0)"),
    "error_status": (int, "status of those (500)"),
    "rate_limit_rps": (float, "requests per second above which the answer is 429"),
    "knee": (int, "concurrent requests above which latency grows in proportion"),
    "outages": (parse_outage, "START:DURATION in seconds after the start; may be repeated"),
    "outage_mode": (str, f"what an outage looks like: {', '.join(OutageMode)} (error)"),
    "auth_key": (str, "the only API key that is let in"),
}

if __name__ == "__main__":
    sys.exit(main())
