"""Which requirements of a plan are ripe at a wave, from the rows."""

from uuid import UUID

from apps.acceptance.core.ripeness import Ripening, ripen
from apps.acceptance.models import AcceptanceTest, TestState
from apps.masterplans.models import Atom, Requirement, Wave


def ripening(plan_id: UUID, *, wave: Wave, is_final: bool) -> Ripening:
    """Sort the requirements by the atoms that cover them and those that their tests call.

    Three queries.
    """
    waves_of: dict[str, list[int | None]] = {}
    covering = Requirement.objects.filter(plan=plan_id).values_list(
        "ref", "atoms", "atoms__wave__number"
    )
    for ref, atom, number in covering:
        waves_of.setdefault(ref, [])
        if atom is not None:
            waves_of[ref].append(number)
    tested = AcceptanceTest.objects.filter(plan=plan_id).exclude(state=TestState.SUPERSEDED)
    wave_of = _wave_by_ref(plan_id)
    for ref, number, calls in tested.values_list("requirement__ref", "atom__wave__number", "calls"):
        waves_of[ref] += [number, *(wave_of[each] for each in calls if each in wave_of)]
    return ripen(waves_of, wave=wave.number, is_final=is_final)


def _wave_by_ref(plan_id: UUID) -> dict[str, int | None]:
    rows = Atom.objects.filter(plan=plan_id).values_list("path", "symbol", "wave__number")
    return {f"{path}::{symbol}": number for path, symbol, number in rows}
