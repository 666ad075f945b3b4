"""Characters that neither YAML nor Postgres takes, written out or as an escape."""

import re

from apps.masterplans.core.problems import Code, Problems

# Control characters, lone surrogates, two noncharacters.
_UNUSABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"


def cleaned(text: str, problems: Problems, *, line: int, column: int = 0) -> str:
    """The text with a mark instead of each unusable character; the first one is reported.

    Escapes are reported at `column`; without it the text is the line, as it stands in the file.
    """
    found = _UNUSABLE.search(text)
    if found is None:
        return text
    message = f"The character U+{ord(found[0]):04X} cannot be stored; remove it."
    place = column or found.start() + 1
    problems.add(Code.CONTROL_CHARACTER, message, line=line, column=place)
    return _UNUSABLE.sub(_REPLACEMENT, text)
