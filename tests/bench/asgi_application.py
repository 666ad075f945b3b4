"""A small application for measuring ASGI servers: pages and a live websocket, no database.

It has the shape of the real one: synchronous views behind the usual middleware, a template with a
form, and a consumer that answers {"sub": [...]} and passes on news to every open page.
"""

import json
import time
from pathlib import Path
from typing import Any

import django
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

SLOW_S = 1.5
NEWS = "news"

settings.configure(
    SECRET_KEY="for-measuring-only",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "channels",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    BASE_DIR=Path(__file__).parent,
    LOGGING_CONFIG=None,
)
django.setup()

SIGN_IN = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title>
</head><body><nav>{% for number in numbers %}<a href="/page/{{ number }}">Page {{ number }}</a>
{% endfor %}</nav><form method="post">{% csrf_token %}<label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label><button>Sign in</button></form>
</body></html>"""
_template = engines["django"].from_string(SIGN_IN)


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def sign_in(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_template.render({"numbers": range(100)}, request))


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(SLOW_S)
    return HttpResponse("done", content_type="text/plain")


async def announce(request: HttpRequest) -> HttpResponse:
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(NEWS, {"type": "tell"})
    return HttpResponse("announced", content_type="text/plain")


class Live(AsyncWebsocketConsumer):
    groups = [NEWS]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        topics = json.loads(text_data or "{}")["sub"]
        await self.send(text_data=json.dumps(dict.fromkeys(topics, 1)))

    async def tell(self, event: dict[str, Any]) -> None:
        await self.send(text_data='{"news": 2}')


urlpatterns = [
    path("healthz", health),
    path("accounts/sign-in", sign_in),
    path("slow", slow),
    path("announce", announce),
]

application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter([path("ws/live", Live.as_asgi())]))
        ),
    }
)
