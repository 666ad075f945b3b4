"""Marks of the pages of approvals: `{% load approval %}`."""

from datetime import datetime

from django import template

from apps.dashboard.core.approvals import Request

register = template.Library()


@register.filter
def blocks(request: Request, now: datetime) -> str:
    """`{{ row|blocks:now }}`: paused 1 h 12 min."""
    return request.blocks(now)


@register.filter
def expires_in(request: Request, now: datetime) -> str:
    """`{{ row|expires_in:now }}`: 3 h 41 min."""
    return request.expires_in(now)
