"""With the recorded answers of the test author, every MUST of the examples has tests, and they pass."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from apps.acceptance.adapters.runners import Runners
from apps.acceptance.adapters.sandbox.backends import Setup, bubblewrap
from apps.acceptance.adapters.script_judge.programs import ScriptsUnavailable
from apps.acceptance.core.authoring.answer import Authored, read_answer
from apps.acceptance.core.authoring.prompt import build_author_messages
from apps.acceptance.core.checks import CheckSource
from apps.acceptance.core.feedback import feedback
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.sentence import Requirement, read_requirement
from apps.acceptance.core.sources import Source, read_source
from apps.acceptance.core.suite import Suite, build_suite
from apps.acceptance.core.verdict import TestOutcome
from apps.execution.core.answer import parse_answer
from apps.execution.core.assembly import AtomCode, assemble
from apps.llm.replay.answers import AnswerBook, find_key
from apps.masterplans.core.document import Priority
from tests.acceptance.namespaces import may_make_namespaces
from tests.examples.recorded import EXPECTED, ROOT, read_answers, read_document, read_matches

# Requirements that the author of tests answers with a question; none of them is a MUST.
ASKED = {"textkit": set(), "inventory": {"R26"}, "daterange": {"R14"}}


@pytest.fixture(params=EXPECTED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def source_of(name: str) -> Source:
    return read_source((ROOT / name / "masterplan.md").read_text(encoding="utf-8"))


def unread(name: str) -> Iterator[Requirement]:
    """The requirements that no template reads."""
    for stated in source_of(name).stated:
        read = read_requirement(stated, source_of(name).targets)
        if not read.checks:
            yield read


@cache
def authored(name: str) -> dict[str, Authored]:
    """What the recorded answers hold, found as the replay server finds them."""
    book = AnswerBook([ROOT / name / "answers.yaml"])
    front = read_document(name).front
    assert front.language is not None
    found: dict[str, Authored] = {}
    for read in unread(name):
        messages = build_author_messages(
            read,
            source_of(name).targets,
            plan_title="",
            package=front.package,
            language=front.language,
        )
        prompt = "\n".join(message.content for message in messages)
        answer = book.find(prompt, find_key(messages[-1].content))
        assert answer is not None, read.id
        found[read.id] = read_answer(answer.text, read, source_of(name).targets)
    return found


@cache
def suite_of(name: str) -> Suite:
    checks = {ref: each.checks for ref, each in authored(name).items() if each.checks}
    return build_suite(source_of(name), seed=11, authored=checks)


@cache
def code_of(name: str) -> dict[str, str]:
    """The code of the last answers, which is the right one, without what no sandbox takes."""
    document, answers = read_document(name), read_answers(name)
    versions = []
    for atom in document.atoms():
        code = parse_answer(answers[atom.ref][max(answers[atom.ref])], atom).code
        assert code is not None
        versions.append(AtomCode(atom, code))
    assert document.front.language is not None
    files = assemble(document.front.package, document.front.language, versions)
    return {path: text for path, text in files.items() if path != "pyproject.toml"}


def line_of(name: str, ref: str) -> str:
    return f"Requirement: `{ref}` of `{name}`"


def test_every_question_has_a_recorded_answer(name: str) -> None:
    asked = {line_of(name, read.id) for read in unread(name)}
    known = {line_of(name, stated.id) for stated in source_of(name).stated}

    assert asked <= set(read_matches(name)) <= known


def test_every_recorded_answer_is_a_proper_one(name: str) -> None:
    for ref, each in authored(name).items():
        assert each.problems == (), ref
        assert bool(each.questions) == (ref in ASKED[name]), ref
        assert bool(each.checks) != bool(each.questions), ref


def test_every_must_has_a_test(name: str) -> None:
    suite = suite_of(name)

    assert suite.dropped == ()
    tested = {check.requirement for check in suite.checks if not check.is_held_out}
    for read in suite.requirements:
        assert read.id in tested or read.id in ASKED[name]
        assert read.judgement.priority is not Priority.MUST or read.id in tested


def test_the_right_code_passes(name: str, tmp_path: Path) -> None:
    if not may_make_namespaces():
        pytest.skip("This kernel gives no user namespaces to ordinary users.")
    run = Runners(bubblewrap(Setup(tmp_path)))

    outcomes: dict[str, TestOutcome] = {}
    try:
        for atom in suite_of(name).atoms:
            outcomes |= run(atom, code_of(name))
    except ScriptsUnavailable as problem:
        pytest.skip(str(problem))

    assert set(outcomes) == {check.id for check in suite_of(name).checks}
    assert {check: each for check, each in outcomes.items() if each.status != "passed"} == {}


def test_what_the_author_of_tests_chose_is_not_told(name: str) -> None:
    told_of = {read.id: read.stated.text for read in suite_of(name).requirements}
    failed = TestOutcome(TestStatus.FAILED, "AssertionError: assert 'KX-7' == 'ZU-12'")

    for check in suite_of(name).checks:
        if check.source is CheckSource.MODEL:
            text = told_of[check.requirement]
            sentence = feedback(check, failed, text)
            assert sentence.startswith(f"{check.requirement} not met")
            for own in ("KX-7", "ZU-12", "BACK", "Ávila", "1630", "2031", "hinge"):
                assert own not in sentence
