"""The lines by which scanners and keypads are read: serial ones, and the kernel's input events."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
from collections.abc import Callable
from typing import Protocol

import serial

from edge.errors import DeviceError
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.core import InputEvents, Keyboard

MOST_AT_ONCE = 4096
"""Bytes that are read at once."""

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int): from then on the events come to this file only, and type nothing on a console."""

_CABLE = "plug it in; gate.toml names it by /dev/serial/by-id or /dev/input/by-id (docs/scanners.md)"
_RIGHTS = "give the gate's user the device's group, dialout or input (docs/scanners.md)"
_TAKEN = "end the program that reads it: fuser -v names it"
_REMEDIES = {
    errno.ENOENT: _CABLE,
    errno.ENODEV: _CABLE,
    errno.ENXIO: _CABLE,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EBUSY: _TAKEN,
    errno.EAGAIN: _TAKEN,
    errno.EWOULDBLOCK: _TAKEN,
}


class ScannerLine(Protocol):
    """What a scanner or keypad sends, as bytes. Used by one thread; nothing is read before `open`."""

    def open(self) -> None:
        """Reach the device. Raises DeviceError."""
        ...

    def read(self, wait: float) -> bytes:
        """What has arrived; waits for it for so many seconds at most, or not at all. Raises DeviceError."""
        ...

    def read_again(self, now: float) -> float:
        """When to read again after nothing had arrived (monotonic seconds)."""
        ...

    def stuck(self, now: float) -> str:
        """What is stuck of it, in words; empty: nothing."""
        ...

    def close(self) -> None:
        """Close the device; never raises."""
        ...


def line_of(section: ScannerSection, monotonic: Callable[[], float]) -> ScannerLine:
    """The line of a scanner that gate.toml describes, not yet open."""
    if section.kind is ScannerKind.SERIAL:
        return SerialLine(section.device, section.baud)
    return KeyboardLine(section.device, monotonic)


class SerialLine:
    """A serial line, or USB that pretends to be one; nobody else may read it meanwhile."""

    def __init__(self, device: str, baud: int) -> None:
        self._device = device
        self._baud = baud
        self._line: serial.Serial | None = None

    def open(self) -> None:
        try:
            self._line = serial.Serial(self._device, self._baud, timeout=0, exclusive=True)
        except (serial.SerialException, ValueError, OSError) as error:
            raise _failed(self._device, "cannot be opened", error) from error

    def read(self, wait: float) -> bytes:
        if self._line is None:
            raise _failed(self._device, "is not open", None)
        try:
            arrived = _arrives(self._line.fileno(), wait)
            data: bytes = self._line.read(MOST_AT_ONCE) if arrived else b""
        except (serial.SerialException, OSError) as error:
            raise _failed(self._device, "was lost", error) from error
        return data

    def read_again(self, now: float) -> float:
        return now

    def stuck(self, now: float) -> str:
        del now
        return ""

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


def grab(file: int) -> None:
    """Have the events of an input device to oneself. Raises OSError."""
    fcntl.ioctl(file, EVIOCGRAB, 1)


class KeyboardLine:
    """A keyboard of /dev/input, as the bytes that its keys type."""

    def __init__(
        self,
        device: str,
        monotonic: Callable[[], float],
        own: Callable[[int], None] = grab,
        word: int = struct.calcsize("l"),
    ) -> None:
        """`own` makes its events nobody else's; `word` is the length of the kernel's `long` in bytes."""
        self._device = device
        self._monotonic = monotonic
        self._own = own
        self._word = word
        self._file = -1
        self._events, self._keys = InputEvents(word), Keyboard()

    def open(self) -> None:
        try:
            self._file = os.open(self._device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            self._own(self._file)
        except OSError as error:
            self.close()
            raise _failed(self._device, "cannot be opened", error) from error
        self._events, self._keys = InputEvents(self._word), Keyboard()

    def read(self, wait: float) -> bytes:
        try:
            data = os.read(self._file, MOST_AT_ONCE) if _arrives(self._file, wait) else None
        except OSError as error:
            raise _failed(self._device, "was lost", error) from error
        if data == b"":
            raise _failed(self._device, "was lost", None)
        now = self._monotonic()
        return b"".join(self._keys.typed(event, now) for event in self._events.add(data or b""))

    def read_again(self, now: float) -> float:
        return now

    def stuck(self, now: float) -> str:
        keys = self._keys.stuck(now)
        return (
            f"key {', '.join(map(str, keys))} is held down: free it, or take the device off" if keys else ""
        )

    def close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


def _arrives(file: int, wait: float) -> bool:
    """Whether there is something to read within `wait` seconds: bytes, or that nothing comes any more."""
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    return bool(waiting.poll(1000.0 * wait))


def _failed(device: str, what: str, error: Exception | None) -> DeviceError:
    number = getattr(error, "errno", None)
    known = _REMEDIES.get(number) if isinstance(number, int) else None
    text = "" if error is None else f": {os.strerror(number) if isinstance(number, int) else error}"
    return DeviceError(f"the scanner {what}{text}", where=device, remedy=known or _CABLE)
