"""The system calls that a sandbox does not get, as the program that the kernel runs on each call.

A denied call returns an error, so that ordinary programs go on; a call by the numbers of another
processor (32-bit code on a 64-bit kernel) kills, because the numbers below would mean other calls.

Source of the numbers: Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/
unistd.h; of the program's form: include/uapi/linux/{filter,bpf_common,seccomp}.h.
"""

import errno
import platform
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from apps.acceptance.core.sandbox import Network


@dataclass(frozen=True, slots=True)
class Machine:
    audit_arch: int  # how the kernel calls it: include/uapi/linux/audit.h
    column: int  # of the table below


MACHINES = {"x86_64": Machine(0xC000003E, 0), "aarch64": Machine(0xC00000B7, 1)}

# name: number on x86_64, number on aarch64; None: there is no such call.
DENIED: dict[str, tuple[int | None, int | None]] = {
    # Look into other processes, or steal their open files.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # Key rings belong to the user on the host, not to the namespace.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Wide doors of the kernel that tests have no use for.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    # Mounts.
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    # Namespaces; clone is looked at below.
    "unshare": (272, 97),
    "setns": (308, 268),
    # Memory and messages that no limit of ours counts.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmdt": (67, 197),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "get_mempolicy": (239, 236),
    "set_mempolicy_home_node": (450, 450),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # Files by handle go around paths and mounts.
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # They need rights that the sandbox has not got; no second lock was ever too many.
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "lookup_dcookie": (212, 18),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
    "personality": (135, 92),
    "nfsservctl": (180, 42),
    # Old calls of x86 only.
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
}
# "This kernel has no such call": programs know what to do without.
UNKNOWN: dict[str, tuple[int, int]] = {
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "clone3": (435, 435),  # its flags lie in memory, where no filter can read them: use clone
}
CLONE = (56, 220)
SOCKET = (41, 198)
IOCTL = (16, 29)
PRCTL = (157, 167)

# Calls newer than this one (mseal, Linux 6.10) did not exist when this table was written.
NEWEST_KNOWN = 462
# Calls of the x32 kind have this bit; they are other doors to the same rooms.
X32_BIT = 0x4000_0000

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; NEWTIME has no bit in clone.
CLONE_NEW_ANYTHING = 0x7E02_0000
# TIOCSTI types into a terminal, TIOCLINUX pastes into a console, TIOCSETD loads line disciplines.
TERMINAL_TRICKS = (0x5412, 0x541C, 0x5423)
PR_SET_PDEATHSIG = 1  # taking it back would let the sandbox live on when its worker dies
PLAIN_FAMILIES = (1,)  # AF_UNIX
LOOPBACK_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6

ALLOW = 0x7FFF_0000
KILL_PROCESS = 0x8000_0000
ERRNO = 0x0005_0000

# Where the kernel lays down the call: struct seccomp_data. Arguments are 64 bits wide, low half
# first on both machines; the kernel itself reads the low half of those that are looked at here.
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_IF_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step. When its condition holds, `if_true` steps are skipped, else `if_false`."""

    code: int
    value: int
    if_true: int = 0
    if_false: int = 0

    def packed(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.if_true, self.if_false, self.value)


class UnknownMachineError(Exception):
    """There is no table of system calls for this processor."""


def program(network: Network, machine: str = "") -> bytes:
    """Return the filter for `bwrap --seccomp`. Raises UnknownMachineError."""
    name = machine or platform.machine()
    if name not in MACHINES:
        raise UnknownMachineError(name)
    return b"".join(step.packed() for step in _steps(MACHINES[name], network))


def _steps(machine: Machine, network: Network) -> Iterator[Instruction]:
    yield Instruction(_LOAD, _ARCH)
    yield from _unless(_IF_EQUAL, machine.audit_arch, KILL_PROCESS)
    yield Instruction(_LOAD, _NUMBER)
    yield from _when(_IF_AT_LEAST, X32_BIT, KILL_PROCESS)
    yield from _when(_IF_AT_LEAST, NEWEST_KNOWN + 1, ERRNO | errno.ENOSYS)
    for names, answer in ((DENIED, errno.EPERM), (UNKNOWN, errno.ENOSYS)):
        for numbers in names.values():
            number = numbers[machine.column]
            if number is not None:
                yield from _when(_IF_EQUAL, number, ERRNO | answer)
    yield from _by_argument(CLONE[machine.column], 0, _forbid_bits(CLONE_NEW_ANYTHING))
    yield from _by_argument(IOCTL[machine.column], 1, _forbid(TERMINAL_TRICKS))
    yield from _by_argument(PRCTL[machine.column], 0, _forbid((PR_SET_PDEATHSIG,)))
    families = LOOPBACK_FAMILIES if network is Network.LOOPBACK else PLAIN_FAMILIES
    yield from _by_argument(SOCKET[machine.column], 0, _allow_only(families))
    yield Instruction(_RETURN, ALLOW)


def _when(condition: int, value: int, answer: int) -> tuple[Instruction, ...]:
    return Instruction(condition, value, 0, 1), Instruction(_RETURN, answer)


def _unless(condition: int, value: int, answer: int) -> tuple[Instruction, ...]:
    return Instruction(condition, value, 1, 0), Instruction(_RETURN, answer)


def _by_argument(
    number: int, position: int, rules: tuple[Instruction, ...]
) -> tuple[Instruction, ...]:
    """Put rules about one argument of one call: they end with an answer, whatever it is."""
    body = (Instruction(_LOAD, _ARGUMENTS + 8 * position), *rules)
    return Instruction(_IF_EQUAL, number, 0, len(body)), *body


def _forbid_bits(bits: int) -> tuple[Instruction, ...]:
    return *_when(_IF_ANY_BIT, bits, ERRNO | errno.EPERM), Instruction(_RETURN, ALLOW)


def _forbid(values: tuple[int, ...]) -> tuple[Instruction, ...]:
    checks = (step for value in values for step in _when(_IF_EQUAL, value, ERRNO | errno.EPERM))
    return *checks, Instruction(_RETURN, ALLOW)


def _allow_only(values: tuple[int, ...]) -> tuple[Instruction, ...]:
    checks = (step for value in values for step in _when(_IF_EQUAL, value, ALLOW))
    return *checks, Instruction(_RETURN, ERRNO | errno.EAFNOSUPPORT)
