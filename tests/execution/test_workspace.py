import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from apps.execution.adapters import workspace as module
from apps.execution.adapters.commits import stream
from apps.execution.adapters.workspace import (
    GitFailed,
    GitMissing,
    GitTimedOut,
    PathRefused,
    Workspace,
    WorkspaceError,
)
from tests.execution.versions import PLAN, START, version

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspaces", PLAN)
    workspace.ensure()
    return workspace


def history(workspace: Workspace, placeholder: str) -> list[str]:
    """One line per commit, oldest first."""
    output = workspace.git.run("log", "--reverse", f"--format={placeholder}", "main")
    return output.decode().splitlines()


# A new repository


def test_a_new_repository_is_on_main_and_empty(workspace: Workspace) -> None:
    assert workspace.git.run("symbolic-ref", "HEAD") == b"refs/heads/main\n"
    assert workspace.head() is None
    assert workspace.tree() == {}
    assert workspace.read_file("a.py") is None
    assert workspace.committed_versions() == {}
    assert workspace.verify()


def test_ensure_says_whether_it_made_the_repository(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, PLAN)

    assert workspace.ensure()
    sha = workspace.commit(version(0))
    assert not workspace.ensure()

    assert workspace.head() == sha


def test_each_plan_has_its_own(tmp_path: Path) -> None:
    mine, other = Workspace(tmp_path, PLAN), Workspace(tmp_path, UUID(int=7))
    mine.ensure()
    other.ensure()

    mine.commit(version(0))

    assert other.head() is None


@pytest.mark.parametrize("lost", ["HEAD", "config", "refs", "objects"])
def test_ensure_completes_a_half_made_repository(workspace: Workspace, lost: str) -> None:
    part = workspace.repository / lost
    shutil.rmtree(part) if part.is_dir() else part.unlink()

    workspace.ensure()
    workspace.commit(version(0))

    assert workspace.verify()
    assert workspace.git.run("symbolic-ref", "HEAD") == b"refs/heads/main\n"


def test_what_is_left_of_an_interrupted_creation_is_replaced(tmp_path: Path) -> None:
    left = tmp_path / str(PLAN) / "new.git"
    left.mkdir(parents=True)
    (left / "HEAD").write_text("ref: ")
    workspace = Workspace(tmp_path, PLAN)

    workspace.ensure()

    assert workspace.verify()


# Commits


def test_commit_stores_files_author_moment_and_trailers(workspace: Workspace) -> None:
    east = timezone(timedelta(hours=2))
    moment = datetime(2026, 3, 1, 11, 0, 5, 999_999, tzinfo=east)
    sha = workspace.commit(
        version(
            3,
            files={"textkit/slug.py": "x = 1\n"},
            trailers={"Attempt": "2", "Cost-USD": "0.000412", "Trace-Id": "ab" * 16},
            committed_at=moment,
        )
    )

    assert workspace.head() == sha
    assert workspace.read_file("textkit/slug.py") == "x = 1\n"
    assert workspace.read_file("textkit") is None
    assert workspace.git.run(
        "log", "-1", "--format=%an <%ae>|%cn <%ce>|%ai|%ci"
    ).decode().strip() == (
        "MGE Console <mge@localhost>|MGE Console <mge@localhost>"
        "|2026-03-01 09:00:05 +0000|2026-03-01 09:00:05 +0000"
    )
    assert workspace.git.run("log", "-1", "--format=%B").decode().strip() == (
        "textkit: Add atom3\n\n"
        "Atom: textkit/part3/atom3.py::atom3\n"
        "Attempt: 2\n"
        "Cost-USD: 0.000412\n"
        f"Trace-Id: {'ab' * 16}\n"
        f"Code-Version: {UUID(int=4)}"
    )


