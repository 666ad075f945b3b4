"""manage.py sandbox: a folder, a command, JSON, an exit code."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.acceptance.adapters.sandbox import folder as folders
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.management.commands.sandbox import Command


@pytest.fixture
def run(
    sandbox: Bubblewrap, capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Path
) -> Any:
    """Give the arguments, get exit code and JSON. No test here asks for a database."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        code = 0
        try:
            call_command(Command(), *arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, answer

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


def test_runs_over_the_files(run: Any, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "data.txt").write_text("data")
    (folder / "main.py").write_text("print(open('sub/data.txt').read()); raise SystemExit(3)")

    code, answer = run(str(folder), "--timeout", "20", "--", "python3", "main.py")

    assert code == answer["exit_code"] == 3
    assert (answer["status"], answer["stdout"]) == ("failed", "data\n")
    assert answer["wall_ms"] > 0
    assert answer["left_out"] == {}


@pytest.mark.parametrize(
    ("options", "program", "code", "status", "reason"),
    [
        ((), ("true",), 0, "ok", ""),
        (("--timeout", "0.5"), ("sleep", "20"), 124, "timeout", "wall"),
        (
            ("--memory", "64"),
            ("python3", "-c", "x = bytearray(150 << 20); import time; time.sleep(9)"),
            137,
            "killed",
            "memory",
        ),
        (
            (),
            ("sh", "-c", "kill -9 $$; true | sleep 1; head -c 2000000 /dev/zero"),
            137,
            "killed",
            "output",
        ),
        ((), ("python3", "-c", "import socket; socket.socket()"), 1, "failed", ""),
        (("--loopback",), ("python3", "-c", "import socket; socket.socket()"), 0, "ok", ""),
        ((), ("sh", "-c", "exit 125"), 125, "failed", ""),
    ],
)
def test_ends(
    run: Any,
    folder: Path,
    options: tuple[str, ...],
    program: tuple[str, ...],
    code: int,
    status: str,
    reason: str,
) -> None:
    found, answer = run(str(folder), *options, "--", *program)

    assert (found, answer["status"], answer["kill_reason"]) == (code, status, reason), answer


def test_options_of_the_command_stay_its_own(run: Any, folder: Path) -> None:
    _, answer = run(str(folder), "--", "echo", "--timeout", "-x", "y")

    assert answer["stdout"] == "--timeout -x y\n"


def test_leaves_out_what_may_not_enter(run: Any, folder: Path) -> None:
    (folder / "main.py").write_text("import os; print(sorted(os.listdir()))")
    (folder / "conftest.py").write_text("")
    (folder / ".env").write_text("SECRET=1")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("")
    (folder / "link").symlink_to("/etc/shadow")
    (folder / "outside").symlink_to("/etc")
    (folder / "line\nbreak.py").write_text("")
    (folder / "big.bin").write_bytes(bytes(5 << 20))
    os.mkfifo(folder / "pipe")

    code, answer = run(str(folder), "--", "python3", "main.py")

    assert (code, answer["stdout"]) == (0, "['main.py']\n")
    assert set(answer["left_out"]) == {
        "conftest.py", ".env", ".git/", "link", "outside", "line\nbreak.py", "big.bin", "pipe",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["missing", "file"])
def test_needs_a_folder(run: Any, folder: Path, name: str) -> None:
    (folder / "file").write_text("")
    code, answer = run(str(folder / name), "--", "true")

    assert (code, answer["status"]) == (125, "refused")
    assert "is not a folder" in answer["message"]


def test_refuses_too_many_files(run: Any, folder: Path) -> None:
    for number in range(folders.MAX_FILES + 1):
        (folder / f"f{number}").write_text("")

    code, answer = run(str(folder), "--", "true")

    assert (code, answer["status"]) == (125, "refused")
    assert "at most" in answer["message"]
