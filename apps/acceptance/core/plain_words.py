"""The masked text in fewer forms: what people write in many ways, templates read in one."""

import re

from apps.acceptance.core.scene import MODAL

_V = r"⟦[vcn]\d+⟧"
_REWRITTEN: tuple[tuple[str, str], ...] = (
    # `>>> f(1)` and its result in the next line
    (rf">>>\s*(?P<call>⟦c\d+⟧)\s*\n\s*(?={_V})", r"\g<call> returns "),
    (r">>>", " "),
    # the points of abbreviations end no sentence
    (r"\b(?:e\.\s?g\.|for\s+instance|eg\.),?", "for example"),
    (r"\bp\.\s?ej\.,?", "por ejemplo"),
    (r"\bi\.\s?e\.,?", "that is"),
    (r"\b(?:approx|ca)\.", "about"),
    (r"\b(?:etc|vs|cf)\.(?=\s)", " "),
    (r"[;.]\s+(?=(?:for\s+example|such\s+as|por\s+ejemplo)\b[\s,:]*(?:⟦[vc]))", ", "),
    # an error that is raised
    (
        (
            r"(?:(?:an?|the|una?|el)\s+)?(?P<error>⟦[en]\d+⟧)(?:\s+(?:error|exception))?"
            rf"{MODAL}(?:be|is|are|gets?)\s+(?:raised|thrown|signall?ed)\b"
        ),
        r"raises \g<error>",
    ),
    # what holds otherwise belongs to the sentence before it
    (
        (
            r"[;.]\s+(?=(?:in\s+(?:that|this|such\s+a)\s+case|in\s+all\s+other\s+cases|otherwise|else|others?\b"
            r"|any(?:thing)?\s+(?:other|else)|all\s+other|everything\s+else|en\s+(?:ese|este|otro)\s+caso"
            r"|en\s+caso\s+contrario|de\s+lo\s+contrario|si\s+no\b|cualquier\s+otr[oa]))"
        ),
        ", ",
    ),
)
_RULES = tuple((re.compile(pattern, re.IGNORECASE), to) for pattern, to in _REWRITTEN)


def plain_words(masked: str) -> str:
    """The masked text with its placeholders, in their order, and plainer words between them."""
    for pattern, to in _RULES:
        masked = pattern.sub(to, masked)
    return masked
