"""Text of endpoints, made fit to be stored and shown."""


def storable(text: str) -> str:
    """Return the text without what Postgres refuses: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def shorten(text: str, length: int) -> str:
    """Return the text as one storable line of at most so many characters."""
    line = " ".join(storable(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"
