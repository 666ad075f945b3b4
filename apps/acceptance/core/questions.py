"""What to ask the author of a requirement, in the language in which it was written."""

import re

from apps.acceptance.core.testability import Doubt
from apps.masterplans.core.markup import without_mentions

_SPANISH = re.compile(
    r"\b(?:el|la|los|las|del|debe[nr]?|deberá|debería|puede|si|que|una?|para|por|con|se|cuando|entonces)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\b(?:the|an?|of|must|shall|should|may|is|are|be|to|and|for|with|when|if|then|not)\b",
    re.IGNORECASE,
)

_ASKED_IN_ENGLISH = {
    Doubt.EMPTY: "What must hold? There is no text yet.",
    Doubt.PLACEHOLDER: "Part of this is still open. What stands in the gap?",
    Doubt.PEOPLE: "This orders work or asks for an opinion. Which behaviour of the program would"
    " show that it was done?",
    Doubt.INSIDE: "This says how it is built, which no test sees from outside. Which result, or which failure"
    " that must not happen, would show it?",
    Doubt.PERMISSION: "Doing it and leaving it are both right, so there is nothing to test. Should it be MUST or"
    " SHOULD, or what must hold when it is done?",
    Doubt.SUBJECTIVE: "This is a matter of taste. Which figure, example or comparison decides whether it is met?",
    Doubt.VAGUE: "Which input leads to which result, or which figure must be kept, and in which situation?",
}
_ASKED_IN_SPANISH = {
    Doubt.EMPTY: "¿Qué debe cumplirse? Todavía no hay texto.",
    Doubt.PLACEHOLDER: "Una parte sigue abierta. ¿Qué va en el hueco?",
    Doubt.PEOPLE: "Esto pide un trabajo o una opinión. ¿Qué comportamiento del programa mostraría que se hizo?",
    Doubt.INSIDE: "Esto dice cómo está hecho, y ninguna prueba lo ve desde fuera. ¿Qué resultado, o qué fallo que no"
    " debe ocurrir, lo mostraría?",
    Doubt.PERMISSION: "Hacerlo y no hacerlo son correctos, así que no hay nada que probar. ¿Debería ser DEBE o DEBERÍA,"
    " o qué debe cumplirse cuando se hace?",
    Doubt.SUBJECTIVE: "Esto es cuestión de gusto. ¿Qué cifra, ejemplo o comparación decide si se cumple?",
    Doubt.VAGUE: "¿Qué entrada da qué resultado, o qué cifra debe respetarse, y en qué situación?",
}


def is_spanish(text: str) -> bool:
    """Judged by function words alone; text without any counts as English."""
    plain = without_mentions(text)
    return len(_SPANISH.findall(plain)) > len(_ENGLISH.findall(plain))


def question_of(doubt: Doubt, text: str, language: str = "") -> str:
    """The question that would make the requirement testable; `language` is a code such as `es`."""
    asked = _ASKED_IN_SPANISH if _wants_spanish(text, language) else _ASKED_IN_ENGLISH
    return asked[doubt]


def question_of_priority(text: str, language: str = "") -> str:
    if _wants_spanish(text, language):
        return "¿Es obligatorio (DEBE), recomendado (DEBERÍA) o permitido (PUEDE)? Ninguna palabra lo dice."
    return "Is this a MUST, a SHOULD or a MAY? No word says so."


def question_of_section(word: str, section: str, text: str, language: str = "") -> str:
    """When the capitals of a sentence and the section of the plan disagree."""
    if _wants_spanish(text, language):
        return f"Dice {word}, pero está en la sección {section}. La sección decide; ¿es lo que se quiere?"
    return f"It says {word} and stands under {section}. The section decides; is that meant?"


def _wants_spanish(text: str, language: str) -> bool:
    return language.lower().startswith("es") if language else is_spanish(text)