def test_commits_add_up_and_delete(workspace: Workspace) -> None:
    workspace.commit(version(0, files={"a.py": "a\n", "pkg/b.py": "b\n"}))
    workspace.commit(version(1, files={"a.py": None, "pkg/__init__.py": "", "c d.py": "ß\n"}))

    assert list(workspace.tree()) == ["c d.py", "pkg/__init__.py", "pkg/b.py"]
    assert workspace.read_file("a.py") is None
    assert workspace.read_file("pkg/__init__.py") == ""
    assert workspace.read_file("c d.py") == "ß\n"


def test_a_file_makes_way_for_a_folder_of_its_name(workspace: Workspace) -> None:
    workspace.commit(version(0, files={"slug": "x\n"}))
    workspace.commit(version(1, files={"slug": None, "slug/a.py": "y\n"}))

    assert list(workspace.tree()) == ["slug/a.py"]


def test_text_is_stored_as_it_is(workspace: Workspace) -> None:
    text = 'tail without line end, "quotes", \r\n, tab\t, data 5\n, 日本語\ndone\nM 100644'
    workspace.commit(version(0, files={'odd "name" 日本.py': text}))

    assert workspace.read_file('odd "name" 日本.py') == text


def test_a_version_is_committed_once(workspace: Workspace) -> None:
    first = workspace.commit(version(0))
    workspace.commit(version(1))

    assert workspace.commit(version(0, files={"other.py": "changed\n"})) == first
    assert len(history(workspace, "%H")) == 2


def test_a_version_that_changes_nothing_still_has_its_commit(workspace: Workspace) -> None:
    workspace.commit(version(0, files={"a.py": "a\n"}))
    workspace.commit(version(1, files={"a.py": "a\n"}))
    workspace.commit(version(2, files={}))

    assert len(workspace.committed_versions()) == 3


def test_commit_all_makes_one_commit_each_and_skips_what_is_there(workspace: Workspace) -> None:
    versions = [version(n) for n in range(5)]
    third = workspace.commit(versions[2])

    shas = workspace.commit_all(versions)

    assert shas[versions[2].version_id] == third
    assert workspace.committed_versions() == shas
    assert history(workspace, "%H") == [
        third,
        *(shas[versions[n].version_id] for n in (0, 1, 3, 4)),
    ]


def test_commit_all_is_all_or_nothing(workspace: Workspace) -> None:
    with pytest.raises(PathRefused):
        workspace.commit_all([version(0), version(1, files={"../x": "x"})])

    assert workspace.head() is None


def test_versions_are_found_by_another_process_and_after_a_foreign_commit(
    workspace: Workspace,
) -> None:
    shas = workspace.commit_all(version(n) for n in range(3))
    module._known.clear()  # as in a process that has just started

    assert workspace.committed_versions() == shas
    assert list(workspace.committed_versions()) == list(shas)

    commit_by_hand(workspace, "By hand\n\nCode-Version: nonsense\n")
    shas[UUID(int=10)] = workspace.commit(version(9))
    module._known.clear()

    assert workspace.committed_versions() == shas


def commit_by_hand(workspace: Workspace, message: str) -> None:
    commands = (
        "commit refs/heads/main\ncommitter A <a@localhost> 1 +0000\n"
        f"data {len(message)}\n{message}\nfrom {workspace.head()}\ndone\n"
    )
    workspace.git.run("fast-import", "--quiet", "--done", stdin=commands.encode())


def test_a_shortened_history_is_noticed(workspace: Workspace) -> None:
    shas = workspace.commit_all(version(n) for n in range(3))
    workspace.git.run("update-ref", "refs/heads/main", shas[UUID(int=1)])

    assert workspace.committed_versions() == {UUID(int=1): shas[UUID(int=1)]}


def test_many_plans_do_not_fill_memory(tmp_path: Path) -> None:
    for number in range(module._KNOWN_LIMIT + 3):
        workspace = Workspace(tmp_path, UUID(int=number))
        workspace.ensure()
        workspace.commit(version(0))

    assert len(module._known) == module._KNOWN_LIMIT


