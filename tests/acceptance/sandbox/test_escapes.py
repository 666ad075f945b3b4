"""The escape suite: real attacks, real things on the host to reach, both ways to start."""

import pytest

from tests.acceptance.sandbox.attacks import ATTACKS, Attack
from tests.acceptance.sandbox.conftest import Run, Worker
from tests.acceptance.sandbox.host import Host


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_held(attack: Attack, run: Run, host: Host) -> None:
    outcome = run(attack, host)

    assert attack.verdict(outcome) == ""
    assert host.harm() == ""
    assert outcome.wall_ms < (attack.limits.wall_s + 5) * 1000
    assert len(outcome.stdout) + len(outcome.stderr) <= attack.limits.output_bytes_kept


def test_enough_attacks() -> None:
    """With their names told apart: each is one way out."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len([attack for attack in ATTACKS if attack.code]) >= 50


def test_the_worker_has_no_rights(worker: Worker) -> None:
    assert worker.greeting["uid"] != 0
    assert worker.greeting["holds"] is True, worker.greeting["message"]
