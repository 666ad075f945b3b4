"""What an attacker would try first; runs inside of a sandbox and prints what succeeded.

Standard input is JSON: where the host has put things that must not be reached. Standard output is
JSON: the result of every attempt by its name, null for one that was held.
"""

import ctypes
import fcntl
import json
import os
import resource
import socket
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLONE_NEWUSER = 0x1000_0000
KEYCTL = {"x86_64": 250, "aarch64": 219}
PTRACE_TRACEME = 0
_libc = ctypes.CDLL(None, use_errno=True)


def read_secret(host: dict[str, Any]) -> str | None:
    """The state folder, by its path and from the first process's root."""
    paths = (host["secret"], "/proc/1/root" + host["secret"], "/proc/self/cwd/.." + host["secret"])
    for path in paths:
        try:
            return f"read {Path(path).read_text()!r}"
        except OSError:
            continue
    return None


def read_environment(host: dict[str, Any]) -> str | None:
    text = json.dumps(dict(os.environ)) + Path("/proc/1/environ").read_text()
    return "the worker's environment is here" if host["variable"] in text else None


def be_root(_: dict[str, Any]) -> str | None:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    if "0" in lines["Uid"].split() or int(lines["CapEff"], 16) or int(lines["CapBnd"], 16):
        return f"user {lines['Uid']}, capabilities {lines['CapEff']} of {lines['CapBnd']}"
    return None if lines["NoNewPrivs"].strip() == "1" else "setuid programs work"


def write_outside(_: dict[str, Any]) -> str | None:
    for folder in ("/", "/work", "/runtime", "/usr/bin", "/dev", "/dev/shm", "/etc"):  # noqa: S108 - of the sandbox
        try:
            Path(folder, "probe").touch()
        except OSError:
            continue
        return f"wrote to {folder}"
    return None


def see_processes(host: dict[str, Any]) -> str | None:
    numbers = sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    if len(numbers) > 2 or host["pid"] in numbers:
        return f"processes {numbers}"
    return None


def call_host(host: dict[str, Any]) -> str | None:
    """The host's loopback, and a socket of its abstract kind, which needs no path."""
    try:
        socket.create_connection(("127.0.0.1", host["port"]), timeout=1).close()
        return "reached the host's loopback"
    except OSError:
        pass
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect("\0" + host["abstract"])
        return "reached an abstract socket"
    except OSError:
        return None


def trace(_: dict[str, Any]) -> str | None:
    return None if _libc.ptrace(PTRACE_TRACEME, 0, 0, 0) else "ptrace works"


def new_namespace(_: dict[str, Any]) -> str | None:
    return None if _libc.unshare(CLONE_NEWUSER) else "made a user namespace"


def use_keys(_: dict[str, Any]) -> str | None:
    number = KEYCTL[os.uname().machine]
    return None if _libc.syscall(number, 0, -4, 0) < 0 else "the key ring answers"


def type_into_terminal(_: dict[str, Any]) -> str | None:
    leader, follower = os.openpty()
    try:
        fcntl.ioctl(follower, termios.TIOCSTI, b"x")
    except PermissionError:
        return None
    except OSError as error:  # asked, and refused for another reason than ours
        return f"the filter let it through: {error}"
    finally:
        os.close(leader)
        os.close(follower)
    return "typed"


def lift_limits(host: dict[str, Any]) -> str | None:
    for name in ("NPROC", "CPU", "NOFILE", "FSIZE", "CORE", "DATA"):
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        if hard == resource.RLIM_INFINITY:
            return f"no limit for {name}"
        if name == "NPROC" and hard > host["processes"]:
            return f"{hard} processes"
        try:
            resource.setrlimit(kind, (hard + 1, hard + 1))
        except (ValueError, OSError):
            continue
        return f"raised the limit for {name}"
    return None


ATTEMPTS: tuple[Callable[[dict[str, Any]], str | None], ...] = (
    read_secret,
    read_environment,
    be_root,
    write_outside,
    see_processes,
    call_host,
    trace,
    new_namespace,
    use_keys,
    type_into_terminal,
    lift_limits,
)


def main() -> None:
    host = json.load(sys.stdin)
    print(json.dumps({attempt.__name__: attempt(host) for attempt in ATTEMPTS}))  # noqa: T201 - read by the host


if __name__ == "__main__":
    main()
