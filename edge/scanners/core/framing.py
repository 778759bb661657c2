"""Cuts what a scanner sends into codes; what is no code is said, and costs nothing of the next one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from edge.support.due import NEVER
from edge.support.foreign_text import of_a_code
from edge.vision.reports import MAX_CODE_CHARACTERS

MOST_BYTES = 4 * MAX_CODE_CHARACTERS
"""Bytes between two ends; more are no code that exists."""

WITHIN = 1.0
"""Seconds of silence after which half a code will not be whole: at 1,200 baud a byte takes 8 ms."""
SILENCE = 0.1
"""Seconds of silence that end a code where nothing else does."""


class End(StrEnum):
    """What ends a code."""

    LINE = "line"  # CR, LF, or both
    TAB = "tab"
    ETX = "etx"  # the control character 03
    SILENCE = "silence"  # a tenth of a second in which nothing comes


_ENDS = {
    End.LINE: re.compile(rb"[\r\n]"),
    End.TAB: re.compile(rb"\t"),
    End.ETX: re.compile(rb"\x03"),
    End.SILENCE: re.compile(rb"(?!)"),
}

_NO_TEXT = re.compile(rb"[\x01-\x03\x05-\x08\x0b\x0c\x0e-\x1b\x7f]")
"""Control characters that no code carries; GS and its kin, which GS1 codes have, are none of them."""


class Noise(StrEnum):
    """What is wrong with what came; each says what to do."""

    HALF = "half a code, then silence: let the scanner send CR after each code"
    ENDLESS = f"more than {MOST_BYTES} bytes without an end: let the scanner send CR after each code"
    NUL = "NUL bytes within a code: check the cable and the baud rate"
    NO_TEXT = "bytes that are no text: check the baud rate and the parity"
    NO_PREFIX = "a code without the prefix that gate.toml names"
    NO_SUFFIX = "a code without the suffix that gate.toml names"


@dataclass(frozen=True)
class Code:
    """The text of a code, at most MAX_CODE_CHARACTERS of it, and its true length."""

    text: str
    length: int


@dataclass(frozen=True)
class FrameShape:
    """How codes come: what ends them, what stands before and after each, and what is sent between them."""

    end: End = End.LINE
    prefix: bytes = b""
    suffix: bytes = b""
    ignored: frozenset[bytes] = frozenset()


def code_in(frame: bytes, shape: FrameShape) -> Code | Noise | None:
    """The code in what stood between two ends; None where nothing did.

    A prefix that is a control character marks a beginning wherever it stands: what came before it is half of
    another code. Any other may be part of a code.
    """
    frame = frame.strip(b"\0")
    if not frame or frame in shape.ignored:
        return None
    prefix, suffix = shape.prefix, shape.suffix
    if prefix and prefix[0] < 0x20:
        frame = frame[max(0, frame.rfind(prefix)) :]
    if not frame.startswith(prefix):
        return Noise.NO_PREFIX
    inner = frame.removeprefix(prefix)
    if not inner.endswith(suffix):
        return Noise.NO_SUFFIX
    inner = inner.removesuffix(suffix)
    if inner in shape.ignored or not inner:
        return None
    if b"\0" in inner:
        return Noise.NUL
    text = None if _NO_TEXT.search(inner) else of_a_code(inner)
    return Noise.NO_TEXT if text is None else Code(text[:MAX_CODE_CHARACTERS], len(text))


class Frames:
    """What one scanner sends, as codes, however it is cut on its way. Times are monotonic seconds."""

    def __init__(self, shape: FrameShape) -> None:
        self._shape = shape
        self._end = _ENDS[shape.end]
        self._within = SILENCE if shape.end is End.SILENCE else WITHIN
        self._rest = bytearray()
        self._endless = False
        self._last = 0.0

    def add(self, data: bytes, now: float) -> list[Code | Noise]:
        """The codes that `data` completes, and what is no code."""
        found = self.expired(now)
        *ended, begun = self._end.split(data)
        for piece in ended:
            found += self._grown(piece)
            found += self._ended()
        found += self._grown(begun)
        self._last = now
        return found

    def expired(self, now: float) -> list[Code | Noise]:
        """What the silence since the last byte has made of the bytes that wait for an end."""
        if now < self.due():
            return []
        if self._shape.end is End.SILENCE:
            return self._ended()
        said = [] if self._endless or not self._rest.strip(b"\0") else [Noise.HALF]
        self.clear()
        return [*said]

    def due(self) -> float:
        """When silence says something; infinity while no bytes wait."""
        return self._last + self._within if self._rest else NEVER

    def clear(self) -> None:
        """Forget what waits for its end."""
        self._rest.clear()
        self._endless = False

    def _grown(self, piece: bytes) -> list[Code | Noise]:
        """Keep `piece`; what is too much is said once and dropped up to the next end."""
        room = MOST_BYTES - len(self._rest)
        self._rest += piece[:room]
        if len(piece) <= room or self._endless:
            return []
        self._endless = True
        return [Noise.ENDLESS]

    def _ended(self) -> list[Code | Noise]:
        frame, endless = bytes(self._rest), self._endless
        self.clear()
        found = None if endless else code_in(frame, self._shape)
        return [] if found is None else [found]
