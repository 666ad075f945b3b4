"""The ASGI app."""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from json import JSONDecodeError
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from apps.llm.replay import shapes
from apps.llm.replay.answers import Answer, AnswerBook
from apps.llm.replay.counters import Counters
from apps.llm.replay.options import InvalidOption, OutageMode, ReplayOptions, change
from apps.llm.replay.prompts import BadRequest, Prompt, read_prompt
from apps.llm.replay.recording import Recorder, headers_back
from apps.llm.replay.weather import Draw, Failure, Weather, latency_s

logger = logging.getLogger(__name__)

LOOPBACK = frozenset({"127.0.0.1", "::1"})
FIRST_TOKEN_SHARE = 0.2  # of the latency, when the answer is streamed
HANG_STEP_S = 0.1
MAX_DIMENSIONS = 4096

Endpoint = Callable[[Request], Awaitable[Response]]


class ReplayServer:
    """All state of one server."""

    def __init__(
        self, book: AnswerBook, options: ReplayOptions, recorder: Recorder | None = None
    ) -> None:
        self.book = book
        self.options = options
        self.recorder = recorder
        self.counters = Counters()
        self.weather = Weather(time.monotonic())

    def app(self) -> Starlette:
        """Return the ASGI app. It listens to the loopback names of this machine only."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._open(self.chat), methods=["POST"]),
                Route("/v1/models", self._open(self.models)),
                Route("/v1/embeddings", self._open(self.embeddings), methods=["POST"]),
                Route("/healthz", self.health),
                Route("/control", self.control, methods=["GET", "POST"]),
            ],
            # A page of another origin cannot steer the server by a name that leads here.
            middleware=[
                Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
            ],
            lifespan=self._lifespan,
        )

    async def chat(self, request: Request) -> Response:
        """Answer a prompt, or fail as the options say."""
        prompt = read_prompt(await request.json())
        self.counters.note_request(prompt.key)
        draw = self.weather.draw(self.options, _name(prompt))
        failure = self.weather.find_failure(self.options, draw, time.monotonic())
        if failure:
            return self._fail(failure)
        if self.recorder:
            return await self._record(self.recorder, request, prompt)
        answer = self.book.find(prompt.everything, prompt.key)
        if answer is None:
            return self._fail(_unknown(prompt))
        body = self._completion(prompt, answer)
        if prompt.wants_stream:
            return _sse(self._stream(prompt, body, draw))
        return await self._whole(prompt, body, draw)

    async def models(self, request: Request) -> Response:
        if self.recorder:
            return _pass_back(await self.recorder.forward("GET", "models", request.headers))
        if self.weather.is_out(self.options, time.monotonic()):
            return self._fail(Failure(503, "service_unavailable", "The server is out of order."))
        return JSONResponse(shapes.models_body())

    async def embeddings(self, request: Request) -> Response:
        """Return vectors that depend on the text alone."""
        body = await request.json()
        if self.recorder:
            upstream = self.recorder.forward("POST", "embeddings", request.headers, body)
            return _pass_back(await upstream)
        texts, dimensions = _read_embedding_request(body)
        failure = self.weather.find_failure(
            self.options, self.weather.draw(self.options, "embeddings"), time.monotonic()
        )
        if failure:
            return self._fail(failure)
        return JSONResponse(
            shapes.embeddings_body(
                texts,
                model=str(body.get("model") or shapes.MODEL),
                dimensions=dimensions,
                as_base64=body.get("encoding_format") == "base64",
            )
        )

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def control(self, request: Request) -> Response:
        """Show options and counters; with POST, change options and reset counters first."""
        if request.client is None or request.client.host not in LOOPBACK:
            return _error(403, "forbidden", "Only this machine may control the server.")
        if request.method == "POST":
            try:
                self._obey(await request.json(), request.headers.get("content-type", ""))
            except (InvalidOption, JSONDecodeError) as error:
                return _error(400, "invalid_option", str(error))
        return JSONResponse(
            {
                "options": self.options.describe(),
                "counters": self.counters.describe(),
                "answers": {
                    "files": [str(file) for file in self.book.files],
                    "problem": self.book.problem,
                },
            }
        )

    def _obey(self, wishes: Any, content_type: str) -> None:
        # A page of another origin cannot send this type without asking first.
        if not isinstance(wishes, dict) or not content_type.startswith("application/json"):
            raise InvalidOption("Send a JSON object as application/json.")
        reset = wishes.pop("reset_counters", False)
        self.options = change(self.options, wishes)
        if reset:
            self.counters.reset()
            self.weather.forget()

    def _open(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint behind the key, its refusals in the shape of the API."""

        async def opened(request: Request) -> Response:
            key = self.options.auth_key
            given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
            if key is not None and not secrets.compare_digest(given.encode(), key.encode()):
                return self._fail(
                    Failure(401, "invalid_api_key", "The API key is not the right one.")
                )
            try:
                return await endpoint(request)
            except JSONDecodeError:
                return self._fail(Failure(400, "invalid_json", "The body is not JSON."))
            except BadRequest as error:
                return self._fail(Failure(400, "invalid_request", str(error)))
            except httpx.HTTPError as error:
                message = f"The recorded endpoint does not answer: {error}"
                return self._fail(Failure(502, "bad_gateway", message))

        return opened

    async def _whole(self, prompt: Prompt, body: dict[str, Any], draw: Draw) -> Response:
        with self.counters.working() as concurrent:
            if await self._is_dropped():
                return _BrokenResponse()
            await asyncio.sleep(latency_s(self.options, draw, concurrent))
            self.counters.note_answer(prompt.key)
        return JSONResponse(body, headers={"x-request-id": f"req-{body['id']}"})

    async def _stream(
        self, prompt: Prompt, body: dict[str, Any], draw: Draw
    ) -> AsyncIterator[bytes]:
        with self.counters.working() as concurrent:
            if await self._is_dropped():
                return
            total_s = latency_s(self.options, draw, concurrent)
            pieces = list(shapes.chunks(body, with_usage=prompt.wants_stream_usage))
            pause_s = total_s * (1 - FIRST_TOKEN_SHARE) / len(pieces)
            await asyncio.sleep(total_s * FIRST_TOKEN_SHARE)
            for piece in pieces:
                yield shapes.event(piece)
                await asyncio.sleep(pause_s)
            self.counters.note_answer(prompt.key)
        yield shapes.event("[DONE]")

    async def _is_dropped(self) -> bool:
        """Wait while the server hangs; return True when the connection shall break."""
        while self.weather.is_out(self.options, time.monotonic()):
            if self.options.outage_mode is OutageMode.DROP:
                self.counters.note_error("dropped")
                return True
            if self.options.outage_mode is OutageMode.ERROR:
                break
            await asyncio.sleep(HANG_STEP_S)
        return False

    async def _record(self, recorder: Recorder, request: Request, prompt: Prompt) -> Response:
        """Pass the request on; keep the answer when there is one."""
        asked = {**await request.json(), "stream": False}
        asked.pop("stream_options", None)
        with self.counters.working():
            response = await recorder.forward("POST", "chat/completions", request.headers, asked)
        if not response.is_success:
            self.counters.note_error(str(response.status_code))
            return _pass_back(response)
        try:
            body = response.json()
            await recorder.keep(prompt, body)
        except (KeyError, IndexError, TypeError, JSONDecodeError) as error:
            message = f"The recorded endpoint did not send a completion: {error!r}"
            return self._fail(Failure(502, "bad_gateway", message))
        self.counters.note_answer(prompt.key)
        if not prompt.wants_stream:
            return _pass_back(response)
        return _sse(_events(body, with_usage=prompt.wants_stream_usage))

    def _completion(self, prompt: Prompt, answer: Answer) -> dict[str, Any]:
        digest = hashlib.sha256(f"{_name(prompt)}/{self.counters.requests}".encode()).hexdigest()
        return shapes.completion_body(
            answer,
            completion_id=f"chatcmpl-{digest[:24]}",
            model=prompt.model,
            created=int(time.time()),
            messages=prompt.messages,
        )

    def _fail(self, failure: Failure) -> Response:
        self.counters.note_error(str(failure.status))
        return _error(
            failure.status, failure.code, failure.message, retry_after_s=failure.retry_after_s
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        if self.recorder:
            await self.recorder.close()


class _BrokenResponse(Response):
    """Promises a body and does not send it; the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"id":', "more_body": True})


async def _events(body: dict[str, Any], *, with_usage: bool) -> AsyncIterator[bytes]:
    for piece in shapes.chunks(body, with_usage=with_usage):
        yield shapes.event(piece)
    yield shapes.event("[DONE]")


def _sse(events: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(events, media_type="text/event-stream")


def _error(status: int, code: str, message: str, *, retry_after_s: int | None = None) -> Response:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    headers = {"x-request-id": f"req-{code}"}
    if retry_after_s is not None:
        headers["retry-after"] = str(retry_after_s)
    body = shapes.error_body(message, code=code, kind=kind)
    return JSONResponse(body, status_code=status, headers=headers)


def _pass_back(response: httpx.Response) -> Response:
    return Response(response.content, response.status_code, headers_back(response))


def _name(prompt: Prompt) -> str:
    """Return what the luck of a request hangs on."""
    if prompt.key:
        return str(prompt.key)
    return hashlib.sha256(prompt.everything.encode("utf-8", "surrogatepass")).hexdigest()


def _unknown(prompt: Prompt) -> Failure:
    if prompt.key is None:
        message = (
            "No answer is recorded for this prompt: its last user message has no line"
            " 'Atom: `path::symbol` (attempt n of m)', and no `match` entry fits."
        )
    else:
        message = f"No answer is recorded for the atom {prompt.key.atom}."
    return Failure(404, "answer_not_recorded", message)


def _read_embedding_request(body: Any) -> tuple[list[str], int]:
    given = body.get("input") if isinstance(body, dict) else None
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest("'input' must be a text or a list of texts.")
    dimensions = body.get("dimensions", shapes.DIMENSIONS)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= MAX_DIMENSIONS:
        raise BadRequest(f"'dimensions' must be a whole number from 1 to {MAX_DIMENSIONS}.")
    return texts, dimensions
