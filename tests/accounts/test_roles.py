"""Roles, tokens, and who may do what."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.accounts import actions
from apps.accounts.core.roles import MAY, Action, Role, may, needed_for
from apps.accounts.models import ApiToken, User
from apps.common.errors import NotAllowed
from tests.factories import UserFactory

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_every_action_has_somebody_who_may() -> None:
    assert set(MAY) == set(Action)
    assert all(MAY.values())


def test_an_admin_may_everything_but_decide_on_money_and_on_what_is_right() -> None:
    kept_from_admins = {action for action, roles in MAY.items() if Role.ADMIN not in roles}

    assert kept_from_admins == {
        Action.DECIDE_OVERRIDE,
        Action.ADJUST_LEDGER,
        Action.REVIEW_TESTS,
        Action.CORRECT_PRIORITY,
        Action.DISPUTE_REQUIREMENT,
        Action.DECIDE_DISPUTE,
    }


@pytest.mark.parametrize(
    ("role", "action", "expected"),
    [
        (Role.VIEWER, Action.VIEW, True),
        (Role.VIEWER, Action.RUN_PLAN, False),
        (Role.REVIEWER, Action.IMPORT_PLAN, False),
        (Role.OPERATOR, Action.RUN_PLAN, True),
        (Role.LEAD, Action.IMPORT_PLAN, True),
        (Role.LEAD, Action.DECIDE_OVERRIDE, False),
        (Role.APPROVER, Action.DECIDE_OVERRIDE, True),
        (Role.VIEWER, Action.RUN_TESTS, False),
        (Role.APPROVER, Action.RUN_TESTS, False),
        (Role.OPERATOR, Action.RUN_TESTS, True),
        (Role.OPERATOR, Action.REVIEW_TESTS, False),
        (Role.REVIEWER, Action.REVIEW_TESTS, True),
        (Role.LEAD, Action.REVIEW_TESTS, True),
        (Role.OPERATOR, Action.CORRECT_PRIORITY, False),
        (Role.REVIEWER, Action.CORRECT_PRIORITY, True),
        (Role.VIEWER, Action.DISPUTE_REQUIREMENT, False),
        (Role.OPERATOR, Action.DISPUTE_REQUIREMENT, True),
        (Role.REVIEWER, Action.DECIDE_DISPUTE, False),
        (Role.LEAD, Action.DECIDE_DISPUTE, True),
    ],
)
def test_may(role: Role, action: Action, expected: bool) -> None:
    assert may(frozenset({role}), action) is expected


@pytest.mark.django_db
def test_a_refusal_names_the_roles_that_may() -> None:
    with pytest.raises(NotAllowed, match=needed_for(Action.RUN_PLAN)):
        actions.require(UserFactory(role=Role.VIEWER), Action.RUN_PLAN)


@pytest.mark.django_db
def test_a_superuser_has_every_role_and_an_inactive_user_none() -> None:
    assert UserFactory(is_superuser=True).may(Action.RUN_PLAN)
    assert not UserFactory(is_superuser=True, is_active=False).may(Action.VIEW)


@pytest.mark.django_db
def test_ensure_user_may_be_repeated() -> None:
    for _ in range(2):
        actions.ensure_user(username="lead", password="one-long-secret", roles=[Role.LEAD])

    user = User.objects.get(username="lead")
    assert user.check_password("one-long-secret")
    assert user.roles == {Role.LEAD}


@pytest.mark.django_db
def test_a_token_stands_for_its_user_until_it_expires() -> None:
    user = UserFactory()
    token = actions.create_token(user=user, name="ci", expires_at=NOW + timedelta(days=1))

    assert actions.user_of_token(token, now=NOW) == user
    assert actions.user_of_token(token, now=NOW + timedelta(days=1)) is None
    assert actions.user_of_token(token + "x", now=NOW) is None
    assert token not in str(ApiToken.objects.values_list())


@pytest.mark.django_db
def test_a_revoked_token_or_user_is_nobody() -> None:
    user = UserFactory()
    token = actions.create_token(user=user, name="ci")
    ApiToken.objects.update(revoked_at=NOW)
    assert actions.user_of_token(token, now=NOW) is None

    ApiToken.objects.update(revoked_at=None)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert actions.user_of_token(token, now=NOW) is None


@pytest.mark.django_db
def test_use_is_noted_once_a_minute() -> None:
    token = actions.create_token(user=UserFactory(), name="ci")

    for seconds, noted in ((0, 0), (30, 0), (61, 61)):
        actions.user_of_token(token, now=NOW + timedelta(seconds=seconds))
        row = ApiToken.objects.get()
        assert row.last_used_at == NOW + timedelta(seconds=noted)


@pytest.mark.django_db
def test_the_command_prints_a_token_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    user = UserFactory()

    call_command("create_token", user.username)

    token = capsys.readouterr().out.strip()
    assert actions.user_of_token(token, now=datetime.now(tz=UTC)) == user
    with pytest.raises(CommandError, match="no user"):
        call_command("create_token", "nobody")
