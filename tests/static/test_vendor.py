"""Files of others are what VENDOR.md says they are."""

import hashlib
import re
from pathlib import Path

from django.conf import settings

STATIC = settings.BASE_DIR / "static"
ROW = re.compile(r"^\| [^|]+ \| [^|]+ \| [^|]+ \| `([^`]+)` \| `([0-9a-f]{64})` \|", re.MULTILINE)


def listed() -> dict[str, str]:
    return dict(ROW.findall((STATIC / "vendor/VENDOR.md").read_text(encoding="utf-8")))


def test_every_listed_file_has_its_hash() -> None:
    found = {name: hashlib.sha256((STATIC / name).read_bytes()).hexdigest() for name in listed()}

    assert found == listed()


def test_every_vendored_file_is_listed() -> None:
    scripts = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").glob("*.js")}
    fonts = {str(path.relative_to(STATIC)) for path in (STATIC / "fonts").iterdir()}

    assert scripts | fonts <= set(listed())


def test_every_licence_is_kept() -> None:
    text = (STATIC / "vendor/VENDOR.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(vendor/licences/[\w-]+\.txt)`", text))

    assert named == {
        str(path.relative_to(STATIC)) for path in Path(STATIC / "vendor/licences").iterdir()
    }
