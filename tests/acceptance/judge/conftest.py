"""A sandbox for both processes of the judge."""

import os
import subprocess

import pytest

from apps.acceptance.adapters.sandbox.backends import Setup, bubblewrap
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Bubblewrap:
    # Ask the kernel, not the sandbox: a broken sandbox shall fail the tests, not skip them.
    uid = 61_901 if os.geteuid() == 0 else None
    groups: list[int] | None = None if uid is None else []
    command = ["unshare", "--user", "--pid", "--fork", "true"]
    asked = subprocess.run(command, user=uid, group=uid, extra_groups=groups, cwd="/", check=False)
    if asked.returncode:
        pytest.skip("This kernel gives no user namespaces to ordinary users.")
    return bubblewrap(Setup(tmp_path_factory.mktemp("state")))
