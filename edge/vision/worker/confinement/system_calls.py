"""seccomp: the system calls that a process gives up (seccomp(2)), by libseccomp, which knows their numbers.

A list of what is refused, not of what is allowed: OpenCV, FFmpeg, libcamera and two Pythons on two
architectures use more calls than anyone can name, and a gate that goes blind after an update is no safer.
Landlock refuses what a list could forget: every file, device and port that was not named.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

_LIBRARY = "libseccomp.so.2"
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_ACT_BAD_ARCHITECTURE, _ALL_THREADS = 2, 4
_UNKNOWN = -1


class _Compare(IntEnum):
    """`enum scmp_compare` of seccomp_rule_add(3)."""

    DIFFERS = 1
    EQUALS = 4
    GREATER = 6
    MASKED = 7


class _Argument(ctypes.Structure):
    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class _When:
    """A condition on one argument of a call."""

    argument: int
    compare: _Compare
    first: int
    second: int = 0


_CLONE_THREAD = 0x00010000
_ALWAYS = (
    # another program, another process
    "execve", "execveat", "fork", "vfork",
    # other processes' memory, descriptors, priorities
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp",
    "pidfd_open", "pidfd_getfd",
    "pidfd_send_signal", "tkill", "setpriority", "sched_setscheduler", "sched_setparam", "sched_setattr",
    "sched_setaffinity",
    "ioprio_set", "migrate_pages", "move_pages",
    # what may be done to files without opening them, which Landlock does not refuse
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "setxattr",
    "lsetxattr", "fsetxattr", "setxattrat",
    "removexattr", "lremovexattr", "fremovexattr", "utime", "utimes", "utimensat", "futimesat",
    "file_setattr",
    # the same again where a kernel has no Landlock
    "creat", "truncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir",
    "mkdirat", "mknod", "mknodat",
    "link", "linkat", "symlink", "symlinkat", "name_to_handle_at", "open_by_handle_at",
    # name spaces and mounts
    "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount", "open_tree", "fsopen",
    "fsmount", "fsconfig", "fspick",
    "mount_setattr",
    # parts of the kernel that have been ways out before
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "add_key", "request_key",
    "keyctl", "fanotify_init", "fanotify_mark", "personality",
    # messages by other ways than the pipe
    "shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "semget", "semop", "mq_open", "mq_unlink",
    "bind", "listen", "accept", "accept4",
    # the computer, and users
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon",
    "swapoff", "acct", "quotactl",
    "syslog", "sethostname", "setdomainname", "vhangup", "iopl", "ioperm", "settimeofday", "clock_settime",
    "clock_adjtime", "adjtimex",
    "stime", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
    "setgroups", "capset",
)  # fmt: skip
_TELL_A_PROCESS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_OWNERSHIP_OF_A_DESCRIPTOR = (8, 10, 15)
"""F_SETOWN, F_SETSIG and F_SETOWN_EX of fcntl(2): they send a signal to any process, by a detour."""
_FIOSETOWN, _SIOCSPGRP, _TIOCSTI = 0x8901, 0x8902, 0x5412
_O_TMPFILE = 0o20000000
_FAMILIES = range(int(socket.AF_INET6) + 1)


def libseccomp() -> ctypes.CDLL | None:
    """The library; None where it is not installed."""
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    library.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Argument),
    ]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    return library


def refuse(families: Iterable[socket.AddressFamily], *, datagrams: bool) -> bool:
    """Give up, for every thread of this process, the calls that a worker has no need of.

    Sockets of `families` stay allowed; `datagrams` says whether UDP does. False where libseccomp is not
    installed; raises OSError where the kernel refuses. Needs no_new_privs.
    """
    library = libseccomp()
    if library is None:
        return False
    context = library.seccomp_init(_ALLOW)
    if not context:
        raise OSError(errno.ENOMEM, "seccomp_init")
    try:
        for attribute, value in ((_ACT_BAD_ARCHITECTURE, _KILL_PROCESS), (_ALL_THREADS, 1)):
            _succeeded(library.seccomp_attr_set(context, attribute, value))
        for name, code, when in _rules(frozenset(families), datagrams=datagrams):
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number != _UNKNOWN:  # an older library does not know the newest calls
                _add(library, context, number, code, when)
        _succeeded(library.seccomp_load(context))
    finally:
        library.seccomp_release(context)
    return True


def _rules(
    families: frozenset[socket.AddressFamily], *, datagrams: bool
) -> Iterator[tuple[str, int, _When | None]]:
    """Which call fails, with which error, under which condition (None: always)."""
    for name in _ALWAYS:
        yield name, errno.EPERM, None
    # Threads are made by clone; clone3 hides its flags from a filter, and the C library does without it.
    yield "clone3", errno.ENOSYS, None
    yield "clone", errno.EPERM, _When(0, _Compare.MASKED, _CLONE_THREAD, 0)
    for name in _TELL_A_PROCESS:  # abort(3) sends one to itself
        yield name, errno.EPERM, _When(0, _Compare.DIFFERS, os.getpid())
    yield "prlimit64", errno.EPERM, _When(0, _Compare.DIFFERS, 0)
    for command in _OWNERSHIP_OF_A_DESCRIPTOR:
        yield "fcntl", errno.EPERM, _When(1, _Compare.EQUALS, command)
    for request in (_FIOSETOWN, _SIOCSPGRP, _TIOCSTI):
        yield "ioctl", errno.EPERM, _When(1, _Compare.EQUALS, request)
    # Its flags lie in memory, where a filter cannot look; the C library does without it.
    yield "openat2", errno.ENOSYS, None
    for flag in (os.O_CREAT, os.O_TRUNC, _O_TMPFILE):
        yield "open", errno.EPERM, _When(1, _Compare.MASKED, flag, flag)
        yield "openat", errno.EPERM, _When(2, _Compare.MASKED, flag, flag)
    yield from _socket_rules(families, datagrams=datagrams)


def _socket_rules(
    families: frozenset[socket.AddressFamily], *, datagrams: bool
) -> Iterator[tuple[str, int, _When | None]]:
    yield "socketpair", errno.EPERM, None
    if not families:
        yield "socket", errno.EPERM, None
        yield "connect", errno.EPERM, None
        return
    for family in _FAMILIES:
        if family not in families:
            yield "socket", errno.EAFNOSUPPORT, _When(0, _Compare.EQUALS, family)
    yield "socket", errno.EAFNOSUPPORT, _When(0, _Compare.GREATER, _FAMILIES[-1])
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        if kind is not socket.SOCK_DGRAM or not datagrams:
            yield "socket", errno.EPERM, _When(1, _Compare.MASKED, 0xF, int(kind))


def _add(library: ctypes.CDLL, context: int, number: int, code: int, when: _When | None) -> None:
    conditions = [] if when is None else [_Argument(when.argument, when.compare, when.first, when.second)]
    array = (_Argument * 1)(*conditions)
    _succeeded(library.seccomp_rule_add_array(context, _ERRNO | code, number, len(conditions), array))


def _succeeded(result: int) -> None:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
