"""The two programs of the judge for scripts, with the packages that they are made of.

Copied to where every user can read, once per version: the code's program has the compiler and
nothing else; the tests' program has the parts of Vitest too.
"""

import hashlib
import json
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.sandbox.places import build_once
from apps.common.errors import ConsoleError

BASE = Path(__file__).resolve().parents[4]
PACKAGES = BASE / "validators" / "node_modules"
SOURCES = Path(__file__).resolve().parents[2] / "script_runtime"
INSIDE = "/runtime-js"
MACHINES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}
SHARED = ("wire.mjs", "plain.mjs", "peer.mjs")
CODE = (*SHARED, "code_server.mjs")
TESTS = (*SHARED, "test_runner.mjs", "remote.mjs", "compare.mjs", "vitest.mjs")
COMPILER = "esbuild"
RUNNER = ("@vitest/runner", "@vitest/expect", "@vitest/spy")


class ScriptsUnavailable(ConsoleError):
    """Tests of TypeScript and JavaScript cannot run: {problem}"""

    code = "scripts_unavailable"
    status = 503


@dataclass(frozen=True, slots=True)
class Programs:
    """The sandbox as each of the two programs sees it."""

    code: Bubblewrap
    tests: Bubblewrap


def programs_for(sandbox: Bubblewrap, packages: Path = PACKAGES) -> Programs:
    """Return the sandbox with the programs in it. Raises ScriptsUnavailable."""
    place = sandbox.runtime.folder.parent
    compiler = (COMPILER, f"@esbuild/{sys.platform}-{_machine()}")
    needed = (*compiler, *_with_dependencies(RUNNER, packages))
    check_installed(sandbox, needed, packages)
    try:
        return Programs(
            _with_folder(sandbox, _built(place, "code", CODE, compiler, packages)),
            _with_folder(sandbox, _built(place, "tests", TESTS, needed, packages)),
        )
    except OSError as error:
        raise ScriptsUnavailable(problem=f"their programs cannot be copied: {error}.") from error


def check_installed(sandbox: Bubblewrap, needed: Sequence[str], packages: Path = PACKAGES) -> None:
    """Raise ScriptsUnavailable when Node or one of the packages is missing."""
    here = sandbox.runtime.folder / "bin" / "node"
    if not here.exists() and not Path("/usr/bin/node").exists():
        raise ScriptsUnavailable(problem="Node.js was not found. Install Node.js 20 or newer.")
    missing = [name for name in needed if not (packages / name / "package.json").is_file()]
    if missing:
        problem = f"{missing[0]} is not installed. Run `npm ci --ignore-scripts` in `validators`."
        raise ScriptsUnavailable(problem=problem)


def _machine() -> str:
    return MACHINES.get(platform.machine(), platform.machine())


def _with_dependencies(names: Sequence[str], packages: Path) -> tuple[str, ...]:
    """The packages and all that they need, without types."""
    found: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in found or name.startswith("@types/"):
            continue
        found.append(name)
        described = packages / name / "package.json"
        if described.is_file():
            waiting += json.loads(described.read_text(encoding="utf-8")).get("dependencies", {})
    return tuple(found)


def _built(
    place: Path, name: str, sources: Sequence[str], needed: Sequence[str], packages: Path
) -> Path:
    facts = [_version(packages / each) for each in needed]
    facts += [(SOURCES / each).read_text(encoding="utf-8") for each in sources]
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]

    def build(draft: Path) -> None:
        for each in sources:
            shutil.copy2(SOURCES / each, draft / each)
        for each in needed:
            shutil.copytree(packages / each, draft / "node_modules" / each)

    return build_once(place / f"script-{name}-{digest}", build)


def _version(package: Path) -> str:
    described = json.loads((package / "package.json").read_text(encoding="utf-8"))
    return f"{described['name']} {described['version']}"


def _with_folder(sandbox: Bubblewrap, folder: Path) -> Bubblewrap:
    runtime = replace(sandbox.runtime, more={**sandbox.runtime.more, INSIDE: folder})
    return replace(sandbox, runtime=runtime)
