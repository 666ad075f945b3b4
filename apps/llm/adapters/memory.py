"""A client without a network, for the tests of whatever stands above it."""

import threading
from collections.abc import Iterable

from apps.llm.core.errors import LlmError
from apps.llm.core.types import Completion, CompletionRequest


class ScriptedClient:
    """Answers with the steps of its script in order: a completion, or an error to raise."""

    def __init__(self, script: Iterable[Completion | LlmError]) -> None:
        self._steps = iter(script)
        self._lock = threading.Lock()
        self.requests: list[CompletionRequest] = []

    def complete(self, request: CompletionRequest) -> Completion:
        """Return or raise the next step; raises IndexError when the script is over."""
        with self._lock:
            self.requests.append(request)
            step = next(self._steps, None)
        if step is None:
            raise IndexError(f"The script has no step {len(self.requests)}.")
        if isinstance(step, LlmError):
            raise step
        return step
