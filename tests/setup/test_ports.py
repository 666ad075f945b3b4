"""Ports are taken free when the usual ones are busy."""

import socket

from mgeconsole.services import ports


def test_a_free_port_is_taken_as_asked() -> None:
    port = ports.any_free()

    assert ports.is_free(port)
    assert ports.choose(port) == port
    assert not ports.answers(port)


def test_a_busy_port_is_left_to_its_owner() -> None:
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        busy = server.getsockname()[1]

        assert not ports.is_free(busy)
        assert ports.choose(busy) != busy
        assert ports.answers(busy)
