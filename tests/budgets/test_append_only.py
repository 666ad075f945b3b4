"""A line of the ledger stays as it was written, whoever asks."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from apps.budgets.models import CostEvent
from tests.factories import HoldFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> CostEvent:
    found = HoldFactory().events.last()
    assert found is not None
    return found


def sql(statement: str) -> Callable[[CostEvent], None]:
    def run(line: CostEvent) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [line.pk])

    return run


def save(line: CostEvent) -> None:
    line.reason = "Another one."
    line.save()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(save, id="save"),
        pytest.param(lambda line: line.delete(), id="delete"),
        pytest.param(lambda _: CostEvent.objects.update(held_delta=0), id="update-all"),
        pytest.param(lambda _: CostEvent.objects.all().delete(), id="delete-all"),
        pytest.param(
            sql("UPDATE budgets_costevent SET held = held WHERE id = %s"), id="sql-update"
        ),
        pytest.param(sql("DELETE FROM budgets_costevent WHERE id = %s"), id="sql-delete"),
    ],
)
def test_a_line_cannot_be_changed_or_deleted(
    line: CostEvent, change: Callable[[CostEvent], object]
) -> None:
    before = CostEvent.objects.filter(pk=line.pk).values().get()

    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        change(line)

    assert "The ledger is append-only" in str(caught.value)
    assert "Post an adjustment" in str(caught.value)
    assert CostEvent.objects.filter(pk=before["id"]).values().get() == before


def test_what_a_line_names_cannot_be_deleted_either(line: CostEvent) -> None:
    assert line.hold is not None

    for row in (line.hold, line.price, line.budget, line.budget.plan):
        assert row is not None
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()
