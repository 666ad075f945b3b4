"""Postgres and Valkey as the stack runs them: what a crash leaves is cleared, data stay."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from mgeconsole.environment import StateError
from mgeconsole.services import placement, processes
from mgeconsole.services.placement import SOCKET_NAME
from mgeconsole.services.postgres import Postgres
from mgeconsole.services.valkey import Valkey


class Cluster:
    """A cluster of its own, and the servers that a test started on it."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self.place = postgres.place
        self.servers: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        self.postgres.prepare()
        process = processes.spawn(
            self.postgres.command(),
            env=self.postgres.env(),
            cwd=self.place.home,
            output=subprocess.DEVNULL,
            account=self.place.account,
        )
        self.servers.append(process)
        assert processes.wait_until(self.postgres.ready, 30)
        return process

    def remove(self) -> None:
        for server in self.servers:
            processes.signal_group(server.pid, signal.SIGKILL)
            server.wait()
        for folder in (self.place.home, self.place.socket_dir):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(Postgres(placement.place_cluster(tmp_path / "var")))
    yield cluster
    cluster.remove()


def test_data_survive_a_killed_postgres(cluster: Cluster) -> None:
    first = cluster.start()
    with psycopg.connect(cluster.postgres.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS figure")
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert (cluster.place.data / "postmaster.pid").exists()
    assert (cluster.place.socket_dir / SOCKET_NAME).exists()

    second = cluster.start()
    with psycopg.connect(cluster.postgres.url) as connection:
        row = connection.execute("SELECT figure FROM kept").fetchone()
    second.send_signal(signal.SIGINT)

    assert row == (7,)
    assert second.wait(20) == 0


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(cluster: Cluster) -> None:
    cluster.postgres.prepare()
    stranger = os.getpid()
    (cluster.place.data / "postmaster.pid").write_text(f"{stranger}\n{cluster.place.data}\n")

    process = cluster.start()
    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0


def test_a_server_that_nobody_watches_is_ended_before_the_next_start(cluster: Cluster) -> None:
    forgotten = cluster.start()
    cluster.postgres = replace(cluster.postgres, leftover_grace_s=0.2)

    process = cluster.start()
    process.send_signal(signal.SIGINT)

    assert forgotten.wait(5) == -signal.SIGKILL
    assert process.wait(20) == 0


def test_a_half_made_cluster_is_made_again(cluster: Cluster) -> None:
    (cluster.place.home / "data.new").mkdir()
    (cluster.place.home / "data.new" / "half").touch()

    cluster.postgres.prepare()

    assert not (cluster.place.home / "data.new").exists()
    assert (cluster.place.data / "PG_VERSION").exists()


def test_data_of_another_version_are_refused(cluster: Cluster) -> None:
    cluster.place.data.mkdir()
    (cluster.place.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(StateError, match="written by Postgres 17, and this console brings"):
        cluster.postgres.prepare()


def test_a_cluster_that_cannot_be_made_is_told(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "initdb").write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    (tmp_path / "initdb").chmod(0o755)
    tmp_path.chmod(0o755)
    broken = replace(
        cluster.postgres, place=replace(cluster.place, binaries=tmp_path, account=None)
    )

    with pytest.raises(StateError, match="initdb said 'no room'"):
        broken.prepare()


@pytest.mark.parametrize("password", ["plain", 'with "quotes"', "back\\slash", "@:/?#%"])
def test_valkey_takes_any_password_and_folder(tmp_path: Path, password: str) -> None:
    home = tmp_path / 'a "quoted" folder'
    valkey = Valkey(home, port=7001, password=password)

    valkey.prepare()

    assert valkey.url.startswith("redis://:")
    assert valkey.url.endswith("@127.0.0.1:7001/0")
    assert (home / "valkey.conf").stat().st_mode & 0o077 == 0
    assert "appendonly yes\n" in valkey.config()
    assert not valkey.ready()
