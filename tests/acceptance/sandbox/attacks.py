"""Ways out of the sandbox, to be tried for real: each is a program that says how it went.

A program ends with held(what stopped it) or escaped(what it reached); one that does neither was
not a proof of anything. Those that shall be ended by a limit name the limit instead. Every one is
bounded by itself too, so that a sandbox that leaks does not harm the machine.

Plain Python without the test framework: a worker without rights runs them as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.acceptance.core.sandbox import (
    MEBIBYTE,
    Job,
    KillReason,
    Limits,
    Network,
    Outcome,
    Status,
)

BASE = Limits(
    wall_s=20,
    cpu_s=10,
    memory_bytes=192 * MEBIBYTE,
    processes=24,
    open_files=64,
    file_bytes=4 * MEBIBYTE,
    tmp_bytes=8 * MEBIBYTE,
    inodes=500,
)


def limits(**changes: float) -> Limits:
    values = {name: getattr(BASE, name) for name in BASE.__slots__}
    return Limits(**(values | changes))


PRELUDE = """
import contextlib, ctypes, errno, json, mmap, os, pathlib, resource, signal, socket, struct, sys, threading, time
HOST = json.loads(pathlib.Path("/support/host.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
def held(why=""):
    print("HELD", why, flush=True)
    os._exit(0)
def escaped(what):
    print("ESCAPED", what, flush=True)
    os._exit(9)
def call(name, *arguments):
    ctypes.set_errno(0)
    number = HOST["calls"][name]
    values = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = libc.syscall(ctypes.c_long(number), *values)
    return (result, errno.errorcode.get(ctypes.get_errno(), ""))
def denied(name, *arguments, by="EPERM"):
    result, error = call(name, *arguments)
    if result != -1 or error != by:
        escaped(f"{name} answered {result} {error}")
def unreadable(*paths):
    for path in paths:
        try:
            data = open(path, "rb").read(200)
        except OSError:
            continue
        escaped(f"read {path}: {data!r}")
def unwritable(*paths):
    for path in paths:
        try:
            open(path, "wb").close()
        except OSError:
            continue
        escaped(f"wrote {path}")
def unreachable(family, kind, address):
    try:
        with socket.socket(family, kind) as client:
            client.settimeout(1)
            client.connect(address)
            client.send(b"x")
    except OSError as error:
        return error
    escaped(f"reached {address!r}")
"""


@dataclass(frozen=True)
class Attack:
    name: str
    code: str = ""
    # What must end it, when that is not the program itself.
    ended_by: KillReason = KillReason.NONE
    limits: Limits = BASE
    network: Network = Network.NONE
    files: Mapping[str, str] = field(default_factory=dict)  # a file of its own names the attack

    def job(self, host_json: str) -> Job:
        code = PRELUDE + self.code
        return Job(
            files={"main.py": code, **self.files},
            command=("python3", "main.py"),
            limits=self.limits,
            network=self.network,
            support={"host.json": host_json},
        )

    def verdict(self, outcome: Outcome) -> str:
        """Return what got through; empty when the sandbox held."""
        if self.files:
            return "" if outcome.status is Status.REFUSED else f"{outcome.status}: it ran"
        if outcome.kill_reason is not self.ended_by:
            return f"{outcome.status} {outcome.kill_reason} {outcome.stdout[-300:]} {outcome.stderr[-600:]}"
        if self.ended_by is not KillReason.NONE:
            return outcome.stdout if "ESCAPED" in outcome.stdout[-2_000:] else ""
        said = outcome.stdout.strip().splitlines()[-1:] or ["nothing"]
        if outcome.status is Status.OK and said[0].startswith("HELD"):
            return ""
        return f"{outcome.status} {said[0]} {outcome.stderr[-600:]} {outcome.message}"


FILES = (
    Attack("a secret by its path", 'unreadable(HOST["secret"]); held()'),
    Attack(
        "a secret through /proc",
        """
for root in ("/proc/1/root", "/proc/self/root", "/proc/1/cwd/../../../..", "/proc/thread-self/root"):
    unreadable(root + HOST["secret"])
held()
""",
    ),
    Attack(
        "a secret through folders that are open already",
        """
for number in range(64):
    with contextlib.suppress(OSError):
        handle = os.open("../" * 20 + HOST["secret"].lstrip("/"), os.O_RDONLY, dir_fd=number)
        escaped(f"read from {number}")
held()
""",
    ),
    Attack(
        "open files of the worker",
        """
own = os.open("/", os.O_RDONLY)
found = {}
for number in range(256):
    with contextlib.suppress(OSError):
        found[number] = os.readlink(f"/proc/self/fd/{number}")
extra = {number: target for number, target in found.items() if number > 2 and number != own}
if extra:
    escaped(extra)
for number in (0, 1, 2):
    if not found[number].startswith(("/memfd:sandbox", "pipe:")):
        escaped(found)
held(found)
""",
    ),
    Attack(
        "the input as a file to grow",
        """
for mode in (os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
    with contextlib.suppress(OSError):
        handle = os.open("/proc/self/fd/0", mode)
        with contextlib.suppress(OSError):
            os.write(handle, b"x" * 4096)
            escaped("wrote to the input")
with contextlib.suppress(OSError):
    os.ftruncate(0, 1 << 20)
    escaped("grew the input")
held()
""",
    ),
    Attack(
        "files that name users and passwords",
        """
unreadable("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh/sshd_config", "/etc/hostname",
           "/etc/machine-id", "/root/.bashrc", "/root/.ssh/id_rsa")
names = pathlib.Path("/etc/passwd").read_text()
escaped(names) if "root" in names else held()
""",
    ),
    Attack(
        "folders of the host",
        """
for name in ("/home", "/root", "/run", "/var", "/srv", "/mnt", "/opt", "/media", "/boot", "/sys",
             "/usr/local", "/usr/share/doc", "/var/lib/mge-console", HOST["state"], HOST["project"]):
    if os.path.lexists(name):
        escaped(name)
if os.listdir("/tmp"):
    escaped(os.listdir("/tmp"))
held()
""",
    ),
    Attack(
        "the state of other sandboxes beside the runtime",
        """
for name in os.listdir("/runtime"):
    if name not in {"bin", "python", "site"}:
        escaped(name)
unreadable("/runtime/../slots/61000", "/runtime/../../slots/61000")
held()
""",
    ),
    Attack("shared memory of the host", 'unreadable(HOST["shm"]); held()'),
    Attack(
        "a file of the host by its handle",
        """
handle = ctypes.create_string_buffer(struct.pack("IiQ", 8, 1, 2) + bytes(128))
mount = ctypes.c_int()
denied("name_to_handle_at", -100, ctypes.c_char_p(b"/usr/bin"), handle, ctypes.byref(mount), 0)
denied("open_by_handle_at", os.open("/usr/bin", os.O_RDONLY), handle, os.O_RDONLY)
held()
""",
    ),
    Attack(
        "the programs of the system",
        """
unwritable("/usr/bin/python3", "/usr/bin/new", "/usr/lib/new.so", "/bin/sh", "/lib64/new")
held()
""",
    ),
    Attack(
        "the runtime",
        """
unwritable("/runtime/python/bin/python3", "/runtime/bin/node", "/runtime/site/pytest/__init__.py",
           "/runtime/site/new.pth", "/proc/self/exe")
with contextlib.suppress(OSError):
    os.chmod("/runtime/bin", 0o777)
    escaped("changed rights")
held()
""",
    ),
    Attack(
        "the sources",
        """
unwritable("/work/main.py", "/work/new.py", "/support/host.json", "/support/new")
for action in (lambda: os.unlink("main.py"), lambda: os.rename("main.py", "other.py"),
               lambda: os.chmod("main.py", 0o777), lambda: os.rename("/work", "/tmp/work"),
               lambda: os.symlink("/tmp", "/work/link"), lambda: os.utime("main.py")):
    with contextlib.suppress(OSError):
        action()
        escaped("changed the sources")
held()
""",
    ),
    Attack(
        "the root and the devices",
        """
unwritable("/new", "/etc/new", "/etc/passwd", "/etc/hosts", "/dev/new", "/dev/shm/new", "/proc/new",
           "/etc/ld.so.preload", "/dev/pts/new")
held()
""",
    ),
    Attack(
        "a device of one's own",
        """
for number in (os.makedev(254, 0), os.makedev(8, 0), os.makedev(1, 1), os.makedev(1, 3)):
    with contextlib.suppress(OSError):
        os.mknod("/tmp/device", 0o666 | 0o060000, number)
        escaped("made a device")
held()
""",
    ),
    Attack(
        "programs that run as root",
        """
import shutil, subprocess
shutil.copy("/usr/bin/id", "/tmp/id")
os.chmod("/tmp/id", 0o6755)
for command in (["/tmp/id", "-u"], ["su", "-c", "id -u"], ["mount", "-t", "tmpfs", "x", "/tmp"],
                ["newgrp", "root"]):
    with contextlib.suppress(OSError):
        ended = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=5)
        if ended.stdout.strip() == b"0" or (command[0] == "mount" and not ended.returncode):
            escaped(command)
held()
""",
    ),
    Attack(
        "a mount that can be written to",
        """
path = ctypes.c_char_p(b"/usr/bin")
denied("mount", 0, path, 0, 0x1020, 0)
denied("mount", ctypes.c_char_p(b"x"), ctypes.c_char_p(b"/tmp"), ctypes.c_char_p(b"tmpfs"), 0, 0)
denied("umount2", ctypes.c_char_p(b"/tmp"), 2)
for name in ("open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"):
    denied(name, -1, path, 0, 0, 0)
held()
""",
    ),
    Attack(
        "another root",
        """
path = ctypes.c_char_p(b"/tmp")
denied("chroot", path)
denied("pivot_root", path, path)
held()
""",
    ),
    Attack(
        "links to what lies outside",
        """
os.symlink(HOST["secret"], "/tmp/link")
os.symlink("/proc/1/root/root", "/tmp/root")
unreadable("/tmp/link", "/tmp/root/.bashrc")
with contextlib.suppress(OSError):
    os.link("/usr/bin/id", "/tmp/hard")
    escaped("linked over mounts")
held()
""",
    ),
)

ENV = (
    Attack(
        "secrets in the environment",
        """
text = json.dumps(dict(os.environ)) + pathlib.Path("/proc/1/environ").read_text()
escaped("here") if HOST["variable"] in text or "SECRET" in text or "DATABASE" in text else held()
""",
    ),
    Attack(
        "secrets in the environment of others",
        """
seen = 0
for number in range(1, 400):
    with contextlib.suppress(OSError):
        text = pathlib.Path(f"/proc/{number}/environ").read_text()
        seen += 1
        if HOST["variable"] in text or HOST["token"] in text:
            escaped(number)
escaped(seen) if seen != 1 else held()
""",
    ),
    Attack(
        "command lines of the host",
        """
seen = [path for path in pathlib.Path("/proc").iterdir() if path.name.isdigit()]
escaped(seen) if len(seen) != 1 else held()
""",
    ),
    Attack(
        "the name of the host",
        """
same = socket.gethostname() == HOST["name"] or os.uname().nodename != "sandbox"
escaped(os.uname()) if same else held()
""",
    ),
)

SOCKETS = (
    Attack(
        "the host's loopback",
        """
held(unreachable(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", HOST["tcp"])))
""",
    ),
    Attack(
        "the host's loopback, where loopback is allowed",
        """
error = unreachable(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", HOST["tcp"]))
escaped(error) if error.errno != errno.ECONNREFUSED else held(error)
""",
        network=Network.LOOPBACK,
    ),
    Attack(
        "a datagram to the host",
        """
with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.sendto(b"x", ("127.0.0.1", HOST["udp"]))
held("the host looks whether it arrived")
""",
        network=Network.LOOPBACK,
    ),
    Attack(
        "the world",
        """
for address in (("192.0.2.1", 80), ("198.51.100.7", 443), (HOST["address"], HOST["tcp"])):
    error = unreachable(socket.AF_INET, socket.SOCK_STREAM, address)
    if error.errno != errno.ENETUNREACH:
        escaped(error)
unreachable(socket.AF_INET6, socket.SOCK_STREAM, ("2001:db8::1", 80))
held()
""",
        network=Network.LOOPBACK,
    ),
    Attack(
        "names of the world",
        """
with contextlib.suppress(OSError):
    escaped(socket.getaddrinfo("example.org", 80))
held()
""",
        network=Network.LOOPBACK,
    ),
    Attack(
        "a socket with a path",
        """
held(unreachable(socket.AF_UNIX, socket.SOCK_STREAM, HOST["unix"]))
""",
    ),
    Attack(
        "the database, which lets in whoever the kernel names",
        """
held(unreachable(socket.AF_UNIX, socket.SOCK_STREAM, HOST["postgres"]))
""",
    ),
    Attack(
        "an abstract socket",
        """
held(unreachable(socket.AF_UNIX, socket.SOCK_STREAM, chr(0) + HOST["token"]))
""",
    ),
    Attack(
        "other kinds of sockets",
        """
kinds = {"packet": (17, 3), "netlink": (16, 3), "vsock": (40, 1), "alg": (38, 5), "bluetooth": (31, 3),
         "key": (15, 3), "rds": (21, 5), "tipc": (30, 1), "can": (29, 3), "xdp": (44, 3), "raw": (2, 3),
         "inet": (2, 1), "inet6": (10, 1), "smc": (43, 1), "qipcrtr": (42, 2)}
for name, (family, kind) in kinds.items():
    with contextlib.suppress(OSError):
        socket.socket(family, kind).close()
        escaped(name)
held()
""",
    ),
    Attack(
        "raw packets, where loopback is allowed",
        """
for family, kind in ((17, 3), (16, 3), (2, 3), (10, 3)):
    with contextlib.suppress(OSError):
        socket.socket(family, kind).close()
        escaped(family)
held()
""",
        network=Network.LOOPBACK,
    ),
)

FORKS = (
    Attack(
        "more processes than allowed",
        """
made = 0
for _ in range(200):
    try:
        child = os.fork()
    except OSError:
        held(made)
    if not child:
        time.sleep(5)
        os._exit(0)
    made += 1
    if made > 24:
        escaped(made)
""",
    ),
    Attack(
        "more threads than allowed",
        """
made = 0
try:
    for _ in range(200):
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
        made += 1
except (RuntimeError, MemoryError):
    held(made) if made < 24 else escaped(made)
escaped(made)
""",
    ),
    Attack(
        "forks that fork",
        """
for _ in range(8):
    with contextlib.suppress(OSError):
        os.fork()
time.sleep(0.5)
seen = len([path for path in pathlib.Path("/proc").iterdir() if path.name.isdigit()])
if os.getpid() != 1:
    time.sleep(5)
    os._exit(0)
escaped(seen) if seen > 24 else held(seen)
""",
    ),
    Attack(
        "new namespaces",
        """
for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000, 0x80):
    denied("unshare", flag)
held()
""",
    ),
    Attack(
        "a child in a new user namespace",
        """
for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000):
    denied("clone", flag | signal.SIGCHLD, 0, 0, 0, 0)
denied("clone3", ctypes.create_string_buffer(struct.pack("Q", 0x10000000) + bytes(80)), 88, by="ENOSYS")
held()
""",
    ),
    Attack(
        "namespaces of others",
        """
for kind in ("user", "pid", "mnt", "net", "ipc"):
    denied("setns", os.open(f"/proc/1/ns/{kind}", os.O_RDONLY), 0)
held()
""",
    ),
)

MEMORY = (
    Attack(
        "more memory, bit by bit",
        """
kept = []
for _ in range(1200):
    kept.append(bytearray(1 << 20))
escaped("1200 MB")
""",
        ended_by=KillReason.MEMORY,
        limits=limits(memory_bytes=96 * MEBIBYTE),
    ),
    Attack(
        "more memory at once",
        """
try:
    bytearray(3 << 30)
except MemoryError:
    held()
escaped("3 GB")
""",
    ),
    Attack(
        "memory of many processes",
        """
for _ in range(5):
    if not os.fork():
        kept = bytearray(b"x") * (60 << 20)
        time.sleep(10)
        os._exit(0)
time.sleep(10)
escaped("300 MB")
""",
        ended_by=KillReason.MEMORY,
        limits=limits(memory_bytes=160 * MEBIBYTE),
    ),
    Attack(
        "memory that is shared with children",
        """
area = mmap.mmap(-1, 400 << 20)
for start in range(0, 400 << 20, 1 << 20):
    area[start : start + (1 << 20)] = b"x" * (1 << 20)
    time.sleep(0.002)
escaped("400 MB")
""",
        ended_by=KillReason.MEMORY,
        limits=limits(memory_bytes=96 * MEBIBYTE),
    ),
    Attack(
        "memory behind a file number",
        """
denied("memfd_create", ctypes.c_char_p(b"x"), 0)
result, error = call("memfd_secret", 0)
escaped(result) if result >= 0 else held()
""",
    ),
    Attack(
        "System V memory, messages and semaphores",
        """
denied("shmget", 0x4D47, 1 << 20, 0o1666)
denied("shmat", 0, 0, 0)
denied("msgget", 0x4D47, 0o1666)
denied("semget", 0x4D47, 1, 0o1666)
denied("mq_open", ctypes.c_char_p(b"x"), 0o102, 0o666, 0)
held()
""",
    ),
    Attack(
        "memory that cannot be swapped out",
        """
area = mmap.mmap(-1, 1 << 20)
address = ctypes.addressof(ctypes.c_char.from_buffer(area))
escaped("locked") if libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(1 << 20)) == 0 else held()
""",
    ),
    Attack(
        "lower odds of being ended when memory is short",
        """
score = int(pathlib.Path("/proc/self/oom_score_adj").read_text())
with contextlib.suppress(OSError):
    pathlib.Path("/proc/self/oom_score_adj").write_text("-1000")
    escaped("lowered")
held(score)
""",
    ),
)

DISK = (
    Attack(
        "more files than the disk holds",
        """
written = 0
try:
    for number in range(20):
        with open(f"/tmp/{number}", "wb") as file:
            written += file.write(bytes(1 << 20))
except OSError as error:
    held(written) if error.errno == errno.ENOSPC and written <= 8 << 20 else escaped(error)
escaped(written)
""",
    ),
    Attack(
        "one big file",
        """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with open("/tmp/big", "wb") as file:
        for _ in range(20):
            file.write(bytes(1 << 20))
            file.flush()
except OSError as error:
    held() if error.errno == errno.EFBIG else escaped(error)
escaped("20 MB")
""",
    ),
    Attack(
        "a file that claims to be huge",
        """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with open("/tmp/sparse", "wb") as file:
        file.truncate(1 << 40)
except OSError as error:
    held() if error.errno == errno.EFBIG else escaped(error)
escaped("1 TB")
""",
    ),
    Attack(
        "very many empty files",
        """
for number in range(20000):
    os.mkdir(f"/tmp/{number}")
    if number > 600:
        time.sleep(0.001)
escaped("20000 folders")
""",
        ended_by=KillReason.INODES,
    ),
    Attack(
        "more open files",
        """
handles = []
try:
    for _ in range(500):
        handles.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    held(len(handles)) if error.errno == errno.EMFILE and len(handles) < 64 else escaped(error)
escaped(len(handles))
""",
    ),
)

PROC = (
    Attack(
        "settings of the kernel",
        """
for name in ("kernel/core_pattern", "kernel/hostname", "kernel/modprobe", "vm/overcommit_memory",
             "kernel/ns_last_pid", "user/max_user_namespaces", "net/ipv4/ip_forward", "fs/file-max"):
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/sys", name).write_text("1")
        escaped(name)
held()
""",
    ),
    Attack(
        "buttons of the kernel",
        """
unwritable("/proc/sysrq-trigger", "/proc/irq/default_smp_affinity", "/proc/acpi/wakeup", "/proc/mtrr")
unreadable("/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmsg", "/proc/kpagecount", "/dev/vda")
held()
""",
    ),
    Attack(
        "another mapping of users",
        """
for name in ("uid_map", "gid_map", "projid_map", "setgroups"):
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self", name).write_text("0 0 1" if name != "setgroups" else "allow")
        escaped(name)
if 0 in (os.getuid(), os.geteuid(), os.getgid(), os.getegid(), *os.getgroups()):
    escaped("root inside")
for change in (os.setuid, os.setgid, os.seteuid, os.setegid):
    with contextlib.suppress(OSError):
        change(0)
        escaped(change)
held()
""",
    ),
    Attack(
        "capabilities",
        """
lines = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    if int(lines[name], 16):
        escaped(name)
if lines["NoNewPrivs"].strip() != "1" or lines["Seccomp"].strip() != "2":
    escaped("no filter")
held()
""",
    ),
)
PTRACE = (
    Attack(
        "tracing",
        """
denied("ptrace", 0, 0, 0, 0)
child = os.fork()
if not child:
    time.sleep(5)
    os._exit(0)
denied("ptrace", 16, child, 0, 0)
denied("ptrace", 0x4206, 1, 0, 0)
held()
""",
    ),
    Attack(
        "memory of others by a call",
        """
denied("process_vm_readv", 1, 0, 0, 0, 0, 0)
denied("process_vm_writev", 1, 0, 0, 0, 0, 0)
denied("process_madvise", -1, 0, 0, 0, 0)
held()
""",
    ),
    Attack(
        "open files of others by a call",
        """
denied("pidfd_getfd", os.pidfd_open(1), 0, 0)
denied("kcmp", 1, 1, 0, 0, 0)
held()
""",
    ),
)
SIGNALS = (
    Attack(
        "a process of the host",
        """
for number in (HOST["victim"], HOST["worker"]):
    for name in (0, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.kill(number, name)
            escaped(number)
    with contextlib.suppress(OSError):
        os.pidfd_open(number)
        escaped(number)
held()
""",
    ),
    Attack(
        "everybody",
        """
with contextlib.suppress(OSError):
    os.kill(-1, signal.SIGKILL)
with contextlib.suppress(OSError):
    os.killpg(HOST["worker"], signal.SIGKILL)
held("the host looks who is still there")
""",
    ),
    Attack(
        "a life after the worker's death",
        """
result = libc.prctl(1, 0, 0, 0, 0)
value = ctypes.c_int()
libc.prctl(2, ctypes.byref(value), 0, 0, 0)
escaped((result, value.value)) if result != -1 or value.value != 9 else held()
""",
    ),
    Attack(
        "keys of the terminal",
        """
import fcntl, termios
leader, follower = os.openpty()
for number in (termios.TIOCSTI, 0x541C, 0x5423):
    try:
        fcntl.ioctl(follower, number, b"x" + bytes(7))
    except PermissionError:
        continue
    except OSError as error:
        escaped(error)
    escaped(number)
with contextlib.suppress(OSError):
    os.open("/dev/tty", os.O_RDWR)
    escaped("a terminal")
held()
""",
    ),
    Attack(
        "more of the processor than others",
        """
for action in (lambda: os.nice(-5), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))):
    with contextlib.suppress(OSError):
        action()
        escaped("first in the row")
held()
""",
    ),
    Attack(
        "higher limits",
        """
for name in ("CPU", "FSIZE", "NOFILE", "NPROC", "DATA", "AS", "CORE", "STACK", "MEMLOCK"):
    kind = getattr(resource, "RLIMIT_" + name)
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        escaped(name)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (hard + 1, hard + 1))
        escaped(name)
