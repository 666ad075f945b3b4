"""The form for a new version of a price; works without JavaScript."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms

from apps.budgets.core.price_list import (
    COUNT_LABELS,
    DEFAULT_MAX_OUTPUT_TOKENS,
    LONGEST,
    USD_LABELS,
    name_problem,
    problems,
)
from apps.budgets.core.price_list import is_free as costs_nothing
from apps.budgets.core.pricing import Price
from apps.budgets.models import ModelPrice

NOT_A_NUMBER = "Write a number, like 0.25."
NOT_A_COUNT = "Write a whole number."
NOT_A_MOMENT = "Write day and time, like 2026-12-01T00:00."


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput({"class": "in", "autocomplete": "off", "spellcheck": "false", **attrs})


def _usd(label: str, hint: str = "", *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=hint,
        required=required,
        widget=_text(inputmode="decimal"),
        error_messages={"required": "Write the price.", "invalid": NOT_A_NUMBER},
    )


def _count(label: str, hint: str, *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=required,
        widget=_text(inputmode="numeric"),
        error_messages={"required": NOT_A_COUNT, "invalid": NOT_A_COUNT},
    )


class PriceForm(forms.Form):
    """One version of a price. USD per million tokens, moments in UTC."""

    provider = forms.CharField(
        label="Provider",
        help_text="Who sends the bill, as the profile names it.",
        widget=_text(autocapitalize="none"),
        error_messages={"required": "Write the name."},
    )
    model = forms.CharField(
        label="Model",
        help_text="Exactly as the profile has it.",
        widget=_text(autocapitalize="none"),
        error_messages={"required": "Write the name."},
    )
    input_usd = _usd("Input", required=True)
    output_usd = _usd("Output", required=True)
    cache_read_usd = _usd("Cache read", "Empty: as input.")
    cache_write_usd = _usd("Cache write", "Empty: as input.")
    reasoning_usd = _usd("Reasoning", "Empty: as output.")
    max_output_tokens = _count(
        "Most output tokens",
        "No call asks for more; the profile's own limit counts too.",
        required=True,
    )
    max_input_tokens = _count(
        "Most input tokens", "Longer prompts are refused, where they cost more. Empty: any."
    )
    effective_from = forms.DateTimeField(
        label="Holds from (UTC)",
        help_text="Empty: from now.",
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput({"class": "in", "type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        error_messages={"invalid": NOT_A_MOMENT},
    )
    source = forms.CharField(
        label="Source",
        help_text="Where the figures are from: a page with its date, a contract.",
        max_length=LONGEST["source"],
        widget=_text(),
        error_messages={"required": "Say where the figures are from."},
    )
    is_free = forms.BooleanField(label="This model costs nothing: it runs locally", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        """Look at the figures together, with the rules of the price list."""
        super().clean()
        for name in ("provider", "model"):
            problem = name_problem(self.cleaned_data.get(name) or "", longest=LONGEST[name])
            if problem and name not in self.errors:
                self.add_error(name, problem)
        figures = {name: self.cleaned_data.get(name) for name in (*USD_LABELS, *COUNT_LABELS)}
        for name, problem in problems(figures).items():
            self.add_error(name, problem)
        if not self.errors and costs_nothing(self.price) != self.cleaned_data["is_free"]:
            self.add_error("is_free", FREE_BUT if self.cleaned_data["is_free"] else NOT_SAID_FREE)
        return self.cleaned_data

    @property
    def price(self) -> Price:
        """The figures, once the fields are valid."""
        return Price(**{name: self.cleaned_data[name] for name in (*USD_LABELS, *COUNT_LABELS)})

    @property
    def starts_at(self) -> datetime | None:
        """From when the price holds; None: from now."""
        moment: datetime | None = self.cleaned_data["effective_from"]
        return moment and moment.replace(tzinfo=UTC)


FREE_BUT = "A model that costs nothing has 0 for input and output."
NOT_SAID_FREE = "Every price is 0. Tick this if the model truly costs nothing."


def first_values(provider: str, model: str, known: ModelPrice | None) -> dict[str, object]:
    """Return what the form starts with: the price in force, or only the names."""
    if known is None:
        names: dict[str, object] = {"provider": provider, "model": model}
        return names | {"max_output_tokens": DEFAULT_MAX_OUTPUT_TOKENS}
    figures = {name: _plain(getattr(known, name)) for name in USD_LABELS}
    counts = {name: getattr(known, name) for name in COUNT_LABELS}
    names = {"provider": known.provider, "model": known.model}
    return {**names, **figures, **counts, "is_free": costs_nothing(known.as_price())}


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"
