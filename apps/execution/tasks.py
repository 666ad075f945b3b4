"""What the workers do."""

from uuid import UUID

from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from apps.common import postgres
from apps.execution import actions
from apps.llm import retries


@shared_task(acks_late=True)
def run_attempt(*, attempt_id: str, **_: object) -> None:
    """Carry out one attempt; delivered twice, the second delivery does nothing."""
    with postgres.may_be_away():
        actions.run_attempt(UUID(attempt_id))


@shared_task(acks_late=True)
def generate_tests(*, suite_id: str, **_: object) -> None:
    """Generate the tests of a plan. Only sandbox workers take it."""
    with postgres.may_be_away():
        actions.carry_out_generation(int(suite_id))


@shared_task(acks_late=True)
def run_tests(*, run_id: str, **_: object) -> None:
    """Run tests over the code of a plan. Only sandbox workers take it."""
    with postgres.may_be_away():
        actions.carry_out_run(UUID(run_id))


@shared_task(acks_late=True)
def gather_evidence(*, plan_id: str, **_: object) -> None:
    """Try the tests of one atom on small mistakes. Only sandbox workers take it."""
    with postgres.may_be_away():
        actions.carry_out_evidence(UUID(plan_id))


@shared_task
def sweep(**_: object) -> None:
    """Reconcile what a dead process or a lost message left undone."""
    with postgres.may_be_away():
        actions.sweep(now=timezone.now())


@worker_shutting_down.connect
def _stop_waiting(**_: object) -> None:
    """A worker that ends does not sit out the pauses before retries."""
    retries.interrupt()
