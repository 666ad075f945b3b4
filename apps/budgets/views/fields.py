"""What somebody wrote into a form, and what is wrong with it: kept, so that nothing is typed twice."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from django.http import HttpRequest

from apps.common.errors import ConsoleError

T = TypeVar("T")
MAX_TEXT = 4_000


class Sent:
    """The fields of a form; empty until it is posted."""

    def __init__(
        self, request: HttpRequest, names: Sequence[str], first: Mapping[str, str] | None = None
    ) -> None:
        """Take the posted fields, or what stands in the form at first."""
        self.problems: dict[str, str] = {}  # field -> sentence
        posted = request.method == "POST"
        self.values: Mapping[str, str] = (
            {name: _text(request.POST.get(name, "")) for name in names}
            if posted
            else {name: (first or {}).get(name, "") for name in names}
        )

    @property
    def status(self) -> int:
        return 422 if self.problems else 200

    def read(self, name: str, reader: Callable[[str], T], default: T) -> T:
        """Return the field as the reader reads it, or note its sentence and return the default."""
        try:
            return reader(self.values[name])
        except ValueError as problem:
            self.problems[name] = str(problem)
            return default

    def need(self, name: str, problem: str) -> None:
        """Note the problem when nothing was written."""
        if not self.values[name]:
            self.problems[name] = problem

    def note(self, refusal: ConsoleError, fields: Mapping[type[ConsoleError], str]) -> None:
        """Note a refusal at its field, or at the one that it names itself; raise any other."""
        name = fields.get(type(refusal)) or str(refusal.facts.get("field", ""))
        if name not in self.values:
            raise refusal
        self.problems[name] = refusal.message


def _text(text: str) -> str:
    # Browsers send line ends as \r\n.
    return text.replace("\x00", "").replace("\r\n", "\n").strip()[:MAX_TEXT]
