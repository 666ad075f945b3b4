"""Functions of a plan, as the tests of reading and rendering call them."""

from apps.acceptance.core.binding import targets_of
from apps.acceptance.core.checks import Check, Target
from apps.acceptance.core.held_out import with_examples
from apps.acceptance.core.reading import read_checks
from apps.masterplans.core.document import PlanDocument
from apps.masterplans.core.parser import parse

SLUGIFY = Target(
    "slugify", "textkit/slug.py", ("text", "sep"), ("str", "str"), 1, "str", covers=("R1",)
)
ADD = Target("add", "mathkit/basic.py", ("a", "b"), ("int", "int"), 2, "int", covers=("R1",))
AGE = Target("check_age", "forms/age.py", ("age",), ("int",), 1, "int", covers=("R1",))
VALID_PORT = Target("is_port", "net/port.py", ("port",), ("int",), 1, "bool", covers=("R1",))
SORT = Target(
    "ordered", "lists/order.py", ("rows",), ("list[int]",), 1, "list[int]", covers=("R1",)
)
ENCODE = Target("encode", "codec/base.py", ("text",), ("str",), 1, "str", covers=("R1",))
DECODE = Target("decode", "codec/base.py", ("text",), ("str",), 1, "str", covers=())
OUT_OF_STOCK = Target("OutOfStock", "shop/errors.py", is_class=True)
TRIM = Target("trim", "src/text.ts", ("text",), ("string",), 1, "string", covers=("R1",))
DAY = Target("formatDay", "src/day.ts", ("day",), ("Date",), 1, "string", covers=("R1",))


def read(text: str, *targets: Target) -> tuple[Check, ...]:
    """The checks of a text as requirement R1."""
    return read_checks(text, requirement="R1", targets=targets or (SLUGIFY,)).checks


def codes(text: str, *targets: Target) -> list[str]:
    """The codes of the questions that a text leaves open."""
    reading = read_checks(text, requirement="R1", targets=targets or (SLUGIFY,))
    return [question.code.value for question in reading.questions]


def plan(text: str) -> PlanDocument:
    document = parse(text).document
    assert document is not None
    return document


def checks_of(document: PlanDocument) -> tuple[Check, ...]:
    targets = targets_of(document)
    found = [
        check
        for requirement in document.requirements
        for check in read_checks(
            requirement.text, requirement=requirement.ref, targets=targets
        ).checks
    ]
    return with_examples(found)
