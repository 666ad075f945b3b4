"""Passes requests on to a real endpoint and keeps its answers."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from apps.llm.replay.answers import FILE_NAME, Key, read_entries
from apps.llm.replay.prompts import Prompt

UPSTREAM_TIMEOUT_S = 600.0
MATCH_LENGTH = 200  # characters of a prompt without a key that find its answer again

# What a client says to the endpoint that the endpoint has to hear.
_PASSED_ON = ("authorization", "x-api-key", "traceparent")
_PASSED_BACK = ("content-type", "retry-after", "retry-after-ms", "x-request-id")


class Recorder:
    """One endpoint, and the file that its answers go to."""

    def __init__(self, base_url: str, place: Path) -> None:
        """`place` is the answers file, or the folder that it shall stand in."""
        self.file = place / FILE_NAME if place.is_dir() else place
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/", timeout=UPSTREAM_TIMEOUT_S
        )
        self._writing = asyncio.Lock()

    async def forward(
        self, method: str, path: str, headers: Mapping[str, str], body: object = None
    ) -> httpx.Response:
        """Return what the endpoint answers; raises httpx.HTTPError when it does not."""
        passed_on = {name: headers[name] for name in _PASSED_ON if name in headers}
        return await self._client.request(method, path, headers=passed_on, json=body)

    async def keep(self, prompt: Prompt, body: Mapping[str, Any]) -> None:
        """Write the answer of a completion body to the file."""
        entry = make_entry(prompt, body)
        async with self._writing:
            await asyncio.to_thread(store_entry, self.file, entry)

    async def close(self) -> None:
        await self._client.aclose()


def headers_back(response: httpx.Response) -> dict[str, str]:
    """Return the headers of an endpoint's response that its client has use for."""
    return {name: response.headers[name] for name in _PASSED_BACK if name in response.headers}


def make_entry(prompt: Prompt, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recorded form of a completion body; raises KeyError when it is none."""
    choice = body["choices"][0]
    usage = body.get("usage") or {}
    key = prompt.key
    entry: dict[str, Any] = (
        {"atom": key.atom, "attempt": key.attempt}
        if key
        else {"match": prompt.last_user_message.strip()[:MATCH_LENGTH]}
    )
    entry["text"] = choice["message"]["content"] or ""
    if choice.get("finish_reason") not in {None, "stop"}:
        entry["finish_reason"] = choice["finish_reason"]
    counted = {
        name: usage[name] for name in ("prompt_tokens", "completion_tokens") if name in usage
    }
    return entry | ({"usage": counted} if counted else {})


def store_entry(file: Path, entry: Mapping[str, Any]) -> None:
    """Put an entry in place of the one with its key, or at the end. Readers see all or nothing."""
    entries = read_entries(file) if file.exists() else []
    place = next(
        (index for index, other in enumerate(entries) if _identity(other) == _identity(entry)),
        len(entries),
    )
    entries[place : place + 1] = [dict(entry)]
    file.parent.mkdir(parents=True, exist_ok=True)
    _replace(file, dump(entries))


def dump(entries: list[Any]) -> str:
    """Return the entries as YAML that a person can read and edit."""
    return yaml.dump(entries, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def _identity(entry: Mapping[str, Any]) -> Key | str:
    return str(entry["match"]) if "match" in entry else Key(entry["atom"], entry.get("attempt", 1))


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".answers-", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
