"""Lines of a budget's ledger, newest first, a page or a batch at a time."""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from apps.budgets.core.ledger_filter import LedgerFilter
from apps.budgets.core.ledger_rows import LedgerPage, LedgerRow
from apps.budgets.models import CostEvent, EventKind

PAGE_ROWS = 50
BATCH_ROWS = 2_000


def ledger_page(budget_id: int, wanted: LedgerFilter, size: int = PAGE_ROWS) -> LedgerPage:
    """Return a page of the ledger. Costs two queries."""
    matching = _matching(budget_id, wanted)
    rows = _rows(_older(matching, wanted.before), size + 1)
    return LedgerPage(
        rows=tuple(rows[:size]),
        total=matching.count(),
        next_before=rows[size - 1].id if len(rows) > size else None,
        is_first=wanted.before is None,
    )


def ledger_batches(
    budget_id: int, wanted: LedgerFilter, size: int = BATCH_ROWS
) -> Iterator[list[LedgerRow]]:
    """Yield every line of the filter, whatever its page; one query per batch."""
    matching, before = _matching(budget_id, wanted), None
    while True:
        rows = _rows(_older(matching, before), size)
        if rows:
            yield rows
        if len(rows) < size:
            return
        before = rows[-1].id


def _matching(budget_id: int, wanted: LedgerFilter) -> QuerySet[CostEvent]:
    events = CostEvent.objects.filter(budget=budget_id)
    if wanted.kind:
        events = events.filter(kind=wanted.kind)
    if wanted.since:
        events = events.filter(at__gte=wanted.since)
    if wanted.until:
        events = events.filter(at__lt=wanted.until)
    if wanted.atom:
        events = events.filter(_of_atom(wanted.atom))
    return events


def _of_atom(text: str) -> Q:
    path, is_whole, symbol = text.partition("::")
    if is_whole:
        return Q(hold__atom__path=path, hold__atom__symbol=symbol)
    return Q(hold__atom__symbol__icontains=text)


def _older(events: QuerySet[CostEvent], before: int | None) -> QuerySet[CostEvent]:
    return events if before is None else events.filter(id__lt=before)


def _rows(events: QuerySet[CostEvent], most: int) -> list[LedgerRow]:
    rows = events.order_by("-id").values_list(*FIELDS)[:most]
    return [LedgerRow(pk, at, kind, EventKind(kind).label, *facts) for pk, at, kind, *facts in rows]


def _text(field: str) -> Coalesce:
    return Coalesce(F(field), Value(""), output_field=TextField())


FIELDS = (
    "id",
    "at",
    "kind",
    "hold__atom_id",
    _text("hold__atom__path"),
    _text("hold__atom__symbol"),
    "hold__attempt_number",
    _text("hold__purpose"),
    _text("price__provider"),
    _text("price__model"),
    "price__effective_from",
    _text("hold__call_id"),
    "spent_delta",
    "held_delta",
    "spent",
    "held",
    "overrun",
    "hard_cap",
    "soft_cap",
    _text("by__username"),
    "reason",
)