held()
""",
    ),
)
KEYRING = (
    Attack(
        "keys of the user",
        """
denied("add_key", ctypes.c_char_p(b"user"), ctypes.c_char_p(b"mge"), ctypes.c_char_p(b"x"), 1, -4)
denied("request_key", ctypes.c_char_p(b"user"), ctypes.c_char_p(b"mge"), 0, -4)
denied("keyctl", 0, -4, 0, 0, 0)
unreadable("/proc/keys", "/proc/key-users")
held()
""",
    ),
)
KERNEL = (
    Attack(
        "wide doors of the kernel",
        """
denied("bpf", 0, 0, 0)
denied("perf_event_open", 0, 0, -1, -1, 0)
denied("userfaultfd", 0)
for name in ("io_uring_setup", "io_uring_enter", "io_uring_register"):
    denied(name, 1, 0, 0, 0, by="ENOSYS")
for name in ("init_module", "finit_module", "kexec_load", "reboot", "swapon", "acct", "quotactl",
             "syslog", "fanotify_init", "personality"):
    denied(name, 0, 0, 0, 0)
held()
""",
    ),
    Attack(
        "calls that are newer than the filter",
        """
for number in (463, 467, 500, 547, 5000):
    ctypes.set_errno(0)
    if libc.syscall(number, 0, 0, 0) != -1 or ctypes.get_errno() != errno.ENOSYS:
        escaped(number)
