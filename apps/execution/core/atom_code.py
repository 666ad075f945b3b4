"""Accepted code of one atom, and what assembly does when it cannot place it."""

from dataclasses import dataclass

from apps.masterplans.core.document import AtomSpec


@dataclass(frozen=True, slots=True)
class AtomCode:
    """The text that an attempt answered, and the atom that asked for it."""

    atom: AtomSpec
    code: str


class AssemblyError(ValueError):
    """Code that cannot be read cannot be assembled; level 1 refuses it beforehand."""
