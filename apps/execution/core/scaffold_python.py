"""What a generated Python project needs around its modules."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"

[tool.setuptools]
{modules}
"""


def python_scaffold(package: str, paths: Iterable[str]) -> dict[str, str]:
    """`pyproject.toml`, and an empty `__init__.py` wherever the plan writes none itself."""
    known = set(paths)
    parents = {path.rpartition("/")[0]: path for path in known}
    folders = {folder for path in parents.values() for folder in _package_folders(path)}
    files = {f"{folder}/__init__.py": "" for folder in sorted(folders)}
    files = {path: text for path, text in files.items() if path not in known}
    files["pyproject.toml"] = _project(package, known, folders)
    return files


def _package_folders(path: str) -> list[str]:
    """Every folder above the file that is part of its module's name."""
    parts = path.split("/")[:-1]
    start = 2 if parts[:1] == ["src"] else 1
    return ["/".join(parts[:end]) for end in range(start, len(parts) + 1)]


def _project(package: str, paths: set[str], folders: set[str]) -> str:
    is_src = any(folder.startswith("src/") for folder in folders)
    packages = sorted(folder.removeprefix("src/").replace("/", ".") for folder in folders)
    lines = []
    if is_src:
        lines.append('package-dir = { "" = "src" }')
    lines.append(f"packages = [{', '.join(_quoted(name) for name in packages)}]")
    root = "src" if is_src else ""
    single = sorted(PurePosixPath(path).stem for path in paths if path.rpartition("/")[0] == root)
    if single:
        lines.append(f"py-modules = [{', '.join(_quoted(name) for name in single)}]")
    return PROJECT.format(name=_distribution(package), modules="\n".join(lines))


def _distribution(package: str) -> str:
    """A name that package indexes accept."""
    return re.sub(r"[^a-z0-9]+", "-", package.lower()).strip("-") or "generated"


def _quoted(name: str) -> str:
    return f'"{name}"'
