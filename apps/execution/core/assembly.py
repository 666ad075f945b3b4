"""The generated project as a function of the accepted code, and of nothing else.

`assemble` makes everything; the engine, which adds one atom at a time, calls `assemble_file` for
the file that changed and `scaffold` for the files around it.
"""

from collections.abc import Sequence

from apps.execution.core.assembly_python import assemble_python_file
from apps.execution.core.assembly_script import assemble_script_file
from apps.execution.core.atom_code import AssemblyError, AtomCode
from apps.execution.core.scaffold_python import python_scaffold
from apps.execution.core.scaffold_script import path_aliases, script_scaffold
from apps.masterplans.core.document import AtomSpec, Language

__all__ = ["AssemblyError", "AtomCode", "assemble", "assemble_file", "scaffold"]


def assemble(package: str, language: Language, versions: Sequence[AtomCode]) -> dict[str, str]:
    """Return path -> text of the whole project; `versions` stand in plan order.

    Raises AssemblyError.
    """
    by_path: dict[str, list[AtomCode]] = {}
    for version in versions:
        by_path.setdefault(version.atom.path, []).append(version)
    files = scaffold(package, language, [version.atom for version in versions])
    for path, own in by_path.items():
        files[path] = assemble_file(package, language, path, own)
    return dict(sorted(files.items()))


def assemble_file(package: str, language: Language, path: str, versions: Sequence[AtomCode]) -> str:
    """Return the text of one file from the versions of its atoms, in plan order.

    Raises AssemblyError.
    """
    own = [version for version in versions if version.atom.path == path]
    if language is Language.PYTHON:
        return assemble_python_file(path, own)
    return assemble_script_file(path, own, path_aliases(package, [path]))


def scaffold(package: str, language: Language, atoms: Sequence[AtomSpec]) -> dict[str, str]:
    """Return the files around the code of these atoms: `__init__.py`, barrels, project files.

    Parses nothing, so it is cheap enough for every accepted atom.
    """
    if language is Language.PYTHON:
        return python_scaffold(package, [atom.path for atom in atoms])
    return script_scaffold(package, language, atoms)
