"""Landlock: a process gives up every file and TCP port but those that it names (landlock(7)).

By the kernel's own calls: the one library on PyPI knows neither ports nor devices nor signals (ABI 4 to 6).
What a kernel's ABI does not know is left out; `missing` says what that leaves open.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from enum import IntFlag
from pathlib import Path

# The same numbers on every architecture that Debian knows (asm-generic/unistd.h).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2


class File(IntFlag):
    """What may be done with files, as linux/landlock.h counts it."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


_OF_A_FILE = File.EXECUTE | File.WRITE_FILE | File.READ_FILE | File.TRUNCATE | File.IOCTL_DEV
"""The rights that a rule for something else than a folder may name."""
READ = File.READ_FILE | File.READ_DIR
USE_DEVICE = File.READ_FILE | File.WRITE_FILE | File.IOCTL_DEV
_FILES_BY_ABI = ((1, (1 << 13) - 1), (2, File.REFER), (3, File.TRUNCATE), (5, File.IOCTL_DEV))
_BIND_TCP, _CONNECT_TCP = 1, 2
_NET_ABI, _SCOPE_ABI = 4, 6
_ABSTRACT_SOCKETS_AND_SIGNALS = 3


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    _fields_ = (("allowed_access", ctypes.c_uint64), ("port", ctypes.c_uint64))


def abi() -> int:
    """The version of Landlock that this kernel offers; 0 where it offers none, switched off or forbidden."""
    with suppress(OSError):
        return _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    return 0


def missing(version: int) -> tuple[str, ...]:
    """What a kernel with this version of Landlock leaves open."""
    if version == 0:
        return ("files: this kernel has no Landlock",)
    return tuple(
        text
        for since, text in (
            (3, "files: this kernel's Landlock does not refuse truncate"),
            (_NET_ABI, "network: this kernel's Landlock knows no ports"),
            (5, "devices: this kernel's Landlock does not refuse ioctl"),
            (_SCOPE_ABI, "processes: this kernel's Landlock does not refuse signals"),
        )
        if version < since
    )


def restrict(grants: Sequence[tuple[Iterable[Path], File]], ports: Iterable[int]) -> int:
    """Give up, for this thread and all that it starts, every file that is not under `grants` and every TCP
    port that is not in `ports` (to connect to). Returns the ABI; 0 where there is no Landlock.

    A path that is not there is passed over. Raises OSError where the kernel refuses. Needs no_new_privs.
    """
    version = abi()
    if version == 0:
        return 0
    handled = File(sum(int(rights) for since, rights in _FILES_BY_ABI if version >= since))
    with_net, with_scope = version >= _NET_ABI, version >= _SCOPE_ABI
    attributes = _Ruleset(
        int(handled),
        (_BIND_TCP | _CONNECT_TCP) if with_net else 0,
        _ABSTRACT_SOCKETS_AND_SIGNALS if with_scope else 0,
    )
    # An older kernel takes the longer structure as long as what it does not know is zero.
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    try:
        for path, rights in _each(grants):
            _grant(ruleset, path, rights & handled)
        for port in ports if with_net else ():
            rule = _NetPort(_CONNECT_TCP, port)
            _call(_ADD_RULE, ruleset, _NET_PORT, ctypes.byref(rule), 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _each(grants: Sequence[tuple[Iterable[Path], File]]) -> Iterator[tuple[Path, File]]:
    for paths, rights in grants:
        for path in paths:
            yield path, rights


def _grant(ruleset: int, path: Path, rights: File) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_A_FILE
        rule = _PathBeneath(int(rights), descriptor)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    """syscall(2); raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    result = int(library.syscall(ctypes.c_long(number), *given))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code) if code else errno.errorcode.get(code, "unknown"))
    return result
