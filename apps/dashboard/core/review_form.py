"""The form of a test's review: what can be decided, and what is wrong with what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_TEXT = 40_000  # characters of a test
LONGEST_REASON = 2_000
FEWEST_ROWS, MOST_ROWS = 8, 28


class Choice(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REGENERATE = "regenerate"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the form; the key only chooses it, sending is another step."""

    key: Choice
    word: str
    hint: str
    hotkey: str


OPTIONS = (
    Option(Choice.APPROVE, "Approve", "it counts from the next run on", "a"),
    Option(Choice.REGENERATE, "Take back to what was generated", "without anybody's edits", "s"),
    Option(Choice.REJECT, "Reject", "it never counts; say why", "d"),
    Option(Choice.EDIT, "Save my text", "a new version, which counts", "e"),
)
FIELDS = {"choice": "decision", "reason": "reason", "text": "text of the test"}


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """What was sent; empty at first."""

    text: str = ""  # of the test
    choice: str = ""
    reason: str = ""
    asked: str = ""  # id of the test that the address asks for
    kept_text: str = ""  # written for a test that somebody else decided first
    kept_reason: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)  # field -> sentence
    status: int = 200

    @property
    def choices(self) -> tuple[Option, ...]:
        return OPTIONS

    @property
    def longest(self) -> int:
        return LONGEST_TEXT

    @property
    def rows(self) -> int:
        return min(max(self.text.count("\n") + 2, FEWEST_ROWS), MOST_ROWS)

    @property
    def wrong_fields(self) -> list[tuple[str, str]]:
        """The ids of the fields to correct, and their names, in the order of the form."""
        return [(name, words) for name, words in FIELDS.items() if name in self.problems]

    @property
    def weaknesses(self) -> list[str]:
        """Why the text was refused, one reason after the other."""
        return [line for line in self.problems.get("text", "").split("\n") if line]


def problems_of(choice: str, *, reason: str, text: str) -> dict[str, str]:
    """Return what is wrong with which field before anything is tried."""
    if choice not in set(Choice):
        return {"choice": "Choose what happens to the test."}
    found = {}
    if choice == Choice.REJECT and not reason:
        found["reason"] = "Say why it is rejected."
    if len(reason) > LONGEST_REASON:
        found["reason"] = f"Shorten it to {LONGEST_REASON:,} characters."
    if choice == Choice.EDIT and not text.strip():
        found["text"] = "There is no text."
    if len(text) > LONGEST_TEXT:
        found["text"] = f"Shorten it to {LONGEST_TEXT:,} characters."
    return found
