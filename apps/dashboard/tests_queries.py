"""The tests of a plan as its pages show them; the number of queries does not grow with the plan."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from apps.acceptance.core.standing import ReadingRow, TestTally
from apps.acceptance.models import (
    AcceptanceTest,
    AtomEvidence,
    Dispute,
    DisputeStatus,
    Objection,
    Reading,
    RunStatus,
    Suite,
    SuiteStatus,
    TestPolicy,
    TestResult,
    TestRun,
    TestState,
)
from apps.acceptance.queries import board as rows
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.common import events
from apps.dashboard.core import approvals, gate_panel, test_looks, test_rows
from apps.dashboard.core.approvals import Place
from apps.dashboard.core.check_words import words_of
from apps.dashboard.core.gate_panel import GateFigures
from apps.dashboard.core.looks import Look
from apps.dashboard.core.test_rows import Standing, TestFigures, TestFilter, VerdictChip
from apps.dashboard.core.triage import Cut, cut
from apps.execution.models import CodeVersion
from apps.masterplans.core import topics
from apps.masterplans.models import (
    Atom,
    AtomStatus,
    Masterplan,
    PauseReason,
    PlanStatus,
    Requirement,
    Wave,
)

BLOCKING_ROWS = 5  # named beside the gate; the others are counted
TESTS_OF_REQUIREMENT = 40  # listed when it is open; the others are counted
REVIEW_ROWS = 50  # listed beside the test that is reviewed
RESULTS_OF_TEST = 50
PLACES = 30  # objections and disputes that are listed
LONG_TEXTS = ("source_text", "context", "diagnostics")


def find_plan(number: int) -> Masterplan:
    """Return a plan without its long texts. Raises Masterplan.DoesNotExist."""
    return Masterplan.objects.select_related("owner").defer(*LONG_TEXTS).get(number=number)


@dataclass(frozen=True, slots=True)
class Blocking:
    """A test that keeps the gate shut, with what it said last."""

    test: AcceptanceTest
    latest: TestResult | None

    @property
    def look(self) -> Look:
        return test_looks.OUTCOME[self.latest.status] if self.latest else test_looks.NEVER_RUN

    @property
    def message(self) -> str:
        return self.latest.message.strip().split("\n", 1)[0] if self.latest else ""


class GatePanel:
    """The acceptance gate of a plan; each part is read when it is first used, about eight queries."""

    def __init__(self, plan: Masterplan) -> None:
        self.plan = plan

    @cached_property
    def suite(self) -> Suite | None:
        return Suite.objects.filter(plan=self.plan).first()

    @property
    def suite_look(self) -> Look:
        return test_looks.SUITE[self.suite.status if self.suite else SuiteStatus.QUEUED]

    @property
    def is_generated(self) -> bool:
        """Whether there are tests to speak of, perhaps while others are being generated."""
        suite = self.suite
        return suite is not None and (suite.status == SuiteStatus.READY or bool(suite.generated_at))

    @cached_property
    def run(self) -> TestRun | None:
        return rows.newest_run(self.plan)

    @cached_property
    def active(self) -> TestRun | None:
        return rows.active_run(self.plan)

    @property
    def active_look(self) -> Look:
        return test_looks.RUN[self.active.status if self.active else RunStatus.QUEUED]

    @cached_property
    def lost(self) -> TestRun | None:
        """The newest run, when no sandbox took it."""
        return rows.unfinished_run(self.plan, self.run.number if self.run else 0)

    @property
    def look(self) -> Look:
        return test_looks.GATE[self.run.gate if self.run else ""]

    @cached_property
    def figures(self) -> GateFigures:
        run = self.run
        if run is None:
            return GateFigures()
        return GateFigures(run.must_passed, run.must_total, run.should_passed, run.should_total)

    @cached_property
    def is_old(self) -> bool:
        """Whether code or tests have changed since the run."""
        if self.run is None or self.suite is None:
            return False
        newest = CodeVersion.objects.filter(plan=self.plan).aggregate(last=Max("sequence"))["last"]
        stands = (self.run.code_sequence, self.run.revision)
        return stands != (newest or self.run.code_sequence, self.suite.revision)

    @property
    def way_out(self) -> str:
        if self.run is None or self.run.gate == "open":
            return ""
        objections = len(self.run.objections)
        return gate_panel.way_out(self.figures, objections=objections, uncovered=self.run.uncovered)

    @property
    def should_mark(self) -> str:
        return gate_panel.SHOULD_MARK

    @property
    def enforcement(self) -> str:
        """enforce, observe or off."""
        return str(getattr(settings, "ACCEPTANCE_GATE", "enforce"))

    @property
    def is_paused(self) -> bool:
        """Whether the plan waits because its gate is shut."""
        return self.plan.status == PlanStatus.PAUSED and self.plan.pause_reason == PauseReason.GATE

    # What keeps it shut.

    @cached_property
    def blocking(self) -> list[Blocking]:
        """The first tests that keep it shut. Two queries."""
        if self.run is None or not self.run.blocking:
            return []
        shown = rows.tests_named(self.plan, self.run.blocking[:BLOCKING_ROWS])
        latest = rows.latest_results([test.pk for test in shown])
        return [Blocking(test, latest.get(test.pk)) for test in shown]

    @property
    def unnamed(self) -> int:
        return self.failing - len(self.blocking)

    @cached_property
    def blocking_atoms(self) -> int:
        """How many atoms have such tests."""
        return rows.atoms_of(self.plan, self.run.blocking) if self.run else 0

    @property
    def failing(self) -> int:
        """How many tests keep the gate shut, for the badge of the tab."""
        return len(self.run.blocking) if self.run else 0

    @cached_property
    def waiting(self) -> int:
        """How many tests wait for approval."""
        return AcceptanceTest.objects.filter(plan=self.plan, state=TestState.WAITING).count()


# The tab.


@dataclass(frozen=True, slots=True)
class TestView:
    """A test as a line of its requirement, or as a page."""

    __test__ = False  # pytest takes it for a test otherwise

    test: AcceptanceTest
    words: str
    history: rows.TestHistory = field(default_factory=rows.TestHistory)

    @property
    def latest(self) -> TestResult | None:
        return self.history.latest

    @property
    def look(self) -> Look:
        if self.test.state != TestState.ACTIVE:
            return test_looks.STATE[self.test.state]
        return test_looks.OUTCOME[self.latest.status] if self.latest else test_looks.NEVER_RUN

    @property
    def past(self) -> list[tuple[TestResult, Look]]:
        """Results with their looks, the oldest first."""
        return self.newest_first[::-1]

    @property
    def newest_first(self) -> list[tuple[TestResult, Look]]:
        return [(row, test_looks.OUTCOME[row.status]) for row in self.history.results]


@dataclass(frozen=True, slots=True)
class OpenRequirement:
    """What stands inside a requirement that is open."""

    tests: tuple[TestView, ...]
    hidden: int
    evidence: tuple[AtomEvidence, ...]
    objections: tuple[Objection, ...]


@dataclass(frozen=True, slots=True)
class RequirementView:
    """A requirement as a row of the tab."""

    standing: Standing
    reading: Reading
    past: rows.Past
    dispute: Dispute | None
    address: str  # that opens it
    inner: OpenRequirement | None

    @property
    def requirement(self) -> Requirement:
        return self.reading.requirement

    @property
    def first_line(self) -> str:
        return self.requirement.text.split("\n", 1)[0]

    @property
    def look(self) -> Look:
        return self.standing.look

    @property
    def is_doubtful(self) -> bool:
        """Whether the priority is a guess."""
        return self.reading.confidence < HALF and self.reading.corrected_by_id is None


HALF = test_rows.DOUBTFUL_BELOW


class TestsBoard:
    """The parts of the Tests tab, each read when it is first used.

    Versions are read before any row: a change between the two is then shown twice, never missed.
    """

    __test__ = False

    def __init__(self, number: int, *, chosen: TestFilter, user: User) -> None:
        """Read versions and plan. Raises Masterplan.DoesNotExist."""
        self.chosen = chosen
        self.user = user
        ref = Masterplan(number=number).ref
        self.topic, self.summary_topic = topics.tests(ref), topics.summary(ref)
        self.version = max(events.versions([self.topic, self.summary_topic]).values())
        self.plan = find_plan(number)
        self.gates = GatePanel(self.plan)

    @property
    def suite(self) -> Suite | None:
        return self.gates.suite

    @property
    def tests_topic(self) -> str:
        return self.topic

    @property
    def tests_version(self) -> int:
        return self.version

    @cached_property
    def policy(self) -> TestPolicy:
        return TestPolicy.objects.filter(plan=self.plan).first() or TestPolicy(plan=self.plan)

    # What the user may do.

    @property
    def may_run(self) -> bool:
        return self.user.may(Action.RUN_PLAN)

    @property
    def may_run_tests(self) -> bool:
        return self.user.may(Action.RUN_TESTS)

    @property
    def may_review(self) -> bool:
        return self.user.may(Action.REVIEW_TESTS)

    @property
    def may_correct(self) -> bool:
        return self.user.may(Action.CORRECT_PRIORITY)

    @property
    def may_dispute(self) -> bool:
        return self.user.may(Action.DISPUTE_REQUIREMENT)

    @property
    def may_decide(self) -> bool:
        return self.user.may(Action.DECIDE_DISPUTE)

    @cached_property
    def runnable_waves(self) -> list[Wave]:
        """The waves whose atoms are all done, so that their tests can run; the newest first."""
        atoms = Atom.objects.filter(wave=OuterRef("pk"))
        missing = atoms.exclude(status=AtomStatus.SUCCEEDED)
        done = Wave.objects.filter(Exists(atoms), ~Exists(missing), plan=self.plan)
        return list(done.order_by("-number"))

    @cached_property
    def unread_requirements(self) -> int:
        """How many requirements the plan states, while none is read."""
        return Requirement.objects.filter(plan=self.plan).count()

    # Rows.

    @cached_property
    def _tallies(self) -> dict[UUID, TestTally]:
        return rows.tallies(self.plan)

    @cached_property
    def objections(self) -> list[Objection]:
        """What nobody cleared."""
        return rows.standing_objections(self.plan)

    @cached_property
    def _found(self) -> list[ReadingRow]:
        """Every requirement of the plan, under the search."""
        return rows.readings(self.plan, self.chosen.text)

    @cached_property
    def _standings(self) -> list[Standing]:
        objected = Counter(row.requirement_id for row in self.objections)
        return [
            Standing(
                reading,
                tally := self._tallies.get(reading.id, TestTally()),
                test_rows.verdict_of(reading, tally, objections=objected[reading.id]),
                objected[reading.id],
            )
            for reading in self._found
        ]

    @cached_property
    def figures(self) -> TestFigures:
        if not self.chosen.text:
            return test_rows.figures(self._standings)
        everything = rows.readings(self.plan)
        nothing = TestTally()
        return test_rows.figures(
            [
                Standing(row, tally, test_rows.verdict_of(row, tally))
                for row in everything
                for tally in [self._tallies.get(row.id, nothing)]
            ]
        )

    @cached_property
    def _listed(self) -> list[Standing]:
        """The requirements of the list: those that can be tested, of the chosen priority."""
        wanted = self.chosen.priority
        return [
            row
            for row in self._standings
            if not (wanted and row.reading.priority != wanted)
            and not (row.reading.doubt and not row.tally.all)
        ]

    @property
    def chips(self) -> tuple[VerdictChip, ...]:
        return test_rows.chips(self._listed, self.chosen)

    @cached_property
    def _matching(self) -> list[Standing]:
        return test_rows.shown(self._listed, self.chosen)

    @cached_property
    def cut(self) -> Cut:
        return cut(len(self._matching), self.chosen.page, size=test_rows.PAGE_ROWS)

    @property
    def next_page(self) -> str:
        return self.chosen.address(page=self.cut.page + 1, open_refs=())

    @property
    def previous_page(self) -> str:
        return self.chosen.address(page=self.cut.page - 1, open_refs=())

    @cached_property
    def requirements(self) -> list[RequirementView]:
        """One page of requirements. Seven queries, five more when one is open."""
        page = self._matching[self.cut.start : self.cut.stop]
        return self._views(page)

    def _views(self, page: Sequence[Standing]) -> list[RequirementView]:
        ids = [row.reading.id for row in page]
        found = _readings(ids)
        past = rows.past_of(ids)
        disputes = _open_disputes(ids)
        opened = self._opened([row for row in page if row.reading.ref in self.chosen.open_refs])
        return [
            RequirementView(
                standing=row,
                reading=found[row.reading.id],
                past=past[row.reading.id],
                dispute=disputes.get(row.reading.id),
                address=self._opening(row.reading.ref),
                inner=opened.get(row.reading.id),
            )
            for row in page
        ]

    def _opening(self, ref: str) -> str:
        kept = self.chosen.open_refs[-test_rows.MOST_OPEN + 1 :]
        return self.chosen.address(open_refs=(*kept, ref)) + f"#requirement-{ref}"

    def _opened(self, page: Sequence[Standing]) -> dict[UUID, OpenRequirement]:
        if not page:
            return {}
        tests: dict[UUID, list[AcceptanceTest]] = {row.reading.id: [] for row in page}
        for test in _current_tests(tests):
            tests[test.requirement_id].append(test)
        shown = [test for each in tests.values() for test in each[:TESTS_OF_REQUIREMENT]]
        histories = rows.histories([test.pk for test in shown])
        atoms = {test.atom_id for test in shown}
        evidence = AtomEvidence.objects.filter(atom__in=atoms).select_related("atom")
        by_atom = {row.atom_id: row for row in evidence}
        return {
            each: OpenRequirement(
                tests=tuple(
                    TestView(test, words_of(test.check_data), histories[test.pk])
                    for test in own[:TESTS_OF_REQUIREMENT]
                ),
                hidden=max(0, len(own) - TESTS_OF_REQUIREMENT),
                evidence=tuple(
                    by_atom[atom]
                    for atom in dict.fromkeys(test.atom_id for test in own)
                    if atom in by_atom
                ),
                objections=tuple(row for row in self.objections if row.requirement_id == each),
            )
            for each, own in tests.items()
        }

    # Questions.

    @cached_property
    def _asked(self) -> list[ReadingRow]:
        """Requirements that cannot be tested as they stand, then those with a question."""
        wanted = self.chosen.priority
        return sorted(
            (
                row
                for row in self._found
                if (row.doubt or row.has_questions)
                and not row.is_withdrawn
                and not (wanted and row.priority != wanted)
            ),
            key=lambda row: not row.doubt,
        )

    @cached_property
    def asked_cut(self) -> Cut:
        return cut(len(self._asked), self.chosen.asked_page, size=ASKED_ROWS)

    @cached_property
    def asked(self) -> list[Reading]:
        page = self._asked[self.asked_cut.start : self.asked_cut.stop]
        found = _readings([row.id for row in page])
        return [found[row.id] for row in page]

    @property
    def untestable(self) -> int:
        return sum(bool(row.doubt) for row in self._asked)

    @property
    def more_asked(self) -> str:
        return self.chosen.address(asked_page=self.asked_cut.page + 1) + "#questions"

    @property
    def fewer_asked(self) -> str:
        return self.chosen.address(asked_page=1) + "#questions"

    # Disputes.

    @cached_property
    def disputes(self) -> list[tuple[Dispute, Look]]:
        """The disputes that are open, then the latest that are over."""
        found = (
            Dispute.objects.filter(plan=self.plan)
            .select_related("requirement", "asked_by", "decided_by")
            .order_by("decided_at", "-id")[:PLACES]
        )
        return [(row, test_looks.DISPUTE[row.status]) for row in _open_first(found)]


ASKED_ROWS = 20


def _open_first(found: Iterable[Dispute]) -> list[Dispute]:
    return sorted(found, key=lambda row: (row.status != DisputeStatus.OPEN, -row.pk))


def _readings(requirement_ids: Sequence[UUID]) -> dict[UUID, Reading]:
    found = Reading.objects.filter(requirement__in=requirement_ids)
    return {row.requirement_id: row for row in found.select_related("requirement", "corrected_by")}


def _open_disputes(requirement_ids: Sequence[UUID]) -> dict[UUID, Dispute]:
    found = Dispute.objects.filter(requirement__in=requirement_ids, status=DisputeStatus.OPEN)
    return {row.requirement_id: row for row in found.select_related("asked_by")}


def _current_tests(requirement_ids: Iterable[UUID]) -> QuerySet[AcceptanceTest]:
    found = AcceptanceTest.objects.filter(
        requirement__in=list(requirement_ids), state__in=AcceptanceTest.CURRENT
    )
    return found.select_related("atom", "quarantined_by", "decided_by").defer("text")


# One test.


class TestBoard:
    """One test with its text and its results. Raises AcceptanceTest.DoesNotExist."""

    __test__ = False

    def __init__(self, number: int, test_id: UUID, *, user: User) -> None:
        self.user = user
        ref = Masterplan(number=number).ref
        self.topic = topics.tests(ref)
        self.version = events.versions([self.topic])[self.topic]
        found = AcceptanceTest.objects.select_related(
            "requirement", "atom__wave", "quarantined_by", "decided_by"
        )
        self.test = found.get(pk=test_id, plan__number=number)
        self.plan = find_plan(number)

    @cached_property
    def view(self) -> TestView:
        history = rows.histories([self.test.pk], RESULTS_OF_TEST)[self.test.pk]
        return TestView(self.test, words_of(self.test.check_data), history)

    @property
    def state_look(self) -> Look:
        return test_looks.STATE[self.test.state]

    @cached_property
    def versions(self) -> list[AcceptanceTest]:
        """The versions of the test, the newest first."""
        found = AcceptanceTest.objects.filter(plan=self.plan, check_id=self.test.check_id)
        return list(found.select_related("decided_by").defer("text").order_by("-version"))

    @cached_property
    def evidence(self) -> AtomEvidence | None:
        return AtomEvidence.objects.filter(atom=self.test.atom).first()

    @property
    def may_review(self) -> bool:
        return self.user.may(Action.REVIEW_TESTS)

    @property
    def is_current(self) -> bool:
        return self.test.state != TestState.SUPERSEDED


# Review.


class ReviewBoard:
    """The tests that wait for approval, and the one of them that is looked at."""

    def __init__(self, number: int, *, wanted: UUID | None, user: User) -> None:
        """Read version and plan. Raises Masterplan.DoesNotExist."""
        self.user = user
        self._wanted = wanted
        ref = Masterplan(number=number).ref
        self.topic = topics.tests(ref)
        self.version = events.versions([self.topic])[self.topic]
        self.plan = find_plan(number)

    @cached_property
    def _waiting(self) -> QuerySet[AcceptanceTest]:
        """All that wait, in plan order."""
        found = AcceptanceTest.objects.filter(plan=self.plan, state=TestState.WAITING)
        return found.order_by("position", "check_id")

    @cached_property
    def _ids(self) -> list[UUID]:
        return list(self._waiting.values_list("pk", flat=True))

    @property
    def total(self) -> int:
        return len(self._ids)

    @cached_property
    def place(self) -> Place:
        """Where the test that is looked at stands: the one that was asked for, or the first."""
        order = list(range(len(self._ids)))
        here = next((place for place, pk in enumerate(self._ids) if pk == self._wanted), 0)
        return approvals.place(here, order)

    @cached_property
    def test(self) -> AcceptanceTest | None:
        if not self._ids:
            return None
        found = self._waiting.select_related("requirement__reading", "atom")
        return found.filter(pk=self._ids[self.place.position - 1]).first()

    @cached_property
    def gone(self) -> AcceptanceTest | None:
        """The test that was asked for, when it does not wait any more."""
        if self._wanted is None or self._wanted in self._ids:
            return None
        found = AcceptanceTest.objects.filter(plan=self.plan, pk=self._wanted)
        return found.select_related("decided_by").defer("text", "check_data").first()

    @property
    def words(self) -> str:
        return words_of(self.test.check_data) if self.test else ""

    @property
    def previous(self) -> UUID | None:
        return None if self.place.previous is None else self._ids[self.place.previous]

    @property
    def next(self) -> UUID | None:
        return None if self.place.next is None else self._ids[self.place.next]

    @cached_property
    def listed(self) -> list[AcceptanceTest]:
        """The tests around the one that is looked at."""
        start = max(self.place.position - 1, 0) // REVIEW_ROWS * REVIEW_ROWS
        found = self._waiting.filter(pk__in=self._ids[start : start + REVIEW_ROWS])
        return list(found.select_related("atom").defer("text", "check_data"))

    @property
    def unlisted(self) -> int:
        return self.total - len(self.listed)

    @property
    def trusted_listed(self) -> list[AcceptanceTest]:
        """Those that can be approved together: the ones of low trust are decided one by one."""
        return [test for test in self.listed if not test.is_low_trust]

    @cached_property
    def decided(self) -> dict[str, int]:
        """How many current tests are in each state."""
        found = AcceptanceTest.objects.filter(plan=self.plan).order_by().values_list("state")
        return dict(found.annotate(count=Count("pk", filter=~Q(state=TestState.SUPERSEDED))))

    @property
    def may_review(self) -> bool:
        return self.user.may(Action.REVIEW_TESTS)
