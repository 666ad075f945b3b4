"""News for live pages: a topic gets a new version, and whoever watches it is told.

Versions are microseconds since 1970, raised by at least one each time, so that they grow even
after Valkey lost its memory. Valkey holds them; Postgres does while Valkey is away.
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction

from apps.common.models import TopicVersion

logger = logging.getLogger(__name__)

T = TypeVar("T")

SIGNAL_GAP_S = 0.2  # at most five signals a second per topic and process
SEND_LIMIT_S = 1.0
RETRY_VALKEY_AFTER_S = 2.0
_KEY_PREFIX = "mge:topic:"
_VERSION_TTL_S = 7 * 24 * 3600

# Returns the new version of each topic: now, or one more than the last where the clock stood.
_RAISE_VERSIONS = """
local now = redis.call('TIME')
local stamp = now[1] * 1000000 + now[2]
local raised = {}
for index, key in ipairs(KEYS) do
  local last = tonumber(redis.call('GET', key) or '0')
  local version = math.max(stamp, last + 1)
  redis.call('SET', key, string.format('%.0f', version), 'EX', ARGV[1])
  raised[index] = string.format('%.0f', version)
end
return raised
"""


def announce(*topics: str) -> None:
    """Tell the watchers of these topics, once the surrounding transaction is committed."""
    transaction.on_commit(lambda: _publish(topics), robust=True)


def versions(topics: Iterable[str]) -> dict[str, int]:
    """Return the version of each topic; 0 for one that never changed. Works without Valkey."""
    wanted = list(dict.fromkeys(topics))
    if not wanted:
        return {}
    # Postgres has what changed while Valkey was away; whichever is newer counts.
    rows = TopicVersion.objects.filter(topic__in=wanted)
    known = dict.fromkeys(wanted, 0) | dict(rows.values_list("topic", "version"))
    stored = valkey.ask(lambda client: client.mget([_KEY_PREFIX + topic for topic in wanted]))
    for topic, value in zip(wanted, stored or [], strict=False):
        known[topic] = max(known[topic], int(value or 0))
    return known


def group_name(topic: str) -> str:
    """Return the channel group of a topic; group names know no other signs than these."""
    return "live." + re.sub(r"[^A-Za-z0-9._-]", "_", topic)


class ValkeyGate:
    """One Valkey client per process that is left alone for a while after it failed."""

    def __init__(self) -> None:
        self._client: redis.Redis | None = None
        self._away_until = 0.0
        self._lock = threading.Lock()

    def ask(self, question: Callable[[redis.Redis], T]) -> T | None:
        """Return the answer, or None when Valkey is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return question(self._connected())
        except (redis.RedisError, OSError):
            self._away_until = time.monotonic() + RETRY_VALKEY_AFTER_S
            logger.warning("Valkey does not answer", extra={"event": "valkey.away"})
            return None

    def answers(self) -> bool:
        """Return whether Valkey answers, without asking one that just did not."""
        return bool(self.ask(lambda client: client.ping()))

    def is_up(self) -> bool:
        """Ask Valkey itself, whatever was known before."""
        try:
            return bool(self._connected().ping())
        except (redis.RedisError, OSError):
            return False

    def _connected(self) -> redis.Redis:
        with self._lock:
            if self._client is None:
                self._client = redis.Redis.from_url(
                    settings.REDIS_URL,
                    socket_timeout=settings.REDIS_TIMEOUT_S,
                    socket_connect_timeout=settings.REDIS_TIMEOUT_S,
                    decode_responses=True,
                    retry=None,
                )
            return self._client


valkey = ValkeyGate()


def _publish(topics: tuple[str, ...]) -> None:
    unique = list(dict.fromkeys(topics))
    raised = valkey.ask(
        lambda client: client.eval(
            _RAISE_VERSIONS, len(unique), *(_KEY_PREFIX + topic for topic in unique), _VERSION_TTL_S
        )
    )
    if raised is None:
        _raise_in_postgres(unique)
        return
    for topic, version in zip(unique, raised, strict=True):
        _signals.send(topic, int(version))


def _raise_in_postgres(topics: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO common_topicversion AS kept (topic, version)"
            " VALUES (%s, (extract(epoch from clock_timestamp()) * 1000000)::bigint)"
            " ON CONFLICT (topic) DO UPDATE SET"
            " version = greatest(kept.version + 1, excluded.version)",
            [(topic,) for topic in topics],
        )


class Signals:
    """Sends at most one signal per topic and gap; the last one is never lost, only late."""

    def __init__(self, gap_s: float = SIGNAL_GAP_S) -> None:
        self._gap_s = gap_s
        self._sent_at: dict[str, float] = {}
        self._waiting: dict[str, int] = {}
        self._lock = threading.Lock()

    def send(self, topic: str, version: int) -> None:
        """Send now when the last signal is old enough, else when the gap has passed."""
        now = time.monotonic()
        with self._lock:
            wait_s = self._sent_at.get(topic, -self._gap_s) + self._gap_s - now
            if wait_s > 0:
                if topic not in self._waiting:
                    timer = threading.Timer(wait_s, self._send_waiting, args=(topic,))
                    timer.daemon = True
                    timer.start()
                self._waiting[topic] = version
                return
            self._sent_at[topic] = now
            if len(self._sent_at) > 10_000:
                self._sent_at = {topic: now}
        _group_send(topic, version)

    def _send_waiting(self, topic: str) -> None:
        with self._lock:
            version = self._waiting.pop(topic)
            self._sent_at[topic] = time.monotonic()
        _group_send(topic, version)


_signals = Signals()


def _group_send(topic: str, version: int) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    message = {"type": "topic.changed", "topic": topic, "version": version}

    async def bounded(group: str, news: dict[str, object]) -> None:
        # A Valkey that hangs must not hold up whoever announced.
        await asyncio.wait_for(layer.group_send(group, news), SEND_LIMIT_S)

    send = async_to_sync(bounded)
    try:
        send(group_name(topic), message)
    except (redis.RedisError, OSError):
        _send_again(send, topic, message)


def _send_again(send: Callable[..., object], topic: str, message: dict[str, object]) -> None:
    """Try once more: after a restart of Valkey the layer finds its old connections closed."""
    try:
        send(group_name(topic), message)
    except (redis.RedisError, OSError):
        logger.warning("A signal was not sent", extra={"event": "signal.lost", "topic": topic})
