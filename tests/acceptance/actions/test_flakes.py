"""How often a test says something else about the same code."""

from fractions import Fraction

import pytest

from apps.acceptance.core.flakes import Rate, flake_rate
from apps.acceptance.queries.flakes import flake_rates
from tests.factories import AcceptanceTestFactory, TestResultFactory, TestRunFactory, WaveFactory


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], Rate(0, 0)),
        ([(1, 1, "passed")], Rate(0, 0)),
        ([(1, 1, "passed"), (1, 1, "passed")], Rate(0, 1)),
        ([(1, 1, "passed"), (1, 1, "failed"), (1, 1, "passed")], Rate(2, 2)),
        ([(1, 1, "failed"), (2, 1, "passed")], Rate(0, 0)),  # the code has changed
        ([(1, 1, "failed"), (1, 2, "passed")], Rate(0, 0)),  # the test has changed
        ([(1, 1, "passed"), (1, 1, "not_run"), (1, 1, "passed")], Rate(0, 1)),
        ([(1, 1, "passed"), (1, 1, "timeout"), (2, 1, "passed"), (2, 1, "passed")], Rate(1, 2)),
    ],
)
def test_rate(told: list[tuple[int, int, str]], expected: Rate) -> None:
    assert flake_rate(told) == expected


def test_a_share_needs_something_repeated() -> None:
    assert Rate(0, 0).share is None
    assert Rate(1, 4).share == Fraction(1, 4)


@pytest.mark.django_db
def test_the_newest_results_of_each_test_of_a_plan(
    django_assert_num_queries: object,
) -> None:
    shaky = AcceptanceTestFactory()
    steady = AcceptanceTestFactory(requirement=shaky.requirement)
    AcceptanceTestFactory(requirement=shaky.requirement)  # never ran
    gone = AcceptanceTestFactory(requirement=shaky.requirement, state="superseded")
    wave = WaveFactory(plan=shaky.plan)
    for old, new in [
        ("failed", "passed"),
        ("passed", "passed"),
        ("passed", "failed"),
        ("passed", "passed"),
    ]:
        run = TestRunFactory(wave=wave)
        TestResultFactory(run=run, test=shaky, status=new)
        TestResultFactory(run=run, test=steady, status=old)
        TestResultFactory(run=run, test=gone)
    TestResultFactory()  # of another plan

    with django_assert_num_queries(1):  # type: ignore[operator]  # a fixture of pytest-django
        rates = flake_rates(shaky.plan_id, newest=3)

    assert rates == {shaky.pk: Rate(2, 2), steady.pk: Rate(0, 2)}
