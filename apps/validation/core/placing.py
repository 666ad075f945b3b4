"""Where in the answered code does a line of the assembled file come from?"""


def line_in_answer(text: str, line: int, code: str) -> int | None:
    """The line of `code` that reads like line `line` of `text`; None when there is none.

    Assembly moves and renames little, so equal text is the same line; among several equal lines the
    one whose neighbours agree longest wins.
    """
    theirs, ours = text.split("\n"), code.split("\n")
    if not 1 <= line <= len(theirs):
        return None
    wanted = theirs[line - 1].strip()
    places = [index for index, own in enumerate(ours) if own.strip() == wanted and wanted]
    if not places:
        return None
    return 1 + max(places, key=lambda index: (*_agreement(theirs, line - 1, ours, index), -index))


def _agreement(theirs: list[str], there: int, ours: list[str], here: int) -> tuple[int, int]:
    """How many lines are the same above, which is where a definition has its name, and below."""
    return _run(theirs, there, ours, here, -1), _run(theirs, there, ours, here, 1)


def _run(theirs: list[str], there: int, ours: list[str], here: int, step: int) -> int:
    length = 0
    while (
        0 <= there < len(theirs)
        and 0 <= here < len(ours)
        and theirs[there].strip() == ours[here].strip()
    ):
        length, there, here = length + 1, there + step, here + step
    return length
