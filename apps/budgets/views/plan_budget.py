"""The money of one plan: caps, forecast, where it went, and the ledger."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.budgets.core.ledger_filter import LedgerFilter, read_filter
from apps.budgets.core.ledger_rows import CSV_HEADER, csv_cells
from apps.budgets.models import Budget, EventKind
from apps.budgets.queries.board import BudgetBoard, find_budget
from apps.budgets.queries.ledger import ledger_batches
from apps.common.csv_text import csv_lines
from apps.common.web import ConsoleRequest, render_part

MOST_PAGES = 9_999


@require_safe
@login_required
def plan_budget(request: ConsoleRequest, number: int) -> HttpResponse:
    """One plan's budget: the page, or one of its live parts."""
    require(request.user, Action.VIEW)
    try:
        board = BudgetBoard(
            number,
            wanted=_filter(request),
            atoms_page=_atoms_page(request.GET.get("atoms", "")),
            user=request.user,
            now=timezone.now(),
        )
    except Budget.DoesNotExist as error:
        raise _no_plan(number) from error
    return render_part(
        request,
        "budgets/plan.html",
        {"board": board},
        budget="budgets/_budget.html",
        ledger="budgets/_ledger.html",
    )


@require_GET
@login_required
def ledger_csv(request: ConsoleRequest, number: int) -> HttpResponseBase:
    """Download every line of the filter, newest first."""
    require(request.user, Action.VIEW)
    budget = budget_or_404(number)
    lines = _csv(budget.pk, _filter(request))
    return csv_response(lines, f"ledger-{budget.plan.ref}.csv")


def budget_or_404(number: int) -> Budget:
    """Return the budget with its plan."""
    try:
        return find_budget(number)
    except Budget.DoesNotExist as error:
        raise _no_plan(number) from error


def csv_response(parts: Iterator[str], name: str) -> StreamingHttpResponse:
    """Stream the parts as a download; the name is safe in a header."""
    response = StreamingHttpResponse(_one_by_one(parts), content_type="text/csv; charset=utf-8")
    # Django would zip each part into a file of its own, and browsers unpack only the first.
    response["Content-Encoding"] = "identity"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _one_by_one(parts: Iterator[str]) -> AsyncIterator[str]:
    # An asynchronous iterator, because Django would read a synchronous one into memory first.
    while (part := await sync_to_async(_next)(parts)) is not None:
        yield part


def _next(parts: Iterator[str]) -> str | None:
    return next(parts, None)


def _csv(budget_id: int, wanted: LedgerFilter) -> Iterator[str]:
    yield csv_lines([CSV_HEADER])
    for rows in ledger_batches(budget_id, wanted):
        yield csv_lines(csv_cells(row) for row in rows)


def _filter(request: ConsoleRequest) -> LedgerFilter:
    return read_filter(request.GET.dict(), EventKind.values)


def _atoms_page(text: str) -> int:
    """Return the page of the list of atoms; 0 is its short beginning."""
    if text == "all":
        return 1
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))
    return int(text) if is_number else 0


def _no_plan(number: int) -> Http404:
    return Http404(f"There is no masterplan mp-{number:04d}.")
