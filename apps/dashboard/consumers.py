"""The live websocket: a page says what it shows, the server says when that changed."""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest

from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.dashboard.live import switchboard

SIGNED_OUT = 4401
FORBIDDEN = 4403
NOT_UNDERSTOOD = 4400
MAX_TOPICS = 200
GAP_S = 0.2  # at most five messages a second to one page
SESSION_CHECK_S = 300.0
DEGRADED = "degraded"  # beside the topics of a message; no topic is called so

# Who may watch which topic. A shape that is not here is never told.
TOPIC_ACTIONS: tuple[tuple[re.Pattern[str], Action], ...] = (
    (re.compile(r"mp\.list"), Action.VIEW),
    (re.compile(r"mp\.mp-\d{4,9}\.[a-z]{1,20}"), Action.VIEW),
    (re.compile(r"atom\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), Action.VIEW),
    (re.compile(r"approvals|cost|approval\.ovr-\d{4,9}"), Action.VIEW),
    (re.compile(r"status"), Action.VIEW_HEALTH),
)


def action_for(topic: str) -> Action | None:
    """Return what a user must be allowed to do to watch the topic; None for an unknown shape."""
    return next((action for shape, action in TOPIC_ACTIONS if shape.fullmatch(topic)), None)


def topics_asked(text: str) -> list[str] | None:
    """Return the topics of {"sub": [...]}, the first 200 of them; None for anything else."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    asked = message.get("sub") if isinstance(message, dict) else None
    if not isinstance(asked, list) or not all(isinstance(topic, str) for topic in asked):
        return None
    return list(dict.fromkeys(asked))[:MAX_TOPICS]


class LiveConsumer(AsyncWebsocketConsumer):
    """Sends {topic: version, ...}; holds nothing secret, the page fetches through its views.

    {"degraded": true} says that the news come late, because Valkey is away; false, that it is back.
    """

    channel_layer_alias = "unused"  # the switchboard listens for all pages of the process

    session_check_s = SESSION_CHECK_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user: User | None = None
        self._sent: dict[str, int] = {}
        self._news: dict[str, int] = {}
        self._was_degraded = False  # what the page knows
        self._is_degraded = False
        self._sender: asyncio.Task[None] | None = None
        self._guard: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Leave nothing running, however the connection ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            for task in (self._guard, self._sender):
                if task is not None:
                    task.cancel()
            await switchboard.leave(self)

    async def connect(self) -> None:
        """Accept first: a browser is told the close code of an accepted socket only."""
        await self.accept()
        self._user = await self._signed_in()
        if self._user is None:
            await self.close(SIGNED_OUT)
            return
        if not await self._may(Action.VIEW):
            await self.close(FORBIDDEN)
            return
        self._guard = asyncio.create_task(self._watch_session())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take {"sub": [...]}, which replaces the topics before; answer with their versions."""
        if self._user is None:
            return
        asked = topics_asked(text_data or "")
        if asked is None:
            await self.close(NOT_UNDERSTOOD)
            return
        topics = [topic for topic in asked if await self._may_watch(topic)]
        try:
            versions = await switchboard.watch(self, topics)
        except DatabaseError:
            return  # the page asks again, and meanwhile counts as not live
        self._sent = dict(versions)
        self._news.clear()
        self._is_degraded = switchboard.is_degraded
        await self._send(versions)

    def tell(self, versions: Mapping[str, int]) -> None:
        """Pass on what is newer than what the page knows, soon."""
        for topic, version in versions.items():
            if version > max(self._sent.get(topic, 0), self._news.get(topic, 0)):
                self._news[topic] = version
        self._send_soon()

    def tell_degraded(self, *, is_degraded: bool) -> None:
        """Pass it on, with the news if there are any."""
        self._is_degraded = is_degraded
        self._send_soon()

    @property
    def _has_news(self) -> bool:
        return bool(self._news) or self._is_degraded != self._was_degraded

    def _send_soon(self) -> None:
        if self._has_news and (self._sender is None or self._sender.done()):
            self._sender = asyncio.create_task(self._send_news())

    async def _send_news(self) -> None:
        while self._has_news:
            news, self._news = self._news, {}
            self._sent.update(news)
            await self._send(news)
            await asyncio.sleep(GAP_S)

    async def _send(self, versions: Mapping[str, int]) -> None:
        message: dict[str, int | bool] = dict(versions)
        if self._is_degraded != self._was_degraded:
            message[DEGRADED] = self._was_degraded = self._is_degraded
        await self.send(text_data=json.dumps(message))

    async def _may_watch(self, topic: str) -> bool:
        action = action_for(topic)
        return action is not None and await self._may(action)

    async def _may(self, action: Action) -> bool:
        return self._user is not None and await database_sync_to_async(self._user.may)(action)

    async def _watch_session(self) -> None:
        while True:
            await asyncio.sleep(self.session_check_s)
            with suppress(DatabaseError):
                self._user = await self._signed_in()
                if self._user is None:
                    await self.close(SIGNED_OUT)
                    return
                if not await self._may(Action.VIEW):
                    await self.close(FORBIDDEN)
                    return

    async def _signed_in(self) -> User | None:
        return await database_sync_to_async(_user_of)(self.scope["session"].session_key)


def _user_of(session_key: str | None) -> User | None:
    """Return the user of the session as it is stored now; the scope holds an older reading."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) else None
