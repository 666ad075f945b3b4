"""The price list: what models cost, and a form for those who may set it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.budgets.actions.prices import add_price
from apps.budgets.core.price_list import Key
from apps.budgets.models import ModelPrice
from apps.budgets.queries.prices import current_prices, price_of, versions_of
from apps.budgets.views.price_form import PriceForm, first_values
from apps.common.errors import ConsoleError, NotAllowed
from apps.common.web import ConsoleRequest
from apps.llm.profiles import load_profiles

ROWS_OF_A_PAGE = 100
MAX_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Use:
    """A model that profiles of this installation call."""

    provider: str
    model: str
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A version of a price as the tables show it."""

    price: ModelPrice
    used_by: tuple[str, ...] = ()  # profiles
    is_in_force: bool = True
    is_to_come: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for."""

    text: str  # occurs in provider or model
    provider: str  # with model: the history of one
    model: str
    page: str

    @property
    def is_one_model(self) -> bool:
        return bool(self.provider and self.model)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def prices(request: ConsoleRequest) -> HttpResponse:
    """The prices in force, filtered by `q`; or, with `provider` and `model`, one's history."""
    require(request.user, Action.VIEW)
    wanted = _wanted(request.GET)
    now = timezone.now()
    if request.method == "POST":
        return _set(request, wanted, now)
    known = price_of(wanted.provider, wanted.model, at=now) if wanted.is_one_model else None
    form = PriceForm(initial=first_values(wanted.provider, wanted.model, known))
    return _page(request, wanted, form, now=now)


def _set(request: ConsoleRequest, wanted: Wanted, now: datetime) -> HttpResponse:
    """Add the version and lead to the list, or show the form again with what is wrong."""
    require(request.user, Action.EDIT_PRICES)
    form = PriceForm(request.POST)
    if not form.is_valid():
        return _page(request, wanted, form, now=now, status=422)
    given = form.cleaned_data
    try:
        add_price(
            provider=given["provider"],
            model=given["model"],
            price=form.price,
            source=given["source"],
            by=request.user,
            effective_from=form.starts_at,
            now=now,
        )
    except NotAllowed:
        raise
    except ConsoleError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, wanted, form, now=now, status=refusal.status)
    messages.success(request, "Price set.")
    # With a fragment of its own, or the browser would keep the form's and scroll past the message.
    return redirect(reverse("budgets:prices") + "#content")


def _page(
    request: ConsoleRequest, wanted: Wanted, form: PriceForm, *, now: datetime, status: int = 200
) -> HttpResponse:
    uses = _uses()
    unpriced = _unpriced(uses, now)
    context = {
        "wanted": wanted,
        "unpriced": unpriced,
        "form": form,
        "may_edit": request.user.may(Action.EDIT_PRICES),
    }
    if wanted.is_one_model:
        shown = wanted.provider, wanted.model
        context["unpriced"] = [u for u in unpriced if (u.provider, u.model) == shown]
        context["rows"] = _history(wanted, now)
    else:
        page = _paginator(wanted, now).get_page(wanted.page)
        context |= {"page": page, "rows": _rows(page, uses)}
    return render(request, "budgets/prices.html", context, status=status)


def _wanted(query: QueryDict) -> Wanted:
    def text(name: str, most: int) -> str:
        return query.get(name, "").replace("\x00", "").strip()[:most]

    return Wanted(
        text=text("q", MAX_SEARCH),
        provider=text("provider", 80),
        model=text("model", 120),
        page=text("page", 10),
    )


def _uses() -> list[Use]:
    """Return the models of LLM_PROFILES, each with its profiles."""
    names: dict[Key, list[str]] = {}
    for profile in load_profiles().values():
        names.setdefault((profile.billed_by, profile.model), []).append(profile.name)
    return [Use(*key, tuple(profiles)) for key, profiles in sorted(names.items())]


def _unpriced(uses: list[Use], now: datetime) -> list[Use]:
    """Return the models in use that would be refused."""
    names = current_prices(at=now).filter(model__in=[use.model for use in uses])
    priced = set(names.values_list("provider", "model"))
    return [use for use in uses if (use.provider, use.model) not in priced]


def _paginator(wanted: Wanted, now: datetime) -> "Paginator[ModelPrice]":
    return Paginator(current_prices(at=now, text=wanted.text), ROWS_OF_A_PAGE)


def _rows(page: Page[ModelPrice], uses: list[Use]) -> list[Row]:
    profiles = {(use.provider, use.model): use.profiles for use in uses}
    return [Row(price, profiles.get((price.provider, price.model), ())) for price in page]


def _history(wanted: Wanted, now: datetime) -> list[Row]:
    versions = list(versions_of(wanted.provider, wanted.model))
    in_force = next((price for price in versions if price.effective_from <= now), None)
    return [
        Row(price, is_in_force=price == in_force, is_to_come=price.effective_from > now)
        for price in versions
    ]
