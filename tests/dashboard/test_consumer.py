"""The live websocket, through the whole ASGI application, over the real channel layer."""

import socket as socket_module
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.models import Session
from django.test import Client

from apps.accounts.core.roles import Action, Role
from apps.accounts.models import User
from apps.common import events
from apps.dashboard import consumers, live
from apps.dashboard.consumers import LiveConsumer, action_for, topics_asked
from tests.factories import UserFactory

PATIENCE_S = 3
ATOM = "atom.7a4c7c1e-6f5e-4f0e-9b76-0c2f5a0a4a11"


@pytest.fixture(autouse=True)
def _a_layer_of_its_own(settings: Any) -> Any:
    """Each test has an event loop of its own, and the layer's locks belong to one loop."""
    settings.CHANNEL_LAYERS = dict(settings.CHANNEL_LAYERS)  # assigning makes Channels start anew
    yield
    assert live.switchboard.page_count == 0


def session_of(role: Role | None) -> str:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser.cookies["sessionid"].value


@asynccontextmanager
async def socket(
    session: str = "", origin: str = "http://localhost"
) -> AsyncIterator[WebsocketCommunicator]:
    from mgeconsole.asgi import application  # sets up the pages, which want the static folder

    headers = [(b"origin", origin.encode()), (b"cookie", f"sessionid={session}".encode())]
    communicator = WebsocketCommunicator(application, "/ws/live", headers)
    try:
        yield communicator
    finally:
        await communicator.disconnect()


@asynccontextmanager
async def viewer() -> AsyncIterator[WebsocketCommunicator]:
    session = await sync_to_async(session_of)(Role.VIEWER)
    async with socket(session) as communicator:
        accepted, _ = await communicator.connect(timeout=PATIENCE_S)
        assert accepted
        yield communicator


async def ask(communicator: WebsocketCommunicator, *topics: str) -> dict[str, int]:
    await communicator.send_json_to({"sub": list(topics)})
    return await hear(communicator)


async def hear(communicator: WebsocketCommunicator, timeout_s: float = PATIENCE_S) -> Any:
    return await communicator.receive_json_from(timeout=timeout_s)


async def close_code(communicator: WebsocketCommunicator) -> int:
    message = await communicator.receive_output(timeout=PATIENCE_S)
    assert message["type"] == "websocket.close"
    return int(message["code"])


async def announce(topic: str) -> None:
    await sync_to_async(events.announce)(topic)


@pytest.mark.parametrize(
    ("topic", "action"),
    [
        ("mp.list", Action.VIEW),
        ("mp.mp-0142.summary", Action.VIEW),
        (ATOM, Action.VIEW),
        ("status", Action.VIEW_HEALTH),
        ("mp.mp-0142", None),
        ("mp.mp-0142.summary\n", None),
        ("budget", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_action_for(topic: str, action: Action | None) -> None:
    assert action_for(topic) is action


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ('{"sub": ["a", "b", "a"]}', ["a", "b"]),
        ('{"sub": []}', []),
        ('{"sub": "a"}', None),
        ('{"sub": [1]}', None),
        ("{}", None),
        ("[]", None),
        ("not json", None),
        ("[" * 200_000, None),
        ("", None),
    ],
)
def test_topics_asked(text: str, topics: list[str] | None) -> None:
    assert topics_asked(text) == topics


def test_a_page_may_watch_two_hundred_topics() -> None:
    asked = topics_asked('{"sub": [' + ",".join(f'"t{n}"' for n in range(300)) + "]}")

    assert asked is not None
    assert len(asked) == consumers.MAX_TOPICS


@pytest.mark.django_db(transaction=True)
class TestWhoMayConnect:
    async def test_stranger_is_told_to_sign_in(self) -> None:
        async with socket() as communicator:
            await communicator.connect(timeout=PATIENCE_S)

            assert await close_code(communicator) == consumers.SIGNED_OUT

    async def test_made_up_session(self) -> None:
        async with socket("no-such-session") as communicator:
            await communicator.connect(timeout=PATIENCE_S)

            assert await close_code(communicator) == consumers.SIGNED_OUT

    async def test_somebody_without_a_role(self) -> None:
        session = await sync_to_async(session_of)(None)
        async with socket(session) as communicator:
            await communicator.connect(timeout=PATIENCE_S)

            assert await close_code(communicator) == consumers.FORBIDDEN

    async def test_page_of_another_site(self) -> None:
        session = await sync_to_async(session_of)(Role.VIEWER)
        async with socket(session, origin="https://evil.example") as communicator:
            accepted, _ = await communicator.connect(timeout=PATIENCE_S)

            assert not accepted

    async def test_what_is_not_understood_closes(self) -> None:
        async with viewer() as communicator:
            await communicator.send_to(text_data="nonsense")

            assert await close_code(communicator) == consumers.NOT_UNDERSTOOD

    async def test_end_of_the_session_closes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LiveConsumer, "session_check_s", 0.05)
        async with viewer() as communicator:
            await Session.objects.all().adelete()

            assert await close_code(communicator) == consumers.SIGNED_OUT

    async def test_end_of_the_role_closes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LiveConsumer, "session_check_s", 0.05)
        async with viewer() as communicator:
            await User.groups.through.objects.all().adelete()

            assert await close_code(communicator) == consumers.FORBIDDEN


