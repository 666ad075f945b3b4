"""The files of a plan, as its accepted code makes them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from apps.execution.core.assembly import AtomCode, assemble_file, scaffold
from apps.execution.models import CodeVersion
from apps.masterplans.core.document import AtomSpec, Language
from apps.masterplans.models import Atom, Masterplan

REMEMBERED_FILES = 1024  # per process; a file is assembled again only when one of its atoms changed


@dataclass(frozen=True, slots=True)
class Piece:
    """One atom's place in its file, and where its code is: in a version, or here."""

    position: int
    spec: AtomSpec
    version_id: UUID | None  # None for a candidate, which has its code
    code: str


class SourceTree(Mapping[str, str]):
    """Path -> text. Files are assembled, and their code is read, when somebody asks for them."""

    def __init__(self, plan: Masterplan, versions: Iterable[CodeVersion]) -> None:
        """Take these versions, oldest first; the newest of an atom counts. Code may be deferred."""
        self._package = plan.package
        self._language = Language(plan.language)
        self._pieces: dict[str, dict[UUID, Piece]] = {}
        for version in versions:
            self._place(version.atom, version.pk, "")

    def add(self, version: CodeVersion) -> dict[str, str | None]:
        """Take one more version; return the files that it changes, None for one that goes away."""
        atom, before = version.atom, self._scaffold
        self._place(atom, version.pk, "")
        after = self._scaffold
        changed: dict[str, str | None] = dict.fromkeys(before.keys() - after.keys())
        changed.update(after.items() - before.items())
        changed[atom.path] = self[atom.path]
        return changed

    def with_candidate(self, atom: Atom, code: str) -> "SourceTree":
        """Put code that is not accepted yet in its place, and return the tree."""
        self._place(atom, None, code)
        return self

    def __getitem__(self, path: str) -> str:
        if path not in self._pieces:
            return self._scaffold[path]
        return _assembled(self._package, self._language, path, self._read(path))

    def __iter__(self) -> Iterator[str]:
        return iter(self._scaffold.keys() | self._pieces.keys())

    def __len__(self) -> int:
        return len(self._scaffold.keys() | self._pieces.keys())

    def _place(self, atom: Atom, version_id: UUID | None, code: str) -> None:
        # The files around the code follow from its paths, and barrels from its symbols too.
        is_file_known = self._language is Language.PYTHON and atom.path in self._pieces
        pieces = self._pieces.setdefault(atom.path, {})
        if not is_file_known and atom.pk not in pieces:
            vars(self).pop("_scaffold", None)
        pieces[atom.pk] = Piece(atom.position, atom.as_spec(), version_id, code)

    def _read(self, path: str) -> tuple[AtomCode, ...]:
        """Return the code of a file in plan order. One query, unless all of it is here."""
        pieces = sorted(self._pieces[path].values(), key=lambda piece: piece.position)
        stored = _stored_code([piece.version_id for piece in pieces if piece.version_id])
        return tuple(
            AtomCode(piece.spec, stored[piece.version_id] if piece.version_id else piece.code)
            for piece in pieces
        )

    @cached_property
    def _scaffold(self) -> dict[str, str]:
        pieces = [piece for own in self._pieces.values() for piece in own.values()]
        pieces.sort(key=lambda piece: piece.position)
        return scaffold(self._package, self._language, [piece.spec for piece in pieces])


def _stored_code(version_ids: list[UUID]) -> dict[UUID, str]:
    if not version_ids:
        return {}
    rows = CodeVersion.objects.filter(pk__in=version_ids)
    return dict(rows.values_list("pk", "code"))


@lru_cache(maxsize=REMEMBERED_FILES)
def _assembled(package: str, language: Language, path: str, versions: tuple[AtomCode, ...]) -> str:
    return assemble_file(package, language, path, versions)
