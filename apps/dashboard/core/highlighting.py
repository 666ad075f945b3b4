"""Code as HTML with classes; colours stand in highlight.css."""

from collections.abc import Mapping

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import (
    JavascriptLexer,
    MarkdownLexer,
    PythonLexer,
    TextLexer,
    TypeScriptLexer,
)

_FORMATTER = HtmlFormatter(nowrap=True, classprefix="hl-")
_LEXERS: Mapping[str, type[Lexer]] = {
    "python": PythonLexer,
    "typescript": TypeScriptLexer,
    "javascript": JavascriptLexer,
    "markdown": MarkdownLexer,
}
LONGEST = 200_000  # characters; longer text is shown plain, because a lexer's time is not bounded


def highlighted_lines(code: str, language: str) -> tuple[str, ...]:
    """Return each line as HTML that is safe to print: everything but our own spans is escaped.

    Line breaks at the end are left out.
    """
    lexer_type = _LEXERS.get(language, TextLexer) if len(code) <= LONGEST else TextLexer
    lexer = lexer_type(stripnl=False, ensurenl=False)
    html = str(highlight(code.rstrip("\n"), lexer, _FORMATTER))
    return tuple(html.removesuffix("\n").split("\n"))
