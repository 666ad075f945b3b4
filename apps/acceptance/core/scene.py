"""One requirement as the templates see it, and the one way in which they answer."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from apps.acceptance.core.binding import Scope, UnboundError
from apps.acceptance.core.checks import (
    Bound,
    Check,
    CheckKind,
    Free,
    Literal,
    Made,
    OpenQuestion,
    QuestionCode,
    Span,
    Target,
)
from apps.acceptance.core.masking import Masked, Token, TokenKind

Answer = Check | OpenQuestion
Template = Callable[["Scene"], Iterator[Answer]]

MODAL = (
    r"(?:\s+(?:must|shall|should|will|has\s+to|needs?\s+to|always|also|both|all|each|it|then|debe|deben"
    r"|debe\s+de|deberá|deberán|debería|deberían|tiene\s+que|siempre|también))*\s*"
)
_SENTENCE = re.compile(r"[.;!?](?=\s)")


@dataclass(frozen=True, slots=True)
class Scene:
    requirement: str
    text: str
    masked: Masked
    scope: Scope

    def span(self, part: str, at: int = -1) -> Span:
        """The characters of the text from the first to the last token of a part of the mask."""
        tokens = self.masked.all_in(part)
        if not tokens:
            return Span(0, len(self.text))
        return Span(tokens[0].span.start, tokens[-1].span.end)

    def target(self, before: str, arity: int | None = None) -> Target:
        """What a sentence speaks about: the first atom that it or one before it names, or the implied.

        Raises UnboundError.
        """
        for sentence in reversed(_SENTENCE.split(before)):
            names = [
                token.text
                for token in self.masked.all_in(sentence)
                if token.kind is TokenKind.NAME and self.knows(token.text)
            ]
            if names:
                return self.scope.find(names[0])
        return self.scope.implied(arity)

    def knows(self, name: str) -> bool:
        """Whether a name is one of the plan's; without a plan every name might be."""
        return name.rpartition(".")[2] in self.scope.symbols or (
            self.scope.is_open and not self.scope.symbols
        )

    def ask(self, code: QuestionCode, text: str, span: Span) -> OpenQuestion:
        return OpenQuestion(self.requirement, code, text, span)

    def refused(self, error: UnboundError, span: Span) -> OpenQuestion:
        return self.ask(error.code, str(error), span)

    def value_of(self, token: Token) -> Literal:
        """The value that a token stands for, its names bound. Raises UnboundError."""
        if token.kind in (TokenKind.VALUE, TokenKind.CALL):
            return self.scope.bind(token.value)
        raise UnboundError(
            QuestionCode.UNREADABLE_VALUE,
            f'`{token.text[:60]}` is not a value that can be read. Write a literal such as `"text"` or `42`.',
        )

    def check(
        self,
        kind: CheckKind,
        call: Made,
        span: Span,
        *,
        expect: Literal = None,
        raises: str = "",
        bound: Bound | None = None,
        property_: str = "",
        **more: object,
    ) -> Check:
        """A check without its number, which it gets when all are known."""
        return Check(
            id="",
            requirement=self.requirement,
            kind=kind,
            target=call.target,
            args=call.args,
            expect=expect,
            raises=raises,
            bound=bound,
            property=property_,
            span=span,
            named=call.named,
            steps=call.steps,
            is_new=call.is_new,
            **more,  # type: ignore[arg-type]  # names of Check's own fields
        )


def error_name(token: Token) -> str:
    return token.value.name if isinstance(token.value, Free) else token.text
