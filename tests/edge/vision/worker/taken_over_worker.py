"""A vision worker that somebody has taken over: it tries everything, and says what came of it.

Arguments: the gate's folder, the id of a process to attack, and how the worker is shut in: `shut` (as ever),
`no_landlock` (as ever, on a kernel that has none) or `free` (not at all, to show that the attempts are real).
It is the product's own worker up to where it would look at its first picture.
"""

# What is tried here are the bare calls, as somebody would make them who took over a worker.
# ruff: noqa: PTH101, PTH102, PTH105, PTH108, PTH208, PTH211, S103, S606

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import socket
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

from edge.vision.configuration import WorkerTask
from edge.vision.reports import InputRefused, WorkerReport
from edge.vision.worker import child
from edge.vision.worker.confinement import system_calls

GATE, VICTIM, HOW = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
TAKEN_OVER_PORT = int(sys.argv[4])
LIBC = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"


def call(number: int, *arguments: object) -> None:
    if LIBC.syscall(number, *arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def ptrace() -> None:
    LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if LIBC.ptrace(0x4206, VICTIM, None, None) < 0:  # PTRACE_SEIZE stops nobody
        raise OSError(ctypes.get_errno(), "ptrace")


def fork() -> None:
    child_process = os.fork()
    if child_process == 0:
        os._exit(0)
    os.waitpid(child_process, 0)


def much_memory() -> None:
    with mmap.mmap(-1, 6 << 30):
        pass


def a_file_in_memory() -> None:
    descriptor = os.memfd_create("escape")
    os.write(descriptor, b"x")


def connect(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as line:
        line.connect(("127.0.0.1", TAKEN_OVER_PORT))


def command_socket() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(str(GATE / "command.sock"))


def inherited() -> None:
    """More open files than the standard ones and the pipe for reports."""
    found = [name for name in os.listdir("/proc/self/fd") if Path(f"/proc/self/fd/{name}").exists()]
    if len(found) <= 4:
        raise OSError(errno.EBADF, f"only {found}")


def own_signals() -> None:
    fcntl.fcntl(0, fcntl.F_SETOWN, VICTIM)


def environment() -> None:
    if "NOTIFY_SOCKET" not in os.environ:
        raise OSError(errno.ENOENT, "not in the environment")


ATTEMPTS: dict[str, Callable[[], object]] = {
    # what is secret
    "read template.key": (GATE / "template.key").read_bytes,
    "read the registry": (GATE / "registry" / "current.bundle").read_bytes,
    "read the journal": (GATE / "journal.sqlite").read_bytes,
    "read gate.toml": (GATE / "gate.toml").read_bytes,
    "list the gate's folder": lambda: os.listdir(GATE),
    "read through a link": lambda: Path(f"/proc/{VICTIM}/root{GATE}/template.key").read_bytes(),
    "read the memory of another": lambda: Path(f"/proc/{VICTIM}/maps").read_bytes(),
    "read /etc/passwd": lambda: Path("/etc/passwd").read_bytes(),
    "use a descriptor of the gate's": inherited,
    "talk to systemd": environment,
    # what is written
    "write to the journal": lambda: (GATE / "journal.sqlite").open("r+b").close(),
    "append to the used passes": lambda: (GATE / "used.sqlite").open("ab").close(),
    "empty the used passes": lambda: os.truncate(GATE / "used.sqlite", 0),
    "write standing orders": lambda: (GATE / "standing-orders.json").write_bytes(b"{}"),
    "swap the registry": lambda: os.replace(GATE / "bait", GATE / "registry" / "current.bundle"),
    "delete the journal": lambda: os.unlink(GATE / "doomed"),
    "make a folder": lambda: os.mkdir(GATE / "folder"),
    "make a link": lambda: os.symlink("template.key", GATE / "link"),
    "make a hard link": lambda: os.link(GATE / "template.key", GATE / "hard"),
    "make a pipe": lambda: os.mkfifo(GATE / "pipe"),
    "open the key to everybody": lambda: os.chmod(GATE / "template.key", 0o666),
    "give the key away": lambda: os.chown(GATE / "template.key", os.getuid(), os.getgid()),
    "set a time": lambda: os.utime(GATE / "template.key", (0, 0)),
    "write in /tmp": lambda: Path("/tmp/gatepost-taken-over").write_bytes(b"x"),  # noqa: S108
    "keep a file in memory": a_file_in_memory,
    "use a device": lambda: Path("/dev/full").open("rb+", buffering=0).close(),
    # who is called
    "connect by TCP": lambda: connect(socket.SOCK_STREAM),
    "send by UDP": lambda: connect(socket.SOCK_DGRAM),
    "give commands": command_socket,
    "listen": lambda: socket.create_server(("127.0.0.1", 0)).close(),
    # other processes
    "spawn a shell": lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True),
    "fork": fork,
    "become a shell": lambda: os.execv("/nowhere", ["sh"]) if HOW == "free" else os.execv("/bin/sh", ["sh"]),
    "trace another": ptrace,
    "signal another": lambda: os.kill(VICTIM, 0),
    "signal another by a detour": own_signals,
    "limit another": lambda: resource.prlimit(VICTIM, resource.RLIMIT_NOFILE, (64, 64)),
    "hold another by its id": lambda: os.close(os.pidfd_open(VICTIM)),
    "slow another down": lambda: os.setpriority(os.PRIO_PROCESS, VICTIM, 5),
    # the kernel
    "make a name space": lambda: call(272 if X86 else 97, 0x10000000),  # unshare(CLONE_NEWUSER)
    "ask for io_uring": lambda: call(425, 1, ctypes.create_string_buffer(120)),
    "hold too much memory": much_memory,
}


def attack(task: WorkerTask, send: Callable[[WorkerReport], None], *_: object) -> int:
    del task
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
            came = "done"
        except OSError as error:
            came = f"refused: {errno.errorcode.get(error.errno or 0, error)}"
        except (MemoryError, ValueError) as error:
            came = f"refused: {error}"
        send(InputRefused(name, came, time.monotonic()))
    return 0


def take_away_landlock() -> None:
    """Make this a kernel without Landlock: its first call is not known."""
    LIBC.prctl(38, 1, 0, 0, 0)
    library = system_calls.libseccomp()
    assert library is not None
    context = library.seccomp_init(0x7FFF0000)
    assert library.seccomp_rule_add_array(context, 0x00050000 | errno.ENOSYS, 444, 0, None) == 0
    assert library.seccomp_load(context) == 0


if __name__ == "__main__":
    worker = types.ModuleType("edge.vision.worker.worker")
    worker.work = attack  # type: ignore[attr-defined]
    sys.modules["edge.vision.worker.worker"] = worker
    if HOW == "no_landlock":
        take_away_landlock()
    if HOW == "free":
        vars(child)["confine"] = lambda *_, **__: ("everything: nobody shut it in",)
    sys.exit(child.main())
