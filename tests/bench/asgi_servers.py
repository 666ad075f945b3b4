"""Compares ASGI servers: pages, open websockets, memory, and what SIGTERM does.

python -m tests.bench.asgi_servers [--rounds 3] [--sockets 500] [--only uvicorn granian]
    [--application mgeconsole.asgi:application --cookie sessionid=...]

With the console itself, DATABASE_URL, REDIS_URL and SECRET_KEY have to be set and the cookie has to
be of a signed-in user; news and SIGTERM are measured with the small application only. Every server
runs as one process on the loopback, the rounds alternate, and medians are printed.
"""

import argparse
import asyncio
import json
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

SMALL_APPLICATION = "tests.bench.asgi_application:application"
PROJECT = Path(__file__).parents[2]
HOST = "127.0.0.1"
PAGE_CONNECTIONS = 8
PAGE_S = 3.0
ROUND_TRIP_S = 4.0
ROUND_TRIPS_PER_S = 100
NEWS_REPEATS = 5
SUB = json.dumps({"sub": ["mp.list", "mp.mp-0142.wave"]})
START_LIMIT_S = 20.0
STOP_LIMIT_S = 12.0

SERVERS: dict[str, list[str]] = {
    "daphne": ["daphne", "-v", "0", "-b", HOST, "-p", "{port}", "{application}"],
    "uvicorn": [
        *("uvicorn", "{application}", "--host", HOST, "--port", "{port}", "--log-level", "error"),
        *(
            "--no-access-log",
            "--loop",
            "uvloop",
            "--http",
            "httptools",
            "--ws",
            "websockets-sansio",
        ),
        *("--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "5"),
        *("--lifespan", "off"),
    ],
    "granian": [
        *("granian", "{application}", "--interface", "asginl", "--host", HOST, "--port", "{port}"),
        *("--log-level", "error", "--no-access-log", "--loop", "uvloop", "--workers", "1"),
        *("--workers-kill-timeout", "5"),
    ],
}
Figures = dict[str, float]


def main() -> None:
    arguments = _arguments()
    names = arguments.only or list(SERVERS)
    figures: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(arguments.rounds):
        # Each round begins with another server, so that none always meets the warmest machine.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            figures[name].append(measure(name, arguments))
            print(f"round {number + 1}: {name} done", file=sys.stderr, flush=True)
    print_table(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--application", default=SMALL_APPLICATION)
    parser.add_argument("--cookie", default="")
    parser.add_argument("--only", nargs="+", choices=list(SERVERS))
    return parser.parse_args()


def measure(name: str, arguments: argparse.Namespace) -> Figures:
    """Start one server, measure it, stop it with SIGTERM, and return its figures."""
    port = _free_port()
    command = [part.format(port=port, application=arguments.application) for part in SERVERS[name]]
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=PROJECT)
    try:
        return uvloop.run(_measure_running(port, process, arguments))
    finally:
        _kill_tree(process)


async def _measure_running(
    port: int, process: subprocess.Popen[bytes], arguments: argparse.Namespace
) -> Figures:
    began = time.perf_counter()
    await _started(port)
    figures: Figures = {"start ms": (time.perf_counter() - began) * 1000}
    for title, page in (("health", "/healthz"), ("sign-in", "/accounts/sign-in")):
        figures |= await measure_pages(port, page, title=title)
    before_mb = figures["memory MB"] = _memory_mb(process.pid)
    began = time.perf_counter()
    async with open_sockets(port, arguments.sockets, cookie=arguments.cookie) as sockets:
        figures["connect all ms"] = (time.perf_counter() - began) * 1000
        figures |= await measure_sockets(port, sockets)
        figures["kB a socket"] = (_memory_mb(process.pid) - before_mb) * 1000 / len(sockets)
        if arguments.application == SMALL_APPLICATION:
            figures["news to all ms"] = await measure_news(port, sockets)
    if arguments.application == SMALL_APPLICATION:
        figures |= await measure_stop(port, process)
    return figures


async def measure_pages(port: int, page: str, *, title: str) -> Figures:
    await load_pages(port, page, duration_s=0.5)  # warm up
    waits_s = await load_pages(port, page, duration_s=PAGE_S)
    return {f"{title} pages/s": len(waits_s) / PAGE_S, f"{title} p95 ms": _p95_ms(waits_s)}


async def measure_sockets(port: int, sockets: Sequence[ClientConnection]) -> Figures:
    quiet_s = await round_trips(sockets)
    busy_s, pages = await asyncio.gather(
        round_trips(sockets), load_pages(port, "/accounts/sign-in", duration_s=ROUND_TRIP_S)
    )
    return {
        "quiet round trip p95 ms": _p95_ms(quiet_s),
        "busy round trip p95 ms": _p95_ms(busy_s),
        "sign-in pages/s meanwhile": len(pages) / ROUND_TRIP_S,
    }


async def measure_news(port: int, sockets: Sequence[ClientConnection]) -> float:
    return statistics.median([await news_to_all(port, sockets) for _ in range(NEWS_REPEATS)])


async def measure_stop(port: int, process: subprocess.Popen[bytes]) -> Figures:
    """Send SIGTERM while a slow page is on its way and sockets are open."""
    async with open_sockets(port, 50) as sockets:
        slow = asyncio.create_task(fetch_once(port, "/slow"))
        await asyncio.sleep(0.3)
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        codes = await asyncio.gather(*(closing_code(s) for s in sockets))
        answered = await slow
        await asyncio.to_thread(process.wait, STOP_LIMIT_S)
        return {
            "stop ms": (time.perf_counter() - began) * 1000,
            "slow page answered": float(answered == b"done"),
            "close code": float(statistics.mode(codes)),
            "exit code": float(process.returncode),
        }


async def load_pages(port: int, page: str, *, duration_s: float) -> list[float]:
    """Load the page as fast as a few kept-alive connections can; return the waits in seconds."""
    deadline = time.perf_counter() + duration_s
    waits = await asyncio.gather(
        *(_load_on_one(port, page, deadline) for _ in range(PAGE_CONNECTIONS))
    )
    return [wait for part in waits for wait in part]


async def _load_on_one(port: int, page: str, deadline: float) -> list[float]:
    reader, writer = await asyncio.open_connection(HOST, port)
    waits = []
    while (began := time.perf_counter()) < deadline:
        await _fetch(reader, writer, page, port)
        waits.append(time.perf_counter() - began)
    writer.close()
    return waits


async def _fetch(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, page: str, port: int
) -> bytes:
    writer.write(f"GET {page} HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"{page} answered {head[:40]!r}")
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


async def fetch_once(port: int, page: str) -> bytes:
    """Return the body, or b"" when the server hung up."""
    try:
        return await _fetch(*await asyncio.open_connection(HOST, port), page, port)
    except (OSError, asyncio.IncompleteReadError):
        return b""


@asynccontextmanager
async def open_sockets(
    port: int, count: int, *, cookie: str = ""
) -> AsyncIterator[list[ClientConnection]]:
    """Open sockets, fifty at a time, as pages do after a restart."""
    turn = asyncio.Semaphore(50)

    async def one() -> ClientConnection:
        async with turn:
            return await connect(
                f"ws://{HOST}:{port}/ws/live",
                origin=f"http://{HOST}:{port}",  # type: ignore[arg-type]  # the stub wants a NewType
                additional_headers={"Cookie": cookie} if cookie else {},
                ping_interval=None,
                close_timeout=2,
            )

    sockets = await asyncio.gather(*(one() for _ in range(count)))
    try:
        yield sockets
    finally:
        await asyncio.gather(*(s.close() for s in sockets))


async def round_trips(sockets: Sequence[ClientConnection]) -> list[float]:
    """Send at a steady rate, one socket after the other; return how long each answer took."""
    began = time.perf_counter()
    total = int(ROUND_TRIP_S * ROUND_TRIPS_PER_S)

    async def one(number: int) -> float:
        due = began + number / ROUND_TRIPS_PER_S
        await asyncio.sleep(due - time.perf_counter())
        sent = time.perf_counter()
        chosen = sockets[number % len(sockets)]
        await chosen.send(SUB)
        await chosen.recv()
        return time.perf_counter() - sent

    return await asyncio.gather(*(one(number) for number in range(total)))


async def news_to_all(port: int, sockets: Sequence[ClientConnection]) -> float:
    """Return the milliseconds from an announcement until the last socket has it."""
    began = time.perf_counter()
    await asyncio.gather(fetch_once(port, "/announce"), *(s.recv() for s in sockets))
    return (time.perf_counter() - began) * 1000


async def closing_code(connection: ClientConnection) -> int:
    try:
        async with asyncio.timeout(STOP_LIMIT_S):
            await connection.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006
    except TimeoutError:
        return 0
    return 0


async def _started(port: int) -> None:
    deadline = time.perf_counter() + START_LIMIT_S
    while not await fetch_once(port, "/healthz"):
        if time.perf_counter() > deadline:
            raise TimeoutError("The server did not start.")
        await asyncio.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _memory_mb(pid: int) -> float:
    """Return the proportional memory of the process and its children."""
    process = psutil.Process(pid)
    shares = (p.memory_full_info().pss for p in (process, *process.children(recursive=True)))
    return float(sum(shares)) / 1e6


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


def _p95_ms(waits_s: Sequence[float]) -> float:
    return statistics.quantiles(waits_s, n=20)[-1] * 1000


def print_table(figures: dict[str, list[Figures]]) -> None:
    """Print medians as a Markdown table, one row per figure."""
    print("| |" + "".join(f" {name} |" for name in figures))
    print("|---|" + "---:|" * len(figures))
    for title in next(iter(figures.values()))[0]:
        medians = [statistics.median(r[title] for r in rounds) for rounds in figures.values()]
        print(f"| {title} |" + "".join(f" {value:.4g} |" for value in medians))


if __name__ == "__main__":
    main()
