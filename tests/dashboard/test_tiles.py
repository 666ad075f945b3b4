import pytest

from apps.dashboard.core.tiles import LEGEND, PITCH, tile_map
from apps.dashboard.core.triage import ORDER
from apps.dashboard.templatetags.plan import tiles
from tests.dashboard.rows import atom_row


@pytest.mark.parametrize(
    ("atoms", "width", "height"),
    [(0, 0, 0), (3, 3, 1), (24, 24, 1), (96, 24, 4), (97, 24, 5), (200, 36, 6), (2000, 48, 42)],
)
def test_map_size_in_tiles(atoms: int, width: int, height: int) -> None:
    drawn = tile_map([atom_row()] * atoms)

    assert (drawn.width, drawn.height) == (width * PITCH, height * PITCH)


def test_tiles_go_row_by_row() -> None:
    drawn = tile_map([atom_row()] * 96)

    assert [drawn.place(index) for index in (0, 1, 24)] == [(1, 1), (16, 1), (1, 16)]


def test_the_legend_names_every_state() -> None:
    assert set(LEGEND) == set(ORDER)


def test_a_tile_links_to_its_atom_with_a_shape_and_a_name() -> None:
    row = atom_row("failed", symbol="<b>")

    svg = tiles(tile_map([row]))

    assert f'<a href="/atoms/{row.id}" tabindex="-1">' in svg
    assert 'href="#tile-failed"' in svg
    assert "<title>&lt;b&gt;, failed</title>" in svg
