"""The real channels, against a web server on loopback."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from apps.accounts.actions import notify
from apps.accounts.adapters.channels import AppriseChannel, channels_of
from apps.accounts.core.delivery import NotDelivered
from apps.accounts.core.notices import Message, Notice
from apps.accounts.models import Delivery
from apps.accounts.tasks import send_notifications
from mgeconsole.settings import urls_in

# Apprise loads all of its services at once, and one of them still asks for that module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = Message("Paused", "The cap <200 USD> is reached.\n\nhttp://127.0.0.1:8000/plans/mp-0142")


@dataclass
class Hook:
    """What a web hook was sent, and what it answers."""

    port: int = 0
    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/a-secret-path"


@pytest.fixture
def hook() -> Iterator[Hook]:
    state = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            state.bodies.append(json.loads(self.rfile.read(length)))
            self.send_response(state.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_arrives_as_plain_text(hook: Hook) -> None:
    (channel,) = channels_of([hook.url])

    channel.send(MESSAGE)

    (body,) = hook.bodies
    assert (body["title"], body["message"]) == (MESSAGE.title, MESSAGE.body)


def test_a_refusal_says_why_without_the_secrets_of_the_url(hook: Hook) -> None:
    hook.status = 503
    with pytest.raises(NotDelivered, match="503"):
        AppriseChannel(hook.url, 1).send(MESSAGE)
    with pytest.raises(NotDelivered) as unreachable:
        AppriseChannel("json://somebody:hunter22@127.0.0.1:1/a-secret-path", 2).send(MESSAGE)

    assert "Connection error" in str(unreachable.value)
    assert "127.0.0.1" not in str(unreachable.value)


def test_lines_of_apprise_stay_out_of_the_log() -> None:
    assert not logging.getLogger("apprise").propagate


@pytest.mark.parametrize("url", ["nonsense://a-secret", "slack://only-one-token"])
def test_a_url_that_nobody_understands_is_a_failure(url: str) -> None:
    with pytest.raises(NotDelivered, match="does not know"):
        AppriseChannel(url, 1).send(MESSAGE)


def test_a_channel_is_known_by_a_digest_of_its_url() -> None:
    mail, chat, mail_again = (
        "mailtos://me:hunter22@example.org",
        "slack://T0/B0/secret",
        "mailtos://me:hunter22@example.org",
    )
    channels = channels_of([mail, chat, mail_again])

    assert [channel.label for channel in channels] == ["mailtos #1", "slack #2"]
    assert channels[0].digest == channels_of([mail])[0].digest != channels[1].digest
    assert "hunter22" not in channels[0].digest + channels[0].label


@pytest.mark.django_db
def test_the_task_sends_through_the_configured_channels(hook: Hook, settings: Settings) -> None:
    settings.NOTIFY_URLS = [hook.url]
    settings.PUBLIC_URL = "https://mge.example.org"
    notify(kind=Notice.SOFT_CAP, title="Soft cap", text="Reached.", path="/plans/mp-0142")

    send_notifications(sent_by="a newer version")
    send_notifications()

    (body,) = hook.bodies
    assert body["message"] == "Reached.\n\nhttps://mge.example.org/plans/mp-0142"
    assert "a-secret-path" not in str(Delivery.objects.values_list())


@pytest.mark.django_db
def test_a_failure_is_kept_and_logged(
    hook: Hook, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 500
    settings.NOTIFY_URLS = [hook.url]
    notify(kind=Notice.SOFT_CAP, title="Soft cap", text="Reached.", path="/plans/mp-0142")

    send_notifications()

    assert "500" in Delivery.objects.get().last_error
    ours = [record for record in caplog.records if record.name.startswith("apps.")]
    assert [(record.levelno, record.message) for record in ours] == [
        (logging.WARNING, "A message was not delivered; it is tried again")
    ]


def test_the_command_tries_every_channel(
    hook: Hook, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.NOTIFY_URLS = [hook.url]
    call_command("send_test_message")
    assert capsys.readouterr().out == "json #1: sent\n"
    assert len(hook.bodies) == 1

    settings.NOTIFY_URLS = [hook.url, "nonsense://a-secret"]
    with pytest.raises(CommandError, match="No message went to nonsense #2"):
        call_command("send_test_message")

    settings.NOTIFY_URLS = []
    with pytest.raises(CommandError, match="names no channel"):
        call_command("send_test_message")


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        (" ", []),
        ("slack://T0/B0/x", ["slack://T0/B0/x"]),
        (
            "slack://a/b/c,json://d\n  mailtos://e@f ,",
            ["slack://a/b/c", "json://d", "mailtos://e@f"],
        ),
        ("mailtos://me@a?to=b@c,d@e json://f", ["mailtos://me@a?to=b@c,d@e", "json://f"]),
    ],
)
def test_urls_in(text: str, urls: list[str]) -> None:
    assert urls_in("NOTIFY_URLS", text) == urls


@pytest.mark.parametrize("text", ["hunter22", "slack://a/b/c hunter22"])
def test_text_that_is_no_url_stops_the_start_and_is_not_quoted(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="NOTIFY_URLS is no URL") as refusal:
        urls_in("NOTIFY_URLS", text)

    assert "hunter22" not in str(refusal.value)
