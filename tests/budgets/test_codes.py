"""One-time codes: who gets one, how often it may be tried, and that a try is never given back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.budgets import actions
from apps.budgets.actions.codes import CodeExpired, CodeNeeded, CodeUsedUp, WrongCode
from apps.budgets.actions.overrides import AlreadyDecided, OverrideExpired, OwnRequest
from apps.budgets.core.overrides import ALPHABET, CODE_LENGTH, new_code, plain_code
from apps.budgets.models import ConfirmationCode, Override
from apps.common.errors import NotAllowed
from tests.factories import OverrideFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 35, tzinfo=UTC)


@pytest.fixture
def override() -> Override:
    return OverrideFactory()


@pytest.fixture
def approver() -> User:
    return UserFactory(role=Role.APPROVER)


def issue(override: Override, by: User, now: datetime = NOW) -> str:
    return actions.issue_code(override_id=override.pk, by=by, now=now)


def check(override: Override, by: User, code: str, now: datetime = NOW) -> None:
    actions.check_code(override_id=override.pk, by=by, code=code, now=now)


def wrong_for(code: str) -> str:
    return code[:-1] + ("2" if code[-1] != "2" else "3")


def test_a_code_has_no_signs_that_look_alike() -> None:
    assert not set(ALPHABET) & set("01OIL")
    assert new_code(lambda alphabet: alphabet[0]) == "22222222"
    assert len(ALPHABET) ** CODE_LENGTH > 10**11


def test_a_code_may_be_typed_as_people_type() -> None:
    assert plain_code(" abcd-23 45\n") == "ABCD2345"
    assert plain_code("abcd\ud8002345") == "ABCD2345"


def test_a_code_is_kept_as_a_hash_of_its_own(override: Override, approver: User) -> None:
    code = issue(override, approver)

    row = ConfirmationCode.objects.get()
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert code not in row.digest
    assert (row.tries_left, row.expires_at) == (5, NOW + timedelta(minutes=15))
    entry = AuditEntry.objects.get(action="budget.code_issued")
    assert (entry.by, entry.subject) == (approver, override.ref)
    assert code not in entry.sentence


def test_a_code_fits_once(override: Override, approver: User) -> None:
    code = issue(override, approver)

    check(override, approver, f"{code[:4].lower()}-{code[4:]}")

    with pytest.raises(CodeUsedUp):
        check(override, approver, code)


def test_a_code_stands_for_one_person_and_one_request(override: Override, approver: User) -> None:
    code = issue(override, approver)
    colleague = UserFactory(role=Role.APPROVER)

    with pytest.raises(CodeNeeded, match=f"/approvals/{override.ref}"):
        check(override, colleague, code)
    with pytest.raises(CodeNeeded):
        check(OverrideFactory(), approver, code)
    issue(override, colleague)
    with pytest.raises(WrongCode):
        check(override, colleague, code)
    check(override, approver, code)


def test_a_newer_code_replaces_the_older(override: Override, approver: User) -> None:
    old = issue(override, approver)
    new = issue(override, approver)

    with pytest.raises(WrongCode):
        check(override, approver, old)
    check(override, approver, new)


def test_a_code_lives_fifteen_minutes(override: Override, approver: User) -> None:
    code = issue(override, approver)

    with pytest.raises(CodeExpired, match=f"/approvals/{override.ref}"):
        check(override, approver, code, NOW + timedelta(minutes=15))
    check(override, approver, code, NOW + timedelta(minutes=14, seconds=59))


def test_five_wrong_tries_end_a_code(override: Override, approver: User) -> None:
    code = issue(override, approver)
    said = []

    for _ in range(5):
        with pytest.raises(WrongCode) as caught:
            check(override, approver, wrong_for(code))
        said.append(caught.value.message)

    assert "4 tries are left" in said[0]
    assert "1 try is left" in said[3]
    assert "last try" in said[4]
    with pytest.raises(CodeUsedUp):
        check(override, approver, code)
    assert AuditEntry.objects.filter(action="budget.code_wrong").count() == 5


@pytest.mark.parametrize("code", ["", "  "])
def test_no_code_costs_no_try(override: Override, approver: User, code: str) -> None:
    issue(override, approver)

    with pytest.raises(CodeNeeded):
        check(override, approver, code)
    assert ConfirmationCode.objects.get().tries_left == 5


@pytest.mark.django_db(transaction=True)
def test_a_try_is_committed_before_anything_else_happens(
    override: Override, approver: User
) -> None:
    code = issue(override, approver)

    # Inside of somebody's transaction the try could be rolled back, so it is not made there.
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        check(override, approver, wrong_for(code))
    with pytest.raises(WrongCode):
        check(override, approver, wrong_for(code))

    assert ConfirmationCode.objects.get().tries_left == 4


def test_only_those_who_may_decide_now_get_a_code(override: Override, approver: User) -> None:
    with pytest.raises(NotAllowed):
        issue(override, UserFactory(role=Role.LEAD))
    with pytest.raises(OwnRequest):
        issue(OverrideFactory(asked_by=approver), approver)
    with pytest.raises(OverrideExpired):
        issue(override, approver, override.expires_at)
    Override.objects.update(status="withdrawn", decided_at=NOW, decided_by=override.asked_by)
    with pytest.raises(AlreadyDecided):
        issue(override, approver)
