"""The Celery application; its settings are the CELERY_ names of settings.py."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mgeconsole.settings")

# Celery warns of root because pickled messages could run anything; ours are JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("mgeconsole")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
