"""Writes of the price list. A price is never changed, only followed by another version."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.actions import audit, require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.core.price_list import (
    COUNT_LABELS,
    LONGEST,
    USD_LABELS,
    Change,
    as_facts,
    described,
    name_problem,
    problems,
)
from apps.budgets.core.pricing import Price
from apps.budgets.models import ModelPrice
from apps.budgets.queries.prices import current_prices, price_of
from apps.common.display import day_clock
from apps.common.errors import ConsoleError

LONGEST_SUBJECT = 80  # characters of a subject in the audit log; the sentence has all


class PriceInvalid(ConsoleError):
    """The price was not set. {problem}"""

    code = "price_invalid"
    status = 422


class PriceExists(ConsoleError):
    """{provider}/{model} has a price from {moment} already, and prices are never changed.
    Let the new one hold from another moment."""

    code = "price_exists"


class PriceWouldNotHold(ConsoleError):
    """A price of {provider}/{model} from {moment} would never be used: the one in force is newer,
    since {since}. Let the new one hold from now."""

    code = "price_would_not_hold"


class PricesMoved(ConsoleError):
    """Nothing was written: the price of {provider}/{model} is not what the diff showed, somebody
    changed it meanwhile. Look at the diff again."""

    code = "prices_moved"


@transaction.atomic
def add_price(
    *,
    provider: str,
    model: str,
    price: Price,
    source: str,
    by: User | None,
    effective_from: datetime | None = None,
    now: datetime | None = None,
) -> ModelPrice:
    """Let the price hold for the model from that moment, by default from now.

    `by` None is the command line. Raises NotAllowed, PriceInvalid, PriceExists and
    PriceWouldNotHold; then nothing is written.
    """
    if by is not None:
        require(by, Action.EDIT_PRICES)
    now = now or timezone.now()
    starts_at = effective_from or now
    _check(provider, model, price, source)
    old = price_of(provider, model, at=now)
    if old is not None and starts_at < old.effective_from:
        raise PriceWouldNotHold(
            provider=provider,
            model=model,
            moment=day_clock(starts_at),
            since=day_clock(old.effective_from),
        )
    version = _insert(provider, model, price, source, by, starts_at)
    audit(
        by=by,
        action="price.set",
        subject=f"{provider}/{model}"[:LONGEST_SUBJECT],
        sentence=f"{provider}/{model} costs from {day_clock(starts_at)} per million tokens:"
        f" {described(price)}.",
        before=as_facts(old.as_price()) if old else None,
        after={**as_facts(price), "effective_from": starts_at, "source": source},
    )
    return version


@transaction.atomic
def seed(*, changes: Sequence[Change], by: User | None = None, now: datetime) -> list[ModelPrice]:
    """Write what somebody saw and approved: all of it or, when prices moved since, none.

    Raises what add_price raises, and PricesMoved.
    """
    versions = {(row.provider, row.model): row for row in current_prices(at=now)}
    for change in changes:
        known = versions.get(change.entry.key)
        if (known.as_price() if known else None) != change.old:
            raise PricesMoved(provider=change.entry.provider, model=change.entry.model)
    return [_seed_one(change, by, now) for change in changes]


def _seed_one(change: Change, by: User | None, now: datetime) -> ModelPrice:
    entry = change.entry
    return add_price(
        provider=entry.provider,
        model=entry.model,
        price=entry.price,
        source=entry.source,
        by=by,
        # A new price of a known model holds from now: what was booked before stays explained.
        effective_from=entry.starts_at if change.old is None else None,
        now=now,
    )


def _check(provider: str, model: str, price: Price, source: str) -> None:
    if problem := name_problem(provider, longest=LONGEST["provider"]):
        raise PriceInvalid(problem=f"Provider: {problem}")
    if problem := name_problem(model, longest=LONGEST["model"]):
        raise PriceInvalid(problem=f"Model: {problem}")
    if not source.strip() or len(source) > LONGEST["source"] or "\0" in source:
        raise PriceInvalid(
            problem=f"Say in at most {LONGEST['source']} characters where it is from."
        )
    labels = USD_LABELS | COUNT_LABELS
    for name, problem in problems(as_facts(price)).items():
        raise PriceInvalid(problem=f"{labels[name].capitalize()}: {problem}")


def _insert(
    provider: str, model: str, price: Price, source: str, by: User | None, starts_at: datetime
) -> ModelPrice:
    try:
        with transaction.atomic():
            return ModelPrice.objects.create(
                provider=provider,
                model=model,
                effective_from=starts_at,
                source=source,
                created_by=by,
                **asdict(price),
            )
    except IntegrityError as error:
        raise PriceExists(provider=provider, model=model, moment=day_clock(starts_at)) from error
