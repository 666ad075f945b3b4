"""The rows of the Tests tab: how each requirement stands, and which of them are shown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from apps.acceptance.core.standing import ReadingRow, TestTally
from apps.dashboard.core import test_looks
from apps.dashboard.core.looks import Look
from apps.dashboard.core.test_looks import Verdict

PAGE_ROWS = 25
MOST_OPEN = 10  # requirements whose tests are listed at once
MOST_TEXT = 200  # characters that are looked for
PRIORITIES = ("must", "should", "may")
DOUBTFUL_BELOW = 0.5  # a confidence below this is a guess


@dataclass(frozen=True, slots=True)
class TestFilter:
    """What of the tab somebody wants to see: `?priority=must&verdict=not_met&q=slug&open=R2`."""

    __test__ = False  # pytest takes it for a test otherwise

    priority: str = ""
    verdict: str = ""
    text: str = ""
    page: int = 1
    asked_page: int = 1  # of the questions
    open_refs: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.priority or self.verdict or self.text)

    def address(self, **changes: object) -> str:
        """Return the query of this filter with some of it changed."""
        return replace(self, **changes)._query()  # type: ignore[arg-type]  # fields of its own

    def _query(self) -> str:
        texts = {"priority": self.priority, "verdict": self.verdict, "q": self.text}
        pairs = [(name, text) for name, text in texts.items() if text]
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        if self.asked_page > 1:
            pairs.append(("asked", str(self.asked_page)))
        pairs += [("open", ref) for ref in self.open_refs]
        return "?" + urlencode(pairs)


def read_filter(params: Mapping[str, Sequence[str]]) -> TestFilter:
    """Read the address; what it does not understand it leaves out."""
    priority, verdict = _last(params, "priority"), _last(params, "verdict")
    opened = dict.fromkeys(ref[:MOST_TEXT] for ref in params.get("open", ()) if ref)
    return TestFilter(
        priority=priority if priority in PRIORITIES else "",
        verdict=verdict if verdict in set(Verdict) else "",
        text=_last(params, "q").replace("\x00", "").strip()[:MOST_TEXT],
        page=_number(_last(params, "page")),
        asked_page=_number(_last(params, "asked")),
        open_refs=tuple(opened)[:MOST_OPEN],
    )


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    return (params.get(name) or ("",))[-1]


def _number(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@dataclass(frozen=True, slots=True)
class Standing:
    """A requirement and how it stands."""

    reading: ReadingRow
    tally: TestTally
    verdict: Verdict
    objections: int = 0

    @property
    def look(self) -> Look:
        return test_looks.VERDICT[self.verdict]


def verdict_of(reading: ReadingRow, tally: TestTally, *, objections: int = 0) -> Verdict:
    """Return how a requirement stands by the newest result of each of its tests."""
    if reading.is_withdrawn:
        return Verdict.WITHDRAWN
    if not tally.counted:
        return _without_tests(reading, tally)
    if tally.failed or objections:
        return Verdict.NOT_MET
    return Verdict.NOT_RUN if tally.outstanding else Verdict.MET


def _without_tests(reading: ReadingRow, tally: TestTally) -> Verdict:
    if tally.waiting:
        return Verdict.WAITING
    return Verdict.UNTESTABLE if reading.doubt else Verdict.UNCOVERED


@dataclass(frozen=True, slots=True)
class VerdictChip:
    """A filter by verdict."""

    key: str
    word: str
    count: int
    address: str
    is_chosen: bool


def chips(rows: Sequence[Standing], chosen: TestFilter) -> tuple[VerdictChip, ...]:
    """Return the filters to offer: everything, then each verdict that occurs or is chosen."""
    counts = Counter(row.verdict for row in rows)
    keys = ["", *(each for each in Verdict if counts[each] or each == chosen.verdict)]
    return tuple(
        VerdictChip(
            key=key,
            word=test_looks.VERDICT[key].word if key else "All",
            count=counts[Verdict(key)] if key else len(rows),
            address=chosen.address(verdict=key, page=1),
            is_chosen=key == chosen.verdict,
        )
        for key in keys
    )


def shown(rows: Iterable[Standing], chosen: TestFilter) -> list[Standing]:
    """Return the rows of the chosen verdict, in plan order."""
    return [row for row in rows if not chosen.verdict or row.verdict == chosen.verdict]


@dataclass(frozen=True, slots=True)
class TestFigures:
    """What the whole suite covers."""

    __test__ = False

    requirements: int
    testable: int
    covered: int  # testable ones with a test that counts, or that waits for approval
    priorities: Mapping[str, int]

    @property
    def uncovered(self) -> int:
        return self.testable - self.covered


def figures(rows: Sequence[Standing]) -> TestFigures:
    """Sum up every requirement of the plan; withdrawn ones are left out."""
    kept = [row for row in rows if row.verdict is not Verdict.WITHDRAWN]
    testable = [row for row in kept if not row.reading.doubt]
    return TestFigures(
        requirements=len(kept),
        testable=len(testable),
        covered=sum(row.tally.counted + row.tally.waiting > 0 for row in testable),
        priorities=Counter(row.reading.priority for row in kept),
    )
