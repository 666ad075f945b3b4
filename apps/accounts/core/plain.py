"""Values as JSON can hold them."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum
from uuid import UUID


def plain(value: object) -> object:
    """Return the value with amounts, moments and ids written as text; nothing is rounded.

    Raises TypeError for what has no such form, rather than store something vague.
    """
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return format(value, "f")  # never 1E+3
        case date() | time():  # datetime is a date
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {str(plain(key)): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON.")
