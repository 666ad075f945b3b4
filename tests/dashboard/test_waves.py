import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from apps.dashboard.core import waves
from apps.dashboard.core.selection import selection
from apps.dashboard.core.stage import Stage
from apps.dashboard.core.triage import AtomRow
from apps.dashboard.core.waves import WaveRow, WaveView, experience, wave_views
from tests.dashboard.rows import atom_row

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
START = NOW - timedelta(minutes=10)


def wave(number: int, status: str) -> WaveRow:
    started = None if status == "pending" else START
    ended = START + timedelta(minutes=4) if status == "passed" else None
    return WaveRow(uuid.uuid4(), number, f"Wave {number}", status, started, ended)


def passed(of: WaveRow, count: int) -> list[AtomRow]:
    start = START.timestamp()
    row = atom_row(
        "succeeded",
        wave_id=of.id,
        started_s=start,
        finished_s=start + 30,
        attempts=1,
        cost_usd=Decimal("0.5"),
    )
    return [row] * count


def views(
    *parts: tuple[WaveRow, list[AtomRow]], query: str = "", stage: Stage | None = None
) -> tuple[WaveView, ...]:
    rows = [row for _, listed in parts for row in listed]
    params = dict(pair.split("=") for pair in query.split("&") if pair)
    return wave_views(
        [row for row, _ in parts],
        rows,
        chosen=selection({name: [value] for name, value in params.items()}),
        known=experience(rows, 4),
        stage=stage or Stage("running", NOW),
    )


def test_the_running_wave_is_open_unless_the_address_says_otherwise() -> None:
    first, second = wave(1, "passed"), wave(2, "running")
    parts = ((first, passed(first, 4)), (second, [atom_row("running", wave_id=second.id)]))

    assert [view.inner is not None for view in views(*parts)] == [False, True]
    assert [view.inner is not None for view in views(*parts, query="wave=1")] == [True, False]
    assert [view.inner is not None for view in views(*parts, query="wave=0")] == [False, False]


def test_a_finished_plan_opens_no_wave() -> None:
    assert waves.default_open([wave(1, "passed")]) == frozenset()


def test_a_wave_that_waits_has_an_estimate_and_says_for_what() -> None:
    first, second = wave(1, "passed"), wave(2, "pending")
    waiting = [atom_row("pending", wave_id=second.id)] * 8

    ran, waits = views((first, passed(first, 4)), (second, waiting))

    assert (ran.cost_usd, ran.time_s, ran.is_estimate) == (Decimal(2), 240, False)
    assert (waits.cost_usd, waits.time_s, waits.is_estimate) == (Decimal(4), 60, True)
    assert (ran.waits_for, waits.waits_for) == (None, 1)


def test_a_plan_that_is_over_ends_its_open_waves_and_forecasts_none() -> None:
    first, second = wave(1, "running"), wave(2, "pending")
    waiting = [atom_row("not_run", wave_id=second.id)] * 8
    over = Stage("cancelled", NOW, stopped_at=START + timedelta(minutes=2))

    ended, never = views((first, passed(first, 4)), (second, waiting), stage=over, query="wave=2")

    assert (ended.look.word, ended.look.spins, ended.time_s) == ("Not finished", False, 120)
    assert (never.look.word, never.cost_usd, never.time_s) == ("Not run", None, None)
    assert never.waits_for is None
    assert never.inner.done_in is None
    assert never.words == "8 not finished"
    assert [chip.word for chip in never.inner.chips] == [
        "All",
        "Needs attention",
        "Not finished",
        "Passed",
    ]


def test_a_call_that_outlasts_a_pause_counts_for_its_wave() -> None:
    only = wave(1, "running")
    paused = Stage("paused", NOW, stopped_at=START + timedelta(seconds=10))

    (view,) = views((only, passed(only, 3)), stage=paused)

    assert (view.look.word, view.time_s) == ("Paused", 30)


def test_nothing_is_estimated_before_anything_is_known() -> None:
    only = wave(1, "pending")

    (view,) = views((only, [atom_row("pending", wave_id=only.id)]))

    assert (view.cost_usd, view.time_s) == (None, None)


def test_an_open_wave_lists_the_chosen_atoms_in_order() -> None:
    only = wave(1, "running")
    rows = [*passed(only, 9), atom_row("failed", wave_id=only.id, symbol="broken")]

    (view,) = views((only, rows), query="state=attention")

    assert [atom.row.symbol for atom in view.inner.atoms] == ["broken"]
    assert [(chip.word, chip.count) for chip in view.inner.chips] == [
        ("All", 10),
        ("Needs attention", 1),
        ("Running", 0),
        ("Queued", 0),
        ("Passed", 9),
    ]
    assert [chip.word for chip in view.inner.chips if chip.is_chosen] == ["Needs attention"]
    assert view.inner.chips[0].address == "?wave=1"


def test_a_long_list_shows_seven_rows_and_how_to_see_more() -> None:
    only = wave(1, "running")

    (view,) = views((only, passed(only, 96)))

    assert len(view.inner.atoms) == 7
    assert [(page.word, page.address) for page in view.inner.pages] == [
        ("Show 89 more atoms", "?wave=1&page=1")
    ]


def test_pages_lead_on_and_back() -> None:
    only = wave(1, "running")

    (view,) = views((only, passed(only, 250)), query="page=2")

    assert [page.key for page in view.inner.pages] == ["fewer", "previous", "next"]
    assert len(view.inner.atoms) == 100


def test_experience_needs_three_atoms() -> None:
    only = wave(1, "running")

    assert experience(passed(only, 2), 4).median_usd is None
    assert experience(passed(only, 3), 4).median_usd == Decimal("0.5")


def test_opening_a_wave_keeps_the_others_open() -> None:
    first, second = wave(1, "passed"), wave(2, "running")

    closed, _ = views((first, []), (second, []))

    assert closed.address == "?wave=1&wave=2#wave-1"
