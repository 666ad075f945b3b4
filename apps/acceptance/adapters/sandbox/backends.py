"""Find a sandbox that holds on this machine; without one, nothing untrusted runs."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap, find_program
from apps.acceptance.adapters.sandbox.places import NoPlaceError, place_for
from apps.acceptance.adapters.sandbox.runtime import build_runtime
from apps.acceptance.adapters.sandbox.selftest import SelfTest, attack
from apps.acceptance.adapters.sandbox.slots import Slots
from apps.acceptance.adapters.sandbox.tally import NoTally, Tally
from apps.common.errors import ConsoleError

FIRST_UID = 61_000
SLOTS = 100


class NoSandbox(ConsoleError):
    """No sandbox holds on this machine, so no untrusted code runs: {problem}"""

    code = "no_sandbox"
    status = 503


@dataclass(frozen=True, slots=True)
class Setup:
    """What a sandbox is made of on this machine."""

    state: Path  # the console's own folder; must stay hidden
    first_uid: int = FIRST_UID  # sandboxes that root starts run as this user and those after it
    slots: int = SLOTS  # so many at once
    hidden: Sequence[Path] = ()  # more folders that must stay hidden
    tally: Tally = field(default_factory=NoTally)  # hears of every start and end


@dataclass(frozen=True, slots=True)
class Tested:
    sandbox: Bubblewrap
    test: SelfTest


def bubblewrap(setup: Setup) -> Bubblewrap:
    """Put bubblewrap together, untested. Raises NoPlaceError or OSError."""
    place = place_for(setup.state)
    program = find_program(place)
    slots = Slots(place / "slots", setup.first_uid, setup.slots) if os.geteuid() == 0 else None
    if slots:
        slots.clear(program.resolve())
    return Bubblewrap(
        program=program,
        runtime=build_runtime(place),
        slots=slots,
        hidden=(setup.state, place / "slots", *_home(), *setup.hidden),
        tally=setup.tally,
    )


def _home() -> tuple[Path, ...]:
    """The home of whoever runs us; a service may have none."""
    try:
        return (Path.home(),)
    except RuntimeError:
        return ()


# The ways to put a sandbox together, the first that holds is taken. Another one (nsjail, sandlock)
# needs the methods that Bubblewrap has, and joins the end of this line.
BACKENDS: tuple[Callable[[Setup], Bubblewrap], ...] = (bubblewrap,)


def open_sandbox(setup: Setup) -> Tested:
    """Return the first sandbox that holds all attacks of the self-test. Raises NoSandbox.

    Takes about half a second; a first start copies an interpreter, which takes some more.
    """
    problems = []
    for assemble in BACKENDS:
        try:
            sandbox = assemble(setup)
            test = attack(sandbox, setup.state)
        except (NoPlaceError, OSError) as error:
            problems.append(str(error))
            continue
        if test.holds:
            return Tested(sandbox, test)
        problems.append(test.message)
    raise NoSandbox(problem=" ".join(problems))