held()
""",
    ),
    Attack(
        "calls by the numbers of another processor",
        """
if os.uname().machine != "x86_64":
    os.kill(os.fork() or os.getpid(), 0)
    libc.syscall(ctypes.c_long(0), 0)
    os.abort()
# mov eax, 20 (getpid, as 32-bit programs call it); int 0x80; ret
area = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
area.write(bytes.fromhex("b814000000cd80c3"))
address = ctypes.addressof(ctypes.c_char.from_buffer(area))
escaped(ctypes.CFUNCTYPE(ctypes.c_int)(address)())
""",
        ended_by=KillReason.SIGNAL,
    ),
    Attack(
        "calls of the x32 kind",
        """
if os.uname().machine != "x86_64":
    os.abort()
escaped(libc.syscall(ctypes.c_long(0x40000000 + 39)))
""",
        ended_by=KillReason.SIGNAL,
    ),
)
DAEMONS = (
    Attack(
        "a daemon",
        """
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.execv(sys.executable, ["python3", "-c", "import time; time.sleep(30)", HOST["marker"]])
time.sleep(0.3)
held("the host looks whether it lives on")
""",
    ),
    Attack(
        "a daemon that hears no signal",
        """
if not os.fork():
    os.setsid()
    for number in range(1, 32):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    os.execv(sys.executable, ["python3", "-c", "import time; time.sleep(30)", HOST["marker"]])
