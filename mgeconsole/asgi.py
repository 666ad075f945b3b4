"""Pages and the live websocket behind one ASGI application."""

import gc
import os
from importlib import import_module
from typing import Any, cast

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mgeconsole.settings")

pages = get_asgi_application()

# Imported once Django is set up, because consumers import models.
from apps.dashboard.consumers import LiveConsumer  # noqa: E402 - see the line above

# Channels routes consumers with Django's own path(), which the stubs know for views only.
sockets = cast("Any", [path("ws/live", cast("Any", LiveConsumer.as_asgi()))])

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(sockets))),
    }
)

# What is loaded now stays: collections that walk it each time cost a page more than 100 ms.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
