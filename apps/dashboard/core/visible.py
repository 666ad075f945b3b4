"""Text of others, with the characters that hide or reorder what people read written out."""

import re

# Controls but tab and line end; marks that hide, join or turn text; separators that end lines
# somewhere; lone surrogates; the byte order mark; tags.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """Return the text with such characters as ⟨U+202E⟩; line ends of Windows become plain ones."""
    return _HIDDEN.sub(_named, text.replace("\r\n", "\n"))


def hides_some(text: str) -> bool:
    """Return whether the text has characters that nobody sees."""
    return _HIDDEN.search(text.replace("\r\n", "\n")) is not None


def _named(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"
