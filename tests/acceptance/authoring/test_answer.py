"""What a model answers, read as what it is: somebody else's text."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.acceptance.core.authoring.answer import MAX_ANSWER, Authored, read_answer
from apps.acceptance.core.authoring.check_json import check_as_data, check_from_data
from apps.acceptance.core.authoring.model_values import MAX_DEPTH
from apps.acceptance.core.checks import (
    Absent,
    Bound,
    Check,
    CheckKind,
    CheckSource,
    Given,
    Literal,
    Made,
    Observation,
    Step,
    StepKind,
    Story,
    Target,
    given_value,
)
from apps.acceptance.core.sentence import Stated, read_requirement
from tests.acceptance.authoring.plans import (
    ACCOUNT,
    BALANCE,
    DEPOSIT,
    LABEL,
    OVERDRAWN,
    PYTHON,
    SCRIPT,
    TEXT,
    requirement,
)

QUOTE = "raise the balance by the amount"
RETURNS = {"kind": "returns", "target": "label", "quote": QUOTE, "args": ["a"], "expect": "A"}
NEW = {"$call": {"target": "Account", "args": ["Ann"]}}


def answered(*checks: object, question: str = "") -> str:
    return json.dumps({"checks": list(checks), "question": question})


def read(*checks: object, targets: tuple[Target, ...] = PYTHON) -> Authored:
    return read_answer(answered(*checks), requirement(targets=targets), targets)


def only(*checks: object, targets: tuple[Target, ...] = PYTHON) -> Check:
    authored = read(*checks, targets=targets)
    assert authored.problems == ()
    assert authored.questions == ()
    (check,) = authored.checks
    return check


def refusal(entry: object, targets: tuple[Target, ...] = PYTHON) -> str:
    """The one problem of an answer with the entry, which holds nothing else."""
    authored = read(entry, targets=targets)
    assert authored.checks == ()
    assert authored.questions == ()
    (problem,) = authored.problems
    return problem


def value(data: object, targets: tuple[Target, ...] = PYTHON) -> Literal:
    """How the one argument of a call is read."""
    target = "label" if targets is PYTHON else "Account"
    return only(RETURNS | {"target": target, "args": [data]}, targets=targets).args[0]


def test_a_check_says_where_it_comes_from() -> None:
    check = only(RETURNS)

    assert (check.id, check.requirement, check.source) == ("R1.c1", "R1", CheckSource.MODEL)
    assert check.target == LABEL
    assert (check.args, check.expect) == (("a",), "A")
    assert not check.is_low_trust
    assert TEXT[check.span.start : check.span.end] == "raise the balance by the *amount"
    assert check_from_data(check_as_data(check)) == check


def test_numbers_follow_those_of_the_templates_and_repetitions_are_left_out() -> None:
    stated = Stated("R7", '`label("a")` returns `"A"`.')
    known = read_requirement(stated, PYTHON)
    assert [check.id for check in known.checks] == ["R7.c1"]
    again = RETURNS | {"quote": "returns"}
    fresh = again | {"args": ["b"], "expect": "B"}

    authored = read_answer(answered(again, fresh, fresh), known, PYTHON)

    assert [(check.id, check.expect) for check in authored.checks] == [("R7.c2", "B")]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "\ufeff  {}\n",
        "```json\n{}\n```",
        "Here it is:\n\n~~~~JSON\n{}\n~~~~\nDone.",
        "<think>Hm, {{x</think>\n{}",
        "```\n{}\n```",
    ],
)
def test_ways_to_wrap_an_answer(text: str) -> None:
    told = text.replace("{}", answered(RETURNS))

    assert len(read_answer(told, requirement(), PYTHON).checks) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be one JSON object"),
        ("I cannot do that.", "must be one JSON object"),
        ("```json\n{}\n```\n```json\n{}\n```", "must be one JSON object"),
        ("{", "The answer is no JSON: "),
        ('{"checks": []} {"checks": []}', "The answer is no JSON: Extra data"),
        ('{"checks": [], "checks": []}', "names a field twice"),
        ('{"checks": [], "code": "print(1)"}', "`answer` has a field 'code'"),
        ('{"question": "?"}', "`answer` has no field 'checks'"),
        ('{"checks": {}}', "`answer.checks` is no list"),
        ('{"checks": [' + "{}, " * 20 + "{}]}", "`answer.checks` has more than 20 items"),
        ('{"checks": [], "question": 1}', "`answer.question` is no text"),
        ('{"checks": [NaN]}', 'holds NaN; write {"$float": "nan"}'),
        ('{"checks": ' + "[" * 100_000, "more than 60,000 characters"),
        ('{"checks": ' + "[" * 50_000, "nested too deep"),
        ('{"checks": [' + "9" * 5_000 + "]}", "a number too long"),
        (" " * MAX_ANSWER + "{}", "more than 60,000 characters"),
    ],
)
def test_what_is_no_answer(text: str, said: str) -> None:
    authored = read_answer(text, requirement(), PYTHON)

    assert (authored.checks, authored.questions) == ((), ())
    assert said in authored.problems[0]


@settings(max_examples=50)
@given(st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["$call", "$given"]),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["checks", "kind", "target", "quote", "args", "$call", "$set", "given", "value"]), inner
    ),
).map(lambda data: json.dumps({"checks": [data, RETURNS | {"args": [data]}]})))  # fmt: skip
def test_nothing_that_comes_raises(text: str) -> None:
    authored = read_answer(text, requirement(), PYTHON)

    for check in authored.checks:
        assert check_from_data(check_as_data(check)) is not None


def test_a_question_of_the_model_is_put_on_one_line() -> None:
    text = answered(question=" Which\namount\x00? " + "x" * 500)

    (question,) = read_answer(text, requirement(), PYTHON).questions

    assert question.startswith("Which amount ? xxx")
    assert len(question) == 400


@pytest.mark.parametrize(
    ("entry", "asked"),
    [
        (RETURNS | {"target": "withdraw"}, "The plan has no atom `withdraw`."),
        (RETURNS | {"args": []}, "`label` cannot be called with 0 arguments."),
        (RETURNS | {"args": [1, 2]}, "`label` cannot be called with 2 arguments."),
        (RETURNS | {"args": [{"$call": {"target": "deposit", "args": [1]}}]}, "`deposit` cannot"),
        (RETURNS | {"expect": {"$call": {"target": "os.system", "args": ["x"]}}}, "no atom"),
    ],
)
def test_what_binds_to_no_atom_becomes_a_question(entry: object, asked: str) -> None:
    authored = read(entry, RETURNS)

    assert [check.id for check in authored.checks] == ["R1.c1"]
    assert len(authored.questions) == 1
    assert asked in authored.questions[0]


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (None, None),
        (True, True),
        (-7, -7),
        (1.5, 1.5),
        ("a'\"\n", "a'\"\n"),
        ([1, ["x"]], [1, ["x"]]),
        ({"a": 1, "b": [None]}, {"a": 1, "b": [None]}),
        ({"$tuple": [1, {"$tuple": []}]}, (1, ())),
        ({"$set": ["a", "b"]}, {"a", "b"}),
        ({"$frozenset": [1]}, frozenset({1})),
        ({"$dict": [[1, "x"], [{"$tuple": [1, 2]}, None]]}, {1: "x", (1, 2): None}),
        ({"$bytes": "00ff"}, b"\x00\xff"),
        ({"$float": "-inf"}, float("-inf")),
        ({"$decimal": "1.50"}, Made(Target("Decimal", is_class=True), ("1.50",))),
        (
            {"$call": {"target": "date", "args": [2025, 3, 1], "take": ["year"]}},
            Made(
                Target("date", is_class=True),
                (2025, 3, 1),
                steps=(Step(StepKind.ATTRIBUTE, "year"),),
            ),
        ),
        (
            {"$call": {"target": "account.deposit", "args": [1, 2], "named": {"note": "x"}}},
            Made(DEPOSIT, (1, 2), (("note", "x"),)),
        ),
    ],
)
def test_values(data: object, plain: Literal) -> None:
    assert value(data) == plain


def test_values_of_javascript() -> None:
    assert value({"$undefined": True}, SCRIPT) is Absent.UNDEFINED
    made = value({"$call": {"target": "Date", "args": ["2025-03-01"]}}, SCRIPT)
    assert made == Made(Target("Date", is_class=True), ("2025-03-01",), is_new=True)
    assert value({"$call": {"target": "BigInt", "args": [7]}}, SCRIPT) == Made(
        Target("BigInt", is_class=True), (7,)
    )


def nested(levels: int) -> Any:
    data: Any = 1
    for _ in range(levels):
        data = [data]
    return data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"$python": "1"}, "has a tag '$python' that is not known"),
        ({"$set": [1], "x": 2}, "has a field 'x' that is not known"),
        ({"$set": [[1]]}, "holds a value that can be no key"),
        ({"$set": [1, 1.0]}, "holds a value twice"),
        ({"$dict": [[1]]}, "is no pair"),
        ({"$bytes": "xyz"}, "is no text of hexadecimal digits"),
        ({"$float": "1.5"}, "may be: -inf, inf, nan"),
        ({"$decimal": "ten"}, "is no decimal number"),
        ({"$undefined": True}, "is nothing that this language has"),
        ({"$given": "account"}, "is 'account', which was not given before"),
        ({"$given": {"name": "x", "path": []}}, "has a field 'path'"),
        ({"$call": {"target": "Account", "named": {"__x": 1}}}, "is '__x', which is no name"),
        ({"$call": {"target": "balance", "named": {"other": 1}}}, "is no parameter of 'balance'"),
        ({"$call": {"target": "Account", "named": []}}, "is no object"),
        ({"$call": {"target": "eval"}}, "is 'eval', which is no name that a test may use"),
        ({"$call": {"target": "a.__b"}}, "is '__b', which is no name"),
        ({"$call": {"target": "Account", "take": ["__class__"]}}, "which is no name"),
        ({"$call": {"target": "Account", "take": [{"call": "x", "named": {}}]}}, "has a field"),
        ({"$call": {"target": "Account", "take": [None]}}, "is no whole number"),
        ({"$call": {"target": "Account", "take": ["a"] * 9}}, "has more than 8 items"),
        ({"$call": {"target": "Path", "args": ["/etc/passwd"], "take": [{"call": "read_text"}]}},
         "takes something from a path"),
        (nested(MAX_DEPTH + 1), "is nested too deep"),
        ("x" * 4_001, "has more than 4,000 characters"),
        (10**301, "lies outside"),
        ([0] * 401, "has more than 400 items"),
    ],
)  # fmt: skip
def test_values_that_are_refused(data: object, said: str) -> None:
    assert said in refusal(RETURNS | {"args": [data]})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"$decimal": "1"}, "is a decimal number, which this language lacks"),
        ({"$call": {"target": "Account", "named": {"a": 1}}}, "names arguments"),
    ],
)
def test_values_that_javascript_lacks(data: object, said: str) -> None:
    assert said in refusal(RETURNS | {"target": "Account", "args": [data]}, SCRIPT)


STORY = {
    "kind": "returns",
    "target": "balance",
    "quote": QUOTE,
    "given": [
        {"name": "account", "value": NEW},
        {"value": {"$call": {"target": "deposit", "args": [{"$given": "account"}, 30]}}},
    ],
    "args": [{"$given": "account"}],
    "expect": 30,
    "then": [
        {"value": {"$given": {"name": "account", "take": ["notes", 0]}}, "expect": ""},
        {"value": {"$given": {"name": "result", "take": [{"call": "bit_length"}]}}, "expect": 5},
        {"value": {"$given": {"name": "account", "take": [{"item": "notes"}]}}, "length": 1},
    ],
}


def test_a_story() -> None:
    check = only(STORY)

    account = given_value("account")
    notes = given_value("account", Step(StepKind.ATTRIBUTE, "notes"), Step(StepKind.INDEX, index=0))
    bits = given_value("result", Step(StepKind.METHOD, "bit_length"))
    item = given_value("account", Step(StepKind.INDEX, index="notes"))
    assert check.args == (account,)
    assert check.target == BALANCE
    assert check.story == Story(
        (Given("account", Made(ACCOUNT, ("Ann",))), Given("", Made(DEPOSIT, (account, 30)))),
        (Observation(notes, ""), Observation(bits, 5), Observation(item, 1, is_length=True)),
    )


PATHS = [
    {"name": "p", "value": [{"$call": {"target": "Path", "args": ["/tmp/x"]}}]}
]  # never opened
READ = {"$given": {"name": "p", "take": [0, {"call": "unlink"}]}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"given": [{"value": 5}]}, "does nothing: without a name it must be a call"),
        ({"given": [{"name": "result", "value": 5}]}, "is taken, reserved or too long"),
        ({"given": [{"name": "a" * 31, "value": 5}]}, "is taken, reserved or too long"),
        ({"given": [{"name": "a", "value": 5}] * 2}, "is taken, reserved or too long"),
        ({"given": [{"name": "import os", "value": 5}]}, "is 'import os', which is no name"),
        ({"given": [{"name": "a", "value": {"$given": "a"}}]}, "which was not given before"),
        ({"given": [{"value": NEW}] * 21}, "has more than 20 items"),
        ({"then": [{"value": 5, "expect": 5}]}, "is no call and no given name"),
        ({"then": [{"value": NEW}]}, "needs `expect` or `length`, and not both"),
        ({"then": [{"value": NEW, "expect": 1, "length": 1}]}, "needs `expect` or `length`"),
        ({"then": [{"value": NEW, "length": -1}]}, "lies outside"),
        ({"given": PATHS, "args": [READ]}, "takes something from a path"),
        ({"args": [{"$given": "result"}]}, "is 'result', which was not given before"),
    ],
)
def test_stories_that_are_refused(changes: dict[str, object], said: str) -> None:
    assert said in refusal(STORY | changes)


def test_a_call_that_fails_has_no_result_to_look_at() -> None:
    entry = {"kind": "raises", "raises": "Overdrawn"} | {
        key: each for key, each in STORY.items() if key not in ("kind", "expect")
    }

    assert "is 'result', which was not given before" in refusal(entry)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"kind": "raises", "args": [None], "raises": "TypeError"},
            {"kind": CheckKind.RAISES, "raises": "TypeError", "partner": None},
        ),
        (
            {"kind": "raises", "args": ["x"], "raises": "Overdrawn"},
            {"kind": CheckKind.RAISES, "raises": "Overdrawn", "partner": OVERDRAWN},
        ),
        (
            {"kind": "rejects", "refused": [[0]], "inputs": [[1]], "raises": "ValueError",
             "bound": {"low": 1}},
            {"refused": ((0,),), "inputs": ((1,),), "raises": "ValueError", "bound": Bound(1)},
        ),
        (
            {"kind": "accepts", "inputs": [["a"]], "refused": [[""]], "property": "boolean"},
            {"inputs": (("a",),), "refused": (("",),), "property": "boolean"},
        ),
        ({"kind": "idempotent", "inputs": [["a"], ["b"]]}, {"inputs": (("a",), ("b",))}),
        ({"kind": "inverse", "args": ["a"], "partner": "label"}, {"partner": LABEL}),
        (
            {"kind": "sorted", "property": "descending", "args": ["a"], "take": ["rows"]},
            {"property": "descending", "steps": (Step(StepKind.ATTRIBUTE, "rows"),)},
        ),
        ({"kind": "type", "property": "str", "inputs": [["a"]]}, {"property": "str"}),
        (
            {"kind": "length", "inputs": [["a"]],
             "bound": {"low": 0, "high": 60, "low_open": True, "high_open": False, "unit": "length"}},
            {"bound": Bound(0, 60, is_low_open=True, unit="length")},
        ),
        (
            {"kind": "performance", "seconds": 0.2, "size": 1000},
            {"bound": Bound(1000, 0.2, unit="s")},
        ),
        (
            {"kind": "performance", "seconds": 1, "inputs": [["a"]]},
            {"bound": Bound(None, 1.0, unit="s"), "inputs": (("a",),)},
        ),
        ({"kind": "case", "property": "lower", "inputs": [["A"]]}, {"property": "lower"}),
        ({"kind": "no_mutation", "inputs": [["A"]]}, {"kind": CheckKind.NO_MUTATION}),
        (
            {"kind": "returns", "named": {"text": "a"}, "expect": "A", "property": "contains"},
            {"named": (("text", "a"),), "property": "contains"},
        ),
    ],
)  # fmt: skip
def test_kinds(fields: dict[str, object], expected: dict[str, object]) -> None:
    check = only({"target": "label", "quote": QUOTE} | fields)

    assert {name: getattr(check, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"kind": "free", "text": "def test(): ..."},
            "`answer.checks[0].kind` is 'free', and may be",
        ),
        ({"kind": ["returns"]}, "`answer.checks[0].kind` is no text"),
        ({}, "is no object with a `kind`"),
        ({"kind": "returns", "args": ["a"]}, "has no field 'expect'"),
        ({"kind": "returns", "args": ["a"], "expect": 1, "id": "R9"}, "has a field 'id'"),
        ({"kind": "returns", "args": ["a"], "expect": 1, "property": "is"}, "may be: contains"),
        ({"kind": "raises", "args": ["a"], "raises": "Missing"}, "is neither an error of"),
        ({"kind": "raises", "args": ["a"], "raises": "NotImplementedError"}, "unfinished code"),
        ({"kind": "raises", "args": ["a"], "raises": "RangeError"}, "is neither an error of"),
        ({"kind": "idempotent"}, "has no input; write `inputs` or `args`"),
        (
            {"kind": "idempotent", "inputs": [["a"]], "args": ["a"]},
            "has both `inputs` and one call",
        ),
        ({"kind": "idempotent", "inputs": []}, "is empty"),
        ({"kind": "idempotent", "inputs": [[NEW]]}, "calls an atom; write that as one call"),
        ({"kind": "length", "inputs": [["a"]], "bound": {}}, "has no end"),
        ({"kind": "length", "inputs": [["a"]], "bound": {"low": "1"}}, "is no number"),
        ({"kind": "length", "inputs": [["a"]], "bound": {"low": 2, "high": 1}}, "ends before"),
        ({"kind": "length", "inputs": [["a"]], "bound": {"low": 10**16}}, "is too large"),
        ({"kind": "performance", "seconds": "fast", "size": 1}, "is no number"),
        ({"kind": "performance", "seconds": 3600, "size": 1}, "lies outside 0 to 60"),
    ],
)
def test_checks_that_are_refused(fields: dict[str, object], said: str) -> None:
    assert said in refusal({"target": "label", "quote": QUOTE} | fields)


@pytest.mark.parametrize("quote", ["", "ab", "`*`", "lower the balance", "balance raise the"])
def test_a_quote_must_stand_in_the_requirement(quote: str) -> None:
    assert refusal(RETURNS | {"quote": quote}).endswith("does not stand in the requirement.")


@pytest.mark.parametrize("target", ["Decimal", "date"])
def test_a_value_type_is_nothing_to_test(target: str) -> None:
    assert "is no atom of the plan" in refusal(RETURNS | {"target": target})


def test_a_decimal_is_what_it_says() -> None:
    made = value({"$decimal": "0.10"})

    assert isinstance(made, Made)
    assert Decimal(str(made.args[0])) == Decimal("0.10")
