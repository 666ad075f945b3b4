import pytest

from apps.masterplans.core.document import PlanDocument
from apps.masterplans.core.parser import parse
from apps.masterplans.core.paths import is_importable, refusal
from apps.masterplans.core.plan import MAX_TITLE
from tests.masterplans.plans import REQUIREMENTS, problems, read

ATOM = "\n- `f()`: x\n"


def tree(document: PlanDocument) -> list[str]:
    """Phase / milestone / task (path) of every task."""
    return [
        f"{phase.title} / {milestone.title} / {task.title} ({task.path})"
        for phase in document.phases
        for milestone in phase.milestones
        for task in milestone.tasks
    ]


def planned(*headings: str) -> list[str]:
    plan = f"{REQUIREMENTS}## Plan\n"
    for number, heading in enumerate(headings):
        is_task = "`" in heading or "(" in heading
        plan += heading + (ATOM.replace("f", f"f{number}") if is_task else "\n")
    return tree(read(plan))


def test_the_whole_depth() -> None:
    headings = ("### Phase: A", "#### Milestone: B", "##### Task: C (`c.py`)")

    assert planned(*headings, "##### Task: D (`d.py`)") == ["A / B / C (c.py)", "A / B / D (d.py)"]


def test_missing_levels_get_the_title_of_the_plan() -> None:
    assert planned("##### Task: C (`c.py`)") == ["T / T / C (c.py)"]
    assert planned("### Phase: A", "##### Task: C (`c.py`)") == ["A / T / C (c.py)"]
    assert planned("#### Milestone: B", "##### Task: C (`c.py`)") == ["T / B / C (c.py)"]
    assert planned("### Phase:", "#### Milestone:", "##### Task: (`c.py`)") == ["T / T / T (c.py)"]


def test_a_new_phase_starts_without_milestones() -> None:
    headings = ("### Phase: A", "#### Milestone: B", "##### Task: C (`c.py`)")

    assert planned(*headings, "### Phase: D", "##### Task: E (`e.py`)")[1] == "D / T / E (e.py)"


@pytest.mark.parametrize(
    "heading",
    [
        "##### Task: Slugs (`src/slug.py`)",
        "##### task: Slugs `src/slug.py`",
        "##### TASK 2: Slugs (`src/slug.py`):",
        "### Task 1.3 – Slugs (`src/slug.py`)",
        "##### Slugs (`src/slug.py`)",
        "### Slugs (`src/slug.py`)",
        "###### Task: Slugs (src/slug.py)",
        "##### Task: Slugs (``src/slug.py``) #####",
    ],
)
def test_how_a_task_may_be_written(heading: str) -> None:
    assert planned(heading) == ["T / T / Slugs (src/slug.py)"]


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("### Phase: Core", "Core"),
        ("### PHASE 1: Core", "Core"),
        ("### Phase B - Core", "Core"),
        ("### Phase 1", "Phase 1"),
        ("### Core", "Core"),
        ("### Phase out the old code", "Phase out the old code"),
    ],
)
def test_how_a_phase_may_be_written(heading: str, title: str) -> None:
    assert planned(heading, "##### Task: C (`c.py`)") == [f"{title} / T / C (c.py)"]


def test_long_headings_are_cut() -> None:
    assert planned(f"### Phase: {'a' * 900}", "##### Task: C (`c.py`)") == [
        f"{'a' * MAX_TITLE} / T / C (c.py)"
    ]


def test_comments_and_rules_between_atoms_do_not_matter() -> None:
    plan = f"{REQUIREMENTS}## Plan\n##### Task: A (`a.py`)\n<!-- x -->\n{ATOM}\n***\n- `g()`: x\n"

    assert [atom.symbol for atom in read(plan).atoms()] == ["f", "g"]
    assert problems(plan) == []


def test_several_plan_sections_are_one_plan() -> None:
    first, second = f"## Plan\n##### A (`a.py`){ATOM}", f"## Plan:\n##### B (`b.py`){ATOM}"
    plan = f"{REQUIREMENTS}{first}## Notes\nText.\n{second}"

    assert tree(read(plan)) == ["T / T / A (a.py)", "T / T / B (b.py)"]
    assert read(plan).context == "## Notes\nText."


@pytest.mark.parametrize("path", ["a.py", "src/pkg/a_b.py", "src/@scope/a+b.ts", "-a.py", "ñ/a.py"])
def test_usable_paths(path: str) -> None:
    assert refusal(path) == ""


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/etc/a.py", "absolute"),
        ("~/a.py", "absolute"),
        ("C:/a.py", "absolute"),
        ("a\\b.py", "backslash"),
        ("../a.py", "`..`"),
        ("a/../../b.py", "`..`"),
        ("a//b.py", "letters"),
        ("a/./b.py", "letters"),
        (".git/hooks/a.py", "dot"),
        ("a/.hidden.py", "dot"),
        ("a b.py", "letters"),
        ("a;b.py", "letters"),
        ("a/", "letters"),
        ("a" * 256, "255"),
    ],
)
def test_unusable_paths(path: str, why: str) -> None:
    assert why in refusal(path)


def test_atoms_of_a_task_with_an_unusable_path_are_left_out() -> None:
    plan = f"{REQUIREMENTS}## Plan\n##### Task: A (`../a.py`){ATOM}"

    assert read(plan).atoms() == ()
    assert problems(plan) == ["plan-empty", "unsafe-path"]


@pytest.mark.parametrize(
    "paths",
    [
        ("greet/parts.py", "greet/parts.py/greeting.py"),
        ("greet/parts.py/greeting.py", "greet/parts.py"),
        ("greet/parts.py", "greet/other.py", "greet/parts.py/deep/down/greeting.py"),
    ],
)
def test_a_file_cannot_be_a_folder(paths: tuple[str, ...]) -> None:
    tasks = "".join(f"##### Task: A (`{path}`){ATOM}" for path in paths)
    found = [
        each
        for each in parse(f"{REQUIREMENTS}## Plan\n{tasks}").diagnostics
        if each.code == "path-is-folder"
    ]

    file, below = sorted((paths[0], paths[-1]), key=len)
    assert [each.message for each in found] == [
        f"`{file}` is a file, so `{below}` cannot lie in it; rename one of them."
    ]
    assert found[0].line == 9 + 2 * (len(paths) - 1)


def test_files_beside_each_other_are_no_folders() -> None:
    paths = (
        "greet.py",
        "greet.pyx/a.py",
        "greet/a.py",
        "greet/a.py",
        "greet/a_py/b.py",
        "a/greet.py",
    )
    tasks = "".join(f"##### A (`{path}`)\n- `f{n}()`: x\n" for n, path in enumerate(paths))

    assert "path-is-folder" not in problems(f"{REQUIREMENTS}## Plan\n{tasks}")


def test_importable_paths() -> None:
    assert is_importable("src/pkg/a.py")
    assert not is_importable("src/my-pkg/a.py")
    assert not is_importable("2024/a.py")
