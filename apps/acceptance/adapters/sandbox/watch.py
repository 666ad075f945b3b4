"""What the host sees of a running sandbox. Every answer may be a moment old."""

import os
import re
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PAGE = resource.getpagesize()
# Private pages, and those of shared mappings and of files in memory.
_OWN_MEMORY = re.compile(rb"^Rss(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)


def tree(pid: int) -> Iterator[int]:
    """Yield the process and all below it; a daemon hangs below the first one, like any orphan."""
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        yield current
        with suppress(OSError):
            for task in Path(f"/proc/{current}/task").iterdir():
                with suppress(OSError):
                    children = (task / "children").read_bytes()
                    waiting.extend(map(int, children.split()))


def resident_bytes(pid: int) -> int:
    """Memory that the process and all below it hold; pages that two of them share count twice.

    Without pages of programs and libraries: the machine keeps those once, for whoever reads them.
    """
    return sum(_own_kibibytes(each) for each in tree(pid)) * 1024


def _own_kibibytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return 0
    return sum(int(number) for number in _OWN_MEMORY.findall(status))


def whole_pages(size: int) -> int:
    """The size that the kernel gives to a file system that was asked to hold `size` bytes."""
    return -(-size // PAGE) * PAGE


def inodes_in_tmp(pid: int, size: int) -> int:
    """Files and folders in the sandbox's /tmp, which holds `size` bytes; 0 while it is not there.

    Its size tells the file system from the host's, which a process sees while it is being set up.
    """
    try:
        found = os.statvfs(f"/proc/{pid}/root/tmp")
    except OSError:
        return 0
    ours = found.f_blocks * found.f_frsize == whole_pages(size)
    return found.f_files - found.f_ffree if ours else 0
