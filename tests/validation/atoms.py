"""Atoms as a plan states them, for the tests of validation and assembly."""

from apps.masterplans.core.document import AtomKind, AtomSpec, Language

KINDS = {
    "class": AtomKind.CLASS,
    "const": AtomKind.CONST,
    "type": AtomKind.TYPE,
    "interface": AtomKind.INTERFACE,
}


def python_atom(
    signature: str, *, path: str = "textkit/slug.py", symbol: str = "", kind: AtomKind | None = None
) -> AtomSpec:
    """The atom of a Python signature: a class when it says so, else a function."""
    words = signature.replace("(", " ").replace("[", " ").replace(":", " ").split()
    names = [word for word in words if word not in ("class", "def", "async")]
    own_kind = AtomKind.CLASS if words[0] == "class" else AtomKind.FUNCTION
    return _atom(path, symbol or names[0], kind or own_kind, Language.PYTHON, signature)


def script_atom(
    signature: str, *, path: str = "src/range.ts", language: Language = Language.TYPESCRIPT
) -> AtomSpec:
    """The atom of a TypeScript signature such as `export function f(a: string): number`."""
    words = (
        signature.replace("(", " ").replace(":", " ").replace("<", " ").replace("=", " ").split()
    )
    kind = next((KINDS[word] for word in words if word in KINDS), AtomKind.FUNCTION)
    names = [w for w in words if w not in ("export", "async", "abstract", "function", *KINDS)]
    return _atom(path, names[0], kind, language, signature)


def _atom(path: str, symbol: str, kind: AtomKind, language: Language, signature: str) -> AtomSpec:
    return AtomSpec(
        path=path,
        symbol=symbol,
        kind=kind,
        language=language,
        signature=signature,
        description="what it does.",
        uses=(),
        covers=(),
        line=1,
    )
