"""Any endpoint that speaks the OpenAI chat-completions API, through the official SDK."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast

import openai
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionMessageParam,
    ChatCompletionSystemMessageParam,
    ChatCompletionUserMessageParam,
)
from openai.types.chat.completion_create_params import ResponseFormat

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
from apps.llm.core.profiles import Profile, TokenLimitField
from apps.llm.core.types import Completion, CompletionRequest, Message, Role

# The SDK would otherwise send whatever key it finds in OPENAI_API_KEY.
NO_KEY = "no-key"


class OpenAiCompatibleClient:
    """One endpoint. Safe to share between threads; keeps its connections open."""

    def __init__(self, profile: Profile, environment: Mapping[str, str]) -> None:
        """Raises FinalLlmError when the endpoint needs a key and the environment holds none."""
        self._profile = profile
        self._client = openai.OpenAI(
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
        return answers.read_openai(self._profile, request, reply)

    def list_models(self, timeout_s: float) -> tuple[str, ...]:
        """Return the model names that the endpoint offers; raises LlmError."""
        timeout = make_timeout(self._profile, timeout_s)
        with self._sorted_errors(timeout_s):
            text = self._client.models.with_raw_response.list(timeout=timeout).text
        return answers.read_model_names(answers.decode(text))

    def close(self) -> None:
        self._client.close()

    def _send(self, request: CompletionRequest) -> tuple[str, str]:
        """Return body and request id of the response."""
        profile = self._profile
        limit = min(request.max_tokens, profile.max_output_tokens)
        is_old = profile.token_limit_field is TokenLimitField.MAX_TOKENS
        response = self._client.chat.completions.with_raw_response.create(
            model=profile.model,
            messages=[_message_param(message) for message in request.messages],
            max_tokens=limit if is_old else openai.omit,
            max_completion_tokens=openai.omit if is_old else limit,
            temperature=float(request.temperature) if profile.sends_temperature else openai.omit,
            top_p=openai.omit if request.top_p is None else float(request.top_p),
            stop=list(request.stop) or openai.omit,
            seed=openai.omit if request.seed is None else request.seed,
            response_format=_response_format(request),
            extra_headers=trace_headers(request),
        )
        return response.text, response.headers.get("x-request-id", "")

    @contextmanager
    def _sorted_errors(self, total_s: float) -> Iterator[None]:
        try:
            yield
        except openai.APITimeoutError as error:
            raise sort_timeout(self._profile, error.__cause__, total_s) from error
        except openai.APIConnectionError as error:
            raise sort_connection(self._profile, error) from error
        except openai.APIStatusError as error:
            raise sorting.sort_status(
                self._profile,
                error.status_code,
                body=error.body,
                headers=error.response.headers,
                now=datetime.now(tz=UTC),
            ) from error
        except UnicodeEncodeError as error:  # a lone surrogate in a prompt
            raise sorting.unsendable(self._profile, str(error)) from error


def _message_param(message: Message) -> ChatCompletionMessageParam:
    match message.role:
        case Role.SYSTEM:
            return ChatCompletionSystemMessageParam(role="system", content=message.content)
        case Role.USER:
            return ChatCompletionUserMessageParam(role="user", content=message.content)
        case Role.ASSISTANT:
            return ChatCompletionAssistantMessageParam(role="assistant", content=message.content)


def _response_format(request: CompletionRequest) -> ResponseFormat | openai.Omit:
    if request.response_format is None:
        return openai.omit
    return cast(ResponseFormat, dict(request.response_format))  # the endpoint checks it
