"""The filter as a program: run it on calls, for both machines, without asking the kernel."""

import errno
import struct

import pytest

from apps.acceptance.adapters.sandbox import seccomp
from apps.acceptance.core.sandbox import Network

ARCH = {name: machine.audit_arch for name, machine in seccomp.MACHINES.items()}
EPERM = seccomp.ERRNO | errno.EPERM
ENOSYS = seccomp.ERRNO | errno.ENOSYS
NO_FAMILY = seccomp.ERRNO | errno.EAFNOSUPPORT


def answer(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """Do what the kernel does with a filter: the handful of steps that ours is made of."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    steps = list(struct.iter_unpack("=HBBI", program))
    assert len(steps) <= 4096  # BPF_MAXINSNS
    accumulator = at = 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return value
        else:
            holds = {
                0x15: accumulator == value,
                0x35: accumulator >= value,
                0x45: bool(accumulator & value),
            }[code]
            at += if_true if holds else if_false


@pytest.fixture(params=seccomp.MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("network", Network)
def test_every_denied_call_is_refused(machine: str, network: Network) -> None:
    program = seccomp.program(network, machine)
    column = seccomp.MACHINES[machine].column
    for table, expected in ((seccomp.DENIED, EPERM), (seccomp.UNKNOWN, ENOSYS)):
        for name, numbers in table.items():
            number = numbers[column]
            if number is not None:
                assert answer(program, ARCH[machine], number) == expected, name


@pytest.mark.parametrize(
    ("x86_64", "aarch64", "name"),
    [
        (0, 63, "read"),
        (1, 64, "write"),
        (59, 221, "execve"),
        (57, None, "fork"),
        (231, 94, "exit_group"),
        (202, 98, "futex"),
        (257, 56, "openat"),
        (9, 222, "mmap"),
        (434, 434, "pidfd_open"),
        (439, 439, "faccessat2"),
    ],
)
def test_ordinary_calls_pass(x86_64: int, aarch64: int | None, name: str, machine: str) -> None:
    number = {"x86_64": x86_64, "aarch64": aarch64}[machine]
    if number is not None:
        program = seccomp.program(Network.NONE, machine)
        assert answer(program, ARCH[machine], number) == seccomp.ALLOW, name


@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        (seccomp.CLONE, (17,), seccomp.ALLOW),  # SIGCHLD: fork
        (seccomp.CLONE, (0x3D0F00,), seccomp.ALLOW),  # a thread
        (seccomp.CLONE, (0x1000_0011,), EPERM),  # CLONE_NEWUSER
        (seccomp.CLONE, (0x0002_0000,), EPERM),  # CLONE_NEWNS
        (seccomp.CLONE, (0x2000_0011 | 1 << 40,), EPERM),  # the kernel drops the high half
        (seccomp.IOCTL, (0, 0x5412), EPERM),  # TIOCSTI
        (seccomp.IOCTL, (0, 0x5412 | 1 << 32), EPERM),
        (seccomp.IOCTL, (0, 0x541C), EPERM),  # TIOCLINUX
        (seccomp.IOCTL, (0, 0x5413), seccomp.ALLOW),  # TIOCGWINSZ
        (seccomp.PRCTL, (1, 0), EPERM),  # PR_SET_PDEATHSIG
        (seccomp.PRCTL, (15,), seccomp.ALLOW),  # PR_SET_NAME
        (seccomp.SOCKET, (1, 1), seccomp.ALLOW),  # AF_UNIX
        (seccomp.SOCKET, (16, 3), NO_FAMILY),  # AF_NETLINK
        (seccomp.SOCKET, (40, 1), NO_FAMILY),  # AF_VSOCK
        (seccomp.SOCKET, (2 | 1 << 32, 1), NO_FAMILY),
    ],
)
def test_calls_are_judged_by_their_arguments(
    call: tuple[int, int], arguments: tuple[int, ...], expected: int, machine: str
) -> None:
    program = seccomp.program(Network.NONE, machine)
    number = call[seccomp.MACHINES[machine].column]
    assert answer(program, ARCH[machine], number, *arguments) == expected


@pytest.mark.parametrize(("family", "allowed"), [(1, True), (2, True), (10, True), (17, False)])
def test_loopback_adds_the_internet_families(family: int, allowed: bool, machine: str) -> None:
    program = seccomp.program(Network.LOOPBACK, machine)
    number = seccomp.SOCKET[seccomp.MACHINES[machine].column]
    assert (answer(program, ARCH[machine], number, family) == seccomp.ALLOW) is allowed


def test_other_numbers_are_closed(machine: str) -> None:
    program = seccomp.program(Network.NONE, machine)
    i386, arm = 0x4000_0003, 0x4000_0028
    others = {i386, arm, *ARCH.values()} - {ARCH[machine]}
    assert {answer(program, arch, 0) for arch in others} == {seccomp.KILL_PROCESS}
    assert answer(program, ARCH[machine], 0x4000_0000 + 39) == seccomp.KILL_PROCESS
    assert answer(program, ARCH[machine], 463) == ENOSYS
    assert answer(program, ARCH[machine], 0xFFFF_FFFF) == seccomp.KILL_PROCESS


def test_unknown_machine() -> None:
    with pytest.raises(seccomp.UnknownMachineError):
        seccomp.program(Network.NONE, "riscv64")
