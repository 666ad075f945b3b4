"""A small plan for tests of authoring: an account with a balance, in Python and in TypeScript."""

from apps.acceptance.core.checks import Target
from apps.acceptance.core.sentence import Requirement, Stated, read_requirement

ACCOUNT = Target("Account", "bank/account.py", is_class=True)
DEPOSIT = Target(
    "deposit",
    "bank/account.py",
    ("account", "amount", "note"),
    ("Account", "int", "str"),
    2,
    "int",
    covers=("R1",),
)
BALANCE = Target("balance", "bank/account.py", ("account",), ("Account",), 1, "int")
OVERDRAWN = Target("Overdrawn", "bank/errors.py", is_class=True)
LABEL = Target("label", "bank/text.py", ("text",), ("str",), 1, "str", covers=("R2",))
PYTHON = (ACCOUNT, DEPOSIT, BALANCE, OVERDRAWN, LABEL)
SCRIPT = (
    Target("Account", "src/account.ts", is_class=True),
    Target("deposit", "src/account.ts", ("account", "amount"), ("Account", "number"), 2, "number"),
    Target("fetchRate", "src/rate.ts", ("day",), ("Date",), 1, "Promise<number>", is_async=True),
)
TEXT = "`deposit` must raise the balance by the *amount*,\n  and refuse an amount below 1."


def requirement(text: str = TEXT, targets: tuple[Target, ...] = PYTHON) -> Requirement:
    return read_requirement(Stated("R1", text), targets)
