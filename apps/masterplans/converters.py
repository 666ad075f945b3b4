"""Plans in addresses: /masterplans/mp-0142."""

from django.urls import register_converter


class PlanRef:
    """Between `mp-0142` in the address and the plan's number in the view."""

    regex = "mp-[0-9]{4,9}"

    def to_python(self, value: str) -> int:
        """Return the number of the plan."""
        return int(value.removeprefix("mp-"))

    def to_url(self, value: str | int) -> str:
        """Return the reference; it may be given as such, or as a number."""
        return f"mp-{value:04d}" if isinstance(value, int) else value


register_converter(PlanRef, "plan_ref")
