"""The text of a new plan as it arrives: typed, pasted or uploaded."""

from dataclasses import dataclass

from apps.masterplans.core.parser import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Submission:
    text: str
    problem: str = ""  # why the text cannot be read at all; empty when it can


def typed(text: str) -> Submission:
    """Read what stands in the text field."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if not plain.strip():
        return Submission(plain, "There is no text yet. Paste a masterplan, or choose a file.")
    if "\x00" in plain:
        plain = plain.replace("\x00", "\ufffd")
        return Submission(
            plain, "The text has characters of code 0; they are shown as \ufffd below."
        )
    return _limited(plain, len(plain.encode("utf-8", "surrogatepass")))


def uploaded(content: bytes, *, kept: str) -> Submission:
    """Read a file; what stood in the text field is kept when the file cannot be read."""
    if len(content) > MAX_BYTES:
        return Submission(kept, _too_large("file"))
    if not content.strip():
        return Submission(kept, "The file is empty. Choose another one.")
    try:
        return typed(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Submission(
            kept,
            f"The file is not UTF-8 text: line {line} has bytes that mean nothing in it."
            " Save it as UTF-8, and choose it again.",
        )


def _limited(text: str, size: int) -> Submission:
    return Submission(text, _too_large("text") if size > MAX_BYTES else "")


def _too_large(what: str) -> str:
    return (
        f"The {what} has more than {MAX_BYTES:,} bytes, the most that a masterplan holds. Split it."
    )


TOO_LARGE_TO_READ = (
    _too_large("text") + " It is not shown here; your browser's Back button brings it back."
)
