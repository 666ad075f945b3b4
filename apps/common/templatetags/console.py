"""Filters and tags of every template: `{% load console %}`."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.common import display

register = template.Library()

register.filter("usd", display.usd)
register.filter("usd_cap", display.usd_cap)
register.filter("duration", display.duration)
register.filter("stopwatch", display.stopwatch)
register.filter("percent", display.percent)
register.filter("width", display.width)
register.filter("grouped", display.grouped)
register.filter("size", display.size)


@register.filter
def ms(milliseconds: int | None) -> str:
    """`{{ attempt.latency_ms|ms }}`: 850 ms, 3.4 s."""
    return display.duration(None if milliseconds is None else milliseconds / 1000)


@register.filter
def count(number: int, noun: str) -> str:
    """`{{ n|count:"atom" }}`, or `{{ n|count:"entry,entries" }}` where the plural is irregular."""
    one, _, many = noun.partition(",")
    return display.counted(number, one, many)


@register.filter
def minus(number: int | Decimal, other: int | Decimal) -> int | Decimal:
    """`{{ total|minus:done }}`."""
    return number - other


@register.filter
def clock(moment: datetime | None) -> str:
    """Time of day; the browser shows it in the reader's zone and UTC on hover."""
    return _time(moment, "time", display.clock)


@register.filter
def clock_s(moment: datetime | None) -> str:
    """Time of day to the second."""
    return _time(moment, "seconds", display.clock_s)


@register.filter
def day_clock(moment: datetime | None) -> str:
    """Day and time."""
    return _time(moment, "day", display.day_clock)


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago, kept up to date by the browser."""
    return _time(moment, "ago", lambda when: display.since(when, timezone.now()))


def _time(moment: datetime | None, style: str, words: Any) -> str:
    if moment is None:
        return display.NOTHING
    return format_html(
        '<time datetime="{}" data-local="{}" title="{}">{}</time>',
        moment.isoformat(),
        style,
        display.day_clock(moment),
        words(moment),
    )


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """`{% icon "sync" "s spin" %}`; with a label the icon speaks, without it is decoration."""
    speech = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"/></svg>',
        f"i {classes}".strip(),
        SafeString(speech),
        static("icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def with_query(context: template.RequestContext, **changes: Any) -> str:
    """`{% with_query state="paused" after=None %}`: this address with its query changed so."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else context["request"].path
