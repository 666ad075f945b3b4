"""Users, their roles, and what these allow."""

from django.contrib.auth.models import Group
from django.db import transaction

from apps.accounts.core.roles import Action, Role, needed_for
from apps.accounts.models import User
from apps.common.errors import NotAllowed


def require(user: User, action: Action) -> None:
    """Raise NotAllowed, naming the roles that may, unless the user's roles allow the action."""
    if not user.may(action):
        raise NotAllowed(needed=needed_for(action))


@transaction.atomic
def ensure_roles() -> None:
    """Create the group of every role that has none yet."""
    for role in Role:
        Group.objects.get_or_create(name=role.value)


@transaction.atomic
def ensure_user(*, username: str, password: str, roles: list[Role], is_admin: bool = False) -> User:
    """Create the user, or set password and roles of the existing one."""
    ensure_roles()
    user, _ = User.objects.get_or_create(username=username)
    if not user.check_password(password):
        user.set_password(password)
    user.is_staff = user.is_superuser = is_admin
    user.save()
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user
