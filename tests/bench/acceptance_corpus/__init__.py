"""Small functions with right and wrong answers, for measuring what the acceptance tests let through."""

from tests.bench.acceptance_corpus import lists, numbers, rules, scripts, texts
from tests.bench.acceptance_corpus.case import Case

CASES: tuple[Case, ...] = (*texts.CASES, *numbers.CASES, *lists.CASES, *rules.CASES)
SCRIPT_CASES: tuple[Case, ...] = scripts.CASES
