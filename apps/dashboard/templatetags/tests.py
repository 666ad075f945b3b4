"""Marks of the pages about tests: `{% load tests %}`."""

from collections.abc import Mapping

from django import template

from apps.dashboard.core import visible

register = template.Library()

register.filter("visible", visible.visible)
register.filter("hides_some", visible.hides_some)


@register.filter
def at(values: Mapping[str, str], name: str) -> str:
    """`{{ sent.problems|at:name }}`: the value of a name that only the including template knows."""
    return values.get(name, "")
