"""Which inputs a sentence names, beside those that stand in it."""

import pytest

from apps.acceptance.core.checks import Check, CheckKind, Target
from tests.acceptance.targets import AGE, SLUGIFY, SORT, VALID_PORT, read

NAME = Target("name_ok", "forms/name.py", ("name",), ("str",), 1, "bool", covers=("R1",))
SHARE = Target(
    "share", "mathkit/share.py", ("part", "whole"), ("float", "float"), 2, "float", covers=("R1",)
)


def told(check: Check) -> tuple[str, list[object], list[object]]:
    """The kind of a check, and the first arguments that are accepted and refused."""
    first = [args[0] for args in check.inputs], [args[0] for args in check.refused]
    return (check.kind.value, *first)


@pytest.mark.parametrize(
    "text",
    [
        "`check_age` accepts ages between 0 and 150, and raises `ValueError` otherwise.",
        "`check_age` accepts values from 0 to 150; anything else raises `ValueError`.",
        "`check_age` raises `ValueError` unless the age is between 0 and 150.",
        "An age below 0 or above 150 must be rejected with `ValueError`.",
        "`check_age` acepta edades entre 0 y 150 y rechaza las demás con `ValueError`.",
        "`check_age` accepts ages of 0 to 150 and raises `ValueError` for all others.",
    ],
)
def test_one_range_in_many_words(text: str) -> None:
    (check,) = read(text, AGE)

    assert told(check)[1:] == ([0, 1, 149, 150], [-1, 151])


@pytest.mark.parametrize(
    "text",
    [
        "`is_port` returns `False` for values below 1 or above 65535.",
        "`is_port(port)` must be `True` exactly when port is in the range 1 to 65535.",
        "`is_port` returns `True` for ports between 1 and 65535 and `False` otherwise.",
    ],
)
def test_one_range_of_a_function_that_answers(text: str) -> None:
    (check,) = read(text, VALID_PORT)

    assert check.property == "boolean"
    assert told(check)[1:] == ([1, 2, 65534, 65535], [0, 65536])


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("`name_ok` must return `False` for names longer than 20 characters.", ([19, 20], [21])),
        ("A name must have at least 3 and at most 5 characters.", ([3, 4, 5], [2, 6])),
        ("`name_ok` accepts names of 3 to 5 characters.", ([3, 4, 5], [2, 6])),
    ],
)
def test_lengths(text: str, lengths: tuple[list[int], list[int]]) -> None:
    (check,) = read(text, NAME)

    accepted, refused = (
        [len(str(args[0])) for args in rows] for rows in (check.inputs, check.refused)
    )
    assert (sorted(accepted), sorted(refused)) == lengths


@pytest.mark.parametrize(
    ("text", "target", "inputs"),
    [
        ("`ordered` must raise `ValueError` if the list is empty.", SORT, [([],)]),
        ("`slugify` raises `ValueError` when the text is empty.", SLUGIFY, [("",)]),
        ("`slugify` debe lanzar `ValueError` si el texto está vacío.", SLUGIFY, [("",)]),
        ("`check_age` raises `TypeError` when given a string.", AGE, [("abc",)]),
        ("`share` raises `ZeroDivisionError` if whole is 0.", SHARE, [(1.5, 0)]),
        ('`slugify` raises `ValueError` for bad input such as `"?"`.', SLUGIFY, [("?",)]),
        ('`slugify` raises `ValueError` for `"?"` and for `""`.', SLUGIFY, [("?",), ("",)]),
        (
            "`slugify` debe lanzar `TypeError` si no recibe una cadena.",
            SLUGIFY,
            [(None,), (42,), (["a"],)],
        ),
    ],
)
def test_what_is_refused(text: str, target: Target, inputs: list[tuple[object, ...]]) -> None:
    checks = read(text, target)

    assert all(check.kind is CheckKind.RAISES for check in checks)
    assert [check.args for check in checks] == inputs


def test_two_parameters_in_the_wrong_order() -> None:
    text = "`clamp` must raise `ValueError` if `low` is greater than `high`."
    types = ("int", "int", "int")
    clamp = Target("clamp", "a/b.py", ("value", "low", "high"), types, 3, "int", covers=("R1",))

    (check,) = read(text, clamp)

    assert check.args == (7, 7, 3)
    assert read(text.replace("greater", "less"), clamp)[0].args == (7, 3, 7)
    assert read(text.replace("`high`", "`other`"), clamp) == ()


def test_a_parameter_may_be_named_in_the_plural() -> None:
    parts = Target(
        "parts", "a/b.py", ("rows", "size"), ("list[int]", "int"), 2, "list", covers=("R1",)
    )

    (check,) = read("`parts` rejects sizes below 1 with `ValueError`.", parts)

    assert [args[1] for args in check.refused] == [0]


@pytest.mark.parametrize("written", ["list", "list[list[int]]", "dict[str, int]"])
def test_containers_that_say_little_have_ordinary_values(written: str) -> None:
    some = Target("some", "a/b.py", ("rows",), (written,), 1, written, covers=("R1",))

    (check,) = read("`some` must not modify its argument.", some)

    assert len(check.inputs) > 1


def test_negative_numbers_are_refused_without_the_name_of_an_error() -> None:
    (check,) = read("`check_age` must reject negative numbers.", AGE)

    assert told(check) == ("rejects", [], [-1, -1000])


def test_two_answers_in_one_sentence() -> None:
    checks = read("`is_port` returns `True` for 80 and `False` for 0.", VALID_PORT)

    assert [(check.args, check.expect) for check in checks] == [((80,), True), ((0,), False)]


@pytest.mark.parametrize(
    ("text", "target", "kind"),
    [
        ("Calling `slugify` twice gives the same result.", SLUGIFY, CheckKind.IDEMPOTENT),
        ("The output of `slugify` is always lower case.", SLUGIFY, CheckKind.CASE),
        ("The result of `ordered` is sorted in descending order.", SORT, CheckKind.SORTED),
        ("`ordered` returns the numbers from largest to smallest.", SORT, CheckKind.SORTED),
        ("`slugify` returns the same result for the same input.", SLUGIFY, CheckKind.DETERMINISTIC),
    ],
)
def test_properties(text: str, target: Target, kind: CheckKind) -> None:
    (check,) = read(text, target)

    assert check.kind is kind


def test_a_whole_number_will_do_for_a_float() -> None:
    (check,) = read("`share` returns a float.", SHARE)

    assert (check.kind, check.property) == (CheckKind.TYPE, "number")
