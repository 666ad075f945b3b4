"""The command line of the replay server."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from apps.llm.replay.__main__ import main, make_server, read_arguments
from apps.llm.replay.options import InvalidOption, Outage, OutageMode, ReplayOptions

ROOT = Path(__file__).resolve().parents[2]


def test_without_arguments() -> None:
    given = read_arguments([])

    assert (given.port, given.places, given.record) == (8091, (Path("examples"),), None)
    assert given.options == ReplayOptions()


def test_all_arguments() -> None:
    line = (
        "--port 0 --answers a --answers b --seed 7 --median-ms 300 --sigma 0.4 --error-rate 0.1"
        " --error-status 502 --rate-limit-rps 5 --knee 8 --outages 10:5 --outages 60:1"
        " --outage-mode drop --auth-key k"
    )
    given = read_arguments(line.split())

    assert given.places == (Path("a"), Path("b"))
    assert given.options == ReplayOptions(
        seed=7,
        median_ms=300.0,
        sigma=0.4,
        error_rate=0.1,
        error_status=502,
        rate_limit_rps=5.0,
        knee=8,
        outages=(Outage(10, 5), Outage(60, 1)),
        outage_mode=OutageMode.DROP,
        auth_key="k",
    )


def test_a_wrong_outage_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--outages", "soon"])

    assert "must be a number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--error-rate", "2"], "error_rate is 2.0; it must be between 0 and 1"),
        (["--answers", "no/such/place"], "neither a file nor a folder"),
    ],
)
def test_what_it_cannot_start_with(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_a_port_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        assert main(["--port", port, "--answers", str(tmp_path)]) == 2

    assert f"port {port} is taken" in capsys.readouterr().err


def test_recording_writes_to_one_file(tmp_path: Path) -> None:
    answers = ["--answers", str(tmp_path), "--answers", str(tmp_path)]

    with pytest.raises(InvalidOption, match="exactly one"):
        make_server(read_arguments(["--record", "http://127.0.0.1:1/v1", *answers]))


def test_the_server_needs_no_django() -> None:
    code = "import sys, apps.llm.replay.__main__; sys.exit('django' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)

    assert done.returncode == 0
