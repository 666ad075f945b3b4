"""What a generated TypeScript or JavaScript project needs around its modules.

A barrel re-exports, by name, what its folder and the folders below it hold. When two files of a
folder export the same name, the first in plan order keeps it and the later one is also told by its
file: `parse` of `range.ts` becomes `parseFromRange`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.masterplans.core.document import AtomKind, AtomSpec, Language

COMPILER = "~7.0.2"
TYPE_KINDS = frozenset({AtomKind.TYPE, AtomKind.INTERFACE})
OPTIONS = {
    "target": "ES2022",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "lib": ["ES2022", "DOM", "DOM.Iterable"],
    "types": [],
    "strict": True,
    "isolatedModules": True,
    "forceConsistentCasingInFileNames": True,
    "skipLibCheck": True,
    "noEmit": False,
}


@dataclass(frozen=True, slots=True)
class Export:
    """A name that a module exports."""

    name: str
    is_type: bool


def script_scaffold(package: str, language: Language, atoms: Sequence[AtomSpec]) -> dict[str, str]:
    paths = sorted({atom.path for atom in atoms})
    files = _barrels(atoms, language, source_folder(paths))
    files["package.json"] = _json(_manifest(package, language))
    files["tsconfig.json"] = _json(_compiler_config(package, language, paths))
    return files


def path_aliases(package: str, paths: Iterable[str]) -> dict[str, str]:
    """`{"@dates/": "src/"}`: how code may name the project's own files without counting dots."""
    name = package or "app"
    return {f"{name}/" if name.startswith("@") else f"@{name}/": source_folder(paths)}


def source_folder(paths: Iterable[str]) -> str:
    """`src/` when the plan uses it, else the root of the project."""
    return "src/" if any(path.startswith("src/") for path in paths) else ""


def _barrels(atoms: Sequence[AtomSpec], language: Language, source: str) -> dict[str, str]:
    modules: dict[str, list[Export]] = {}
    for atom in atoms:
        modules.setdefault(atom.path, []).append(Export(atom.symbol, atom.kind in TYPE_KINDS))
    ranks = {path: rank for rank, path in enumerate(modules)}
    inside: dict[str, list[str]] = {}  # folder -> its modules, the barrels below it included
    for path in modules:
        inside.setdefault(_folder(path), []).append(path)
    for folder in tuple(inside):
        for above in _folders(folder, source):
            inside.setdefault(above, [])
    files: dict[str, str] = {}
    # Deepest first, since a barrel repeats what the barrels below it export.
    for folder in sorted(inside, key=lambda each: (-each.count("/"), each)):
        index = _planned_index(folder, inside[folder])  # the plan writes this one itself
        if index is None and folder.startswith(source):
            index = f"{folder}index{_suffix(language)}"
            parts = sorted(inside[folder], key=ranks.__getitem__)
            lines, modules[index] = _barrel(folder, parts, modules, language)
            files[index] = "".join(f"{line}\n" for line in lines)
            ranks[index] = ranks[parts[0]]
        parent = _parent(folder)
        if index is not None and parent in inside:
            inside[parent].append(index)
    return files


def _barrel(
    folder: str, parts: Sequence[str], modules: Mapping[str, list[Export]], language: Language
) -> tuple[list[str], list[Export]]:
    taken: dict[str, Export] = {}
    lines: list[str] = []
    for path in parts:
        specifier = _specifier(path, folder, language)
        named = [(export, _free_name(export, path, folder, taken)) for export in modules[path]]
        for is_type in (False, True):
            names = [_spelled(export, name) for export, name in named if export.is_type is is_type]
            if names:
                lines.append(_export_line(names, specifier, is_type=is_type))
    return lines, list(taken.values())


def _free_name(export: Export, path: str, folder: str, taken: dict[str, Export]) -> str:
    """The name under which the barrel exports it, now taken."""
    stem = path.removeprefix(folder).split("/")[0].split(".")[0]
    candidates = _names(export.name, stem)
    name = next(each for each in candidates if each not in taken)
    taken[name] = Export(name, export.is_type)
    return name


def _names(name: str, stem: str) -> Iterator[str]:
    """`parse`, `parseFromRange`, `parseFromRange2`, …"""
    yield name
    words = re.split(r"\W+|_", stem)
    long = f"{name}From" + "".join(word[:1].upper() + word[1:] for word in words)
    yield long
    number = 2
    while True:
        yield f"{long}{number}"
        number += 1


def _spelled(export: Export, name: str) -> str:
    return name if name == export.name else f"{export.name} as {name}"


def _export_line(names: list[str], specifier: str, *, is_type: bool) -> str:
    word = "export type" if is_type else "export"
    line = f'{word} {{ {", ".join(names)} }} from "{specifier}";'
    if len(line) <= 100:
        return line
    listed = "".join(f"  {name},\n" for name in names)
    return f'{word} {{\n{listed}}} from "{specifier}";'


def _folder(path: str) -> str:
    """With its closing slash; the root is empty."""
    return path[: path.rfind("/") + 1]


def _parent(folder: str) -> str | None:
    """The folder around a folder; the root has none."""
    return _folder(folder.rstrip("/")) if folder else None


def _folders(path: str, source: str) -> Iterator[str]:
    """Folders from the file up to the source folder."""
    folder: str | None = _folder(path)
    while folder is not None and folder.startswith(source):
        yield folder
        folder = _parent(folder)


def _planned_index(folder: str, paths: Iterable[str]) -> str | None:
    start = f"{folder}index."
    own = (path for path in paths if path.startswith(start) and _folder(path) == folder)
    return next(own, None)


def _specifier(path: str, folder: str, language: Language) -> str:
    """`./range` and `./core`; JavaScript names the file itself."""
    rest = path.removeprefix(folder)
    if language is Language.JAVASCRIPT:
        return f"./{rest}"
    stem = rest[: rest.rfind(".")]
    return f"./{stem.removesuffix('/index')}"


def _suffix(language: Language) -> str:
    return ".js" if language is Language.JAVASCRIPT else ".ts"


def _manifest(package: str, language: Language) -> dict[str, object]:
    manifest: dict[str, object] = {
        "name": re.sub(r"[^a-z0-9@/._-]+", "-", package.lower()) or "app",
        "version": "0.1.0",
        "private": True,
        "type": "module",
    }
    if language is Language.TYPESCRIPT:
        manifest["scripts"] = {"check": "tsc --noEmit", "build": "tsc"}
        manifest["devDependencies"] = {"typescript": COMPILER}
    return manifest


def _compiler_config(package: str, language: Language, paths: Sequence[str]) -> dict[str, object]:
    source = source_folder(paths)
    options: dict[str, object] = {**OPTIONS}
    if language is Language.JAVASCRIPT:
        options |= {"allowJs": True, "checkJs": True, "strict": False}
    if any(path.endswith((".tsx", ".jsx")) for path in paths):
        options["jsx"] = "preserve"
    options["rootDir"] = f"./{source.rstrip('/')}"
    options["outDir"] = "./dist"
    options["paths"] = {
        f"{alias}*": [f"./{target}*"] for alias, target in path_aliases(package, paths).items()
    }
    return {
        "compilerOptions": options,
        "include": [source.rstrip("/") or "."],
        "exclude": ["dist", "node_modules"],
    }


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
