"""The rules of an answer, as the model reads them; `answer.py` and level 1 hold it to them."""

from apps.execution.core.scaffold_script import path_aliases
from apps.masterplans.core.document import Language

COMMON = """\
You write one small piece of a larger program, an atom. Other atoms are written by others at the
same time, so keep exactly to what is asked.

Rules of the answer:

- Answer with exactly one fenced code block, opened by ```{tag}. Text before it may be one sentence.
- The block defines the symbol that the task names, once, at the top level, with exactly the given
  signature: names, order, defaults and types of the parameters, and the result.
- Besides it, the block holds only imports and private helpers. {helpers}
- Nothing runs when the module is imported: no calls, no output, no files, no network.
- Aim at 15 lines. Raise an error that says what was wrong; never swallow one.
"""

PYTHON = """\
- Python 3.11 and its standard library only. Every name must be imported or defined.
- Import other atoms with exactly the lines that the task lists, by the full path of their module
  as in `from {package}.module import name`. No relative imports, and no import from the file that
  you are writing for: what it defines can be used as it is.
- Write a docstring of one or two sentences.
- No `__all__`, no `if __name__ == "__main__"`, no type ignores.
"""

TYPESCRIPT = """\
- TypeScript in strict mode, for ES2022. No packages, no Node modules, no `any`, no `@ts-ignore`.
- Write `export` in front of the asked declaration itself. No default export and no re-exports;
  barrels are made for you.
- Import other atoms with exactly the lines that the task lists: a relative path without file
  extension, or the alias `{alias}`. Import what is only a type with `import type`. No import from
  the file that you are writing for: what it defines can be used as it is.
- Write a doc comment of one or two sentences.
"""

JAVASCRIPT = """\
- Modern JavaScript (ES2022 modules). No packages, no `require`.
- Write `export` in front of the asked declaration itself. No default export and no re-exports;
  barrels are made for you.
- Import other atoms with exactly the lines that the task lists: a relative path with its file
  extension. No import from the file that you are writing for: what it defines can be used as it is.
- Write a doc comment of one or two sentences, with the types of parameters and result.
"""

PRIVATE_BY_NAME = "The name of a helper starts with an underscore."
PRIVATE_BY_EXPORT = "A helper is not exported."


def _alias(package: str) -> str:
    return next(iter(path_aliases(package, ())))


def rules(language: Language, package: str) -> str:
    """The fixed part of the system message."""
    if language is Language.PYTHON:
        own = PYTHON.format(package=package or "package")
        return COMMON.format(tag="python", helpers=PRIVATE_BY_NAME) + own.rstrip()
    if language is Language.TYPESCRIPT:
        own = TYPESCRIPT.format(alias=f"{_alias(package)}…")
        return COMMON.format(tag="typescript", helpers=PRIVATE_BY_EXPORT) + own.rstrip()
    return COMMON.format(tag="javascript", helpers=PRIVATE_BY_EXPORT) + JAVASCRIPT.rstrip()
