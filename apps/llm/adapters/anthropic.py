"""The Anthropic API, through the official SDK, which is the optional extra `anthropic`.

The current API takes no temperature, top_p or seed; they are not sent.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import anthropic
from anthropic.types import MessageParam, OutputConfigParam

from apps.llm.adapters.http import (
    make_http_client,
    make_timeout,
    read_key,
    sort_connection,
    sort_timeout,
    trace_headers,
)
from apps.llm.core import answers, sorting
from apps.llm.core.answers import Reply
from apps.llm.core.profiles import Profile
from apps.llm.core.types import Completion, CompletionRequest, Message, Role

NO_KEY = "no-key"  # else the SDK looks for credentials of its own


class AnthropicClient:
    """One endpoint. Safe to share between threads; keeps its connections open."""

    def __init__(self, profile: Profile, environment: Mapping[str, str]) -> None:
        """Raises FinalLlmError when the endpoint needs a key and the environment holds none."""
        self._profile = profile
        self._client = anthropic.Anthropic(
            api_key=read_key(profile, environment) or NO_KEY,
            base_url=profile.base_url,
            max_retries=0,
            timeout=make_timeout(profile),
            http_client=make_http_client(profile),
        )

    def complete(self, request: CompletionRequest) -> Completion:
        started = time.monotonic()
        with self._sorted_errors(self._profile.timeout_s):
            text, request_id = self._send(request)
        reply = Reply(
            body=answers.decode(text),
            request_id=request_id,
            latency_ms=round((time.monotonic() - started) * 1000),
        )
        return answers.read_anthropic(self._profile, request, reply)

    def list_models(self, timeout_s: float) -> tuple[str, ...]:
        """Return the model names that the endpoint offers; raises LlmError."""
        timeout = make_timeout(self._profile, timeout_s)
        with self._sorted_errors(timeout_s):
            response = self._client.models.with_raw_response.list(limit=1000, timeout=timeout)
            text = response.text()
        return answers.read_model_names(answers.decode(text))

    def close(self) -> None:
        self._client.close()

    def _send(self, request: CompletionRequest) -> tuple[str, str]:
        """Return body and request id of the response."""
        profile = self._profile
        response = self._client.messages.with_raw_response.create(
            model=profile.model,
            system=_system_text(request) or anthropic.omit,
            messages=[
                _message_param(message)
                for message in request.messages
                if message.role is not Role.SYSTEM
            ],
            max_tokens=min(request.max_tokens, profile.max_output_tokens),
            stop_sequences=list(request.stop) or anthropic.omit,
            output_config=_output_config(request),
            extra_headers=trace_headers(request),
        )
        return response.text(), response.headers.get("request-id", "")

    @contextmanager
    def _sorted_errors(self, total_s: float) -> Iterator[None]:
        try:
            yield
        except anthropic.APITimeoutError as error:
            raise sort_timeout(self._profile, error.__cause__, total_s) from error
        except anthropic.APIConnectionError as error:
            raise sort_connection(self._profile, error) from error
        except anthropic.APIStatusError as error:
            raise sorting.sort_status(
                self._profile,
                error.status_code,
                body=error.body,
                headers=error.response.headers,
                now=datetime.now(tz=UTC),
            ) from error
        except UnicodeEncodeError as error:  # a lone surrogate in a prompt
            raise sorting.unsendable(self._profile, str(error)) from error


def _system_text(request: CompletionRequest) -> str:
    """Join the system messages; this API has one place for them."""
    return "\n\n".join(
        message.content for message in request.messages if message.role is Role.SYSTEM
    )


def _message_param(message: Message) -> MessageParam:
    if message.role is Role.ASSISTANT:
        return {"role": "assistant", "content": message.content}
    return {"role": "user", "content": message.content}


def _output_config(request: CompletionRequest) -> OutputConfigParam | anthropic.Omit:
    """Translate an OpenAI JSON schema; the other formats have no counterpart here."""
    described = (request.response_format or {}).get("json_schema")
    schema = described.get("schema") if isinstance(described, Mapping) else None
    if not isinstance(schema, Mapping):
        return anthropic.omit
    return {"format": {"type": "json_schema", "schema": dict(schema)}}
