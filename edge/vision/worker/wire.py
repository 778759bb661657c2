"""The pipe between the gate and its vision worker: MessagePack values, each behind its length (4 bytes).

After its task, the worker is told two things more, by single bytes: that somebody wants to see what it sees,
and that somebody is being enrolled.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from edge.errors import VisionError
from edge.support.decoding import Undecodable, msgpack_decoder, msgpack_of
from edge.vision.configuration import WorkerTask
from edge.vision.reports import WISH_LASTS, Blur, WorkerReport

MOST_BYTES = 1 << 20
_LENGTH = struct.Struct(">I")

_WISHES = {Blur.BYSTANDERS: b"b", Blur.ALL: b"a"}
ENROL = b"e"
"""Tells a worker to look at faces as an enrolment does, for a while."""


class NotAReport(VisionError):
    """The worker wrote something whole that is not a report; what comes after it can still be read."""


def encode(message: WorkerReport | WorkerTask) -> bytes:
    """`message` as bytes for the pipe."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def read_task(stream: BinaryIO) -> WorkerTask:
    """The worker's task from its standard input; raises VisionError where there is none."""
    try:
        (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
        if length > MOST_BYTES:
            raise VisionError(f"the task has {length} bytes, more than {MOST_BYTES}")
        return msgpack_of(stream.read(length), WorkerTask)
    except (struct.error, Undecodable) as error:
        raise VisionError(f"the worker's task cannot be read: {error}") from None


def wish_for(blur: Blur) -> bytes:
    """What tells a worker to send previews for a while, blurred so."""
    return _WISHES[blur]


class PreviewWish:
    """What a worker was told last of previews: told by one thread, asked by another."""

    def __init__(self) -> None:
        self._newest: tuple[float, Blur] | None = None

    def tell(self, received: bytes, now: float) -> None:
        """Take what was `received` from the gate; what is no wish changes nothing."""
        wished = {received.rfind(byte): blur for blur, byte in _WISHES.items() if byte in received}
        if wished:
            self._newest = (now, wished[max(wished)])

    def holds(self, now: float) -> Blur | None:
        """How a preview made `now` is to be blurred; None: nobody wants one."""
        newest = self._newest
        return None if newest is None or now - newest[0] > WISH_LASTS else newest[1]


class EnrolmentWish:
    """Whether somebody is being enrolled: told by one thread, asked by another."""

    def __init__(self) -> None:
        self._at: float | None = None

    def tell(self, received: bytes, now: float) -> None:
        """Take what was `received` from the gate."""
        if ENROL in received:
            self._at = now

    def holds(self, now: float) -> bool:
        """Whether frames are to be looked at so `now`."""
        return self._at is not None and now - self._at <= WISH_LASTS


class ReportDecoder:
    """Turns the bytes that a worker writes, however they are cut, into reports."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._decode = msgpack_decoder(WorkerReport)

    def feed(self, data: bytes) -> Iterator[WorkerReport | NotAReport]:
        """The reports that are whole so far, and NotAReport in the place of a message that is none.

        Raises VisionError where the next length is impossible: the child must be killed then.
        """
        self._held += data
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > MOST_BYTES:
                raise VisionError(f"the worker announced a report of {length} bytes, more than {MOST_BYTES}")
            if len(self._held) < _LENGTH.size + length:
                return
            body = bytes(self._held[_LENGTH.size : _LENGTH.size + length])
            del self._held[: _LENGTH.size + length]
            yield self._report(body)

    def _report(self, body: bytes) -> WorkerReport | NotAReport:
        try:
            report: WorkerReport = self._decode(body)
        except Undecodable as error:
            return NotAReport(f"not a report: {error}")
        return report
