"""One atom: what was asked, every try, and what it cost."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common.web import ConsoleRequest, render_part
from apps.dashboard.atom_queries import AtomBoard, NeighbourBoard
from apps.masterplans.models import Atom


@require_safe
@login_required
def atom(request: ConsoleRequest, atom_id: UUID) -> HttpResponse:
    """One atom: the page, or one of its live parts. `old` and `new` choose the tries to compare."""
    require(request.user, Action.VIEW)
    old, new = (_number(request.GET.get(name, "")) for name in ("old", "new"))
    try:
        board = AtomBoard(atom_id, old=old, new=new, now=timezone.now())
    except Atom.DoesNotExist as error:
        raise Http404("There is no such atom.") from error
    return render_part(
        request,
        "dashboard/atom.html",
        {"board": board, "neighbours": NeighbourBoard(board.atom, board.stage)},
        atom="dashboard/_atom.html",
        neighbours="dashboard/_neighbours.html",
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
