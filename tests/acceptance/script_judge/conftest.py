"""A sandbox for both programs of the judge for scripts."""

import pytest

from apps.acceptance.adapters.sandbox.backends import Setup, bubblewrap
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.script_judge.programs import Programs, programs_for
from tests.acceptance.namespaces import may_make_namespaces


@pytest.fixture(scope="session")
def script_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Bubblewrap:
    if not may_make_namespaces():
        pytest.skip("This kernel gives no user namespaces to ordinary users.")
    return bubblewrap(Setup(tmp_path_factory.mktemp("state")))


@pytest.fixture(scope="session")
def programs(script_sandbox: Bubblewrap) -> Programs:
    return programs_for(script_sandbox)
