"""What a person may write in place of a test."""

import pytest

from apps.acceptance.core.checks import Check, CheckKind, CheckSource, Span, Target
from apps.acceptance.core.edited import MAX_CHARACTERS, as_written, faults_of, tidied

NAME = "test_R1_c1"
ORIGINAL = "import pytest\nfrom words.core import work\n\n\ndef test_R1_c1():\n    assert work('a') == 'a'\n"
SCRIPT = (
    'import { expect, test } from "vitest";\nimport { work } from "../src/core";\n\n'
    'test("test_R1_c1", async () => {\n  expect(await work("a")).toEqual("a");\n});\n'
)


def python_faults(text: str) -> str:
    return " ".join(faults_of(text, name=NAME, original=ORIGINAL, is_script=False))


def script_faults(text: str) -> str:
    return " ".join(faults_of(text, name=NAME, original=SCRIPT, is_script=True))


@pytest.mark.parametrize(
    "text",
    [
        ORIGINAL.replace("'a'", "'b'"),
        "from decimal import Decimal\nimport math\nfrom words.core import work as do\n\n"
        "CASES = [('a', 'a')]\n\ndef check(given, wanted):\n    assert do(given) == wanted\n\n"
        "def test_R1_c1():\n    for given, wanted in CASES:\n        assert do(given) == wanted\n",
        "import words.core\n\ndef test_R1_c1():\n    assert words.core.work('a') == 'a'\n",
    ],
)
def test_a_text_that_is_taken(text: str) -> None:
    assert python_faults(text) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("def test_R1_c1(:\n", "Line 1: The test is no readable Python."),
        (ORIGINAL.replace("c1", "c2"), "a plain function `test_R1_c1`"),
        (ORIGINAL + "\ndef test_more():\n    assert work('b') == 'b'\n", "Line 8: `test_more`"),
        (ORIGINAL + "\nclass TestMore:\n    pass\n", "Line 8: `TestMore` would be taken"),
        (ORIGINAL + "\ntest_again = test_R1_c1\n", "Line 8: `test_again` would be a second"),
        (ORIGINAL + "\n" + ORIGINAL.split("\n\n\n")[1], "Line 8: `test_R1_c1` is there already"),
        (ORIGINAL.replace("c1()", "c1(tmp_path)"), "Line 5: `test_R1_c1` takes arguments"),
        (
            ORIGINAL.replace("def ", "@pytest.mark.parametrize('x', [1, 2])\ndef "),
            "Line 6: `test_R1_c1` has a decorator",
        ),
        (ORIGINAL.replace("def ", "async def "), "a plain function"),
        (ORIGINAL.replace("import pytest", "import os"), "Line 1: `os` is not declared"),
        (
            ORIGINAL.replace("    assert", "    return\n    assert"),
            "Line 5: `test_R1_c1` has no assertion",
        ),
        (ORIGINAL.replace("    assert", "    pytest.skip('x')\n    assert"), "Line 6: `skip`"),
        (
            "def test_R1_c1():\n    x = 1\n    assert x == 1\n",
            "The test uses nothing of `words.core`",
        ),
        (ORIGINAL.replace("'a'", "'\0'"), "Line 6: the character U+0000"),
        (ORIGINAL.replace("'a'", "'\ud800'"), "Line 6: the character U+D800"),
        ("#" * (MAX_CHARACTERS + 1), "it may have 20,000"),
        ("", "no function whose name"),
    ],
)
def test_each_fault_is_named_with_its_line(text: str, fault: str) -> None:
    assert fault in python_faults(text)


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT.replace('"a"', '"b"'),
        SCRIPT.replace("test(", "it(").replace("{ expect, test }", "{ expect, it }"),
    ],
)
def test_a_script_that_is_taken(text: str) -> None:
    assert script_faults(text) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("test(", "Line 1: The test is no readable TypeScript."),
        (SCRIPT.replace("c1", "c2"), 'one test, `test("test_R1_c1", …)`'),
        (SCRIPT + SCRIPT.split("\n\n")[1], "Line 7: `test` would make another test"),
        (SCRIPT + 'test.each([1])("x", () => {});\n', "Line 7: `test.each"),
        (SCRIPT.replace("test(", "test.only("), "Line 4: `test.only` would make another"),
        (
            SCRIPT.replace('test("', 'describe("all", () => { test("') + "});",
            "at the top of the module",
        ),
        (SCRIPT.replace('"vitest"', '"node:fs"'), "Line 1: `node:fs` is not declared"),
        (SCRIPT.replace("await work", "await String"), "uses nothing of `../src/core`"),
        (
            SCRIPT.replace("expect(await work", "console.log(await work").replace(
                '.toEqual("a")', ""
            ),
            "no assertion",
        ),
    ],
)
def test_each_fault_of_a_script_is_named(text: str, fault: str) -> None:
    assert fault in script_faults(text)


def test_an_original_that_nobody_can_read_declares_nothing() -> None:
    found = faults_of(ORIGINAL, name=NAME, original="def (", is_script=False)

    assert found == ("Line 2: `words.core` is not declared for tests.",)
    assert faults_of(SCRIPT, name=NAME, original="test(", is_script=True)


def test_a_text_is_tidied() -> None:
    assert tidied("\n\na\r\nb\rc  \n\n") == "a\nb\nc\n"


def test_what_was_read_says_nothing_about_what_a_person_wrote() -> None:
    target = Target("work", "words/core.py")
    read = Check("R1.c1", "R1", CheckKind.RETURNS, target, ("a",), "a", "", None, "", Span(0, 1))

    written = as_written(read, ORIGINAL)

    assert (written.id, written.target, written.span) == (read.id, read.target, read.span)
    assert (written.kind, written.source) == (CheckKind.FREE, CheckSource.PERSON)
    assert (written.text, written.args, written.expect) == (ORIGINAL, (), None)
