"""Confines the worker: descriptors, limits, no new privileges, files and ports, system calls."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.vision.worker.confinement import landlock, system_calls
from edge.vision.worker.confinement.reach import Reach

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_MOST_DESCRIPTORS = 256
_ADDRESS_SPACE = 2 << 30
"""Bytes that a worker may map beyond what it may hold: libraries and stacks map far more than they use."""
_FIRST_TO_DIE = "500"


def confine(reach: Reach, memory: int, *, keep: int) -> tuple[str, ...]:
    """Confine this process to `reach` and `memory` bytes, for good; the names of what could not be confined.

    Of its open files it keeps the standard ones and `keep`.

    To be called while it has one thread: Landlock holds for the caller and for what it starts.
    """
    missing: list[str] = []
    if len([*Path("/proc/self/task").iterdir()]) != 1 or threading.active_count() != 1:
        missing.append("threads: some were running already, and are not confined")
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
    _limit(memory, reach.shared_memory)
    # Nothing of the process is dumped or traced, and no set-uid program gives it more than it has.
    missing += _attempt("privileges", lambda: _prctl(_PR_SET_DUMPABLE, 0))
    missing += _attempt("privileges", lambda: _prctl(_PR_SET_NO_NEW_PRIVS, 1))
    missing += _attempt("files", lambda: _restrict(reach)) or landlock.missing(landlock.abi())
    missing += _attempt("system calls", lambda: _refuse(reach))
    return tuple(missing)


def offered() -> tuple[str, ...]:
    """The names of what this computer cannot confine; none where it can confine everything."""
    missing = list(landlock.missing(landlock.abi()))
    if system_calls.libseccomp() is None:
        missing.append(_NO_LIBRARY)
    if not Path("/proc/sys/kernel/seccomp").is_dir():
        missing.append("system calls: this kernel has no seccomp")
    return tuple(missing)


_NO_LIBRARY = "system calls: libseccomp2 is not installed"


def _limit(memory: int, file_size: int) -> None:
    """No core, no file of more than `file_size` bytes, few descriptors, bounded memory.

    Where the computer's memory runs out, this process is the first to go.
    """
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS),
        (resource.RLIMIT_AS, memory + _ADDRESS_SPACE),
    ):
        _, most = resource.getrlimit(kind)
        least = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (least, least))
    sys.dont_write_bytecode = True
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_DIE)


def _restrict(reach: Reach) -> None:
    landlock.restrict(
        (
            (reach.read, landlock.READ),
            (reach.listed, landlock.File.READ_DIR),
            (reach.devices, landlock.USE_DEVICE),
            ((Path("/dev/null"),), landlock.File.READ_FILE | landlock.File.WRITE_FILE),
        ),
        reach.ports,
    )


def _refuse(reach: Reach) -> None:
    families = (socket.AF_INET, socket.AF_INET6) if reach.ports else ()
    if not system_calls.refuse(families, datagrams=reach.names):
        raise FileNotFoundError(_NO_LIBRARY)


def _attempt(what: str, step: Callable[[], None]) -> tuple[str, ...]:
    """Do one step; the name of what it leaves open where it fails."""
    try:
        step()
    except FileNotFoundError as error:
        return (str(error),)
    except OSError as error:
        return (f"{what}: {error.strerror}",)
    return ()


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    arguments = (ctypes.c_ulong(argument) for argument in (value, 0, 0, 0))
    if library.prctl(ctypes.c_int(option), *arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
