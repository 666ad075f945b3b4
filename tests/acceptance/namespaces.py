"""Whether this kernel lets the tests of the sandbox run at all."""

import os
import subprocess

WORKER_UID = 61_900  # beside the users of sandboxes, without an account


def may_make_namespaces() -> bool:
    """Ask the kernel, not the sandbox: a broken sandbox shall fail the tests, not skip them."""
    uid = WORKER_UID if os.geteuid() == 0 else None
    command = ["unshare", "--user", "--pid", "--fork", "true"]
    groups: list[int] | None = None if uid is None else []
    return not subprocess.run(
        command, user=uid, group=uid, extra_groups=groups, cwd="/", check=False, capture_output=True
    ).returncode
