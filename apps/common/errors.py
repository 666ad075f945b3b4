"""Refusals: what the console will not do, said in a sentence."""

import inspect
from typing import ClassVar


class ConsoleError(Exception):
    """The console could not do this."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, **facts: object) -> None:
        """Keep the facts; the docstring of the class, filled with them, is the message."""
        self.facts = facts
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The docstring as one line; `{name}` stands for a fact."""
        text = " ".join(inspect.cleandoc(type(self).__doc__ or "").split())
        return text.format_map({key: str(value) for key, value in self.facts.items()})


class NotAllowed(ConsoleError):
    """Your role does not allow this: {needed} may. Ask an administrator for that role."""

    code = "not_allowed"
    status = 403


class InvalidInput(ConsoleError):
    """{problem}"""

    code = "invalid_input"
    status = 422
