"""Marks of the plan and atom pages: `{% load plan %}`."""

import html
import re
import uuid

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.dashboard.core import looks
from apps.dashboard.core.bars import Segment
from apps.dashboard.core.forecast import roughly
from apps.dashboard.core.highlighting import highlighted_lines
from apps.dashboard.core.tiles import TileMap

register = template.Library()

register.filter("roughly", roughly)

_ANY_ID = uuid.UUID(int=0)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@register.simple_tag
def tiles(tile_map: TileMap) -> SafeString:
    """Draw the tiles as links. Written here, because a template loop of 2,000 takes too long.

    Keyboard and screen reader have the same links in the list of atoms below the map.
    """
    address = reverse("dashboard:atom", args=[_ANY_ID]).replace(str(_ANY_ID), "")
    words = {status: look.word.lower() for status, look in looks.ATOM.items()}
    marks = "".join(
        f'<a href="{address}{row.id}" tabindex="-1">'
        f"<title>{html.escape(row.symbol)}, {words[row.status]}</title>"
        f'<use href="#tile-{row.status}" x="{x}" y="{y}"/></a>'
        for row, (x, y) in zip(
            tile_map.rows, map(tile_map.place, range(len(tile_map.rows))), strict=True
        )
    )
    return mark_safe(  # noqa: S308 - names are escaped above; the rest is ids and numbers
        f'<svg class="fluid tile-map" width="{tile_map.width}" height="{tile_map.height}"'
        f' viewBox="0 0 {tile_map.width} {tile_map.height}" aria-hidden="true">{marks}</svg>'
    )


@register.simple_tag
def bar(segments: tuple[Segment, ...], height: int, label: str) -> SafeString:
    """Draw the segments as one bar."""
    marks = format_html_join(
        "",
        '<rect class="f-{}" x="{}" width="{}" height="{}" rx="2"/>',
        ((part.tone, part.x, part.width, height) for part in segments),
    )
    return format_html(
        '<svg class="viz" width="100%" height="{}" role="img" aria-label="{}">{}</svg>',
        height,
        label,
        marks,
    )


@register.filter
def plan_look(status: str) -> looks.Look:
    """`{% with look=plan.status|plan_look %}`: word, icon and tone of a plan's state."""
    return looks.PLAN[status]


@register.filter
def code_spans(text: str) -> SafeString:
    """Return the text with its `code spans` as code; nothing else of Markdown is read."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped here


@register.filter
def highlighted(code: str, language: str) -> list[SafeString]:
    """Return the lines of the code as safe HTML."""
    return [mark_safe(line) for line in highlighted_lines(code, language)]  # noqa: S308 - see there
