"""The state folder, and the variables that a running stack lends to other commands."""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


class StateError(Exception):
    """Something on this machine keeps the stack from starting; the text says what to do."""


def var_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of everything that is no code, as an absolute path."""
    return Path(environ.get("MGE_VAR_DIR") or BASE_DIR / "var").expanduser().resolve()


def make_state_folder(var: Path) -> None:
    """Make the folder; other users may pass through a new one, because Postgres may be another.

    Raises StateError when it belongs to somebody else.
    """
    try:
        var.mkdir(parents=True)
    except FileExistsError:
        pass
    except OSError as error:
        raise StateError(f"{var} cannot be made: {error.strerror}. Set MGE_VAR_DIR.") from error
    else:
        var.chmod(0o755)
    if not os.access(var, os.W_OK | os.X_OK):
        raise StateError(
            f"{var} belongs to another user. Start as that user, or set MGE_VAR_DIR to a folder"
            " of your own."
        )


def stack_env_file(var: Path) -> Path:
    return var / "run" / "stack.env"


def stack_lock_file(var: Path) -> Path:
    return var / "run" / "lock"


def format_env(values: Mapping[str, str]) -> str:
    """Return one NAME=VALUE line each. Raises ValueError for what would not read back."""
    for name, value in values.items():
        if not _NAME.fullmatch(name) or "\n" in value or "\r" in value:
            raise ValueError(f"{name} cannot be written as one NAME=VALUE line.")
    return "".join(f"{name}={value}\n" for name, value in values.items())


def parse_env(text: str) -> dict[str, str]:
    """Read NAME=VALUE lines; a value is the rest of its line, unquoted. # starts a comment line.

    Raises ValueError that names the line.
    """
    values = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise ValueError(f"Line {number}: write NAME=VALUE, with a name in capitals.")
        values[name] = value
    return values


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner can read it, at every moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def kept_secret(path: Path, length: int = 48) -> str:
    """Return the secret in a file, which is made on first use: `length` random bytes, as text."""
    try:
        kept = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        kept = ""
    if kept:
        return kept
    made = secrets.token_urlsafe(length)
    write_private(path, made + "\n")
    return made


@contextmanager
def stack_lock(var: Path) -> Iterator[bool]:
    """Hold the lock of the one supervisor of this state folder; yield whether it was free."""
    path = stack_lock_file(var)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def stack_runs(var: Path) -> bool:
    """Tell whether a supervisor holds this state folder; its lock ends with it, however it dies."""
    try:
        file = stack_lock_file(var).open(encoding="utf-8")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def borrow_from_stack(environ: MutableMapping[str, str]) -> None:
    """Set the variables of the running stack, if one runs; what is already set stays."""
    var = var_dir(environ)
    if not stack_runs(var):
        return
    try:
        lent = parse_env(stack_env_file(var).read_text(encoding="utf-8"))
    except FileNotFoundError:  # the stack has not come that far
        return
    for name, value in lent.items():
        environ.setdefault(name, value)


def stand_alone(environ: MutableMapping[str, str]) -> None:
    """Set what the settings insist on, for a command that uses none of it."""
    environ.setdefault("SECRET_KEY", secrets.token_urlsafe(32))
    environ.setdefault("DATABASE_URL", "postgresql:///not-used")
    environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
