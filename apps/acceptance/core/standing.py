"""What is known of a requirement without its text: how it was read, and how its tests stand."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A requirement without its text: a thousand of them are read for every page."""

    id: UUID  # of the requirement
    ref: str
    priority: str
    doubt: str
    has_questions: bool
    is_withdrawn: bool


@dataclass(slots=True)
class TestTally:
    """The current tests of a requirement: how many of them count, and how they ended last."""

    __test__ = False  # pytest takes it for a test otherwise

    passed: int = 0
    failed: int = 0  # whatever is not passed and not outstanding
    outstanding: int = 0  # count, and have not run
    waiting: int = 0  # for approval
    rejected: int = 0
    weak: int = 0
    flaky: int = 0
    quarantined: int = 0

    @property
    def counted(self) -> int:
        return self.passed + self.failed + self.outstanding

    @property
    def not_counted(self) -> int:
        """Active ones that no gate counts."""
        return self.weak + self.flaky + self.quarantined

    @property
    def all(self) -> int:
        return self.counted + self.waiting + self.rejected + self.not_counted
