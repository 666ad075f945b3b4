"""From a model's answer to the code in it, or to findings that tell the model what to do instead.

Models wrap code in many ways: a preamble, tildes, a fence that is never closed, a fence inside a
docstring. Whatever the text, this never raises.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.execution.core.fences import Block, fenced_blocks, joined_block
from apps.masterplans.core.document import AtomSpec, Language
from apps.validation.core import python_symbols, script_symbols
from apps.validation.core.findings import Finding, Severity, has_blocking, in_reading_order
from apps.validation.core.python_source import read_python
from apps.validation.core.script_source import read_script

MAX_ANSWER_CHARS = 400_000
TAGS = {
    Language.PYTHON: ("python", "py", "python3", "py3"),
    Language.TYPESCRIPT: ("typescript", "ts", "tsx", "mts", "cts"),
    Language.JAVASCRIPT: ("javascript", "js", "jsx", "mjs", "cjs"),
}
# Thoughts that some models print before the answer.
THOUGHTS = re.compile(r"\A\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """`code` is None when no single block could be taken."""

    code: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def is_usable(self) -> bool:
        return self.code is not None and not has_blocking(self.findings)


def parse_answer(text: str, atom: AtomSpec) -> ParsedAnswer:
    """Take the one code block and see whether it defines what was asked for."""
    if len(text) > MAX_ANSWER_CHARS:
        message = (
            f"The answer has more than {MAX_ANSWER_CHARS:,} characters. Answer with the code only."
        )
        return _refused("too-long", message)
    text = THOUGHTS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"))
    if not text.strip():
        return _refused("empty", f"The answer is empty. {_how(atom)}")
    blocks = list(fenced_blocks(text))
    if not blocks:
        return _refused("no-fence", f"The answer holds no code block. {_how(atom)}")
    block, findings = _choose(text, blocks, atom)
    if block is None:
        return ParsedAnswer(None, findings)
    code = _tidied(block.text)
    findings += tuple(_code_findings(code, atom))
    return ParsedAnswer(code, in_reading_order(findings))


def _choose(
    text: str, blocks: list[Block], atom: AtomSpec
) -> tuple[Block | None, tuple[Finding, ...]]:
    """The block to take, and what is to be said about the choice."""
    joined = joined_block(text)
    if joined is not None and not _parses(blocks[0].text, atom) and _parses(joined.text, atom):
        blocks = [joined]  # a fence inside the code, in a docstring perhaps, ended the block early
    own = [block for block in blocks if block.tag in TAGS[atom.language]]
    if not own and len(blocks) == 1 and not blocks[0].tag:
        own = blocks
    if not own:
        return None, (_wrong_language(blocks, atom),)
    if len(own) > 1:
        message = f"The answer holds {len(own)} code blocks of the language. {_how(atom)}"
        return None, (_finding("several-blocks", message),)
    if not own[0].is_closed:
        message = (
            "The code block is not closed, so the code may be cut off. Answer shorter, and close "
            "it."
        )
        return own[0], (_finding("unclosed-fence", message),)
    return own[0], tuple(_remarks(own[0], blocks, atom))


def _remarks(chosen: Block, blocks: list[Block], atom: AtomSpec) -> Iterator[Finding]:
    tag = TAGS[atom.language][0]
    if not chosen.tag:
        yield _finding("untagged-fence", f"Open the code block with ```{tag}.", Severity.LOW)
    if len(blocks) > 1:
        message = "The answer holds further blocks, which are ignored. Answer with one block."
        yield _finding("other-blocks", message, Severity.LOW)


def _wrong_language(blocks: list[Block], atom: AtomSpec) -> Finding:
    found = ", ".join(
        sorted({f"`{block.tag}`" if block.tag else "no language" for block in blocks})
    )
    message = (
        f"The code block is marked as {found}, asked for `{TAGS[atom.language][0]}`. {_how(atom)}"
    )
    return _finding("wrong-language", message)


def _code_findings(code: str, atom: AtomSpec) -> Iterator[Finding]:
    if not code.strip():
        yield _finding("empty-block", f"The code block is empty. {_how(atom)}")
        return
    if "\x00" in code or any(0xD800 <= ord(char) <= 0xDFFF for char in code):
        yield _finding(
            "unreadable", "The code holds characters that are no text. Write plain text."
        )
        return
    if atom.language is Language.PYTHON:
        tree = read_python(code)
        yield from (tree,) if isinstance(tree, Finding) else python_symbols.check_symbol(tree, atom)
    else:
        root = read_script(code, atom.path)
        yield from (root,) if isinstance(root, Finding) else script_symbols.check_symbol(root, atom)


def _parses(code: str, atom: AtomSpec) -> bool:
    if atom.language is Language.PYTHON:
        return not isinstance(read_python(code), Finding)
    return not isinstance(read_script(code, atom.path), Finding)


def _tidied(code: str) -> str:
    """Without blank lines around and blanks at the ends; with one line break at the end."""
    lines = code.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines).rstrip() + "\n"


def _how(atom: AtomSpec) -> str:
    return (
        f"Answer with exactly one ```{TAGS[atom.language][0]} block that defines `{atom.symbol}`."
    )


def _refused(rule: str, message: str) -> ParsedAnswer:
    return ParsedAnswer(None, (_finding(rule, message, Severity.CRITICAL),))


def _finding(rule: str, message: str, severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(f"answer.{rule}", severity, message)
