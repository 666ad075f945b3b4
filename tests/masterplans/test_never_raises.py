from hypothesis import given, settings
from hypothesis import strategies as st

from apps.masterplans.core.parser import ParseResult, parse
from tests.masterplans import strategies


@given(
    st.one_of(
        st.text(alphabet=st.characters(), max_size=300),
        st.text(alphabet="-*+#`|:> \n\t[]()!<&\\\"'=~_.RMUSTuses0123", max_size=300),
        strategies.texts,
        strategies.plans,
    )
)
@settings(deadline=None, max_examples=300)
def test_no_text_crashes_the_parser(text: str) -> None:
    result = parse(text)

    assert isinstance(result, ParseResult)
    line_count = len(text.splitlines()) + 1
    for diagnostic in result.diagnostics:
        assert 1 <= diagnostic.line <= line_count
        assert diagnostic.column >= 1
        assert diagnostic.message.endswith((".", "?", "`"))
