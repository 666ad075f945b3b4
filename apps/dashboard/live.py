"""One listener per process between the channel layer and the open pages.

A socket of its own per page in the channel layer would break with Valkey and cost a write per
page and topic. Here the process joins each group once, and tells its pages what changed. Signals
may be lost; the pulse finds every version that grew without one. It also finds out that Valkey is
away, whether it refuses or hangs, and tells the pages, which then ask by themselves.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Iterable, Mapping
from typing import Protocol, TypeVar

import redis
from channels.db import database_sync_to_async
from channels.layers import BaseChannelLayer, get_channel_layer
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from apps.common import events

logger = logging.getLogger(__name__)

T = TypeVar("T")

PULSE_S = 5.0
RETRY_S = 1.0
LAYER_PATIENCE_S = 2.0  # a Valkey that hangs answers nothing and refuses nothing
_EPOCH_KEY = "mge:live:epoch"  # gone when Valkey lost its memory, and with it all groups


class Watcher(Protocol):
    """An open page."""

    def tell(self, versions: Mapping[str, int]) -> None:
        """Take the versions of some topics; may be called with what is known already."""

    def tell_degraded(self, *, is_degraded: bool) -> None:
        """Take that news only come with the pulse, because Valkey is away, or that it is back."""


class Switchboard:
    """The open pages of this process and the topics that they watch."""

    def __init__(self, pulse_s: float = PULSE_S) -> None:
        self._pulse_s = pulse_s
        self._watched: dict[Watcher, frozenset[str]] = {}
        self._joined: set[str] = set()
        self._channel = ""
        self._epoch = ""
        self._is_degraded = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def page_count(self) -> int:
        """How many pages are open on this process."""
        return len(self._watched)

    @property
    def is_degraded(self) -> bool:
        """Whether Valkey was away when it was last asked."""
        return self._is_degraded

    async def watch(self, watcher: Watcher, topics: Iterable[str]) -> dict[str, int]:
        """Tell the watcher of these topics from now on; return their versions."""
        self._start()
        wanted = frozenset(topics)
        self._watched[watcher] = wanted
        # Joined first: what changes after the versions are read then comes as a signal.
        await self._join(wanted)
        return await self._look(wanted)

    async def leave(self, watcher: Watcher) -> None:
        """Forget the watcher, and the groups that only it was in."""
        topics = self._watched.pop(watcher, frozenset())
        await self._part(topics - self._wanted())
        if not self._watched:
            self._stop()

    def deliver(self, versions: Mapping[str, int]) -> None:
        """Tell every watcher about those of its topics that are among these."""
        for watcher, topics in list(self._watched.items()):
            news = {topic: version for topic, version in versions.items() if topic in topics}
            if news:
                watcher.tell(news)

    async def pulse(self) -> None:
        """Join what Valkey forgot, leave what nobody watches, deliver what grew unheard."""
        await self._check_epoch()
        wanted = self._wanted()
        await self._part(self._joined - wanted)
        await self._join(wanted)
        self.deliver(await self._look(wanted))

    async def _look(self, topics: Iterable[str]) -> dict[str, int]:
        versions, is_degraded = await database_sync_to_async(_versions)(topics)
        if is_degraded != self._is_degraded:
            self._is_degraded = is_degraded
            for watcher in list(self._watched):
                watcher.tell_degraded(is_degraded=is_degraded)
        return versions

    def _wanted(self) -> frozenset[str]:
        return frozenset().union(*self._watched.values())

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._tasks and self._loop is loop:
            return
        self._loop = loop
        self._joined.clear()
        self._tasks = [
            loop.create_task(self._listen(), name="live.listen"),
            loop.create_task(self._beat(), name="live.beat"),
        ]

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self._joined.clear()
        self._channel = ""

    def _goes_on(self) -> bool:
        """Whether the running task is still wanted: the layer may swallow a cancellation."""
        return asyncio.current_task() in self._tasks

    async def _listen(self) -> None:
        while self._goes_on():
            try:
                message = await _layer().receive(await self._own_channel())
                self.deliver({message["topic"]: message["version"]})
            except (redis.RedisError, OSError):
                await asyncio.sleep(RETRY_S)

    async def _beat(self) -> None:
        while self._goes_on():
            await asyncio.sleep(self._pulse_s)
            try:
                await self.pulse()
            except DatabaseError:
                logger.warning("Versions were not read", extra={"event": "live.no_versions"})

    async def _own_channel(self) -> str:
        if not self._channel:
            self._channel = await _layer().new_channel()  # a name only, Valkey is not asked
        return self._channel

    async def _join(self, topics: Iterable[str]) -> None:
        try:
            for topic in frozenset(topics) - self._joined:
                channel = await self._own_channel()
                await _in_time(_layer().group_add(events.group_name(topic), channel))
                self._joined.add(topic)
        except (redis.RedisError, OSError):
            return  # the next pulse tries again

    async def _part(self, topics: Iterable[str]) -> None:
        try:
            for topic in frozenset(topics) & self._joined:
                channel = await self._own_channel()
                await _in_time(_layer().group_discard(events.group_name(topic), channel))
                self._joined.discard(topic)
        except (redis.RedisError, OSError):
            return

    async def _check_epoch(self) -> None:
        epoch = await database_sync_to_async(_epoch)()
        if epoch and epoch != self._epoch:
            self._epoch = epoch
            self._joined.clear()


switchboard = Switchboard()


async def _in_time(call: Awaitable[T]) -> T:
    """Await the channel layer; TimeoutError, which is an OSError, when it takes too long."""
    return await asyncio.wait_for(call, LAYER_PATIENCE_S)


def _versions(topics: Iterable[str]) -> tuple[dict[str, int], bool]:
    """Return the versions, and whether Valkey is away."""
    return events.versions(topics), not events.valkey.answers()


def _layer() -> BaseChannelLayer:
    layer = get_channel_layer()
    if layer is None:
        raise ImproperlyConfigured("CHANNEL_LAYERS has no default.")
    return layer


def _epoch() -> str:
    fresh = uuid.uuid4().hex

    def ask(client: redis.Redis) -> str:
        return fresh if client.set(_EPOCH_KEY, fresh, nx=True) else str(client.get(_EPOCH_KEY))

    return events.valkey.ask(ask) or ""
