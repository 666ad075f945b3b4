import pytest

from apps.dashboard.core.selection import Selection, selection
from apps.dashboard.core.triage import GROUPS, group_of


def test_an_empty_address_leaves_the_choice_to_the_page() -> None:
    assert selection({}) == Selection(None, GROUPS[0], 0, 0, shows_all_activity=False)


def test_an_address_is_read_and_written_back() -> None:
    params = {
        "wave": ["5", "4"],
        "state": ["failed"],
        "page": ["2"],
        "requirements": ["1"],
        "activity": ["all"],
    }

    chosen = selection(params)

    assert chosen.waves == {4, 5}
    assert chosen.group == group_of("failed")
    assert chosen.address() == "?wave=4&wave=5&state=failed&page=2&requirements=1&activity=all"
    assert chosen.address(page=0, group=GROUPS[0], waves=frozenset()) == (
        "?requirements=1&activity=all"
    )


@pytest.mark.parametrize("text", ["", "-1", "x", "99999999", "²", "1.5"])
def test_what_is_no_number_is_left_out(text: str) -> None:
    chosen = selection({"wave": [text], "page": [text]})

    assert (chosen.waves, chosen.page) == (frozenset(), 0)
