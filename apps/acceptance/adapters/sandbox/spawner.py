"""The one thread that starts sandboxes.

The kernel ends a sandbox when the *thread* that started it ends, not the process. Threads of a
worker come and go with their jobs; this one lives as long as its process.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Started = TypeVar("_Started")


def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-spawner")


_spawner = _thread()


def _renew() -> None:
    global _spawner  # noqa: PLW0603 - one per process is the whole point
    _spawner = _thread()


# A forked worker has a copy of the object, but no copy of its thread.
os.register_at_fork(after_in_child=_renew)


def spawn(start: Callable[[], _Started]) -> _Started:
    """Call `start` in that thread and return what it returns; what it raises is raised here.

    One start at a time, so the open files of one job at a time. Raises RuntimeError while the
    process shuts down.
    """
    return _spawner.submit(start).result()
