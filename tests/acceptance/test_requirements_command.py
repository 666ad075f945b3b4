"""manage.py requirements: no database is asked for in this file, and none is opened."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.acceptance.management.commands.requirements import Command

PLAN = """---
title: Small
language: python
---

## Requirements

### MUST

- R1: `double(2)` returns 4.
- R2: The page must be beautiful.

### SHOULD

- R3: `double` MUST be quick.

## Plan

##### Task: Numbers (`pkg/numbers.py`)

- `double(x: int) -> int`: twice the number. Covers R1.
"""


def run(path: Path, *options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(Command(), str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def listed(tmp_path: Path, content: Any, name: str = "list.json") -> list[dict[str, Any]]:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    found: list[dict[str, Any]] = json.loads(run(path, "--format", "json")[0])
    return found


def refused(tmp_path: Path, content: bytes, name: str = "list.json") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        run(path)
    return str(refusal.value)


def test_a_plan_is_read_with_its_sections_and_atoms(tmp_path: Path) -> None:
    first, second, third = listed(tmp_path, PLAN, "plan.md")

    assert (first["id"], first["priority"], first["kind"]) == ("R1", "must", "returns")
    assert first["reason"] == "It stands under MUST."
    check = first["checks"][0]
    assert (check["id"], check["kind"], check["args"], check["expect"]) == (
        "R1.c1",
        "returns",
        [2],
        4,
    )
    assert check["target"]["path"] == "pkg/numbers.py"
    assert (second["testable"], second["checks"], second["doubt"]) == (False, [], "subjective")
    assert (third["priority"], third["testable"]) == ("should", False)
    assert third["questions"][1] == (
        "It says MUST and stands under SHOULD. The section decides; is that meant?"
    )


def test_sentences_may_be_texts_or_objects(tmp_path: Path) -> None:
    found = listed(
        tmp_path,
        [
            "It MUST return 1.",
            {"text": "it returns 1", "heading": "Should have"},
            {"id": "X-7", "text": "it returns 2", "section_heading": "MAY", "language": "python"},
            {"id": 4, "text": "debe devolver 3", "nl": "es", "section_heading": None},
        ],
    )

    assert [(each["id"], each["priority"]) for each in found] == [
        ("R1", "must"),
        ("R2", "should"),
        ("X-7", "may"),
        ("4", "must"),
    ]
    assert set(found[0]) == {
        "id",
        "text",
        "priority",
        "confidence",
        "reason",
        "kind",
        "testable",
        "doubt",
        "checks",
        "questions",
        "diagnostics",
    }
    assert all(0 <= each["confidence"] <= 1 and each["reason"] for each in found)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.yaml",
            "requirements:\n  - {id: R1, text: it works, priority: should}\n  - it may wait\n",
        ),
        ("a.yml", "should:\n  - it works\nmay_have:\n  - it waits\n"),
        ("a.json", '{"should": ["it works"], "may": ["it waits"]}'),
    ],
)
def test_lists_under_priorities(tmp_path: Path, name: str, content: str) -> None:
    found = listed(tmp_path, content, name)

    assert [each["priority"] for each in found] == ["should", "may"]


def test_problems_between_requirements_are_told(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    sentences = [
        {"id": "A", "text": "`f(1)` returns 2."},
        {"id": "B", "text": "`f(1)`   returns 2"},
        {"id": "C", "text": "`f(1)` returns 3."},
        {"id": "D", "text": "`F(1)` returns 3."},
        {"id": "E", "text": "Si no hay stock → Error 400"},
        {"id": "F", "text": "Si no hay stock → Error 422"},
        {"id": "G", "text": "  "},
        {"id": "A", "text": "`g(1)` throws `TypeError`."},
        {"id": "H", "text": "`g(1)` returns true."},
        {"id": "I", "text": "`h` throws `TypeError` for anything but a string."},
        {"id": "J", "text": "`h` throws `RangeError` for anything but a number."},
    ]
    path.write_text(json.dumps(sentences))

    out, err = run(path, "--format", "json")

    told = [
        (each["id"], problem["code"], problem["other"])
        for each in json.loads(out)
        for problem in each["diagnostics"]
    ]
    assert told == [
        ("B", "duplicate", "A"),
        ("C", "contradiction", "A"),
        ("F", "contradiction", "E"),
        ("G", "empty", None),
        ("R8", "duplicate-id", "A"),
        ("H", "contradiction", "R8"),
    ]
    assert err.count("warning:") == len(told)


def test_text_of_a_requirement_stays_text(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    hostile = (
        f"`f(open({str(canary)!r}, 'w'))` returns `__import__('os').system('touch {canary}')`."
    )
    found = listed(tmp_path, [hostile, "{{ 7*7 }} must be ${jndi:x}", "`f(1)` returns `nan`"])

    assert found[0]["text"] == hostile
    assert not canary.exists()


def test_values_that_json_lacks_are_tagged(tmp_path: Path) -> None:
    found = listed(tmp_path, ["`f(float('nan'), b'x', {1, 2}, {1: 2}, (1,))` returns `None`."])

    for check in found[0]["checks"]:
        assert json.dumps(check["args"], allow_nan=False)


def test_the_table_for_people(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps(["It MUST be clean.", "x" * 300]))

    out, _ = run(path)

    assert "R1  MUST  free  It MUST be clean.\n    It says “MUST”. (98% sure)" in out
    assert "    ? This is a matter of taste." in out
    assert max(len(line) for line in out.splitlines()) < 130


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"[]", "the list is empty"),
        (b"[", "it is no JSON: Expecting value in line 1, column 2"),
        (b"[" * 100_000, "nested too deep"),
        (b"[1]", "entry 1 is a number"),
        (b"[[]]", "entry 1 is a list"),
        (b"[null]", "entry 1 is nothing"),
        (b'["x", {"id": 1}]', "entry 2 has no text"),
        (b"null", "expected a list of sentences, found nothing"),
        (b'"text"', "found a text"),
        (b'{"a": 1}', "expected a list of sentences, or one under `requirements`"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b'["' + b"x" * 1_000_000 + b'"]', "larger than 1,000,000 bytes"),
        (json.dumps(["x"] * 2_001).encode(), "more than 2,000 requirements"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    message = refused(tmp_path, content)

    assert said in message
    assert message.endswith((".", "again."))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: [", "it is no YAML"),
        (b"must: [&a x, *a]", "uses an alias"),
        (b"must: " + b"[" * 30 + b"]" * 30, "nested deeper than 20"),
        (b"a: !!python/object:os.system {}", "it is no YAML"),
        (b"just text", "found a text"),
    ],
)
def test_yaml_is_plain_data_or_refused(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refused(tmp_path, content, "list.yaml")


def test_a_plan_without_requirements_is_refused(tmp_path: Path) -> None:
    assert "states no requirement" in refused(tmp_path, b"# T\n\nhello\n", "plan.md")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "none.md")
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        run(tmp_path)
