"""manage.py check_ledger: recompute every budget from its ledger, and report what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.budgets.models import Budget, CostEvent
from apps.budgets.queries.reconciliation import differences
from apps.common.display import counted


class Command(BaseCommand):
    help = "Recompute every budget from its lines, its holds and the trace. Writes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(differences())
        for difference in found:
            self.stdout.write(difference.sentence)
        checked = (
            f"{counted(Budget.objects.count(), 'budget')} with"
            f" {counted(CostEvent.objects.count(), 'line')} checked"
        )
        if found:
            raise CommandError(
                f"{checked}: {counted(len(found), 'figure')} not as they should be.", returncode=1
            )
        self.stdout.write(f"{checked}: every figure adds up.")
