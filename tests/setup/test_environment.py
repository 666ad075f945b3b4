"""The state folder, and the variables that a running stack lends."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgeconsole import environment


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("A=1\n", {"A": "1"}),
        ("# a remark\n\nA=1\n", {"A": "1"}),
        ("A=\n", {"A": ""}),
        ("URL=redis://:p=w@h/0?x=1#y\n", {"URL": "redis://:p=w@h/0?x=1#y"}),
        ("A= padded \n", {"A": " padded "}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_parse_env(text: str, values: dict[str, str]) -> None:
    assert environment.parse_env(text) == values


@pytest.mark.parametrize(
    ("text", "line"), [("A", 1), ("A=1\nb=2", 2), ("export A=1", 1), ("A=1\n\n=2", 3)]
)
def test_parse_env_names_the_line_it_cannot_read(text: str, line: int) -> None:
    with pytest.raises(ValueError, match=f"Line {line}: "):
        environment.parse_env(text)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True),
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])),
    )
)
def test_what_is_formatted_reads_back(values: dict[str, str]) -> None:
    assert environment.parse_env(environment.format_env(values)) == values


@pytest.mark.parametrize("pair", [("A", "1\n2"), ("A", "1\r"), ("a", "1"), ("A B", "1"), ("", "1")])
def test_format_env_refuses_what_would_not_read_back(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        environment.format_env(dict([pair]))


def test_a_private_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret"

    environment.write_private(path, "old")
    environment.write_private(path, "new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    made = environment.kept_secret(path)

    assert len(made) >= 48
    assert environment.kept_secret(path) == made
    assert environment.kept_secret(tmp_path / "other") != made


def test_an_empty_secret_file_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("\n")

    assert environment.kept_secret(path) == path.read_text().strip() != ""


def test_a_new_state_folder_lets_others_pass_and_an_old_one_stays_as_it_is(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir(mode=0o700)

    environment.make_state_folder(old)
    environment.make_state_folder(tmp_path / "new")

    assert stat.S_IMODE(old.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o755


def test_a_state_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(environment.StateError, match="Set MGE_VAR_DIR"):
        environment.make_state_folder(tmp_path / "file" / "var")


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({}, environment.BASE_DIR / "var"),
        ({"MGE_VAR_DIR": ""}, environment.BASE_DIR / "var"),
        ({"MGE_VAR_DIR": "/srv/state"}, Path("/srv/state")),
    ],
)
def test_var_dir(environ: dict[str, str], folder: Path) -> None:
    assert environment.var_dir(environ) == folder


def test_commands_borrow_from_the_stack_only_while_it_runs(tmp_path: Path) -> None:
    environment.write_private(environment.stack_env_file(tmp_path), "REDIS_URL=a\nSECRET_KEY=b\n")
    environ = {"MGE_VAR_DIR": str(tmp_path), "SECRET_KEY": "mine"}

    environment.borrow_from_stack(environ)
    assert "REDIS_URL" not in environ

    with environment.stack_lock(tmp_path) as is_free:
        assert is_free
        assert environment.stack_runs(tmp_path)
        environment.borrow_from_stack(environ)

    assert environ["REDIS_URL"] == "a"
    assert environ["SECRET_KEY"] == "mine"
    assert not environment.stack_runs(tmp_path)


def test_nothing_is_borrowed_from_a_stack_that_is_still_starting(tmp_path: Path) -> None:
    environ = {"MGE_VAR_DIR": str(tmp_path)}

    with environment.stack_lock(tmp_path):
        environment.borrow_from_stack(environ)

    assert environ == {"MGE_VAR_DIR": str(tmp_path)}


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    with environment.stack_lock(tmp_path) as first, environment.stack_lock(tmp_path) as second:
        assert (first, second) == (True, False)
