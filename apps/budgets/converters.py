"""Requests for a higher cap in addresses: /approvals/ovr-0031."""

from django.urls import register_converter


class OverrideRef:
    """Between `ovr-0031` in the address and the request's number in the view."""

    regex = "ovr-[0-9]{4,9}"

    def to_python(self, value: str) -> int:
        """Return the number of the request."""
        return int(value.removeprefix("ovr-"))

    def to_url(self, value: str | int) -> str:
        """Return the reference; it may be given as such, or as a number."""
        return f"ovr-{value:04d}" if isinstance(value, int) else value


register_converter(OverrideRef, "ovr_ref")
