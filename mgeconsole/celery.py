"""The Celery application; its settings are the CELERY_ names of settings.py."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import celeryd_after_setup, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mgeconsole.settings")

# Celery warns of root because pickled messages could run anything; ours are JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("mgeconsole")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


# Celery goes on when a receiver raises an Exception, and a worker without the guard would take
# tests: so what is wrong with the guard itself ends the process.
@celeryd_after_setup.connect
def _guard_sandbox(**facts: Any) -> None:
    try:
        from apps.acceptance import sandbox_worker  # noqa: PLC0415 - Django is set up by now

        sandbox_worker.guard_queue(**facts)
    except Exception as error:
        raise SystemExit(f"The sandbox worker cannot start: {error}") from error


@worker_shutdown.connect
def _leave_sandbox(**facts: Any) -> None:
    from apps.acceptance import sandbox_worker  # noqa: PLC0415 - Django was set up by then

    sandbox_worker.leave(**facts)
