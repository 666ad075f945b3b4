import pytest
from django.db import OperationalError, connection
from django.test import Client

from apps.common import events
from apps.dashboard import health


def test_healthz_asks_nobody(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_readyz(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"postgres": "ok", "migrations": "ok", "valkey": "ok"},
    }


@pytest.mark.django_db
def test_readyz_without_valkey_is_degraded(
    client: Client, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(events, "valkey", events.ValkeyGate())
    health.valkey_answers.forget()

    response = client.get("/readyz")
    health.valkey_answers.forget()

    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"]["valkey"] == "does not answer"


@pytest.mark.django_db
def test_readyz_without_postgres(client: Client) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["postgres"] == "does not answer"


@pytest.mark.django_db
def test_readyz_with_a_migration_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "readiness", health.Readiness())
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id IN"
            " (SELECT id FROM django_migrations WHERE app = 'execution' ORDER BY id DESC LIMIT 1)"
        )

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == "not applied"


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_probes_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
