"""The examples as the engine runs them: answer by answer, wave by wave; then the code at work."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from apps.dependencies.core.graph import build_graph
from apps.execution.core.answer import parse_answer
from apps.execution.core.assembly import AtomCode, assemble
from apps.masterplans.core.document import AtomSpec, Language, PlanDocument
from apps.validation.adapters.tsc import find_compiler
from apps.validation.checks import TypeScriptUnavailable, validate_atom
from apps.validation.core.findings import Finding, has_blocking
from tests.examples.recorded import EXPECTED, read_answers, read_document

REQUIREMENTS = Path(__file__).parent / "requirements"
TIME_ZONES = ("UTC", "America/New_York", "Pacific/Apia")


@dataclass(slots=True)
class Run:
    """One pass over a plan, with what every attempt was told."""

    document: PlanDocument
    accepted: dict[str, str] = field(default_factory=dict)  # atom -> code
    refused: dict[tuple[str, int], tuple[Finding, ...]] = field(default_factory=dict)

    def attempt(self, atom: AtomSpec, number: int, text: str) -> None:
        """Read and check one answer, as the engine does, and keep the code or the findings."""
        parsed = parse_answer(text, atom)
        findings = parsed.findings
        if parsed.is_usable and parsed.code is not None:
            project = self.project({**self.accepted, atom.ref: parsed.code})
            findings += validate_atom(atom=atom, project=project, code=parsed.code)
            if not has_blocking(findings):
                self.accepted[atom.ref] = parsed.code
        if findings:
            self.refused[atom.ref, number] = findings

    def project(self, codes: Mapping[str, str]) -> dict[str, str]:
        front = self.document.front
        assert front.language is not None
        atoms = [atom for atom in self.document.atoms() if atom.ref in codes]
        versions = [AtomCode(atom, codes[atom.ref]) for atom in atoms]
        return assemble(front.package, front.language, versions)


@cache
def run(name: str) -> Run:
    """Give every atom its recorded answers until one is accepted, in the order of the waves."""
    document, answers = read_document(name), read_answers(name)
    atoms = {atom.ref: atom for atom in document.atoms()}
    result = Run(document)
    for wave in build_graph(document.atoms()).waves:
        for ref in wave:
            for number, text in sorted(answers[ref].items()):
                if ref not in result.accepted:
                    result.attempt(atoms[ref], number, text)
    return result


def require_typescript() -> None:
    try:
        find_compiler()
    except TypeScriptUnavailable as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(problem))


@pytest.fixture(params=EXPECTED)
def name(request: pytest.FixtureRequest) -> str:
    if EXPECTED[request.param].language is Language.TYPESCRIPT:
        require_typescript()
    return str(request.param)


@pytest.fixture
def finished(name: str) -> Run:
    return run(name)


@pytest.fixture
def folder(finished: Run, tmp_path: Path) -> Path:
    """The generated project on disk."""
    for path, text in finished.project(finished.accepted).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_every_atom_ends_accepted(finished: Run) -> None:
    assert set(finished.accepted) == {atom.ref for atom in finished.document.atoms()}


def test_only_the_announced_first_answers_are_refused(name: str, finished: Run) -> None:
    expected = EXPECTED[name].retried

    assert set(finished.refused) == {(atom, 1) for atom in expected}
    for atom, rule in expected.items():
        assert rule in {finding.rule for finding in finished.refused[atom, 1]}


def test_the_code_meets_its_requirements(name: str, folder: Path) -> None:
    check = check_typescript if EXPECTED[name].language is Language.TYPESCRIPT else check_python

    check(folder, name)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_requirement_is_put_to_the_code(name: str) -> None:
    (file,) = REQUIREMENTS.glob(f"{name}_requirements.*")
    text = file.read_text(encoding="utf-8")

    for requirement in read_document(name).requirements:
        number = requirement.ref.removeprefix("R")
        assert f"test_r{number}_" in text or f'test("R{number} ' in text, requirement.ref


def check_python(folder: Path, name: str) -> None:
    """Run the requirements in a Python of their own, which sees nothing of the console's set-up."""
    file = f"{name}_requirements.py"
    shutil.copy(REQUIREMENTS / file, folder)
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ".", file]
    outcome(command, folder, {"PYTHONPATH": ".", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})


def check_typescript(folder: Path, name: str) -> None:
    """Compile the project, make its alias a package for Node.js, and run the requirements."""
    options = ["--module", "commonjs", "--outDir", "out", "--noEmit", "false"]
    outcome([str(find_compiler()), "-p", "tsconfig.json", *options], folder, {})
    built = next(path for path in (folder / "out" / "src", folder / "out") if path.is_dir())
    (folder / "package.json").write_text("{}\n", encoding="utf-8")  # CommonJS
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / f"@{name}").symlink_to(built)
    file = f"{name}_requirements.cjs"
    shutil.copy(REQUIREMENTS / file, folder)
    for zone in TIME_ZONES:
        outcome(["node", "--test", file], folder, {"TZ": zone})


def outcome(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    ended = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
