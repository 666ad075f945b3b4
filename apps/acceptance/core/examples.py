"""Inputs that the plan itself states a result for, at hand for everything else that is read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from apps.acceptance.core.checks import Args, CheckKind, Target
from apps.acceptance.core.literals import is_plain
from apps.acceptance.core.reading import read_stated

MAX_EXAMPLES = 12  # of one function


def with_stated_inputs(targets: Sequence[Target], texts: Mapping[str, str]) -> tuple[Target, ...]:
    """The targets with the arguments that any of the requirements states a result for.

    `texts` are the requirements by id.
    """
    found: dict[tuple[str, str], dict[str, Args]] = {}
    for requirement, text in texts.items():
        for check in read_stated(text, requirement=requirement, targets=targets):
            is_whole = check.kind is CheckKind.RETURNS and not (check.named or check.property)
            if is_whole and check.args and all(map(is_plain, check.args)):
                key = (check.target.path, check.target.symbol)
                found.setdefault(key, {}).setdefault(repr(check.args), check.args)
    return tuple(
        replace(target, examples=tuple(known.values())[:MAX_EXAMPLES])
        if (known := found.get((target.path, target.symbol)))
        else target
        for target in targets
    )
