"""What the author of an atom's code is told of the tests that it did not pass."""

from uuid import UUID

from apps.acceptance.core.authoring.check_json import check_from_data
from apps.acceptance.core.feedback import feedback
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.verdict import NOT_RUN, TestOutcome
from apps.acceptance.models import AcceptanceTest, Objection, TestResult, TestRun, TestState


def sentences_of(run: TestRun) -> dict[UUID, list[str]]:
    """Return, by atom, one sentence for each test and each objection that blocks. Three queries.

    No sentence shows the text of a test, or an input that the requirement does not state.
    """
    tests = AcceptanceTest.objects.filter(plan=run.plan_id, check_id__in=run.blocking)
    blocking = list(
        tests.exclude(state=TestState.SUPERSEDED).select_related("requirement").order_by("position")
    )
    newest = {
        result.test_id: result
        for result in TestResult.objects.filter(test__in=blocking).order_by("id")
    }
    found: dict[UUID, list[str]] = {}
    for test in blocking:
        sentence = feedback(
            check_from_data(test.check_data), _outcome(newest.get(test.pk)), test.requirement.text
        )
        found.setdefault(test.atom_id, []).append(sentence)
    objections = Objection.objects.filter(plan=run.plan_id, cleared_at=None)
    for row in objections.select_related("requirement"):
        sentence = f"{row.requirement.ref} not met: {row.message}"
        found.setdefault(row.atom_id, []).append(sentence)
    return {atom: list(dict.fromkeys(sentences)) for atom, sentences in found.items()}


def _outcome(result: TestResult | None) -> TestOutcome:
    if result is None:
        return NOT_RUN
    return TestOutcome(
        TestStatus(result.status), result.message, result.duration_ms, result.stdout, result.stderr
    )