@pytest.mark.django_db(transaction=True)
class TestNews:
    async def test_answer_holds_the_versions_of_what_may_be_watched(self) -> None:
        await announce("mp.list")
        async with viewer() as communicator:
            versions = await ask(communicator, "mp.list", "mp.mp-9992.waves", "secret")

        assert versions["mp.list"] > 0
        assert versions["mp.mp-9992.waves"] == 0
        assert "secret" not in versions

    async def test_page_without_live_blocks(self) -> None:
        async with viewer() as communicator:
            assert await ask(communicator) == {}

    async def test_change_is_told(self) -> None:
        async with viewer() as communicator:
            known = await ask(communicator, ATOM)
            await announce(ATOM)
            news = await hear(communicator)

        assert news[ATOM] > known[ATOM]

    async def test_change_of_another_topic_is_not(self) -> None:
        async with viewer() as communicator:
            await ask(communicator, "mp.list")
            await announce("mp.mp-9998.waves")

            assert await communicator.receive_nothing(timeout=0.5)

    async def test_later_question_replaces_the_topics(self) -> None:
        async with viewer() as communicator:
            await ask(communicator, "mp.mp-9999.waves")
            await ask(communicator, "mp.mp-9999.summary")
            await announce("mp.mp-9999.waves")

            assert await communicator.receive_nothing(timeout=0.5)

    async def test_burst_is_a_few_messages_and_the_last_one_arrives(self) -> None:
        async with viewer() as communicator:
            await ask(communicator, "mp.mp-9997.waves")
            for _ in range(100):
                await announce("mp.mp-9997.waves")
            last = (await sync_to_async(events.versions)(["mp.mp-9997.waves"]))["mp.mp-9997.waves"]
            messages = 0
            heard = 0
            while heard < last:
                heard = (await hear(communicator))["mp.mp-9997.waves"]
                messages += 1

        assert messages < 10


