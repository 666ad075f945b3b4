"""The interpreters that tests run with: a folder that is mounted read-only as /runtime.

    python/   a copy of the interpreter that runs the console, without what is installed into it
    site/     the test runner, and nothing else of the console's packages
    bin/      what PATH finds: python, python3 and, where it does not lie in /usr/bin, node

Built once per version, in a few seconds.
"""

import compileall
import hashlib
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from apps.acceptance.adapters.sandbox.places import build_once

INSIDE = "/runtime"
RECIPE = "1"  # raise it when what is built below changes
RUNNER = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
_LEFT_OUT = shutil.ignore_patterns(
    # Installed packages, and parts of the standard library that no test asks for.
    *("site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo"),
    *("ensurepip", "lib2to3", "config-*", "*.opt-1.pyc", "*.opt-2.pyc"),
)


@dataclass(frozen=True, slots=True)
class Runtime:
    folder: Path  # on the host
    # More read-only folders by the place where they appear, like {"/runtime-js": Path(...)}.
    # A slot's user must be able to read them.
    more: Mapping[str, Path] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """The copied interpreter, on the host."""
        return self.folder / "python" / "bin" / "python3"

    def env(self) -> dict[str, str]:
        """What programs inside need in order to find each other."""
        return {
            "PATH": f"{INSIDE}/bin:/usr/bin:/bin",
            # Where the interpreter is built in two parts, the copy looks for its library here.
            "LD_LIBRARY_PATH": f"{INSIDE}/python/lib",
            "PYTHONPATH": f"{INSIDE}/site",
            "PYTHONNOUSERSITE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",  # the folder of the sources is read-only
        }


def build_runtime(place: Path, packages: Sequence[str] = RUNNER) -> Runtime:
    """Return the runtime in `place`, copying it on first use; packages not installed stay out.

    Raises OSError.
    """
    versions = _versions(packages)
    node = _node_to_copy()
    facts = (RECIPE, sys.version, sys.base_prefix, repr(sorted(versions.items())), str(node))
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]

    def build(draft: Path) -> None:
        _copy_python(draft / "python")
        _copy_packages(versions, draft / "site")
        _link_programs(draft / "bin", node)
        for folder in (draft / "python" / "lib", draft / "site"):
            compileall.compile_dir(folder, quiet=2)

    return Runtime(build_once(place / f"runtime-{digest}", build))


def _versions(packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _copy_python(target: Path) -> None:
    """Copy what an interpreter finds beside itself: program, library, standard library."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix)
    (target / "bin").mkdir(parents=True)
    shutil.copy2(base / "bin" / version, target / "bin" / version)
    (target / "bin" / "python3").symlink_to(version)
    shutil.copytree(base / "lib" / version, target / "lib" / version, ignore=_LEFT_OUT)
    for library in (base / "lib").glob(f"lib{version}*.so*"):
        shutil.copy2(library, target / "lib" / library.name)


def _copy_packages(versions: Iterable[str], target: Path) -> None:
    target.mkdir()
    for name in versions:
        distribution = metadata.distribution(name)
        for file in distribution.files or ():
            # Scripts are listed as ../../bin/name; compiled files are made anew.
            if ".." not in file.parts and "__pycache__" not in file.parts:
                copy = target / Path(*file.parts)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(str(distribution.locate_file(file)), copy)


def _node_to_copy() -> Path | None:
    """Return the program of Node when it lies where the sandbox does not see it."""
    found = shutil.which("node")
    node = Path(found).resolve() if found else None
    return node if node and node.parent != Path("/usr/bin") else None


def _link_programs(folder: Path, node: Path | None) -> None:
    folder.mkdir()
    for name in ("python", "python3"):
        (folder / name).symlink_to("../python/bin/python3")
    if node:
        shutil.copy2(node, folder / "node")
