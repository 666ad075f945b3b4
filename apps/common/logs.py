"""Log lines: a constant sentence, then its facts as key=value."""

import logging

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
    "data",
    "request",
    "status_code",
}


class FactsFormatter(logging.Formatter):
    """Append what was passed in `extra` to the sentence."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        facts = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        return " ".join([line, *(f"{key}={value}" for key, value in sorted(facts.items()))])