@pytest.mark.django_db(transaction=True)
class TestHealing:
    async def test_pulse_tells_what_no_signal_told(self) -> None:
        topic = "mp.mp-9996.waves"
        async with viewer() as communicator:
            await ask(communicator, topic)
            await sync_to_async(set_silently)(topic, 77)
            await live.switchboard.pulse()

            assert await hear(communicator) == {topic: 77}

    async def test_groups_come_back_after_valkey_lost_its_memory(self) -> None:
        topic = "mp.mp-9995.waves"
        async with viewer() as communicator:
            await ask(communicator, topic)
            await live.switchboard.pulse()
            await sync_to_async(forget_all)(topic)
            await live.switchboard.pulse()
            await announce(topic)

            assert (await hear(communicator))[topic] > 0

    async def test_socket_outlives_valkey(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        topic = "mp.mp-9994.waves"
        monkeypatch.setattr(live, "RETRY_S", 0.05)
        with Cable(settings.REDIS_URL) as cable:
            settings.CHANNEL_LAYERS = layer_at(cable.url, settings.CHANNEL_LAYERS)
            settings.REDIS_URL = cable.url
            monkeypatch.setattr(events, "valkey", events.ValkeyGate())
            async with viewer() as communicator:
                await ask(communicator, topic)
                cable.cut()
                await announce(topic)
                await live.switchboard.pulse()
                news = await hear(communicator)
                assert news["degraded"] is True
                assert news[topic] > 0

                cable.mend()
                monkeypatch.setattr(events, "valkey", events.ValkeyGate())
                await live.switchboard.pulse()
                assert (await hear(communicator))["degraded"] is False
                # The first signals may still take a dead connection of the pool.
                for _ in range(10):
                    await announce(topic)
                    if not await communicator.receive_nothing(timeout=0.3):
                        break
                assert (await hear(communicator))[topic] > 0

    async def test_pages_are_told_of_a_valkey_that_hangs(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        topic = "mp.mp-9990.waves"
        monkeypatch.setattr(live, "LAYER_PATIENCE_S", 0.1)
        with Cable(settings.REDIS_URL) as cable:
            settings.CHANNEL_LAYERS = layer_at(cable.url, settings.CHANNEL_LAYERS)
            settings.REDIS_URL = cable.url
            monkeypatch.setattr(events, "valkey", events.ValkeyGate())
            async with viewer() as early, viewer() as late:
                assert "degraded" not in await ask(early, topic)
                cable.freeze()
                await live.switchboard.pulse()
                assert await hear(early) == {"degraded": True}
                assert (await ask(late, "mp.list"))["degraded"] is True

                cable.thaw()
                monkeypatch.setattr(events, "valkey", events.ValkeyGate())
                await live.switchboard.pulse()
                assert (await hear(early))["degraded"] is False
                assert (await hear(late))["degraded"] is False


class Cable:
    """A way to Valkey that can be cut and mended, or frozen and thawed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._far = (parts.hostname or "", parts.port or 0)
        self._ends: list[socket_module.socket] = []
        self._listener = socket_module.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = url.replace(f":{parts.port}", f":{port}")
        self._is_cut = False
        self._flows = threading.Event()
        self._flows.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Cable":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket_module.SHUT_RDWR)
        self._listener.close()
        self.thaw()
        self._drop()

    def cut(self) -> None:
        self._is_cut = True
        self._drop()

    def mend(self) -> None:
        self._is_cut = False

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    def _drop(self) -> None:
        while self._ends:
            end = self._ends.pop()
            with suppress(OSError):
                end.shutdown(socket_module.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket_module.create_connection(self._far)
            self._ends += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket_module.socket, target: socket_module.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)


def set_silently(topic: str, version: int) -> None:
    events.valkey.ask(lambda client: client.set(f"mge:topic:{topic}", version))


def forget_all(topic: str) -> None:
    group = f"mge:group:{events.group_name(topic)}"
    events.valkey.ask(lambda client: client.delete(group, "mge:live:epoch", f"mge:topic:{topic}"))


def layer_at(url: str, layers: Mapping[str, Any]) -> dict[str, Any]:
    default = layers["default"]
    return {"default": {**default, "CONFIG": {**default["CONFIG"], "hosts": [url]}}}


@pytest.mark.django_db(transaction=True)
async def test_one_channel_serves_all_pages_of_a_process() -> None:
    topic = "mp.mp-9993.waves"
    async with viewer() as one, viewer() as other:
        await ask(one, topic)
        await ask(other, topic)
        layer: Any = get_channel_layer()
        members = await layer.connection(0).zcard(f"mge:group:{events.group_name(topic)}")
        await announce(topic)

        assert members == 1
        assert await hear(one) == await hear(other)
