"""Run a rendered test against functions that a test file defines itself; never a generated answer."""

import sys
from collections.abc import Callable
from types import ModuleType

import pytest


def outcomes(text: str, functions: dict[str, Callable[..., object]], module: str) -> dict[str, str]:
    """Name of each test → "passed", or the type of what it raised."""
    stand_in = ModuleType(module)
    vars(stand_in).update(functions)
    package = ModuleType(module.partition(".")[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, package.__name__, package)
        patch.setitem(sys.modules, module, stand_in)
        space: dict[str, object] = {}
        exec(compile(text, "<test>", "exec"), space)
        return {name: _run(test) for name, test in space.items() if name.startswith("test_")}


def _run(test: object) -> str:
    assert callable(test)
    try:
        test()
    except BaseException as error:  # a failed `pytest.raises` is no Exception
        return type(error).__name__
    return "passed"
