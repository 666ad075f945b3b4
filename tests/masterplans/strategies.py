"""Random masterplans: well-formed documents, and texts that only look like some."""

from decimal import Decimal

from hypothesis import strategies as st

from apps.masterplans.core.document import (
    AtomKind,
    AtomSpec,
    FrontMatter,
    GateMode,
    Language,
    MilestoneSpec,
    PhaseSpec,
    PlanDocument,
    Priority,
    RequirementSpec,
    TaskSpec,
)
from apps.masterplans.core.markup import one_line
from apps.masterplans.core.priority import classify, section_reason

WORDS = [
    "the", "slug", "must", "should", "may", "MUST", "optional", "returns", "`slugify`", "`a b`",
    '"must"', "debe", "debería", "Ñandú", "0.5", "e.g.", "*bold*", "#", "--", "R9", "uses", "|",
    "(x)", "Uses", "Covers", "a: b", "<br>", "\\", "1.", "💡", "end.", "no;", "[link](x)", "~~~",
    "`",
]  # fmt: skip
BLOCKS = [
    "",
    "\n| input | result |\n|---|---|\n| 1 | 2 |",
    "\n- nested\n- list",
    "\n\n```python\nx = 1\n```",
    "\n\n> quoted\n\n    code",
    "\n***\nmore",
]
PYTHON = [
    ("one(text: str) -> str", "one", AtomKind.FUNCTION),
    ('two(text: str, sep: str = "-") -> list[str]', "two", AtomKind.FUNCTION),
    ("async def three(*rows: int, **more: object) -> None", "three", AtomKind.FUNCTION),
    ("class Four(Base)", "Four", AtomKind.CLASS),
    ("class Five", "Five", AtomKind.CLASS),
]
TYPESCRIPT = [
    ("export function one<T>(a: T): T", "one", AtomKind.FUNCTION),
    ("export class Two<T> extends Base", "Two", AtomKind.CLASS),
    ("export const three: number = 3", "three", AtomKind.CONST),
    ("export type Four = `a${string}` | 'b'", "Four", AtomKind.TYPE),
    ("export interface Five", "Five", AtomKind.INTERFACE),
]

words = st.one_of(st.sampled_from(WORDS), st.from_regex(r"[^\W_]{1,6}", fullmatch=True))
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join).map(str.strip).filter(bool)
titles = sentences.map(lambda text: one_line(text)[:60].strip())
money = st.decimals(Decimal("0.01"), Decimal(1000), places=2, allow_nan=False, allow_infinity=False)
shares = st.decimals(Decimal("0.01"), Decimal(1), places=2, allow_nan=False, allow_infinity=False)

fronts = st.builds(
    FrontMatter,
    title=titles,
    language=st.sampled_from([Language.PYTHON, Language.TYPESCRIPT]),
    package=st.sampled_from(["", "textkit", "a.b"]),
    budget_usd=money,
    soft_cap=shares,
    model=st.sampled_from(["default", "fast", "true", "v1.2"]),
    gate=st.sampled_from(GateMode),
    batching=st.booleans(),
)


@st.composite
def requirements(draw: st.DrawFn) -> tuple[RequirementSpec, ...]:
    texts = draw(st.lists(sentences, min_size=1, max_size=5, unique_by=str.casefold))
    specs = []
    for number, sentence in enumerate(texts, start=1):
        text = f"Item {number} {sentence}{draw(st.sampled_from(BLOCKS))}"
        heading = draw(st.sampled_from([None, *Priority]))
        judged = classify(text)
        priority = judged.priority if heading is None else heading
        reason = judged.reason if heading is None else section_reason(heading)
        specs.append(RequirementSpec(f"R{number}", text, priority, reason, line=0))
    return tuple(specs)


