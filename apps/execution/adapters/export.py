"""A plan's repository as one file to take away: zip, git bundle, or patch series.

Git writes straight to disk, so the size of the repository does not matter to memory.
"""

import re
from enum import StrEnum
from pathlib import Path

from apps.execution.adapters.git import WorkspaceError
from apps.execution.adapters.workspace import Workspace

_TIMEOUT_S = 120.0
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class NothingToExport(WorkspaceError):
    """No code version was accepted yet."""

    def __init__(self) -> None:
        super().__init__("There is nothing to export yet: no atom of this plan has succeeded.")


class ExportFormat(StrEnum):
    ZIP = "zip"
    BUNDLE = "bundle"
    PATCH = "patch"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.ZIP: "application/zip",
    ExportFormat.BUNDLE: "application/x-git-bundle",
    ExportFormat.PATCH: "text/x-patch; charset=utf-8",
}


def export(workspace: Workspace, wanted: ExportFormat, *, slug: str, folder: Path) -> Path:
    """Write the export into `folder`, which the caller owns and removes, and return its path.

    The file is `<slug>.<format>`. Raises NothingToExport, WorkspaceError.
    """
    write = {
        ExportFormat.ZIP: export_zip,
        ExportFormat.BUNDLE: export_bundle,
        ExportFormat.PATCH: export_patch,
    }[wanted]
    return write(workspace, slug=slug, folder=folder)


def export_zip(workspace: Workspace, *, slug: str, folder: Path) -> Path:
    """Write the files of the newest commit as a zip with the top-level folder `<slug>/`.

    The same commit gives the same bytes.
    """
    target, head = _target(slug, folder, ExportFormat.ZIP), _head(workspace)
    _write(workspace, target, "archive", "--format=zip", f"--prefix={slug}/", head)
    return target


def export_bundle(workspace: Workspace, *, slug: str, folder: Path) -> Path:
    """Write the whole history as a git bundle; `git clone <slug>.bundle` checks out main."""
    target = _target(slug, folder, ExportFormat.BUNDLE)
    _head(workspace)
    # HEAD is listed too, because without it a clone does not know which branch to check out.
    _write(workspace, target, "bundle", "create", "--quiet", "-", "HEAD", "main")
    return target


def export_patch(workspace: Workspace, *, slug: str, folder: Path) -> Path:
    """Write every commit as a mailbox of patches for `git am`.

    Files whose lines end in CR LF need `git am --keep-cr`.
    """
    target, head = _target(slug, folder, ExportFormat.PATCH), _head(workspace)
    _write(workspace, target, *_FORMAT_PATCH, head)
    if target.stat().st_size == 0:
        target.unlink()
        raise NothingToExport
    return target


_FORMAT_PATCH = (
    "format-patch",
    "--root",
    "--stdout",
    "--no-stat",
    "--no-signature",  # it would be the version of git
    "--no-renames",
    "--full-index",
    "--binary",
)


def _head(workspace: Workspace) -> str:
    head = workspace.head()
    if head is None:
        raise NothingToExport
    return head


def _target(slug: str, folder: Path, wanted: ExportFormat) -> Path:
    if not _SLUG.fullmatch(slug):
        raise WorkspaceError(f"{slug[:100]!r} cannot be the name of an export.")
    return folder.absolute() / f"{slug}.{wanted}"


def _write(workspace: Workspace, target: Path, *command: str) -> None:
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as sink:
            workspace.git.run(*command, stdout=sink, timeout_s=_TIMEOUT_S)
        part.rename(target)
    except OSError as error:
        raise WorkspaceError(f"The export cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
