"""The words of a message, and the patience with a channel."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.accounts.core.delivery import TUNING, is_hopeless, wait_after
from apps.accounts.core.notices import Notice, compose

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "notifications.md"


def test_a_message_says_what_happens_if_nobody_acts_and_has_one_link() -> None:
    message = compose(
        title="mp-0142 is paused",
        text="The hard cap of 200 USD is reached.",
        if_nobody_acts="the plan stays paused.",
        link="https://mge.example.org/plans/mp-0142",
    )

    assert message.title == "mp-0142 is paused"
    assert message.body == (
        "The hard cap of 200 USD is reached.\n\n"
        "If nobody acts: the plan stays paused.\n\n"
        "https://mge.example.org/plans/mp-0142"
    )


def test_a_message_without_consequence_has_no_gap() -> None:
    message = compose(title="Decided", text="Approved.", if_nobody_acts="", link="http://a/b")

    assert message.body == "Approved.\n\nhttp://a/b"


@pytest.mark.parametrize(
    ("tries", "wait_s"), [(1, 10), (2, 60), (3, 300), (4, 1800), (5, 7200), (40, 7200)]
)
def test_wait_after(tries: int, wait_s: int) -> None:
    assert wait_after(tries) == timedelta(seconds=wait_s)


@pytest.mark.parametrize(("hours", "hopeless"), [(23, False), (24, False), (25, True)])
def test_a_message_is_hopeless_after_a_day(hours: int, hopeless: bool) -> None:
    next_try_at = NOW + timedelta(hours=hours)

    assert is_hopeless(created_at=NOW, next_try_at=next_try_at) is hopeless


def test_a_lease_outlives_the_longest_send() -> None:
    assert TUNING.lease_s > 2 * TUNING.send_limit_s


@pytest.mark.parametrize("notice", Notice)
def test_the_document_says_when_it_is_sent(notice: Notice) -> None:
    assert f"\n| `{notice}` |" in DOCUMENT.read_text(encoding="utf-8")