time.sleep(30)
""",
        ended_by=KillReason.WALL,
        limits=limits(wall_s=0.8),
    ),
    Attack(
        "a child that keeps the output open",
        """
if not os.fork():
    for _ in range(100):
        time.sleep(0.2)
        print("still here", flush=True)
    os._exit(0)
held("the host looks at its clock")
""",
    ),
    Attack(
        "processes that replace each other",
        """
began = time.monotonic()
while time.monotonic() < began + 15:
    with contextlib.suppress(OSError):
        if os.fork() and os.getpid() != 1:
            os._exit(0)
        if os.getpid() == 1:
            time.sleep(0.5)
""",
        ended_by=KillReason.WALL,
        limits=limits(wall_s=0.8),
    ),
)
OUTPUT = (
    Attack(
        "a flood of output",
        """
for _ in range(4000):
    os.write(1, b"x" * 65536)
""",
        ended_by=KillReason.OUTPUT,
    ),
    Attack(
        "a flood of errors",
        """
for _ in range(4000):
    os.write(2, b"x" * 65536)
""",
        ended_by=KillReason.OUTPUT,
    ),
    Attack(
        "a flood from many",
        """
for _ in range(4):  # fewer than are allowed: the first one, which all others end with, goes on
    os.fork()
    os.setsid() if os.getpid() != 1 and os.getpgid(0) != os.getpid() else None
