"""Carries out one attempt through the real layers, and is killed at a moment of its call.

python -m tests.e2e.call_and_die ATTEMPT MOMENT
"""

import os
import signal
import sys
from enum import StrEnum
from uuid import UUID

import django

from apps.llm.core.types import Completion, CompletionClient, CompletionRequest


class Moment(StrEnum):
    """When the process dies."""

    RESERVED = "reserved"  # the hold is committed, nothing was sent
    ANSWERED = "answered"  # the answer is there, nothing of it is booked
    SETTLED = "settled"  # the bill is booked, the answer is not stored


def die() -> None:
    """End at once, as by `kill -9` or a machine that goes away: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingClient:
    """Kills its process when a call reaches it, or once it has its answer."""

    def __init__(self, next_client: CompletionClient, *, is_sent: bool) -> None:
        self._next = next_client
        self._is_sent = is_sent

    def complete(self, request: CompletionRequest) -> Completion:
        if self._is_sent:
            self._next.complete(request)
        die()
        raise AssertionError("SIGKILL does not return")


def dying_chain(moment: Moment) -> CompletionClient:
    """Return the chain of this process's settings, with death at the moment."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    from apps.llm.clients import Providers, chain

    layers = [import_string(path) for path in settings.LLM_LAYERS]
    provider = Providers()
    if moment is Moment.SETTLED:
        return DyingClient(chain(layers, provider), is_sent=True)
    return chain(layers, DyingClient(provider, is_sent=moment is Moment.ANSWERED))


def main(attempt_id: UUID, moment: Moment) -> None:
    django.setup()
    from apps.execution import actions

    actions.run_attempt(attempt_id, client=dying_chain(moment))


if __name__ == "__main__":
    main(UUID(sys.argv[1]), Moment(sys.argv[2]))
