"""docs/settings.md lists every environment variable that the code reads."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = {"env_secret", "env_bool", "env_int", "env_choice", "getenv"}


def names_read_in(path: Path) -> set[str]:
    """Return the variables that a module reads through the helpers or os.environ."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            first = node.args[0] if node.args else None
            is_reader = called.split(".")[-1] in READERS or called.endswith("environ.get")
            if is_reader and isinstance(first, ast.Constant):
                names.add(str(first.value))
        if (
            isinstance(node, ast.Subscript)
            and ast.unparse(node.value).endswith("environ")
            and isinstance(node.slice, ast.Constant)
        ):
            names.add(str(node.slice.value))
    return names


def test_every_variable_is_documented_and_no_other() -> None:
    read = set()
    for folder in ("mgeconsole", "apps"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= names_read_in(path)
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)`", text, flags=re.MULTILINE))

    assert documented == read - {"DJANGO_SETTINGS_MODULE", "PATH"}