@st.composite
def tasks(draw: st.DrawFn, language: Language, number: int, known: list[str]) -> TaskSpec:
    """A task with a file of its own, whose atoms use atoms of the tasks before it."""
    suffix, forms = (".py", PYTHON) if language is Language.PYTHON else (".ts", TYPESCRIPT)
    path = f"src/part_{number}{suffix}"
    atoms = []
    for signature, symbol, kind in draw(st.lists(st.sampled_from(forms), unique=True, max_size=4)):
        uses = draw(st.lists(st.sampled_from([*known, "existing.code"]), unique=True, max_size=3))
        covers = draw(st.lists(st.just("R1"), max_size=1))
        text = draw(
            st.sampled_from(["does its part", "`one` twice; lower-case", "— dash: x", "a|b"])
        )
        text += draw(st.sampled_from(BLOCKS))
        atoms.append(
            AtomSpec(
                path, symbol, kind, language, signature, text, tuple(uses), tuple(covers), line=0
            )
        )
    known.extend(atom.ref for atom in atoms)
    return TaskSpec(f"Part {number}", path, tuple(atoms))


@st.composite
def documents(draw: st.DrawFn) -> PlanDocument:
    front = draw(fronts)
    language = front.language or Language.PYTHON
    known: list[str] = []
    phases, number = [], 0
    for phase in range(draw(st.integers(0, 2))):
        milestones = []
        for milestone in range(draw(st.integers(0, 2))):
            drawn = []
            for _ in range(draw(st.integers(0, 2))):
                number += 1
                drawn.append(draw(tasks(language, number, known)))
            milestones.append(MilestoneSpec(f"M {milestone}", tuple(drawn)))
        phases.append(PhaseSpec(f"Phase {phase}", tuple(milestones)))
    context = draw(
        st.sampled_from(["", "Text.", "- list\n\n    code", "# Other\n\n## Glossary\n- a"])
    )
    return PlanDocument(front, context, draw(requirements()), tuple(phases) if known else ())


FRAGMENTS = [
    "---", "title: T", "language: python", "language: typescript", "budget_usd: 5", "gate: x",
    "a: [b", "batching: on", "title: *x", "? y", "soft_cap: 0.7", "# T", "T\n===", "x\n---",
    "## Requirements", "## Plan", "### MUST (critical)", "### Should have", "### MAY",
    "#### Login", "## Glossary", "   ## Indented", "### Phase: A", "#### Milestone: B #",
    "##### Task: C (`src/c.py`)", "##### Task: D (`src/d.ts`)", "##### Task: E",
    "### Slugs (`src/e.py`)", "###### Deep", "- R1: must be so", "* **R2**: should be so",
    "+ a\n  wrapped", "1. first", "10) tenth", "- [ ] R3: task list",
    "- R4: table\n  | a | b |\n  |---|---|\n  | 1 | 2 |", "| a | b |\n|---|---|",
    "- R5: loose\n\n  more", "- `f(a: int) -> int`: does.\n  Uses `g`, `h`. Covers R1 and R2.",
    "- `g()`\n  Uses `f`", "- `class H(Base)`: holds;\n\n  - Uses `f`",
    "- `export const k: number`: it", "- ``f`` uses `x`. Uses `y`", "- ```\n  code\n  ```", "-",
    "- > quote", "- # heading", "- - nested", "```", "~~~~", "```\n## Plan\n```",
    "<!-- comment -->", "<!--", "-->", "<div>", "<script>", "> quote", "    code", "\t- tab",
    "***", "[x]: y", "The parser must work. It may log!", "Debe ser así.", "", "",
    "| loose | rows", "- Uses `a`. Covers R1", "Uses `a`.", "  continued", "  - nested",
    "    deeper", "\x00", "\ud800", "\u2028", "\x0b", "\ufeff", "\u0085", "a\rb",
]  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=12)), max_size=30).map(
    "\n".join
)
plans = texts.map(
    lambda text: f"---\ntitle: T\nlanguage: python\n---\n## Requirements\n- R1: x\n{text}"
)
