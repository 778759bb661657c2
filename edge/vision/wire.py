"""How the gate and its vision worker talk: MessagePack values, each behind its length in four bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from edge.errors import VisionError
from edge.support.decoding import Undecodable, msgpack_decoder, msgpack_of
from edge.vision.configuration import WorkerTask
from edge.vision.sighting import Report

MOST_BYTES = 1 << 20
_LENGTH = struct.Struct(">I")


def encode(message: Report | WorkerTask) -> bytes:
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def read_task(stream: BinaryIO) -> WorkerTask:
    """The worker's task from its standard input; raises VisionError where it is none."""
    try:
        (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
        if length > MOST_BYTES:
            raise VisionError(f"a task of {length} bytes")
        return msgpack_of(stream.read(length), WorkerTask)
    except (struct.error, Undecodable) as error:
        raise VisionError(f"the worker was given no task: {error}") from None


class ReportDecoder:
    """Turns the bytes that a worker writes, however they are cut, into reports."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._decode = msgpack_decoder(Report)

    def feed(self, data: bytes) -> Iterator[Report]:
        """The reports that are whole now; raises VisionError for what is none: the child is to be killed."""
        self._held += data
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > MOST_BYTES:
                raise VisionError(f"the worker announced a report of {length} bytes")
            if len(self._held) < _LENGTH.size + length:
                return
            body = bytes(self._held[_LENGTH.size : _LENGTH.size + length])
            del self._held[: _LENGTH.size + length]
            try:
                yield self._decode(body)
            except Undecodable as error:
                raise VisionError(f"the worker wrote what is no report: {error}") from None
