import time

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.common import events
from apps.common.models import TopicVersion

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def without_valkey(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = NOWHERE
    monkeypatch.setattr(events, "valkey", events.ValkeyGate())


@pytest.mark.django_db
class TestVersions:
    def test_a_topic_that_never_changed_is_at_zero(self) -> None:
        assert events.versions(["test.never"]) == {"test.never": 0}

    def test_no_topics(self) -> None:
        assert events.versions([]) == {}

    def test_announcing_raises_the_version(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            events.announce("test.raised")
        first = events.versions(["test.raised"])["test.raised"]
        with django_capture_on_commit_callbacks(execute=True):
            events.announce("test.raised")
        second = events.versions(["test.raised"])["test.raised"]

        assert 0 < first < second
        assert second / 1_000_000 == pytest.approx(time.time(), abs=60)

    def test_nothing_is_announced_before_the_commit(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks() as callbacks:
            events.announce("test.waiting")

        assert events.versions(["test.waiting"]) == {"test.waiting": 0}
        assert len(callbacks) == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_rollback_announces_nothing(self) -> None:
        with transaction.atomic():
            events.announce("test.rolled_back")
            transaction.set_rollback(True)

        assert events.versions(["test.rolled_back"]) == {"test.rolled_back": 0}

    def test_versions_grow_after_valkey_lost_its_memory(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            events.announce("test.flushed")
        before = events.versions(["test.flushed"])["test.flushed"]
        events.valkey.ask(lambda client: client.delete("mge:topic:test.flushed"))
        with django_capture_on_commit_callbacks(execute=True):
            events.announce("test.flushed")

        assert events.versions(["test.flushed"])["test.flushed"] > before


@pytest.mark.django_db
@pytest.mark.usefixtures("without_valkey")
class TestWithoutValkey:
    def test_postgres_keeps_the_versions(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            events.announce("test.kept")
        first = events.versions(["test.kept"])["test.kept"]
        with django_capture_on_commit_callbacks(execute=True):
            events.announce("test.kept")

        assert 0 < first < events.versions(["test.kept"])["test.kept"]
        assert TopicVersion.objects.filter(topic="test.kept").count() == 1

    def test_it_is_left_alone_for_a_while(self) -> None:
        assert events.valkey.ask(lambda client: client.ping()) is None
        asked: list[int] = []

        events.valkey.ask(lambda client: asked.append(1))

        assert asked == []

    def test_it_is_down(self) -> None:
        assert events.valkey.is_up() is False


def test_valkey_is_up() -> None:
    assert events.valkey.is_up() is True


@pytest.mark.parametrize(
    ("topic", "group"),
    [
        ("mp.mp-0142.waves", "live.mp.mp-0142.waves"),
        ("a b/c:d", "live.a_b_c_d"),
    ],
)
def test_group_name(topic: str, group: str) -> None:
    assert events.group_name(topic) == group


class TestSignals:
    def test_the_first_is_sent_at_once_and_the_last_is_never_lost(self, settings) -> None:
        # The layer's locks belong to one event loop; assigning makes Channels start anew.
        settings.CHANNEL_LAYERS = dict(settings.CHANNEL_LAYERS)
        layer = get_channel_layer()
        assert layer is not None
        signals = events.Signals(gap_s=0.05)

        async def listen() -> list[int]:
            channel = await layer.new_channel()
            await layer.group_add(events.group_name("test.signals"), channel)
            heard: list[int] = []
            for version in range(1, 6):
                await sync_to_async(signals.send)("test.signals", version)
            while not heard or heard[-1] != 5:
                heard.append((await layer.receive(channel))["version"])
            await layer.group_discard(events.group_name("test.signals"), channel)
            return heard

        heard = async_to_sync(listen)()

        assert heard[0] == 1
        assert heard[-1] == 5
        assert len(heard) < 5