def test_compact_changes_nothing_that_can_be_seen(workspace: Workspace) -> None:
    shas = workspace.commit_all(version(n) for n in range(20))
    for number in range(20, 24):
        shas[UUID(int=number + 1)] = workspace.commit(version(number))

    workspace.compact()
    module._known.clear()

    assert workspace.committed_versions() == shas
    assert workspace.verify()
    assert not list((workspace.repository / "objects").glob("??"))


# Hostile input


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "a//b.py",
        "a/",
        ".",
        "./a.py",
        "a/./b.py",
        "..",
        "../a.py",
        "a/../../b.py",
        ".git/config",
        "a/.GIT/hooks/pre-commit",
        ".Git",
        ".git./config",
        ".git /config",
        ".git::$INDEX_ALLOCATION/config",
        "git~1/config",
        ".g\u200cit/config",
        ".gitmodules",
        "sub/.gitattributes",
        "a\\..\\b.py",
        "a\nb.py",
        "a\0b.py",
        "a\tb.py",
        "a\u202eyp.exe",
        "a\udcffb.py",
        "x" * 256,
        "/".join(["folder"] * 200),
    ],
)
def test_paths_that_leave_the_repository_or_harm_a_clone_are_refused(
    workspace: Workspace, path: str
) -> None:
    for change in ("text\n", None):
        with pytest.raises(PathRefused, match="cannot be stored"):
            workspace.commit(version(0, files={path: change}))
    with pytest.raises(PathRefused):
        workspace.read_file(path)

    assert workspace.head() is None


@pytest.mark.parametrize(
    "path",
    [
        ".gitignore",
        ".github/workflows/ci.yml",
        "a b.py",
        "-rf",
        "ñ/…/日本.py",
        "a..b/c...py",
        "x:y",
    ],
)
def test_unusual_paths_are_kept(workspace: Workspace, path: str) -> None:
    workspace.commit(version(0, files={path: "x\n"}))

    assert list(workspace.tree()) == [path]
    assert workspace.read_file(path) == "x\n"


def test_a_name_cannot_be_file_and_folder_at_once(workspace: Workspace) -> None:
    with pytest.raises(PathRefused, match="also given as a file"):
        workspace.commit(version(0, files={"a": "x", "a/b/c.py": "y"}))


@pytest.mark.parametrize(
    "end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\0"]
)
def test_no_value_can_add_a_trailer(workspace: Workspace, end: str) -> None:
    forged = f"x{end}{end}Code-Version: {UUID(int=99)}{end}Cost-USD: 0"
    hostile = version(0, subject=forged, trailers={"Attempt": forged})
    sha = workspace.commit(replace(hostile, atom_ref=forged))
    module._known.clear()

    assert workspace.committed_versions() == {hostile.version_id: sha}
    raw = workspace.git.run("log", "-1", "--format=%(trailers:only=true,keyonly=true)").decode()
    assert raw.split() == ["Atom", "Attempt", "Code-Version"]


def test_long_and_empty_values(workspace: Workspace) -> None:
    workspace.commit(version(0, subject=" \n ", trailers={"Attempt": "", "Trace-Id": "y" * 9999}))
    workspace.commit(version(1, subject="s" * 500))

    assert history(workspace, "%s") == ["textkit/part0/atom0.py::atom0", "s" * 119 + "…"]
    assert "Attempt" not in workspace.git.run("log", "--format=%B", "main~1").decode()


@pytest.mark.parametrize("key", ["", "Trace Id", "A\nB", "X:", "code-version", "ATOM", "1st"])
def test_names_of_trailers_are_checked(workspace: Workspace, key: str) -> None:
    with pytest.raises(WorkspaceError):
        workspace.commit(version(0, trailers={key: "x"}))


@pytest.mark.parametrize(
    ("moment", "complaint"),
    [(START.replace(tzinfo=None), "time zone"), (START.replace(year=1969), "before 1970")],
)
def test_moments_are_checked(workspace: Workspace, moment: datetime, complaint: str) -> None:
    with pytest.raises(WorkspaceError, match=complaint):
        workspace.commit(version(0, committed_at=moment))


