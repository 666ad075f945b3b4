"""Marks of the price list: `{% load prices %}`."""

from typing import Protocol
from urllib.parse import urlencode

from django import template

from apps.budgets.core import price_list

register = template.Library()

register.filter("per_mtok", price_list.figure)


class OfModel(Protocol):
    """Anything that names a model: a price, a use."""

    @property
    def provider(self) -> str: ...

    @property
    def model(self) -> str: ...


@register.simple_tag
def querystring_of_price(thing: OfModel) -> str:
    """`?{% querystring_of_price price %}`: the address of one model's versions."""
    return urlencode({"provider": thing.provider, "model": thing.model})
