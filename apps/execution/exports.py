"""A plan's code as one file to take away."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import StreamingHttpResponse

from apps.execution.actions import sync_workspace
from apps.execution.adapters import export as adapter
from apps.execution.adapters.workspace import Workspace, WorkspaceError
from apps.execution.core.assembly import AssemblyError
from apps.execution.errors import ExportFailed, NothingToExport
from apps.execution.models import CodeVersion
from apps.masterplans.models import Masterplan

EXPORT_KINDS = frozenset(kind.value for kind in adapter.ExportFormat)


CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A temporary file; its name is safe in a header, and `folder` goes away with it."""

    path: Path
    name: str
    content_type: str
    folder: tempfile.TemporaryDirectory[str]

    def as_response(self) -> StreamingHttpResponse:
        """Stream the file as a download, and delete it afterwards."""
        response = StreamingHttpResponse(self._chunks(), content_type=self.content_type)
        response["Content-Disposition"] = f'attachment; filename="{self.name}"'
        response["Content-Encoding"] = "identity"  # a zip does not get smaller
        response["Content-Length"] = str(self.path.stat().st_size)
        return response

    async def _chunks(self) -> AsyncIterator[bytes]:
        # An asynchronous iterator, because Django would read a synchronous one into memory first.
        try:
            with self.path.open("rb") as file:
                while chunk := await sync_to_async(file.read)(CHUNK_BYTES):
                    yield chunk
        finally:
            self.folder.cleanup()


def open_export(plan: Masterplan, kind: str) -> ExportFile:
    """Write the export of this kind (zip, bundle, patch). Raises NothingToExport, ExportFailed."""
    if not CodeVersion.objects.filter(plan=plan).exists():
        raise NothingToExport(ref=plan.ref)
    wanted = adapter.ExportFormat(kind)
    folder = tempfile.TemporaryDirectory(prefix="mge-export-")
    try:
        sync_workspace(plan.pk)  # makes a repository that was lost again
        workspace = Workspace(settings.WORKSPACE_DIR, plan.pk)
        path = adapter.export(workspace, wanted, slug=plan.slug, folder=Path(folder.name))
    except (WorkspaceError, AssemblyError) as error:
        folder.cleanup()
        raise ExportFailed(ref=plan.ref, reason=str(error)) from error
    return ExportFile(path, path.name, wanted.media_type, folder)
