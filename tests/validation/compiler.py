"""Tests that need the TypeScript compiler: skipped without it, an error where everything must be installed."""

import os

import pytest

from apps.validation.adapters.tsc import TypeScriptUnavailable, find_compiler


def _missing() -> str:
    try:
        find_compiler()
    except TypeScriptUnavailable as error:
        return str(error)
    return ""


MISSING = _missing()
if MISSING and os.environ.get("CI") == "true":
    raise RuntimeError(MISSING)

needs_compiler = pytest.mark.skipif(bool(MISSING), reason=MISSING or "installed")
