from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import RequestContext, Template
from django.test import RequestFactory

MOMENT = datetime(2026, 11, 22, 15, 4, 12, tzinfo=UTC)


def rendered(source: str, address: str = "/", **facts: Any) -> str:
    request = RequestFactory().get(address)
    template = Template("{% load console %}" + source)
    return template.render(RequestContext(request, facts, processors=[]))


@pytest.mark.parametrize(
    ("source", "facts", "text"),
    [
        ("{{ n|count:'atom' }}", {"n": 2}, "2 atoms"),
        ("{{ n|count:'try,tries' }}", {"n": 2}, "2 tries"),
        ("{{ n|ms }}", {"n": 850}, "850 ms"),
        ("{{ n|ms }}", {"n": None}, "–"),
        ("{{ n|minus:3 }}", {"n": 10}, "7"),
        ("{{ n|clock }}", {"n": None}, "–"),
    ],
)
def test_filter(source: str, facts: dict[str, Any], text: str) -> None:
    assert rendered(source, **facts) == text


@pytest.mark.parametrize(
    ("name", "style", "text"),
    [
        ("clock", "time", "15:04 UTC"),
        ("clock_s", "seconds", "15:04:12 UTC"),
        ("day_clock", "day", "22 Nov 2026, 15:04 UTC"),
    ],
)
def test_time_carries_its_moment(name: str, style: str, text: str) -> None:
    assert rendered("{{ at|" + name + " }}", at=MOMENT) == (
        f'<time datetime="2026-11-22T15:04:12+00:00" data-local="{style}"'
        f' title="22 Nov 2026, 15:04 UTC">{text}</time>'
    )


def test_ago_is_kept_up_to_date_by_the_browser() -> None:
    assert 'data-local="ago"' in rendered("{{ at|ago }}", at=MOMENT)


def test_icon_is_decoration() -> None:
    assert rendered('{% icon "sync" "s spin" %}') == (
        '<svg class="i s spin" aria-hidden="true"><use href="/static/icons.svg#sync"/></svg>'
    )


def test_icon_with_a_label_speaks() -> None:
    assert 'role="img" aria-label="&lt;b&gt;"' in rendered('{% icon "sync" "" word %}', word="<b>")


@pytest.mark.parametrize(
    ("address", "tag", "expected"),
    [
        ("/plans?q=a%26b", '{% with_query state="paused" %}', "?q=a%26b&amp;state=paused"),
        ("/plans?q=a&state=x", "{% with_query state=None %}", "?q=a"),
        ("/plans?state=x", "{% with_query state=None %}", "/plans"),
        ("/plans?a=1&a=2", "{% with_query %}", "?a=1&amp;a=2"),
    ],
)
def test_with_query(address: str, tag: str, expected: str) -> None:
    assert rendered(tag, address) == expected
