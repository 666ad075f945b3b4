"""The replay server as its clients see it: the official SDK, plain HTTP, and many at once."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest

from tests.llm.conftest import serve
from tests.processes import Replay, wait_for

SHOUT = "demo/text.py::shout"


def chat_body(atom: str = SHOUT, attempt: int = 1, **changes: Any) -> dict[str, Any]:
    line = f"Atom: `{atom}` (attempt {attempt} of 4)"
    return {"model": "replay-1", "messages": [{"role": "user", "content": line}]} | changes


def ask(replay: Replay, body: object, **headers: str) -> httpx.Response:
    url = f"{replay.base_url}/chat/completions"
    return httpx.post(url, json=body, headers=headers, timeout=20)


def counters(replay: Replay) -> dict[str, Any]:
    counted: Any = replay.counters()["counters"]
    return dict(counted)


@pytest.fixture
def sdk(replay: Replay) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=replay.base_url, api_key="k", max_retries=0) as client:
        yield client


def test_a_stream_is_the_same_answer_in_pieces(sdk: openai.OpenAI) -> None:
    stream = sdk.chat.completions.create(
        model="replay-1",
        messages=[{"role": "user", "content": f"Atom: `{SHOUT}` (attempt 2 of 4)"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    pieces = list(stream)

    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert text == "second"
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.completion_tokens == 2


def test_a_stream_counts_as_one_answer(sdk: openai.OpenAI, replay: Replay) -> None:
    content = f"Atom: `{SHOUT}` (attempt 1 of 4)"
    list(
        sdk.chat.completions.create(
            model="m", messages=[{"role": "user", "content": content}], stream=True
        )
    )

    assert counters(replay)["atoms"] == {f"{SHOUT}#1": {"requests": 1, "answered": 1}}


def test_embeddings(sdk: openai.OpenAI) -> None:
    # The SDK asks for base64 unless told otherwise, and reads both forms alike.
    packed = sdk.embeddings.create(model="e", input=["one text", "other"], dimensions=64)
    plain = sdk.embeddings.create(
        model="e", input="one text", dimensions=64, encoding_format="float"
    )

    assert [len(entry.embedding) for entry in packed.data] == [64, 64]
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    assert plain.usage.prompt_tokens == 2


@pytest.mark.parametrize(
    "body", [{}, {"input": 5}, {"input": [1]}, {"input": "x", "dimensions": 0}, []]
)
def test_embeddings_of_nothing(replay: Replay, body: object) -> None:
    response = httpx.post(f"{replay.base_url}/embeddings", json=body)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "JSON object"),
        ({"messages": []}, "at least one message"),
        ({"messages": ["hi"]}, "'role' and 'content'"),
    ],
)
def test_a_bad_request_is_explained(replay: Replay, body: object, words: str) -> None:
    response = ask(replay, body)

    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


def test_what_is_no_json(replay: Replay) -> None:
    response = httpx.post(f"{replay.base_url}/chat/completions", content=b"{")

    assert response.status_code == 400


def test_an_unknown_atom(replay: Replay) -> None:
    response = ask(replay, chat_body("demo/text.py::whisper"))

    assert response.status_code == 404
    assert "demo/text.py::whisper" in response.json()["error"]["message"]


def test_a_prompt_without_a_key_is_found_by_its_words(replay: Replay) -> None:
    parts = [{"type": "text", "text": "Write a plan"}, {"type": "image_url"}]
    known = {"messages": [{"role": "system", "content": None}, {"role": "user", "content": parts}]}

    assert ask(replay, known).json()["choices"][0]["message"]["content"] == "The plan."

    response = ask(replay, {"messages": [{"role": "user", "content": "Write a poem"}]})
    assert response.status_code == 404
    assert "no `match` entry" in response.json()["error"]["message"]


def test_the_key_stands_in_the_last_user_message(replay: Replay) -> None:
    earlier = {"role": "user", "content": f"Atom: `{SHOUT}` (attempt 1 of 4)"}
    last = {"role": "user", "content": f"Atom: `{SHOUT}` (attempt 2 of 4)"}
    answer = ask(replay, {"messages": [earlier, {"role": "assistant", "content": "x"}, last]})

    assert answer.json()["choices"][0]["message"]["content"] == "second"


def test_health(replay: Replay) -> None:
    assert httpx.get(replay.control_url.replace("control", "healthz")).json() == {"status": "ok"}


def test_counters_tell_what_was_paid(replay: Replay) -> None:
    ask(replay, chat_body())
    ask(replay, chat_body())
    replay.set(error_rate=1)
    ask(replay, chat_body(attempt=2))

    counted = counters(replay)
    assert (counted["requests"], counted["answered"]) == (3, 2)
    assert counted["errors"] == {"500": 1}
    assert counted["errors_sent"] == 1
    assert counted["in_flight"] == 0
    assert counted["atoms"] == {
        f"{SHOUT}#1": {"requests": 2, "answered": 2},
        f"{SHOUT}#2": {"requests": 1, "answered": 0},
    }


def test_an_answer_that_nobody_waited_for_is_paid(replay: Replay) -> None:
    replay.set(median_ms=400)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{replay.base_url}/chat/completions", json=chat_body(), timeout=0.1)

    wait_for(lambda: counters(replay)["answered"] == 1, limit_s=5)

    assert counters(replay)["atoms"] == {f"{SHOUT}#1": {"requests": 1, "answered": 1}}


def test_a_rate_limit_says_when_to_come_back(replay: Replay) -> None:
    replay.set(rate_limit_rps=0.5)
    first, second = ask(replay, chat_body()), ask(replay, chat_body())

    assert first.status_code == 200
    assert second.status_code == 429
    assert second.headers["retry-after"] in {"1", "2"}


def test_a_hanging_server_goes_on_when_the_outage_ends(replay: Replay) -> None:
    async def scenario() -> httpx.Response:
        async with httpx.AsyncClient(timeout=10) as client:
            url = f"{replay.base_url}/chat/completions"
            asked = asyncio.create_task(client.post(url, json=chat_body()))
            await asyncio.sleep(0.3)
            assert not asked.done()
            await client.post(replay.control_url, json={"outage": False})
            return await asked

    replay.set(outage=True, outage_mode="hang")

    assert asyncio.run(scenario()).status_code == 200


def test_a_dropped_stream_ends_early(replay: Replay) -> None:
    replay.set(outage=True, outage_mode="drop")

    assert "[DONE]" not in ask(replay, chat_body(stream=True)).text
    assert counters(replay)["errors"] == {"dropped": 1}


def test_the_key_guards_the_api_and_is_not_shown(replay: Replay) -> None:
    replay.set(auth_key="open-sesame")

    assert ask(replay, chat_body()).status_code == 401
    assert ask(replay, chat_body(), authorization="Bearer wrong").status_code == 401
    assert ask(replay, chat_body(), authorization="Bearer open-sesame").status_code == 200
    assert httpx.get(f"{replay.base_url}/models").status_code == 401
    assert "sesame" not in httpx.get(replay.control_url).text


def test_a_wrong_wish_changes_nothing(replay: Replay) -> None:
    response = httpx.post(replay.control_url, json={"median_ms": 5, "knee": 0})

    assert response.status_code == 400
    assert "knee is 0" in response.json()["error"]["message"]
    assert replay.counters()["options"]["median_ms"] == 0.0  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b'{"outage":true}', "text/plain")],
)
def test_control_takes_json_objects_only(replay: Replay, content: bytes, content_type: str) -> None:
    headers = {"content-type": content_type}

    assert httpx.post(replay.control_url, content=content, headers=headers).status_code == 400


def test_another_name_for_this_machine_is_not_served(replay: Replay) -> None:
    response = httpx.get(replay.control_url, headers={"host": "console.example"})

    assert response.status_code == 400


def test_five_hundred_at_once(replay: Replay) -> None:
    async def scenario() -> list[int]:
        limits = httpx.Limits(max_connections=500, max_keepalive_connections=0)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            url = f"{replay.base_url}/chat/completions"
            asked = [client.post(url, json=chat_body()) for _ in range(500)]
            return [response.status_code for response in await asyncio.gather(*asked)]

    replay.set(outage=True, outage_mode="hang")  # nobody is answered before all have come
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(asyncio.run, scenario())
        wait_for(lambda: counters(replay)["in_flight"] == 500, limit_s=60)
        replay.set(outage=False)

    assert asked.result() == [200] * 500
    assert counters(replay)["answered"] == counters(replay)["max_in_flight"] == 500


def test_an_outage_of_the_schedule(answers_file: Any, tmp_path: Any) -> None:
    arguments = ["--answers", str(answers_file), "--outages", "0:1.0", "--seed", "7"]
    with serve(tmp_path, *arguments) as replay:
        assert ask(replay, chat_body()).status_code == 503
        time.sleep(1.1)
        assert ask(replay, chat_body()).status_code == 200
