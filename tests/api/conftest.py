import pytest

from apps.accounts.core.roles import Role
from tests.api.programs import Program


@pytest.fixture
def operator() -> Program:
    return Program(Role.OPERATOR)
