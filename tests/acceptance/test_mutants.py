"""Which mutants are made of a module, and which of them are run."""

from itertools import pairwise

from apps.acceptance.core.mutants import Mutant, Operator, python_mutants, thinned

CODE = '''"""Two functions."""

LIMIT = 3


def near(x):
    """Below the limit."""
    return x < LIMIT


def far(x):
    if x > LIMIT and not near(x):
        return True
    return x == 100
'''


def test_mutants_of_one_symbol_leave_the_rest_as_it_was() -> None:
    made = python_mutants(CODE, symbol="near")

    assert made
    assert all("if x > LIMIT and (not near(x)):" in each.code for each in made)
    assert all("LIMIT = 3" in each.code for each in made)
    assert {each.line for each in made} == {8}


def test_a_name_that_is_assigned_is_a_symbol_too() -> None:
    assert [each.code.splitlines()[1] for each in python_mutants(CODE, symbol="LIMIT")] == [
        "LIMIT = 4"
    ]
    assert python_mutants(CODE, symbol="other") == ()


def test_without_a_symbol_all_of_the_module_is_changed() -> None:
    assert {each.line for each in python_mutants(CODE)} == {3, 8, 12, 13, 14}


def test_the_seed_chooses_among_many() -> None:
    many = [Mutant(Operator.TEXT_CHANGED, line, str(line)) for line in range(100)]

    chosen = thinned(many, 10, seed=3)

    assert chosen == thinned(many, 10, seed=3) != thinned(many, 10, seed=1)
    assert len(set(chosen)) == 10
    assert all(later.line - one.line in (9, 10, 11) for one, later in pairwise(chosen))
    assert thinned(many[:5], 10, seed=3) == tuple(many[:5])
