"""What a requirement becomes: typed checks made of plain data, which a renderer turns into tests.

Nothing here holds code. A value is data that was read by grammar; a name is an identifier of the
plan, of the language's own errors, or of a short list of value types.
"""

import builtins
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, StrEnum


class CheckKind(StrEnum):
    RETURNS = "returns"
    RAISES = "raises"
    ACCEPTS = "accepts"
    REJECTS = "rejects"
    IDEMPOTENT = "idempotent"
    INVERSE = "inverse"
    NEVER_RAISES = "never_raises"
    SORTED = "sorted"
    TYPE = "type"
    LENGTH = "length"
    RANGE = "range"
    CASE = "case"
    PERFORMANCE = "performance"
    DETERMINISTIC = "deterministic"
    NO_MUTATION = "no_mutation"
    FREE = "free"  # a test whose text was written by a model or a person


class CheckSource(StrEnum):
    """Who read the check from the requirement."""

    TEMPLATE = "template"
    MODEL = "model"
    PERSON = "person"


class Absent(Enum):
    """JavaScript's second way to say nothing."""

    UNDEFINED = "undefined"


class StepKind(StrEnum):
    ATTRIBUTE = "attribute"  # result.name
    INDEX = "index"  # result[0]
    METHOD = "method"  # result.name(…)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of the requirement's text from which a check was read; `end` lies behind them."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a check calls; without a path it is bound to no atom of the plan."""

    symbol: str
    path: str = ""
    parameters: tuple[str, ...] = ()
    types: tuple[str, ...] = ()  # as written, "" where there is none; one per parameter
    required: int = 0  # leading parameters that have no default
    returns: str = ""  # type of the result as written
    covers: tuple[str, ...] = ()  # refs of the requirements that the atom covers
    is_async: bool = False
    is_class: bool = False
    # Arguments that the plan states a result for: inputs that the function takes.
    examples: "tuple[Args, ...]" = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """What is taken from a result before it is compared."""

    kind: StepKind
    name: str = ""
    index: "int | str" = 0
    args: "tuple[Literal, ...]" = ()


@dataclass(frozen=True, slots=True)
class Made:
    """The result of a call, as an argument or as the expected value: `Decimal("1.5")`."""

    target: Target
    args: "tuple[Literal, ...]" = ()
    named: "tuple[tuple[str, Literal], ...]" = ()
    steps: tuple[Step, ...] = ()
    is_new: bool = False  # `new Date(…)`


@dataclass(frozen=True, slots=True)
class Free:
    """A name that stands for any value: the `x` of `decode(encode(x)) == x`."""

    name: str


Literal = (
    None
    | bool
    | int
    | float
    | str
    | bytes
    | Decimal
    | list["Literal"]
    | tuple["Literal", ...]
    | dict["Literal", "Literal"]
    | set["Literal"]
    | frozenset["Literal"]
    | Made
    | Free
    | Absent
)
Args = tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """Limits of an argument, of a result, or of a duration."""

    low: int | float | Decimal | None = None  # in `unit`
    high: int | float | Decimal | None = None
    is_low_open: bool = False  # the limit itself lies outside
    is_high_open: bool = False
    unit: str = ""  # "" for the value itself, "length", "multiple" of `low`, or "s"

    def holds(self, value: int | float | Decimal) -> bool:
        """Whether a number lies within; for a multiple, whether `low` divides it."""
        if self.unit == "multiple":
            return bool(self.low) and value % self.low == 0  # type: ignore[operator]  # never Decimal with float
        low_holds = self.low is None or (
            value > self.low or (value == self.low and not self.is_low_open)
        )
        high_holds = self.high is None or (
            value < self.high or (value == self.high and not self.is_high_open)
        )
        return low_holds and high_holds


@dataclass(frozen=True, slots=True)
class Example:
    """A stated pair, which makes a test of properties red on code that does nothing."""

    call: Made
    expect: Literal


@dataclass(frozen=True, slots=True)
class Given:
    """Something that is done before the call of a check; without a name only for its effect."""

    name: str
    value: Literal  # a call, or a name that was given before with what is taken from it


@dataclass(frozen=True, slots=True)
class Observation:
    """What is looked at after the call."""

    value: Literal
    expect: Literal  # the number of items when `is_length`
    is_length: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """What stands around the call of a check when a single call cannot show it.

    A name that was given stands in values as `given_value(name)`; "result" is what the call returned.
    """

    given: tuple[Given, ...] = ()
    then: tuple[Observation, ...] = ()


def given_value(name: str, *steps: Step) -> Made:
    """A name of a story as a value: it calls nothing, and is bound to no atom."""
    return Made(Target(name), steps=steps)


class Trait(StrEnum):
    """What is asked of a drawn input for which the requirement states no result."""

    TYPE = "type"
    DETERMINISM = "determinism"
    NO_MUTATION = "no_mutation"
    VARIED = "varied"  # the results are not all the same
    NOT_ECHO = "not_echo"  # the results are not all the first argument


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to observe; its id names it in tests and reports for as long as the text stands."""

    id: str  # "R1.c1"
    requirement: str  # "R1"
    kind: CheckKind
    target: Target
    args: Args
    expect: Literal
    raises: str  # name of an error; "" for none, or for any error of a refusal
    bound: Bound | None
    property: str  # what the kind leaves open: "descending", "lower", "str"
    span: Span
    is_held_out: bool = False
    is_low_trust: bool = False
    is_unproven: bool = False
    named: tuple[tuple[str, Literal], ...] = ()
    steps: tuple[Step, ...] = ()
    is_new: bool = False
    inputs: tuple[Args, ...] = ()  # of a property, or those to accept
    refused: tuple[Args, ...] = ()  # those to reject
    partner: Target | None = None  # the inverse; or the error's class when it is an atom
    example: Example | None = None
    traits: tuple[Trait, ...] = ()
    is_tabular: bool = False  # the requirement is a table of inputs and results itself
    source: CheckSource = CheckSource.TEMPLATE
    story: Story | None = None  # for results and errors that need more than one call
    text: str = ""  # of the whole test module, for FREE alone

    @builtins.property
    def is_alone(self) -> bool:
        """Whether no other check says anything about it, and it nothing about others."""
        return self.story is not None or self.kind is CheckKind.FREE

    @builtins.property  # a field of this class has that name
    def call(self) -> Made:
        return Made(self.target, self.args, self.named, self.steps, self.is_new)


class QuestionCode(StrEnum):
    NO_BINDING = "no-binding"
    SEVERAL_BINDINGS = "several-bindings"
    UNREADABLE_VALUE = "unreadable-value"
    AMBIGUOUS_VALUE = "ambiguous-value"
    TOO_MANY_ARGUMENTS = "too-many-arguments"
    UNKNOWN_ERROR = "unknown-error"
    NO_INPUT = "no-input"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Why a place of a requirement became no check, and what to write instead."""

    requirement: str
    code: QuestionCode
    text: str
    span: Span
