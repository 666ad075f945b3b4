"""Two people act at the same moment: the second waits for the first, and is told who it was."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from apps.acceptance import actions
from apps.acceptance.errors import DisputeDecided, TestDecided, TestReplaced
from apps.acceptance.models import AcceptanceTest, PlanText
from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.common.errors import ConsoleError
from tests.factories import AcceptanceTestFactory, DisputeFactory, RequirementFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "It asks for more than the sentence does."
LIMIT_S = 20


def caught(act: Callable[[], object]) -> ConsoleError | None:
    try:
        act()
    except ConsoleError as error:
        return error
    finally:
        connection.close()
    return None


def both(first: Callable[[], object], second: Callable[[], object]) -> ConsoleError | None:
    """Begin the second act while the first is not committed; return what the second was told."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            told = pool.submit(caught, second)
            _wait_for_lock(told)
        return told.result(timeout=LIMIT_S)


def _wait_for_lock(told: "Future[ConsoleError | None]") -> None:
    end = monotonic() + LIMIT_S
    while monotonic() < end and not told.done():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.02)
    raise AssertionError("The second act did not wait.")


@pytest.fixture
def rita() -> User:
    return UserFactory(role=Role.REVIEWER, username="rita")


@pytest.fixture
def lea() -> User:
    return UserFactory(role=Role.LEAD, username="lea")


def test_one_approves_while_another_rejects(rita: User, lea: User) -> None:
    test = AcceptanceTestFactory(state="waiting")

    told = both(
        lambda: actions.approve_test(test_id=test.pk, by=rita),
        lambda: actions.reject_test(test_id=test.pk, by=lea, reason=REASON),
    )

    assert isinstance(told, TestDecided)
    assert told.message.startswith(f"{test.check_id} was approved by rita, ")
    test.refresh_from_db()
    assert (test.state, AuditEntry.objects.count()) == ("active", 1)


def test_one_approves_all_while_another_rejects_one(rita: User, lea: User) -> None:
    test = AcceptanceTestFactory(state="waiting")

    told = both(
        lambda: actions.approve_tests(plan_id=test.plan_id, by=rita),
        lambda: actions.reject_test(test_id=test.pk, by=lea, reason=REASON),
    )

    assert isinstance(told, TestDecided)


def test_two_edit(rita: User, lea: User) -> None:
    test = AcceptanceTestFactory()
    one, two = (test.text.replace("== 'a'", f"== {value}") for value in ("'b'", "'c'"))

    told = both(
        lambda: actions.edit_test(test_id=test.pk, by=rita, text=one),
        lambda: actions.edit_test(test_id=test.pk, by=lea, text=two),
    )

    assert isinstance(told, TestReplaced)
    assert "version 2 was written by rita" in told.message
    assert AcceptanceTest.objects.exclude(state="superseded").get().text == one


def test_of_two_last_tests_that_are_rejected_the_second_knows(rita: User, lea: User) -> None:
    one = AcceptanceTestFactory()
    two = AcceptanceTestFactory(requirement=one.requirement)

    told = both(
        lambda: actions.reject_test(test_id=one.pk, by=rita, reason=REASON),
        lambda: actions.reject_test(test_id=two.pk, by=lea, reason=REASON),
    )

    assert told is None
    first, second = AuditEntry.objects.order_by("id").values_list("sentence", flat=True)
    assert "counts any more" not in first
    assert "counts any more" in second


def test_two_leads_decide(lea: User) -> None:
    text = "---\ntitle: Words\n---\n## Requirements\n\n- It must echo.\n- It should rest.\n"
    requirement = RequirementFactory(ref="R1", text="It must echo.", line=6, plan__source_text=text)
    dispute = DisputeFactory(requirement=requirement, proposal="It must shout.")
    other = UserFactory(role=Role.LEAD)

    told = both(
        lambda: actions.decide_dispute(
            dispute_id=dispute.pk, by=lea, uphold=True, comment="Right."
        ),
        lambda: actions.decide_dispute(
            dispute_id=dispute.pk, by=other, uphold=False, comment="No."
        ),
    )

    assert isinstance(told, DisputeDecided)
    assert told.message.startswith(f"{dispute.ref} was upheld by lea, ")
    assert PlanText.objects.count() == 2