for _ in range(2000):
    os.write(1, b"x" * 4096)
""",
        ended_by=KillReason.OUTPUT,
    ),
)
TIME = (
    Attack("sleep", "time.sleep(30)", ended_by=KillReason.WALL, limits=limits(wall_s=0.5)),
    Attack("a loop", "while True: pass", ended_by=KillReason.CPU, limits=limits(cpu_s=1)),
    Attack(
        "a loop that hears no signal",
        """
for number in range(1, 65):
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
while True:
    pass
""",
        ended_by=KillReason.CPU,
        limits=limits(cpu_s=1),
    ),
    Attack(
        "standing still",
        """
if not os.fork():
    os.kill(os.getpid(), signal.SIGSTOP)
os.wait()
""",
        ended_by=KillReason.WALL,
        limits=limits(wall_s=0.5),
    ),
    Attack(
        "output that never ends",
        """
while True:
    print(".", flush=True)
    time.sleep(0.05)
""",
        ended_by=KillReason.WALL,
        limits=limits(wall_s=0.6),
    ),
    Attack(
        "the clock of the host",
        """
now = ctypes.create_string_buffer(struct.pack("qq", 0, 0))
denied("clock_settime", 0, now)
denied("settimeofday", now, 0)
denied("adjtimex", ctypes.create_string_buffer(400))
held()
""",
    ),
)
NAMES = tuple(
    Attack(f"the name {name!a}", files={name: "raise SystemExit('it ran')"})
    for name in (
        "../outside.py",
        "a/../../outside.py",
        "/tmp/outside.py",
        "nul\0.py",
        "line\n.py",
        "gnp.\u202eyp",  # reads backwards from the third character on
        "zero\u200bwidth.py",
        "back\\slash.py",
        ".hidden.py",
        "folder/.git/config",
        "-c.py",
        "MAIN.py",  # beside main.py
        "conftest.py",
        "tests/conftest.py",
        "evil.pth",
        "sitecustomize.py",
        "usercustomize.py",
        "pytest.ini",
        "pyproject.toml",
        "vitest.config.ts",
        "node_modules/vitest/index.js",
        "json.py",
        "unittest/__init__.py",
        "pytest.py",
        "_pytest/__init__.py",
        "module.so",
        "__pycache__/main.cpython-311.pyc",
        "main.py/inside.py",
    )
)

ATTACKS = (
    *(FILES + ENV + SOCKETS + FORKS + MEMORY + DISK + PROC + PTRACE + SIGNALS + KEYRING),
    *(KERNEL + DAEMONS + OUTPUT + TIME + NAMES),
)
BY_NAME = {attack.name: attack for attack in ATTACKS}
