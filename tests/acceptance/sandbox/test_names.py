"""What may be asked of a sandbox, decided without one."""

import pytest

from apps.acceptance.core.sandbox import (
    MAX_FILE_BYTES,
    MAX_FILES,
    Job,
    Limits,
    job_problem,
    name_problem,
    tails,
)


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        "src/app/models.py",
        "año.py",
        "app/[id]/page.tsx",
        "app/(group)/layout.tsx",
        "my file.txt",
        "types/index.ts",  # no module of Python
        "src/json.py",  # `src.json`, where only the top is a root
        "json/data.txt",
        "test_json.py",
        "a" * 200 + ".py",
        "Makefile",
        "data/settings.yaml",
    ],
)
def test_ordinary_names_enter(path: str) -> None:
    assert name_problem(path) == ""


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "relative"),
        ("/etc/passwd", "relative"),
        ("folder/", "relative"),
        ("a//b.py", "relative"),
        ("../a.py", "go up"),
        ("a/./b.py", "go up"),
        ("nul\0.py", "hides"),
        ("line\n.py", "hides"),
        ("line\u2028.py", "hides"),
        ("bidi\u202e.py", "hides"),
        ("mark\u200f.py", "hides"),
        ("half\ud800.py", "hides"),
        ("c:\\x.py", "hides"),
        ("a:b.py", "hides"),
        ("cafe\u0301.py", "two ways"),
        ("ｊson.py", "two ways"),
        (".env", "hidden"),
        ("a/.b/c.py", "hidden"),
        ("-rf", "hidden"),
        ("~root", "hidden"),
        ("a /b.py", "blank"),
        ("a./b.py", "blank"),
        ("a" * 300, "too long"),
        ("a/" * 12 + "b.py", "too deep"),
        ("Conftest.PY", "steer"),
        ("x/sitecustomize.py", "steer"),
        ("evil.pth", "steer"),
        ("setup.cfg", "steer"),
        ("package.json", "steer"),
        ("jest.config.cjs", "steer"),
        ("tsconfig.build.json", "steer"),
        ("node_modules/x.js", "sources"),
        ("x.dist-info/entry_points.txt", "sources"),
        ("fast.cpython-311-x86_64-linux-gnu.so", "compiled"),
        ("lib.so.1", "compiled"),
        ("addon.node", "compiled"),
        ("json.py", "place of a module"),
        ("JSON.py", "place of a module"),
        ("json/__init__.py", "place of a module"),
        ("pluggy.py", "place of a module"),
    ],
)
def test_other_names_do_not(path: str, problem: str) -> None:
    assert problem in name_problem(path)


def test_a_module_is_taken_in_every_root() -> None:
    assert name_problem("src/json.py", ("", "src"))
    assert name_problem("src/json/__init__.py", ("", "src"))
    assert not name_problem("src/app/json.py", ("", "src"))


@pytest.mark.parametrize(
    ("paths", "problem"),
    [
        (["a.py", "A.py"], "case"),
        (["lib/a.py", "Lib/b.py"], "case"),
        (["straße.py", "STRASSE.py"], "case"),
        (["a", "a/b.py"], "file and a folder"),
        (["a/b.py", "a"], "file and a folder"),
        (["a/b.py", "a/c.py", "b.py"], ""),
    ],
)
def test_clashes(paths: list[str], problem: str) -> None:
    found = job_problem(Job(dict.fromkeys(paths, ""), ["true"]))

    assert problem in found
    assert bool(problem) == bool(found)


@pytest.mark.parametrize(
    ("job", "problem"),
    [
        (Job({}, []), "empty"),
        (Job({}, ["a\0b"]), "NUL"),
        (Job({}, ["x" * 70_000]), "too long"),
        (Job({}, ["true"], env={"A=B": ""}), "no name"),
        (Job({}, ["true"], env={"A": "\0"}), "NUL"),
        (Job({}, ["true"], env={"LD_PRELOAD": "/work/x"}), "sandbox itself"),
        (Job({f"f{number}": "" for number in range(MAX_FILES + 1)}, ["true"]), "at most"),
        (Job({"big": b"x" * (MAX_FILE_BYTES + 1)}, ["true"]), "at most"),
        (Job({f"f{number}": b"x" * MAX_FILE_BYTES for number in range(9)}, ["true"]), "at most"),
        (Job({}, ["true"], support={"../x": ""}), "go up"),
        (Job({}, ["true"], support={"package.json": "{}", "conftest.py": ""}), ""),
    ],
)
def test_jobs(job: Job, problem: str) -> None:
    found = job_problem(job)

    assert problem in found
    assert bool(problem) == bool(found)


@pytest.mark.parametrize("name", Limits.__slots__)
def test_no_limit_is_none(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})


@pytest.mark.parametrize(
    ("stdout", "stderr", "kept"),
    [
        (b"ab", b"cd", ("ab", "cd")),
        (b"a" * 20, b"", ("a" * 8, "")),
        (b"", b"e" * 20, ("", "e" * 8)),
        (b"a" * 20, b"e" * 20, ("aaaa", "eeee")),
        (b"0123456789", b"ef", ("456789", "ef")),
        (b"ab", b"0123456789", ("ab", "456789")),
        (b"\xff", b"", ("\ufffd", "")),
    ],
)
def test_the_ends_of_both_streams_are_kept(
    stdout: bytes, stderr: bytes, kept: tuple[str, str]
) -> None:
    assert tails(stdout, stderr, 8) == kept
