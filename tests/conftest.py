"""What every test gets."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models.signals import post_migrate
from django.test import override_settings
from hypothesis import settings as hypothesis_settings

# No test fails because the machine is slow.
hypothesis_settings.register_profile("console", deadline=None)
hypothesis_settings.load_profile("console")


def _set_price_of_replay(**_: object) -> None:
    """Give the replay model the price that a migration gave it, after a test emptied every table."""
    from tests.factories import PriceFactory

    PriceFactory(provider="local", model="replay-1", input_usd="0.25", output_usd="1.25")


@pytest.fixture(scope="session", autouse=True)
def _price_survives_flush() -> Iterator[None]:
    budgets = apps.get_app_config("budgets")
    post_migrate.connect(_set_price_of_replay, sender=budgets)
    yield
    post_migrate.disconnect(_set_price_of_replay, sender=budgets)


@pytest.fixture(scope="session", autouse=True)
def _gate_off() -> Iterator[None]:
    """Only tests of the gate need a sandbox; the plans of the others pass without one."""
    with override_settings(ACCEPTANCE_GATE="off"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _plain_static_files() -> Iterator[None]:
    """Serve static files under their own names: nothing has been collected for the tests."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield
