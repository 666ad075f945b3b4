"""Test sessions do not disturb each other, and the next one clears up behind a killed one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
import psycopg
import pytest
import redis

from mgeconsole.services import processes
from tests import embedded

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[embedded.Session]:
    session = embedded.open_session(tmp_path / "test")
    yield session
    session.close()


def servers_of(session: embedded.Session) -> list[int]:
    return [each.pid for each in processes.read_identities(session.folder / "processes")]


def test_a_session_has_services_of_its_own(session: embedded.Session) -> None:
    database_url, redis_url = session.start_postgres(), session.start_valkey()
    socket_dir = Path(unquote(urlsplit(database_url).netloc.split("@")[1].rsplit(":")[0]))

    assert database_url != os.environ["DATABASE_URL"]
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT current_user, current_setting('fsync')").fetchone()
    assert row == ("console", "off")
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
    pids = servers_of(session)
    assert len(pids) == 2

    session.close()

    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not session.folder.exists()
    assert not (socket_dir.parent / "data").exists()


def test_valkey_wants_its_password(session: embedded.Session) -> None:
    port = urlsplit(session.start_valkey()).port
    assert port is not None

    with (
        redis.Redis(host="127.0.0.1", port=port) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_postgres_lets_no_other_user_in(session: embedded.Session) -> None:
    url = session.start_postgres()
    # The interpreter may be closed to others too, so the user changes after the imports.
    code = "import os, sys, psycopg; os.setuid(65534); psycopg.connect(sys.argv[1])"

    refused = subprocess.run(
        [sys.executable, "-c", code, url], capture_output=True, text=True, check=False
    )

    assert refused.returncode != 0
    assert "Peer authentication failed" in refused.stderr


def test_the_next_session_clears_up_behind_a_killed_one(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; os.environ['PYTEST_XDIST_WORKER'] = 'gw0'\n"
        "from tests import embedded\n"
        "session = embedded.open_session(Path(sys.argv[1]))\n"
        "session.start_postgres()\n"
        "print(session.folder, flush=True)\n"
        f"os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
    )
    root = tmp_path / "test"

    killed = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    folder = Path(killed.stdout.strip())
    home = Path((folder / "home").read_text())
    assert (home / "data").exists()

    assert embedded.remove_stale(root) == 1
    assert not folder.exists()
    assert not home.exists()


def test_a_running_session_is_not_stale(session: embedded.Session) -> None:
    assert embedded.remove_stale(session.folder.parent) == 0
    assert session.folder.exists()
