"""Files of recorded answers."""

import os
import time
from pathlib import Path

import pytest

from apps.llm.replay import answers
from apps.llm.replay.answers import Answer, AnswerBook, InvalidAnswers, Key, find_key

TWO_ATTEMPTS = """
- atom: "a.py::f"
  attempt: 2
  text: two
- {atom: "a.py::f", attempt: 4, text: four}
- {match: plan for, text: the plan}
- {match: plan, text: never reached by the above}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "answers.yaml"
    path.write_text(TWO_ATTEMPTS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("Atom: `a.py::f` (attempt 1 of 4)", Key("a.py::f", 1)),
        ("Words.\nAtom: `src/a.ts::f` (attempt 12 of 12)\nMore.", Key("src/a.ts::f", 12)),
        ("Atom: `a.py::f` (attempt 0 of 4)", Key("a.py::f", 1)),
        ("Say Atom: `a.py::f` (attempt 1 of 4)", None),
        ("Atom: a.py::f (attempt 1 of 4)", None),
        ("", None),
    ],
)
def test_find_key(prompt: str, key: Key | None) -> None:
    assert find_key(prompt) == key


@pytest.mark.parametrize(
    ("attempt", "text"), [(1, "two"), (2, "two"), (3, "two"), (4, "four"), (9, "four")]
)
def test_the_answer_of_an_attempt(file: Path, attempt: int, text: str) -> None:
    answer = AnswerBook([file]).find("", Key("a.py::f", attempt))

    assert answer is not None
    assert answer.text == text


@pytest.mark.parametrize(
    ("prompt", "key", "text"),
    [
        ("A plan for you", None, "the plan"),
        ("planning", None, "never reached by the above"),
        ("A poem", None, None),
        ("A plan for you", Key("b.py::g", 1), None),
    ],
)
def test_other_answers(file: Path, prompt: str, key: Key | None, text: str | None) -> None:
    answer = AnswerBook([file]).find(prompt, key)

    assert (answer.text if answer else None) == text


def test_usage_is_recorded_or_estimated() -> None:
    recorded = Answer("12345", prompt_tokens=70, completion_tokens=30)

    assert recorded.usage(["x"]) == {
        "prompt_tokens": 70,
        "completion_tokens": 30,
        "total_tokens": 100,
    }
    assert Answer("12345").usage(["1234", "1"]) == {
        "prompt_tokens": 1 + 4 + 1 + 4,
        "completion_tokens": 2,
        "total_tokens": 12,
    }


def test_folders_are_searched(tmp_path: Path) -> None:
    for name in ("one", "two/deep"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        entry = f"- {{atom: '{name}.py::f', text: {name}}}"
        (folder / "answers.yaml").write_text(entry, encoding="utf-8")
    (tmp_path / "other.yaml").write_text("nonsense", encoding="utf-8")

    book = AnswerBook([tmp_path])

    assert len(book.files) == 2
    assert book.find("", Key("two/deep.py::f", 1)) == Answer("two/deep")


def test_the_first_file_that_has_an_atom_wins(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        text = f"- {{atom: 'x.py::f', text: {name}}}"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    book = AnswerBook([tmp_path / "a.yaml", tmp_path / "b.yaml"])

    assert book.find("", Key("x.py::f", 1)) == Answer("a")
    assert "repeats answers for x.py::f" in caplog.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- [", "cannot be read"),
        ("a: 1", "must be a list"),
        ("- just text", "entry 1: it must have fields"),
        ("- {text: x}", "entry 1: atom must be a text"),
        ("- {atom: a, text: 5}", "text must be a text"),
        ("- {atom: a, text: x, attempt: 0}", "attempt must be a whole number of at least 1"),
        ("- {atom: a, text: x, usage: 3}", "usage must have"),
        ("- {atom: a, text: x, usage: {prompt_tokens: -1}}", "at least 0"),
        ("- {atom: a, text: x}\n- {atom: a, text: y}", "entry 2: a has attempt 1 twice"),
        ("- {atom: a, text: x, txet: y}", "the field 'txet' is unknown"),
        ("- {match: '', text: x}", "match must be a text"),
        ("- !!python/object/apply:os.getcwd []", "cannot be read"),
    ],
)
def test_a_broken_file_is_explained(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidAnswers) as caught:
        AnswerBook([file])

    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_place_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InvalidAnswers, match="neither a file nor a folder"):
        AnswerBook([tmp_path / "nowhere"])


def test_an_empty_file_has_no_answers(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.touch()

    assert AnswerBook([file]).find("", Key("a.py::f", 1)) is None


def test_a_changed_file_is_read_again(file: Path) -> None:
    book = AnswerBook([file.parent])
    assert book.find("", Key("a.py::f", 2)) == Answer("two")

    rewrite(file, "- {atom: 'a.py::f', attempt: 2, text: zwei}")

    assert book.find("", Key("a.py::f", 2)) == Answer("zwei")


def test_a_file_that_broke_leaves_the_old_answers(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    book = AnswerBook([file])
    rewrite(file, "- [")

    assert book.find("", Key("a.py::f", 2)) == Answer("two")
    assert "cannot be read" in str(book.problem)
    assert "stay in use" in caplog.text

    rewrite(file, "- {atom: 'a.py::f', attempt: 2, text: drei}")

    assert book.find("", Key("a.py::f", 2)) == Answer("drei")
    assert book.problem is None


def test_the_recorded_examples_can_be_read() -> None:
    examples = Path(__file__).resolve().parents[2] / "examples"

    files = answers.find_files([examples])

    assert files
    assert all(answers.read_file(file).atoms for file in files)


def rewrite(file: Path, text: str) -> None:
    """Write the file with a later time, and let the book's short memory pass."""
    file.write_text(text, encoding="utf-8")
    later = time.time_ns() + 10**9
    os.utime(file, ns=(later, later))
    time.sleep(answers.CHANGES_SEEN_AFTER_S)
