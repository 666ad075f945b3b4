import io
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from apps.execution.adapters.export import (
    ExportFormat,
    NothingToExport,
    export,
    export_bundle,
    export_patch,
    export_zip,
)
from apps.execution.adapters.workspace import Workspace, WorkspaceError
from tests.execution.versions import PLAN, version


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspaces", PLAN)
    workspace.ensure()
    return workspace


@pytest.fixture
def textkit(workspace: Workspace) -> Workspace:
    """A history with what is awkward to export: empty files, unicode, deletions, odd subjects."""
    slug = "def slugify(text: str) -> str:\n    return text.lower()\n"
    workspace.commit_all(
        [
            version(0, files={"textkit/__init__.py": "", "textkit/slug.py": slug}),
            version(
                1, files={"textkit/old.py": "OLD = 1\n"}, subject="[PATCH] From: diff --git a b"
            ),
            version(
                2, files={"textkit/old.py": None, "docs/añadir 日本.md": "---\nFrom here\n>From ß"}
            ),
            version(3, files={}),
            version(
                4, files={"textkit/slug.py": slug.replace("lower", "casefold")}, subject="é " * 80
            ),
            version(
                5, files={"main.py": "from textkit.slug import slugify\nprint(slugify('Hi'))\n"}
            ),
        ]
    )
    return workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


def git(*arguments: str, at: Path) -> str:
    """Run git as the person does who receives an export, without the settings of this machine."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(at),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_COMMITTER_NAME": "Receiver",
        "GIT_COMMITTER_EMAIL": "receiver@localhost",
    }
    command = ["git", *arguments]
    done = subprocess.run(
        command, cwd=at, env=environment, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def tree_of(workspace: Workspace) -> str:
    return workspace.git.run("rev-parse", "main^{tree}").decode().strip()


def test_zip_holds_the_files_in_one_folder(textkit: Workspace, folder: Path) -> None:
    path = export_zip(textkit, slug="text-toolkit", folder=folder)

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        files = {i.filename: archive.read(i).decode() for i in archive.infolist() if not i.is_dir()}
    assert path == folder / "text-toolkit.zip"
    assert files == {f"text-toolkit/{name}": textkit.read_file(name) for name in textkit.tree()}
    assert "text-toolkit/docs/añadir 日本.md" in files


def test_zip_of_the_same_commit_has_the_same_bytes(
    textkit: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = export_zip(textkit, slug="a", folder=folder).read_bytes()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    textkit.compact()

    assert export_zip(textkit, slug="a", folder=folder).read_bytes() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.infolist()[0].date_time == (
            2026,
            3,
            1,
            9,
            0,
            4,
        )  # zip counts in steps of 2 s


def test_code_from_the_zip_runs(textkit: Workspace, folder: Path) -> None:
    with zipfile.ZipFile(export_zip(textkit, slug="kit", folder=folder)) as archive:
        archive.extractall(folder)

    done = subprocess.run(
        ["python3", "main.py"], cwd=folder / "kit", capture_output=True, check=True
    )
    assert done.stdout == b"hi\n"


def test_bundle_clones_onto_main_with_all_history(textkit: Workspace, folder: Path) -> None:
    path = export_bundle(textkit, slug="kit", folder=folder)

    git("bundle", "verify", str(path), at=textkit.repository)
    git("clone", "--quiet", str(path), "clone", at=folder)
    clone = folder / "clone"

    assert git("rev-parse", "--abbrev-ref", "HEAD", at=clone) == "main"
    assert git("rev-parse", "HEAD", at=clone) == textkit.head()
    assert git("status", "--porcelain", at=clone) == ""
    assert git("rev-list", "--count", "HEAD", at=clone) == "6"
    assert (clone / "textkit/slug.py").read_text() == textkit.read_file("textkit/slug.py")


def test_patch_applies_in_an_empty_repository(textkit: Workspace, folder: Path) -> None:
    path = export_patch(textkit, slug="kit", folder=folder)
    receiver = folder / "receiver"
    receiver.mkdir()

    git("init", "--quiet", at=receiver)
    git("am", "--quiet", str(path), at=receiver)

    assert git("rev-parse", "HEAD^{tree}", at=receiver) == tree_of(textkit)
    assert git("log", "-1", "--format=%an %ad", "--date=iso", at=receiver) == (
        "MGE Console 2026-03-01 09:00:05 +0000"
    )
    assert f"Code-Version: {version(5).version_id}" in git("log", "-1", "--format=%B", at=receiver)


def test_patch_with_carriage_returns_applies_with_keep_cr(
    workspace: Workspace, folder: Path
) -> None:
    workspace.commit(version(0, files={"a.bat": "one\r\ntwo\r\n"}))
    path = export_patch(workspace, slug="kit", folder=folder)

    git("init", "--quiet", "receiver", at=folder)
    git("am", "--quiet", "--keep-cr", str(path), at=folder / "receiver")

    assert git("rev-parse", "HEAD^{tree}", at=folder / "receiver") == tree_of(workspace)


@pytest.mark.parametrize("wanted", ExportFormat)
def test_every_format_by_name(textkit: Workspace, folder: Path, wanted: ExportFormat) -> None:
    path = export(textkit, wanted, slug="kit", folder=folder)

    assert [p.name for p in folder.iterdir()] == [f"kit.{wanted}"] == [path.name]
    assert path.stat().st_size > 0
    assert "/" in wanted.media_type


@pytest.mark.parametrize("wanted", ExportFormat)
def test_before_the_first_commit_there_is_nothing(
    workspace: Workspace, folder: Path, wanted: ExportFormat
) -> None:
    with pytest.raises(NothingToExport, match="nothing to export yet"):
        export(workspace, wanted, slug="kit", folder=folder)

    assert not list(folder.iterdir())


def test_a_history_without_changes_has_no_patch(workspace: Workspace, folder: Path) -> None:
    workspace.commit(version(0, files={}))

    with pytest.raises(NothingToExport):
        export_patch(workspace, slug="kit", folder=folder)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("slug", ["", "../kit", "a/b", "-o", ".hidden", "a b", "x" * 101])
def test_the_name_is_checked(textkit: Workspace, folder: Path, slug: str) -> None:
    with pytest.raises(WorkspaceError, match="cannot be the name"):
        export_zip(textkit, slug=slug, folder=folder)


def test_a_failed_export_leaves_no_file(textkit: Workspace, folder: Path) -> None:
    blob = textkit.tree()["main.py"]
    for pack in textkit.repository.glob("objects/pack/*"):
        pack.unlink()
    (textkit.repository / "objects" / blob[:2] / blob[2:]).unlink(missing_ok=True)

    with pytest.raises(WorkspaceError):
        export_zip(textkit, slug="kit", folder=folder)
    assert not list(folder.iterdir())


def test_a_folder_that_is_not_there(textkit: Workspace, folder: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be written: No such file"):
        export_zip(textkit, slug="kit", folder=folder / "gone")
