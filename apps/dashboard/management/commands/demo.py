"""manage.py demo: users named by their role, the example masterplans, one of them running."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.actions import ensure_user
from apps.accounts.core.roles import Role
from apps.accounts.models import User
from apps.common.errors import ConsoleError
from apps.execution import actions
from apps.execution.errors import AlreadyImported
from apps.masterplans.models import Masterplan, PlanStatus

LOGINS: dict[str, list[Role]] = {
    "operator": [Role.OPERATOR],
    "reviewer": [Role.REVIEWER],
    "approver": [Role.APPROVER],
    "lead": [Role.LEAD],
    "admin": [Role.ADMIN],
}
STARTED = {"textkit", "inventory"}  # the examples that run when the demo opens


class Command(BaseCommand):
    help = "Create the demo users and import the example masterplans. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-start", action="store_true", help="import only, start nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        password = settings.DEMO_PASSWORD
        if not password:
            raise CommandError("DEMO_PASSWORD is not set. Set it to the demo users' password.")
        for username, roles in LOGINS.items():
            ensure_user(
                username=username, password=password, roles=roles, is_admin=username == "admin"
            )
        operator = User.objects.get(username="operator")
        for path in sorted((settings.BASE_DIR / "examples").glob("*/masterplan.md")):
            plan = self._import(path, operator)
            is_waiting = plan is not None and plan.status == PlanStatus.READY
            if plan and is_waiting and path.parent.name in STARTED and not options["no_start"]:
                actions.start(plan_id=plan.pk, by=operator)

    def _import(self, path: Path, by: User) -> Masterplan | None:
        try:
            plan = actions.import_masterplan(text=path.read_text(encoding="utf-8"), by=by)
        except AlreadyImported as error:
            return Masterplan.objects.get(pk=str(error.facts["plan_id"]))
        except ConsoleError as error:
            self.stderr.write(f"{path.parent.name}: {error.message}")
            return None
        self.stdout.write(f"{plan.ref} {plan.title}")
        return plan
