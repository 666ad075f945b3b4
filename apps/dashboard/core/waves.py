"""The waves of a plan as its page shows them."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from apps.common.display import counted
from apps.dashboard.core import figures, forecast, looks, tiles, triage
from apps.dashboard.core.bars import Segment
from apps.dashboard.core.forecast import Forecast, Pace
from apps.dashboard.core.looks import Look
from apps.dashboard.core.selection import Selection
from apps.dashboard.core.stage import Stage
from apps.dashboard.core.tiles import TileMap
from apps.dashboard.core.triage import AtomRow, Cut, Group


@dataclass(frozen=True, slots=True)
class WaveRow:
    id: UUID
    number: int
    title: str
    status: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter of the atoms of a wave."""

    word: str
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PageLink:
    """A way to more rows, or back to fewer."""

    key: str  # of its element
    word: str
    address: str


@dataclass(frozen=True, slots=True)
class ListedAtom:
    row: AtomRow
    time_s: float | None


@dataclass(frozen=True, slots=True)
class OpenWave:
    """What stands inside a wave that is open."""

    tile_map: TileMap
    legend: tuple[tuple[str, Look, int], ...]
    done_in: Forecast | None
    pace: Pace | None
    median_usd: Decimal | None
    tries: figures.Tries
    chips: tuple[Chip, ...]
    atoms: tuple[ListedAtom, ...]
    cut: Cut
    pages: tuple[PageLink, ...]
    total: int


@dataclass(frozen=True, slots=True)
class WaveView:
    row: WaveRow
    state: str  # as its plan makes it stand: see stage.py
    counts: Mapping[str, int]
    total: int
    cost_usd: Decimal | None  # None: nothing is known
    time_s: float | None
    is_estimate: bool  # of cost and time
    address: str  # that opens this wave
    inner: OpenWave | None

    @property
    def look(self) -> Look:
        return looks.WAVE[self.state]

    @property
    def passed(self) -> int:
        return self.counts.get("succeeded", 0)

    @property
    def bar(self) -> tuple[Segment, ...]:
        return figures.progress_bar(self.counts)

    @property
    def words(self) -> str:
        return figures.in_words(self.counts)

    @property
    def is_at_its_gate(self) -> bool:
        """Whether its atoms are done and its tests are not."""
        return self.state in {"validating", "testing", "blocked"}

    @property
    def waits_for(self) -> int | None:
        """The number of the wave that has to pass first."""
        if self.state != "pending" or self.row.number == 1:
            return None
        return self.row.number - 1


@dataclass(frozen=True, slots=True)
class Experience:
    """What the finished atoms of the plan teach about the others."""

    pace: Pace | None
    median_usd: Decimal | None
    slots: int  # attempts that run at a time
    stretch: float  # how much longer waves take than full slots would

    def forecast(self, remaining: Iterable[int]) -> Forecast | None:
        """Return when waves with so many unfinished atoms will be done."""
        return forecast.forecast(self.pace, remaining, self.slots, stretch=self.stretch)


def experience(rows: Sequence[AtomRow], slots: int) -> Experience:
    costs: list[Decimal] = []
    spans_of: dict[UUID | None, list[forecast.Span]] = {}
    for row in rows:
        if row.status == "succeeded" and row.started_s and row.finished_s:
            spans_of.setdefault(row.wave_id, []).append((row.started_s, row.finished_s))
            costs.append(row.cost_usd)
    pace = forecast.pace([stop - start for spans in spans_of.values() for start, stop in spans])
    median_usd = statistics.median(costs) if pace else None
    stretch = forecast.stretch(pace, spans_of.values(), slots)
    return Experience(pace, median_usd, slots, stretch)


def default_open(waves: Sequence[WaveRow]) -> frozenset[int]:
    """Return the wave that an address without a wave opens: the one that runs or is blocked."""
    for status in ("running", "validating", "testing", "blocked"):
        for wave in waves:
            if wave.status == status:
                return frozenset({wave.number})
    return frozenset()


