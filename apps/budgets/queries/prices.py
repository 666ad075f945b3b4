"""Which price holds, and which did."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.budgets.models import ModelPrice


def price_of(provider: str, model: str, *, at: datetime) -> ModelPrice | None:
    """Return the version in force at that moment, for exactly this name. One query."""
    versions = ModelPrice.objects.filter(provider=provider, model=model, effective_from__lte=at)
    return versions.order_by("-effective_from").first()


def current_prices(*, at: datetime, text: str = "") -> QuerySet[ModelPrice]:
    """Return the version in force of each model, by name; `text` occurs in provider/model."""
    found = ModelPrice.objects.filter(effective_from__lte=at)
    for word in text.replace("/", " ").split():
        found = found.filter(Q(provider__icontains=word) | Q(model__icontains=word))
    newest_first = found.order_by("provider", "model", "-effective_from")
    return newest_first.distinct("provider", "model")


def versions_of(provider: str, model: str) -> QuerySet[ModelPrice]:
    """Return every version of one model's price, the newest first."""
    found = ModelPrice.objects.filter(provider=provider, model=model)
    return found.select_related("created_by").order_by("-effective_from")
