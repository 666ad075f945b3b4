"""One function: what is asked of it, right and wrong answers, and inputs that tell them apart."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent

Arguments = tuple[object, ...]

PATH = "kit/part.py"
SCRIPT_PATH = "kit/part.ts"
_PLAN = """---
title: Part
language: {language}
package: kit
---

# Part

## Requirements

### MUST

{requirements}

## Plan

### Phase: One

#### Milestone: One

##### Task: Part (`{path}`)

- `{signature}`: as the requirements say. Covers {covered}.
"""


@dataclass(frozen=True, slots=True)
class Case:
    signature: str  # "slugify(text: str) -> str", "export function slugify(text: string): string"
    must: tuple[str, ...]  # requirement sentences, as somebody wrote them
    right: tuple[str, ...]  # answers in several styles; mutants are made of the first
    wrong: tuple[str, ...]
    draw: Callable[[random.Random], Arguments]  # arguments, for comparing two answers
    path: str = PATH

    @property
    def name(self) -> str:
        return self.signature.partition("(")[0].removeprefix("export function ")

    def plan(self) -> str:
        """The masterplan with this function as its only atom."""
        rows = [f"- R{number}: {text.strip()}" for number, text in enumerate(self.must, start=1)]
        covered = ", ".join(f"R{number}" for number in range(1, len(rows) + 1))
        return _PLAN.format(
            language="python" if self.path == PATH else "typescript",
            requirements="\n".join(rows),
            path=self.path,
            signature=self.signature,
            covered=covered,
        )


def _nothing(rng: random.Random) -> Arguments:
    return ()


def case(
    signature: str,
    must: str,
    *,
    right: tuple[str, ...],
    wrong: tuple[str, ...],
    draw: Callable[[random.Random], Arguments] = _nothing,
    path: str = PATH,
) -> Case:
    """A case whose sentences stand in one text, with a blank line between two."""
    paragraphs = dedent(must).strip().split("\n\n")
    # A line goes on in the next, but for the rows of a table.
    sentences = tuple(re.sub(r"\n(?!\s*\|)", " ", part.strip()) for part in paragraphs)
    return Case(
        signature,
        sentences,
        tuple(dedent(code).strip() + "\n" for code in right),
        tuple(dedent(code).strip() + "\n" for code in wrong),
        draw,
        path,
    )


# --- what inputs are drawn from ------------------------------------------------------------------


def word(rng: random.Random, letters: str = "abcdeABCDE") -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(1, 6)))


def text(rng: random.Random, letters: str = "abcABC  -_.,!1 9é\t") -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(0, 14)))


def integer(rng: random.Random, low: int = -20, high: int = 120) -> int:
    return rng.randint(low, high)


def integers(rng: random.Random, low: int = -9, high: int = 20, most: int = 8) -> list[int]:
    return [rng.randint(low, high) for _ in range(rng.randint(0, most))]


def words(rng: random.Random) -> list[str]:
    return [word(rng) for _ in range(rng.randint(0, 6))]
