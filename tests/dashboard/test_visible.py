import pytest

from apps.dashboard.core.visible import hides_some, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ñ 漢 \t\n ok", "plain ñ 漢 \t\n ok"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("windows\r\nmac\r", "windows\nmac⟨U+000D⟩"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_hidden_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert hides_some(text) == ("⟨" in shown)
