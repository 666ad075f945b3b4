"""Endpoints on loopback: the real replay server, and one that answers whatever it is told."""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from apps.llm.adapters.openai_compatible import OpenAiCompatibleClient
from apps.llm.core.profiles import Profile
from apps.llm.replay.options import ReplayOptions
from tests.llm.examples import make_profile
from tests.processes import Program, Replay, running, wait_for

ANSWERS = """
- atom: "demo/text.py::shout"
  attempt: 1
  text: "first"
  usage: {prompt_tokens: 100, completion_tokens: 50}
- atom: "demo/text.py::shout"
  attempt: 2
  text: "second"
- atom: "demo/text.py::cut"
  text: "Hel"
  finish_reason: length
- match: "Write a plan"
  text: "The plan."
"""


@contextmanager
def serve(folder: Path, *arguments: str) -> Iterator[Replay]:
    """Run `python -m apps.llm.replay` on a free port; its log stands in the folder."""
    log = folder / f"{uuid4()}.log"
    command = [sys.executable, "-m", "apps.llm.replay", "--port", "0", *arguments]
    with running(Program(command, os.environ, log)):
        wait_for(lambda: "/v1" in log.read_text(encoding="utf-8"), limit_s=30, step_s=0.05)
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))
        assert found is not None
        yield Replay(f"{found[0]}/v1", f"{found[0]}/control")


@pytest.fixture(scope="session")
def answers_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("replay") / "answers.yaml"
    file.write_text(ANSWERS, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def replay_process(answers_file: Path) -> Iterator[Replay]:
    with serve(answers_file.parent, "--answers", str(answers_file)) as server:
        yield server


@pytest.fixture
def replay(replay_process: Replay) -> Replay:
    """The replay server, with default options and counters at zero."""
    replay_process.set(**asdict(ReplayOptions()), reset_counters=True)
    return replay_process


@pytest.fixture
def replay_profile(replay: Replay) -> Profile:
    return make_profile(base_url=replay.base_url, model="replay-1")


@pytest.fixture
def client(replay_profile: Profile) -> Iterator[OpenAiCompatibleClient]:
    """The real adapter before the real replay server."""
    adapter = OpenAiCompatibleClient(replay_profile, {})
    yield adapter
    adapter.close()


class OddEndpoint:
    """Answers every request with the bytes of the moment, in pieces, with pauses."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {"content-type": "application/json"}
        self.pieces: list[bytes] = []
        self.pause_s = 0.0
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, body: object, *, status: int = 200, **headers: str) -> None:
        """Answer with this JSON."""
        self.status = status
        self.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.pieces = [json.dumps(body).encode()]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length) or b"null")
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.seen.append((self.path, headers, body))
                self.send_response(endpoint.status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in endpoint.pieces:
                        self.wfile.write(piece)
                        self.wfile.flush()
                        time.sleep(endpoint.pause_s)
                except OSError:
                    return  # the client gave up, which is what some tests are about

            do_GET = do_POST  # noqa: N815 - the base class calls it by this name

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler


@pytest.fixture
def odd_endpoint() -> Iterator[OddEndpoint]:
    endpoint = OddEndpoint()
    endpoint.start()
    yield endpoint
    endpoint.stop()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port: int = server.server_address[1]
    server.server_close()
    return port


Connect = Callable[..., OpenAiCompatibleClient]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes adapters for profiles and closes them after the test."""
    adapters: list[OpenAiCompatibleClient] = []

    def make(environment: dict[str, str] | None = None, **changes: Any) -> OpenAiCompatibleClient:
        adapter = OpenAiCompatibleClient(make_profile(**changes), environment or {})
        adapters.append(adapter)
        return adapter

    yield make
    for adapter in adapters:
        adapter.close()
