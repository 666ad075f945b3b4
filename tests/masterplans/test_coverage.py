from apps.masterplans.core.coverage import analyse_coverage
from tests.masterplans.plans import HEAD, TOOLKIT, read

PLAN = """## Requirements
- R1: `slugify("one")` must be lower case
- R2: `slug` and "`count`" and count must be words
- R3: `src/b.py::count` must be exact
- R4: `"slugify"` must be a word
- R5: nothing must be named
- R6: `count` must be found in both files
## Plan
##### A (`src/a.py`)
- `count()`: x. Covers R5.
- `slugify()`: x. Covers R1.
##### B (`src/b.py`)
- `count()`: x.
"""


def test_atoms_of_each_requirement_in_plan_order() -> None:
    assert analyse_coverage(read(HEAD + PLAN)) == {
        "R1": ("src/a.py::slugify",),
        "R2": ("src/a.py::count", "src/b.py::count"),
        "R3": ("src/b.py::count",),
        "R4": (),
        "R5": ("src/a.py::count",),
        "R6": ("src/a.py::count", "src/b.py::count"),
    }


def test_the_order_is_that_of_the_requirements() -> None:
    assert list(analyse_coverage(read(TOOLKIT))) == ["R1", "R2", "R3", "R7"]