def wave_views(
    waves: Sequence[WaveRow],
    rows: Sequence[AtomRow],
    *,
    chosen: Selection,
    known: Experience,
    stage: Stage,
) -> tuple[WaveView, ...]:
    """Return every wave, the open ones with their atoms."""
    open_numbers = default_open(waves) if chosen.waves is None else chosen.waves
    shown = replace(chosen, waves=open_numbers)
    atoms_of: dict[UUID | None, list[AtomRow]] = {}
    for row in rows:
        atoms_of.setdefault(row.wave_id, []).append(row)
    return tuple(_view(wave, atoms_of.get(wave.id, []), shown, known, stage) for wave in waves)


def _view(
    wave: WaveRow, rows: Sequence[AtomRow], shown: Selection, known: Experience, stage: Stage
) -> WaveView:
    counts = triage.tally(rows)
    open_numbers = shown.waves or frozenset()
    is_open = wave.number in open_numbers
    state = stage.wave_state(wave.status, counts)
    cost, time_s, is_estimate = _cost_and_time(wave, rows, known, stage, state)
    return WaveView(
        row=wave,
        state=state,
        counts=counts,
        total=len(rows),
        cost_usd=cost,
        time_s=time_s,
        is_estimate=is_estimate,
        address=shown.address(waves=open_numbers | {wave.number}, page=0) + f"#wave-{wave.number}",
        inner=_inner(wave, rows, counts, shown, known, stage) if is_open else None,
    )


def _cost_and_time(
    wave: WaveRow, rows: Sequence[AtomRow], known: Experience, stage: Stage, state: str
) -> tuple[Decimal | None, float | None, bool]:
    if wave.started_at is not None:
        ended = wave.finished_at or _last_work(rows, stage, state)
        return figures.spent(rows), max((ended - wave.started_at).total_seconds(), 0), False
    if stage.is_over:
        return None, None, False
    cost = None if known.median_usd is None else known.median_usd * len(rows)
    expected = known.forecast([len(rows)])
    return cost, expected.middle_s if expected else None, True


def _last_work(rows: Sequence[AtomRow], stage: Stage, state: str) -> datetime:
    """Return until when a wave that is open was worked on; calls under way outlast a pause."""
    until = stage.until(state)
    if not stage.is_paused:
        return until
    finished_s = max((row.finished_s or 0.0 for row in rows), default=0.0)
    return max(until, datetime.fromtimestamp(finished_s, tz=UTC))


def _inner(
    wave: WaveRow,
    rows: Sequence[AtomRow],
    counts: Mapping[str, int],
    shown: Selection,
    known: Experience,
    stage: Stage,
) -> OpenWave:
    listed = triage.in_order([row for row in rows if row.status in shown.group.statuses])
    cut = triage.cut(len(listed), shown.page)
    groups = triage.groups_beside(shown.group, is_over=stage.is_over)
    own = experience(rows, known.slots)
    return OpenWave(
        tile_map=tiles.tile_map(rows),
        legend=tuple(
            (status, looks.ATOM[status], counts[status])
            for status in tiles.LEGEND
            if counts.get(status)
        ),
        done_in=known.forecast([figures.unfinished(counts)]) if stage.is_running else None,
        pace=own.pace,
        median_usd=own.median_usd,
        tries=figures.tries(rows),
        chips=tuple(_chip(group, counts, shown) for group in groups),
        atoms=tuple(
            ListedAtom(row, row.time_s(stage.until(row.status)))
            for row in listed[cut.start : cut.stop]
        ),
        cut=cut,
        pages=page_links(cut, shown),
        total=len(rows),
    )


def page_links(cut: Cut, shown: Selection) -> tuple[PageLink, ...]:
    """Return how to reach the rows that a cut leaves out."""
    if not cut.page:
        more = min(cut.total, triage.PAGE_ROWS) - cut.stop
        if not more:
            return ()
        return (PageLink("more", f"Show {counted(more, 'more atom')}", shown.address(page=1)),)
    links = [PageLink("fewer", "Show fewer", shown.address(page=0))]
    if cut.page > 1:
        links.append(PageLink("previous", "Previous page", shown.address(page=cut.page - 1)))
    if cut.page < cut.last_page:
        links.append(PageLink("next", "Next page", shown.address(page=cut.page + 1)))
    return tuple(links)


def _chip(group: Group, counts: Mapping[str, int], shown: Selection) -> Chip:
    return Chip(
        word=group.word,
        count=triage.count_in(counts, group),
        address=shown.address(group=group, page=0),
        is_chosen=group == shown.group,
    )
