"""The files of the set-up agree with each other."""

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mgeconsole.supervisor.programs import APPLICATION

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("web", "worker", "sandbox", "beat")
OPTION_OF_PLACE = {"--host", "--port", "--schedule"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def arguments(command: list[str]) -> list[str]:
    """Return a command without the interpreter, and without the options that name a place."""
    kept, words = [], iter(command[1:])
    for word in words:
        if word in OPTION_OF_PLACE:
            next(words)
        else:
            kept.append(word)
    return kept


@pytest.mark.parametrize("name", PROGRAMS)
def test_compose_runs_the_same_programs_as_up(compose: dict[str, Any], name: str) -> None:
    assert arguments(compose["services"][name]["command"]) == arguments(APPLICATION[name].split())


def test_compose_has_every_service(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", "migrate", *PROGRAMS}
    assert compose["services"]["postgres"]["image"] == "postgres:18"


def test_every_volume_and_dependency_of_compose_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"]


def test_compose_sets_only_variables_that_are_documented(compose: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", text))

    for name in ("migrate", *PROGRAMS):
        assert set(compose["services"][name]["environment"]) <= documented
    used = re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert set(used) <= documented | {"POSTGRES_PASSWORD"}


def test_compose_builds_the_file_that_is_there(compose: dict[str, Any]) -> None:
    build = compose["services"]["web"]["build"]
    text = (ROOT / build["context"] / build["dockerfile"]).read_text(encoding="utf-8")

    for line in re.findall(r"^COPY (.+)$", text, flags=re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()


def pinned(name: str) -> set[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(each) for each in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def wanted(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def test_everything_that_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run, dev = pinned("requirements.txt"), pinned("requirements-dev.txt")

    assert wanted(project["project"]["dependencies"]) <= run
    assert wanted(project["dependency-groups"]["dev"]) <= dev
    assert run <= dev
    assert "pytest-django" not in run  # pytest itself runs in the sandbox


def test_what_the_broker_needs_is_installed_without_the_test_tools() -> None:
    needs = [Requirement(each) for each in metadata.requires("kombu") or ()]
    extra = {
        each.name for each in needs if each.marker and each.marker.evaluate({"extra": "redis"})
    }

    assert {canonicalize_name(name) for name in extra} <= pinned("requirements.txt")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_have_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in text
    assert "--index" not in text
    for entry in re.split(r"\n(?=[\w.-]+==)", text.strip()):
        assert "--hash=sha256:" in entry


def test_make_help_names_every_command_for_people() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")

    explained = set(re.findall(r"^([a-z]+):.*## ", text, flags=re.MULTILINE))

    assert explained == {"help", "run", "test", "lint", "format", "bench", "requirements"}
