"""Who wants to hear what happens to sandboxes; without one, nobody counts."""

from typing import Protocol

from apps.acceptance.core.sandbox import KillReason


class Tally(Protocol):
    """Hears of every sandbox; called from several threads, quick, raises nothing."""

    def started(self) -> None: ...

    def ended(self, reason: KillReason) -> None:
        """KillReason.NONE: it ended by itself, or never got as far as its command."""
        ...


class NoTally:
    """Forgets it at once."""

    def started(self) -> None:
        pass

    def ended(self, reason: KillReason) -> None:
        pass
