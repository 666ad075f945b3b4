"""What the audit log stores as JSON."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from apps.accounts.core.plain import plain
from apps.accounts.core.roles import Role


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("240.000000"), "240.000000"),
        (Decimal("1E+3"), "1000"),
        (datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC), "2026-03-01T12:00:00.000005+00:00"),
        (date(2026, 3, 1), "2026-03-01"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Role.LEAD, "Lead"),
        ({"caps": (Decimal("1.5"), None), 7: True}, {"caps": ["1.5", None], "7": True}),
        (0.25, 0.25),
    ],
)
def test_plain(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="set has no form"):
        plain({"roles": {1, 2}})
