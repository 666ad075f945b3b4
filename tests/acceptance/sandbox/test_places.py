"""What is copied for the sandbox, to where, and what others must not have touched."""

import os
import subprocess
from pathlib import Path

import pytest

from apps.acceptance.adapters.sandbox import bubblewrap
from apps.acceptance.adapters.sandbox.places import (
    NoPlaceError,
    build_once,
    is_open,
    open_tree,
    place_for,
)
from apps.acceptance.adapters.sandbox.runtime import Runtime, build_runtime


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return build_runtime(tmp_path_factory.mktemp("place"), packages=("pluggy", "no-such-package"))


def test_the_copy_runs_by_itself(runtime: Runtime) -> None:
    code = "import sys, ssl, sqlite3, ctypes, pluggy; print(sys.prefix, pluggy.__file__)"
    env = {
        "LD_LIBRARY_PATH": str(runtime.folder / "python" / "lib"),
        "PYTHONPATH": str(runtime.folder / "site"),
    }
    ran = subprocess.run(
        [runtime.python, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    prefix, package = ran.stdout.split()

    assert Path(prefix) == runtime.folder / "python"
    assert Path(package).is_relative_to(runtime.folder / "site")


def test_the_copy_is_for_everybody_and_nobodys_to_change(runtime: Runtime) -> None:
    for path in (runtime.folder, *runtime.folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            assert mode & 0o444 == 0o444, path
            assert not mode & 0o022, path


def test_it_is_copied_once(runtime: Runtime) -> None:
    place = runtime.folder.parent
    again = build_runtime(place, packages=("pluggy", "no-such-package"))

    assert again == runtime
    assert list(place.iterdir()) == [runtime.folder]
    assert build_runtime(place, packages=()).folder != runtime.folder


def test_a_half_made_copy_is_not_kept(tmp_path: Path) -> None:
    def fail(draft: Path) -> None:
        (draft / "half").touch()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        build_once(tmp_path / "copy", fail)

    assert list(tmp_path.iterdir()) == []


def test_another_builder_was_faster(tmp_path: Path) -> None:
    target = tmp_path / "copy"

    def build(draft: Path) -> None:
        (draft / "late").touch()
        target.mkdir()
        (target / "early").touch()

    assert build_once(target, build) == target
    assert [path.name for path in target.iterdir()] == ["early"]
    assert list(tmp_path.iterdir()) == [target]


def test_open_tree_leaves_links_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch(mode=0o600)
    tree = tmp_path / "tree"
    tree.mkdir(mode=0o700)
    (tree / "link").symlink_to(outside)
    (tree / "program").touch(mode=0o700)

    open_tree(tree)

    assert outside.stat().st_mode & 0o777 == 0o600
    assert (tree / "program").stat().st_mode & 0o777 == 0o755


def test_a_place_that_others_can_change_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "sandbox"
    place.mkdir()
    place.chmod(0o777)
    # As somebody who is not root looks at it; the folder is ours in both cases.
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() or 12_345)

    with pytest.raises(NoPlaceError, match="only its owner"):
        place_for(tmp_path)


def test_closed_folders(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "inner").mkdir(mode=0o755)

    assert not is_open(closed / "inner")
    assert not is_open(tmp_path / "missing")
    assert is_open(Path("/usr"))


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the system's package and the wheel there is a sentence, and no sandbox."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(NoPlaceError, match="Install your system's package"):
        bubblewrap.find_program(tmp_path, system=(tmp_path / "bwrap",))


def test_versions_that_cannot_be_read(tmp_path: Path) -> None:
    assert bubblewrap.version_of(Path("/usr/bin/true")) == ()
    assert bubblewrap.version_of(tmp_path / "missing") == ()
