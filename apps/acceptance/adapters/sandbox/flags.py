"""How bubblewrap is called: the whole wall, flag by flag."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from apps.acceptance.adapters.sandbox.runtime import INSIDE, Runtime
from apps.acceptance.adapters.sandbox.watch import whole_pages
from apps.acceptance.core.sandbox import MEBIBYTE, Job

WORK = "/work"
SUPPORT = "/support"

# All of the host that can be seen inside, read-only: programs and their libraries. Nothing of
# /etc but two lists of names, nothing of /home, /root, /run, /srv, /tmp, /var.
SYSTEM = (
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/nodejs",  # Debian keeps a part of Node's own modules here
    "/usr/share/zoneinfo",
    "/etc/alternatives",  # where some names in /usr/bin point to
    "/etc/ld.so.cache",  # where libraries lie
)
# On most systems they point into /usr; on others they are folders.
SHORT_NAMES = ("/bin", "/lib", "/lib64")

# What the kernel tells everybody about the whole machine: keys of the user, timers, memory.
TOLD_BY_PROC = ("/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/kcore")

# Each kind by itself: `--unshare-all` leaves out what the kernel has not got.
NAMESPACES = (
    "--unshare-user",  # whatever rights are gained inside mean nothing outside
    "--unshare-pid",  # no process of the host has a number here; the first one's end ends all
    "--unshare-net",  # an empty network: not even the host's loopback or abstract sockets
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup",
)
BEHAVIOUR = (
    "--as-pid-1",  # the command itself is the first process: no helper inside to be attacked
    "--new-session",  # no terminal of the host to type into
    "--die-with-parent",  # of the thread that started it: see Spawner
    "--disable-userns",  # no further user namespace, in which it would be root again
    "--cap-drop",
    "ALL",
    "--clearenv",  # the worker's environment holds its secrets
    "--hostname",
    "sandbox",
)
ENV = {
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own
    "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "USER": "sandbox",
}
_SPARE_ADDRESSES = 256 * MEBIBYTE  # libraries, and what threads reserve but do not use
_STACK_BYTES = 8 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Contents:
    """Open files that bwrap reads while it sets up, and closes."""

    files: Mapping[str, int]  # by the path inside
    seccomp: int
    status: int  # bwrap writes its report here


class ExposedError(Exception):
    """A folder that must stay hidden lies inside of one that is shown."""


def arguments(job: Job, runtime: Runtime, contents: Contents, uid: int) -> list[str]:
    """Return the arguments of bwrap for this job."""
    return [
        *NAMESPACES,
        *BEHAVIOUR,
        # The same number inside as outside: mapping it to another one buys nothing, and as root
        # it would be the host's root with another name.
        *("--uid", str(uid), "--gid", str(uid)),
        *_environment(ENV | runtime.env() | dict(job.env)),
        *_root(runtime),
        *_files(contents),
        *_private(job),
        *("--json-status-fd", str(contents.status)),
        *("--seccomp", str(contents.seccomp)),
        *("--chdir", WORK),
        "--",
        *_limits(job),
        *job.command,
    ]


def _environment(env: Mapping[str, str]) -> Iterator[str]:
    for name, value in env.items():
        yield from ("--setenv", name, value)


def _root(runtime: Runtime) -> Iterator[str]:
    """A new, empty root with read-only views of the host's programs."""
    for source, inside in shown(runtime):
        yield from ("--ro-bind", source, inside)
    for name in SHORT_NAMES:
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), name)
        elif path.is_dir():
            yield from ("--ro-bind", name, name)


def shown(runtime: Runtime) -> tuple[tuple[str, str], ...]:
    """Return every folder of the host that is seen inside, and where."""
    system = tuple((each, each) for each in SYSTEM if Path(each).exists())
    more = tuple((str(folder), inside) for inside, folder in runtime.more.items())
    return (*system, (str(runtime.folder), INSIDE), *more)


def check_hidden(runtime: Runtime, hidden: Sequence[Path]) -> None:
    """Raise ExposedError when a secret folder would be seen inside."""
    for source, _ in shown(runtime):
        for secret in hidden:
            if secret.resolve().is_relative_to(Path(source).resolve()):
                raise ExposedError(f"{secret} lies in {source}, which sandboxes can read.")


def _files(contents: Contents) -> Iterator[str]:
    """Copies in memory of the new root, which nobody can change: nothing touches a disk."""
    yield from ("--dir", WORK, "--dir", SUPPORT)
    for path, file in contents.files.items():
        yield from ("--perms", "0444", "--file", str(file), path)


def _private(job: Job) -> Iterator[str]:
    """What the sandbox has for itself, and the lock on all the rest."""
    yield from ("--proc", "/proc")  # shows its own processes only
    for name in TOLD_BY_PROC:
        if Path(name).exists():
            yield from ("--ro-bind", "/dev/null", name)  # a device, where devices do not open
    yield from ("--dev", "/dev")  # null, zero, full, random, urandom, tty, terminals of its own
    yield from ("--remount-ro", "/dev")  # /dev/shm would be memory without a limit
    # The one place that can be written to.
    size = whole_pages(job.limits.tmp_bytes)
    yield from ("--perms", "0700", "--size", str(size), "--tmpfs", "/tmp")  # noqa: S108 - the sandbox's own
    yield from ("--remount-ro", "/")  # last: the files above are written before


def _limits(job: Job) -> tuple[str, ...]:
    """Set limits inside: the first process counts against them, bwrap does not.

    The host watches resident memory; these stop one big bite between two looks.
    """
    limits = job.limits
    bite = 2 * limits.memory_bytes + _SPARE_ADDRESSES
    return (
        "/usr/bin/prlimit",
        f"--nproc={limits.processes}",
        f"--cpu={limits.cpu_s}:{limits.cpu_s + 1}",  # told by its own signal, then killed
        f"--nofile={limits.open_files}",
        f"--fsize={limits.file_bytes}",
        f"--stack={_STACK_BYTES}",
        f"--data={bite}",
        # Python reserves what it uses; Node reserves far more, and only `data` fits it.
        *((f"--as={bite}",) if _runs_python(job.command) else ()),
        "--core=0",  # no memory image of a crash, here or on the host
        "--memlock=0",
        "--msgqueue=0",
        "--",
    )


def _runs_python(command: Sequence[str]) -> bool:
    return PurePosixPath(command[0]).name.startswith("python")
