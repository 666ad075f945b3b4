"""Which requirements a gate can judge."""

import pytest

from apps.acceptance.core.ripeness import ripen


def test_a_requirement_is_ripe_when_the_last_of_its_atoms_is_there() -> None:
    waves = {"R1": [1], "R2": [1, 2], "R3": [2, 3]}

    found = ripen(waves, wave=2, is_final=False)

    assert found.ripe == {"R1", "R2"}
    assert found.fresh == {"R2"}
    assert found.pending == {"R3"}


@pytest.mark.parametrize("numbers", [[], [None], [1, None]])
def test_what_no_wave_completes_waits_for_the_final_gate(numbers: list[int | None]) -> None:
    assert ripen({"R1": numbers}, wave=9, is_final=False).pending == {"R1"}
    assert ripen({"R1": numbers}, wave=9, is_final=True).fresh == {"R1"}


def test_the_final_gate_judges_everything_again() -> None:
    found = ripen({"R1": [1], "R2": [2]}, wave=2, is_final=True)

    assert found.fresh == found.ripe == {"R1", "R2"}
    assert not found.pending
