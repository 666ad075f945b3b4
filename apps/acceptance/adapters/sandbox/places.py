"""Where the sandbox keeps its copied programs: readable for the users that sandboxes run as.

The project, its virtual environment and the interpreter may all lie under a folder that only root
enters; what a slot's user runs is therefore copied to a folder that everybody passes through.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

# /var/lib first: some systems delete what lies unused in /var/tmp for a month.
SHARED_PARENTS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - root's own folder inside


class NoPlaceError(Exception):
    """No folder fits; the text says why."""


def place_for(state: Path) -> Path:
    """Return the folder for copies: the state folder, or for root one that anybody can reach.

    Raises NoPlaceError.
    """
    if os.geteuid() != 0:
        return _made(state / "sandbox", owner=os.geteuid())
    parent = next((each for each in SHARED_PARENTS if is_open(each)), None)
    if parent is None:
        raise NoPlaceError("Neither /var/lib nor /var/tmp can be reached by every user.")
    shared = _made(parent / "mge-console", owner=0)
    return _made(shared / "sandbox", owner=0)


def _made(folder: Path, owner: int) -> Path:
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise NoPlaceError(f"{folder} cannot be made: {error.strerror}.") from error
    # Somebody else's folder, or one that others may write to, could be filled with other programs.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o022:
        raise NoPlaceError(f"{folder} is not a folder that only its owner, user {owner}, changes.")
    folder.chmod(0o755)
    return folder


def is_open(folder: Path) -> bool:
    """Tell whether any user can pass through the folder and all its parents."""
    resolved = folder.resolve()
    return resolved.is_dir() and all(
        each.stat().st_mode & stat.S_IXOTH for each in (resolved, *resolved.parents)
    )


def build_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Return the folder; `build` fills a draft of it, which gets the name in one step.

    A half-made one is never used, and of two builders at once the second takes the first's.
    """
    if target.exists():
        return target
    draft = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    try:
        build(draft)
        open_tree(draft)
        draft.rename(target)
    except OSError:
        if not target.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def open_tree(top: Path) -> None:
    """Let everybody read and nobody but the owner write."""
    for folder, _, files in os.walk(top):
        for path in (Path(folder), *(Path(folder) / file for file in files)):
            if not path.is_symlink():
                runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if runs else 0o644)
