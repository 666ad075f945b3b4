"""Small masterplans for tests."""

from apps.masterplans.core.document import PlanDocument
from apps.masterplans.core.parser import ParseResult, parse

TOOLKIT = """\
---
title: Text toolkit
language: python
package: textkit
budget_usd: 5.00
---

# Text toolkit

Small functions for *text*.

## Requirements

### MUST

- R1: `slugify("Hello, World!")` returns `"hello-world"`.
- R2: `parse_age` rejects what is no age.
  | input | result     |
  |-------|------------|
  | -1    | ValueError |

### SHOULD

- `word_count` copes with 1 MB.

### MAY

- R7: a page may show the count.

## Plan

### Phase: Core

#### Milestone: Slugs

##### Task: Normalising (`textkit/normalize.py`)

- `collapse(text: str, sep: str = "-") -> str`: replace each run of other characters by `sep`.

##### Task: Slugs (`textkit/slug.py`)

- `slugify(text: str) -> str`: lower-case ASCII slug.
  Uses `collapse`. Covers R1.
"""

HEAD = "---\ntitle: T\nlanguage: python\n---\n"
REQUIREMENTS = f"{HEAD}## Requirements\n### MUST\n- R1: it works\n"
TASK = f"{REQUIREMENTS}## Plan\n##### Task: A (`pkg/a.py`)\n"  # its bullets start in line 10


def read(text: str) -> PlanDocument:
    document = parse(text).document
    assert document is not None
    return document


def codes(result: ParseResult) -> list[str]:
    return [each.code for each in result.diagnostics]


def problems(text: str) -> list[str]:
    """The codes of everything that is wrong with the text."""
    return codes(parse(text))
