"""A scanner that is played: a serial line at a path, on which a person or a program sends codes."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import DeviceError

Send = Callable[[bytes], None]

_END = b"\r\n"


@contextmanager
def played_scanner(path: Path) -> Iterator[tuple[Send, Callable[[], int]]]:
    """A pseudo-terminal whose near end lies at `path` meanwhile: what sends a code, and what says how many
    bytes nobody has read yet. Raises DeviceError where something else lies there.
    """
    far, near = os.openpty()
    try:
        tty.setraw(near)
        try:
            path.symlink_to(os.ttyname(near))
        except OSError as error:
            text = error.strerror or str(error)
            raise DeviceError(
                f"no line can be made: {text}", where=str(path), remedy="name another"
            ) from None
        try:
            yield (lambda code: _write(far, code + _END)), (lambda: _unread(near))
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(far)
        os.close(near)


def _write(far: int, data: bytes) -> None:
    """Write all of it; waits while the line is full."""
    while data:
        data = data[os.write(far, data) :]


def _unread(near: int) -> int:
    # The kernel carries what was written over by a task of its own; a poll waits for that, FIONREAD does not.
    select.select([near], [], [], 0)
    counted: int = struct.unpack("i", fcntl.ioctl(near, termios.FIONREAD, struct.pack("i", 0)))[0]
    return counted
