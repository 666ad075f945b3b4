"""Recording: a real server in front of another one."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from apps.llm.replay.answers import Answer, AnswerBook, Key
from apps.llm.replay.prompts import Prompt, read_prompt
from apps.llm.replay.recording import Recorder, make_entry, store_entry
from tests.llm.conftest import OddEndpoint, serve
from tests.processes import Replay

SHOUT = "demo/text.py::shout"
CODE = "```python\ndef shout(text: str) -> str:\n    return text.upper()\n```\n"


def prompt_of(text: str) -> Prompt:
    return read_prompt({"messages": [{"role": "user", "content": text}]})


def body_of(text: str | None, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": text}, "finish_reason": "stop"} | choice]}


def test_an_entry_of_an_atom() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}

    entry = make_entry(
        prompt_of(f"Atom: `{SHOUT}` (attempt 2 of 4)"), body_of(CODE) | {"usage": usage}
    )

    assert entry == {
        "atom": SHOUT,
        "attempt": 2,
        "text": CODE,
        "usage": {"prompt_tokens": 5, "completion_tokens": 7},
    }


def test_an_entry_without_a_key() -> None:
    entry = make_entry(prompt_of("Plan " + "x" * 500), body_of(None, finish_reason="length"))

    assert len(entry["match"]) == 200
    assert entry["text"] == ""
    assert entry["finish_reason"] == "length"
    assert "usage" not in entry


def test_entries_are_added_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "new" / "answers.yaml"
    store_entry(file, {"atom": SHOUT, "attempt": 1, "text": "old"})
    store_entry(file, {"match": "plan", "text": "the plan"})
    store_entry(file, {"atom": SHOUT, "attempt": 1, "text": CODE})

    book = AnswerBook([file])

    assert book.find("", Key(SHOUT, 1)) == Answer(CODE)
    assert book.find("a plan", None) == Answer("the plan")
    assert len(yaml.safe_load(file.read_text(encoding="utf-8"))) == 2
    assert "  text: |\n    ```python\n    def shout" in file.read_text(encoding="utf-8")
    assert [path.name for path in file.parent.iterdir()] == ["answers.yaml"]


def test_readers_see_whole_files_only(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    store_entry(file, {"atom": SHOUT, "attempt": 1, "text": CODE})
    done = threading.Event()
    broken: list[str] = []

    def read() -> None:
        while not done.is_set():
            entries = yaml.safe_load(file.read_text(encoding="utf-8"))
            if not entries or entries[0]["text"] != CODE:
                broken.append(str(entries))

    reader = threading.Thread(target=read)
    reader.start()
    for attempt in range(2, 30):
        store_entry(file, {"atom": SHOUT, "attempt": attempt, "text": CODE * 20})
    done.set()
    reader.join()

    assert broken == []


def test_answers_that_come_together_are_all_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        recorder = Recorder("http://127.0.0.1:1/v1", tmp_path)
        prompts = [prompt_of(f"Atom: `a.py::f{n}` (attempt 1 of 4)") for n in range(20)]
        await asyncio.gather(*(recorder.keep(prompt, body_of("x")) for prompt in prompts))
        await recorder.close()

    asyncio.run(scenario())

    assert len(yaml.safe_load((tmp_path / "answers.yaml").read_text(encoding="utf-8"))) == 20


def ask(replay: Replay, atom: str = SHOUT, **changes: Any) -> httpx.Response:
    line = f"Atom: `{atom}` (attempt 1 of 4)"
    body = {"model": "m", "messages": [{"role": "user", "content": line}]} | changes
    headers = {"authorization": "Bearer open-sesame"}
    return httpx.post(f"{replay.base_url}/chat/completions", json=body, headers=headers, timeout=9)


@pytest.mark.parametrize("stream", [False, True])
def test_a_recording_can_be_replayed(replay: Replay, tmp_path: Path, stream: bool) -> None:
    replay.set(auth_key="open-sesame")
    file = tmp_path / "answers.yaml"

    with serve(tmp_path, "--answers", str(file), "--record", replay.base_url) as recorder:
        answer = ask(recorder, stream=stream)
        models = httpx.get(
            f"{recorder.base_url}/models", headers={"authorization": "Bearer open-sesame"}
        )

    assert answer.status_code == 200
    assert ("[DONE]" in answer.text) is stream
    assert models.json()["data"][0]["id"] == "replay-1"
    assert AnswerBook([file]).find("", Key(SHOUT, 1)) == Answer("first", "stop", 100, 50)
    assert "sesame" not in file.read_text(encoding="utf-8")


def test_failures_are_passed_on_and_not_recorded(replay: Replay, tmp_path: Path) -> None:
    replay.set(auth_key="open-sesame", rate_limit_rps=0.1)
    file = tmp_path / "answers.yaml"

    with serve(tmp_path, "--answers", str(file), "--record", replay.base_url) as recorder:
        ask(recorder, "demo/text.py::cut")
        refused = ask(recorder)

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert AnswerBook([file]).find("", Key(SHOUT, 1)) is None


def test_an_endpoint_that_is_none(odd_endpoint: OddEndpoint, tmp_path: Path) -> None:
    odd_endpoint.answer({"hello": "world"})
    file = tmp_path / "answers.yaml"

    with serve(tmp_path, "--answers", str(file), "--record", odd_endpoint.url) as recorder:
        no_completion = ask(recorder)
        odd_endpoint.pieces = [b"<html>"]
        no_json = ask(recorder)

    assert (no_completion.status_code, no_json.status_code) == (502, 502)
    assert "did not send a completion" in no_completion.text
    assert not file.exists()


def test_an_endpoint_that_is_away(closed_port: int, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port}/v1"
    arguments = ["--answers", str(tmp_path / "answers.yaml"), "--record", url]

    with serve(tmp_path, *arguments) as recorder:
        response = ask(recorder)

    assert response.status_code == 502
    assert "does not answer" in response.json()["error"]["message"]
