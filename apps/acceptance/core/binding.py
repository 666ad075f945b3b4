"""Which atom of the plan a name in a requirement calls."""

import builtins
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from apps.acceptance.core.checks import Free, Literal, Made, QuestionCode, Target
from apps.acceptance.core.parameters import target_of
from apps.masterplans.core.document import AtomKind, PlanDocument

# Value types that a test may build, with the module of Python that holds them. JavaScript's are
# global.
PYTHON_VALUES = {
    "Decimal": "decimal",
    "Fraction": "fractions",
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
    "timedelta": "datetime",
    "UUID": "uuid",
    "Path": "pathlib",
    "PurePosixPath": "pathlib",
    "Counter": "collections",
    "OrderedDict": "collections",
    "deque": "collections",
}
SCRIPT_VALUES = frozenset({"Date", "Map", "Set", "URL", "BigInt", "Number", "Uint8Array"})
# Called without `new`, unlike every other value type of JavaScript.
SCRIPT_FUNCTIONS = frozenset({"BigInt", "Number"})

PYTHON_ERRORS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, Warning)
)
SCRIPT_ERRORS = frozenset(
    {"Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError"}
)
SCRIPT_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


class UnboundError(ValueError):
    """A name, or a call that uses it, cannot be bound; the text asks what would settle it."""

    def __init__(self, code: QuestionCode, text: str) -> None:
        super().__init__(text)
        self.code = code


def targets_of(document: PlanDocument) -> tuple[Target, ...]:
    """Everything that the plan's atoms let a test call, in plan order."""
    callable_kinds = (AtomKind.FUNCTION, AtomKind.CLASS)
    return tuple(target_of(atom) for atom in document.atoms() if atom.kind in callable_kinds)


def is_script(target: Target) -> bool:
    return target.path.endswith(SCRIPT_SUFFIXES)


class Scope:
    """The names that one requirement may call."""

    def __init__(self, targets: Sequence[Target], requirement: str) -> None:
        self.is_open = any(not target.symbol for target in targets)  # no plan: any name will do
        self.targets = tuple(target for target in targets if target.symbol)
        self.covering = tuple(each for each in self.targets if requirement in each.covers)
        self.is_script = any(is_script(target) for target in self.targets)
        self.symbols = frozenset(target.symbol for target in self.targets)

    def find(self, name: str) -> Target:
        """The atom of a name, which may be written with its module: what covers goes first.

        Raises UnboundError, as every method here.
        """
        symbol = name.rpartition(".")[2]
        fitting = [each for each in self.targets if each.symbol == symbol and _may_be(each, name)]
        if len(fitting) > 1:
            fitting = [each for each in fitting if each in self.covering] or fitting
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            places = " and ".join(f"`{each.path}`" for each in fitting[:3])
            raise UnboundError(
                QuestionCode.SEVERAL_BINDINGS,
                f"`{symbol}` stands in {places}. Which one is meant? Let its atom cover this requirement.",
            )
        if self.is_open:
            return Target(name)
        raise UnboundError(
            QuestionCode.NO_BINDING,
            f"The plan has no atom `{name}`. Which function is called? Name an atom of the plan.",
        )

    def implied(self, arity: int | None = None) -> Target:
        """The atom that is meant when none is named: the only one that covers and can be so called."""
        candidates = [each for each in self.covering if not each.is_class and takes(each, arity)]
        if not candidates and len(self.targets) == 1 and takes(self.targets[0], arity):
            candidates = list(self.targets)
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = ", ".join(f"`{each.symbol}`" for each in candidates[:4])
            raise UnboundError(
                QuestionCode.SEVERAL_BINDINGS,
                f"Which of {names} is called here? Write the call, such as `{candidates[0].symbol}(…)`.",
            )
        if self.is_open:
            return Target("")
        raise UnboundError(
            QuestionCode.NO_BINDING,
            "Which function does this describe? Name it in code, or let its atom cover this requirement.",
        )

    def bind(self, value: Literal) -> Literal:
        """The value with every name in it bound to the plan, or to a value type of the language."""
        if isinstance(value, Free):
            raise UnboundError(
                QuestionCode.UNREADABLE_VALUE,
                f'`{value.name}` is no value. Write a literal such as `"{value.name}"` or `42`.',
            )
        if isinstance(value, Made):
            return self._bind_call(value)
        if isinstance(value, list | tuple):
            return type(value)(map(self.bind, value))
        if isinstance(value, dict):
            return {self.bind(key): self.bind(each) for key, each in value.items()}
        return value

    def _bind_call(self, made: Made) -> Made:
        target = self._callee(made)
        count = len(made.args) + len(made.named)
        if not takes(target, count):
            raise UnboundError(
                QuestionCode.TOO_MANY_ARGUMENTS,
                f"`{target.symbol}` cannot be called with {count} arguments. Correct the call or the signature.",
            )
        return replace(
            made,
            target=target,
            args=tuple(map(self.bind, made.args)),
            named=tuple((name, self.bind(value)) for name, value in made.named),
            steps=tuple(
                replace(step, args=tuple(map(self.bind, step.args))) for step in made.steps
            ),
            is_new=self._is_new(made, target),
        )

    def _callee(self, made: Made) -> Target:
        name = made.target.symbol
        if name in self.symbols:
            return self.find(name)
        is_value = name in SCRIPT_VALUES if self.is_script else name in PYTHON_VALUES
        if is_value or (self.is_open and (name in SCRIPT_VALUES or name in PYTHON_VALUES)):
            return Target(name, is_class=True)
        return self.find(name)

    def _is_new(self, made: Made, target: Target) -> bool:
        if not self.is_script:
            return made.is_new and self.is_open
        return target.is_class and target.symbol not in SCRIPT_FUNCTIONS

    def error(self, name: str) -> Target | None:
        """The atom of an error's class, None for one of the language's own."""
        if name in self.symbols:
            return self.find(name)
        own = SCRIPT_ERRORS if self.is_script else PYTHON_ERRORS
        if name in own or (self.is_open and name in PYTHON_ERRORS | SCRIPT_ERRORS):
            return None
        if name in PYTHON_ERRORS | SCRIPT_ERRORS:
            spoken = "JavaScript" if self.is_script else "Python"
            raise UnboundError(
                QuestionCode.UNKNOWN_ERROR,
                f"{spoken} has no `{name}`. Which error is meant?",
            )
        return Target(name, is_class=True)  # of the module that raises it


def takes(target: Target, arity: int | None) -> bool:
    """Whether so many arguments fit; what the signature leaves open takes any number."""
    if arity is None or not target.parameters:
        return True
    most = math.inf if target.parameters[-1].startswith(("*", "...")) else len(target.parameters)
    return target.required <= arity <= most


def _may_be(target: Target, name: str) -> bool:
    """Whether the modules in front of a symbol are the end of its path: `slug.slugify`."""
    prefix = name.rpartition(".")[0]
    if not prefix:
        return True
    parts = PurePosixPath(target.path).with_suffix("").parts
    wanted = tuple(prefix.split("."))
    return parts[-len(wanted) :] == wanted