def test_text_that_is_no_utf8_is_refused(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="UTF-8"):
        workspace.commit(version(0, files={"a.py": "\ud800"}))


# Surroundings


def test_neither_configuration_nor_hooks_nor_environment_matter(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Workspace(tmp_path / "plain", PLAN)
    expected.ensure()
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\nname=Somebody\n[commit]\ngpgSign=true\n[core]\nautocrlf=true\n[init]\ndefaultBranch=trunk\n"
    )
    hook = workspace.repository / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\nexit 1\n")
    hook.chmod(0o755)
    for name, value in {
        "HOME": str(home),
        "GIT_DIR": "/nowhere",
        "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_AUTHOR_NAME": "Somebody",
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "nonsense",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "es_ES.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)

    assert workspace.commit(version(0)) == expected.commit(version(0))
    assert not (tmp_path / "hooked").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_can_be_used(workspace: Workspace) -> None:
    workspace.commit(version(0))
    for path in [workspace.repository, *workspace.repository.rglob("*")]:
        os.chown(path, 65534, 65534)

    workspace.commit(version(1))

    assert workspace.verify()


def test_without_git_the_error_says_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(GitMissing, match="not installed"):
        workspace.commit(version(0))


def test_a_missing_repository_is_not_silently_begun_anew(workspace: Workspace) -> None:
    workspace.commit(version(0))
    shutil.rmtree(workspace.repository)

    for use in (workspace.head, workspace.tree, workspace.committed_versions, workspace.compact):
        with pytest.raises(WorkspaceError, match="has to be rebuilt"):
            use()
    with pytest.raises(WorkspaceError, match="has to be rebuilt"):
        workspace.commit(version(1))
    assert not workspace.verify()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="does not exist"):
        Workspace(tmp_path, PLAN).git.run("status")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(WorkspaceError, match="cannot be written: Not a directory"):
        Workspace(tmp_path / "file", PLAN).ensure()


def test_git_complaints_become_a_sentence(workspace: Workspace) -> None:
    with pytest.raises(
        GitFailed, match=r"^Git could not finish “cat-file”: Not a valid object name x\.$"
    ):
        workspace.git.run("cat-file", "blob", "x")


def test_a_command_that_takes_too_long_is_stopped(workspace: Workspace) -> None:
    reader, writer = os.pipe()
    with (
        os.fdopen(reader, "rb") as endless,
        os.fdopen(writer, "wb"),
        pytest.raises(GitTimedOut, match=r"“fast-import” took longer than 0\.2 s"),
    ):
        workspace.git.run("fast-import", stdin=endless, timeout_s=0.2)


# Processes that die


def test_leftovers_of_a_killed_git_do_not_block(workspace: Workspace) -> None:
    workspace.commit(version(0))
    for name in (
        "index.lock",
        "HEAD.lock",
        "config.lock",
        "packed-refs.lock",
        "refs/heads/main.lock",
        "objects/pack/tmp_pack_abc",
        "objects/pack/pack-abc.keep",
        "fast_import_crash_123",
    ):
        (workspace.repository / name).write_text("")

    workspace.commit(version(1))

    assert workspace.verify()
    assert not list(workspace.repository.rglob("*.lock"))
    assert not list(workspace.repository.glob("fast_import_crash_*"))


def test_a_stream_that_is_cut_off_changes_nothing(workspace: Workspace) -> None:
    head = workspace.commit(version(0))
    whole = b"".join(stream([version(1)], parent=head))

    for length in range(0, len(whole), 7):
        with pytest.raises(GitFailed):
            workspace.git.run(*module._IMPORT, stdin=whole[:length])

    assert workspace.head() == head
    assert workspace.verify()


def test_the_lock_waits_for_the_git_of_a_killed_process(workspace: Workspace) -> None:
    impatient = Workspace(workspace.repository.parent.parent, PLAN, lock_wait_s=0.1)
    with workspace._exclusive() as lock:
        orphan = subprocess.Popen(["sleep", "60"], pass_fds=[lock])
    try:
        with pytest.raises(WorkspaceError, match="busy"):
            impatient.commit(version(0))
    finally:
        orphan.kill()
        orphan.wait()

    assert impatient.commit(version(0)) == workspace.head()


def test_every_version_is_committed_once_however_often_the_process_is_killed(
    tmp_path: Path,
) -> None:
    count = 60
    chance = random.Random()  # the moments of death may differ from run to run; the outcome may not
    for _ in range(15):
        with committing(tmp_path, count) as process:
            time.sleep(chance.uniform(0.01, 0.25))
            process.kill()
    with committing(tmp_path, count) as process:
        assert process.wait(timeout=60) == 0

    workspace = Workspace(tmp_path, PLAN)
    assert history(workspace, "%(trailers:key=Code-Version,valueonly,separator=%x20)") == [
        str(version(n).version_id) for n in range(count)
    ]
    assert list(workspace.committed_versions()) == [version(n).version_id for n in range(count)]
    assert len(workspace.tree()) == count
    assert workspace.verify()
    untouched = Workspace(tmp_path / "untouched", PLAN)
    untouched.rebuild(version(n) for n in range(count))
    assert workspace.head() == untouched.head()


@contextmanager
def committing(root: Path, count: int) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process at the moment at which it begins to commit; afterwards it has ended."""
    command = [sys.executable, "-m", "tests.execution.commit_until_killed", str(root), str(count)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


# Rebuild and verify


def test_rebuild_gives_the_same_shas(workspace: Workspace) -> None:
    versions = [version(n) for n in range(8)]
    shas = {v.version_id: workspace.commit(v) for v in versions}
    head = workspace.head()
    shutil.rmtree(workspace.repository.parent)

    assert workspace.ensure()
    assert workspace.rebuild(versions) == head
    assert workspace.committed_versions() == shas
    assert workspace.verify()
    assert sorted(p.name for p in workspace.repository.parent.iterdir()) == [
        "lock",
        "repository.git",
    ]


def test_rebuild_of_a_plan_without_versions(workspace: Workspace) -> None:
    workspace.commit(version(0))

    assert workspace.rebuild([]) is None
    assert workspace.verify()


def test_a_rebuild_that_fails_leaves_the_old_repository(workspace: Workspace) -> None:
    head = workspace.commit(version(0))

    with pytest.raises(WorkspaceError, match="given twice"):
        workspace.rebuild([version(0), version(1), version(0)])

    assert workspace.head() == head
    assert not workspace.ensure()
    assert workspace.verify()


@pytest.mark.parametrize("moved_away", [False, True])
def test_a_rebuild_that_was_killed_while_it_swapped_is_finished(
    workspace: Workspace, moved_away: bool
) -> None:
    workspace.commit(version(5))
    home = workspace.repository.parent
    fresh = Workspace(home / "elsewhere", PLAN)
    head = fresh.rebuild([version(0), version(1)])
    fresh.repository.rename(home / "rebuilt.git")
    if moved_away:
        workspace.repository.rename(home / "old.git")

    assert not workspace.ensure()

    assert workspace.head() == head
    assert list(workspace.committed_versions()) == [UUID(int=1), UUID(int=2)]
    assert not (home / "old.git").exists()


@pytest.mark.parametrize("content", [None, b"", b"\x78\x9c garbage"])
def test_damage_is_found_and_mended_by_rebuild(workspace: Workspace, content: bytes | None) -> None:
    head = workspace.commit(version(0))
    blob = workspace.tree()["textkit/part0/atom0.py"]
    stored = workspace.repository / "objects" / blob[:2] / blob[2:]
    stored.unlink()
    if content is not None:
        stored.write_bytes(content)

    assert not workspace.verify()
    assert workspace.rebuild([version(0)]) == head
    assert workspace.verify()


def test_a_branch_that_points_nowhere_is_found(workspace: Workspace) -> None:
    workspace.commit(version(0))
    (workspace.repository / "refs/heads/main").write_text("")

    assert not workspace.verify()
