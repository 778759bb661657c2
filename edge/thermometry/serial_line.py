"""Reads a thermometer on a serial line or USB: one line of text a measurement.

Gatepost's own format has every value and a checksum (docs/temperature.md):

    GP1 36.52 24.10 85 *0E      object °C, ambient °C or -, distance mm or -, XOR of all bytes before " *"

Lines of other modules are read where they are unambiguous: `T=36.52 A=24.1 D=85mm`, `TO:36.52,TA:24.10`,
`36.5 C`. An ambiguous line is not a measurement; nothing is guessed.
"""

from __future__ import annotations

import re
from functools import reduce
from time import monotonic

import serial

from edge.errors import DeviceError
from edge.thermometry.thermometer import RawTemperature

MOST_LINE = 96
"""Bytes of a line; a longer one is noise."""

_TIMEOUT = 2.0
"""Seconds within which a measurement has to come."""

_MOST_AT_ONCE = 4096

_OWN = re.compile(r"GP1 (-?\d{1,3}\.\d{1,2}) (-|-?\d{1,3}\.\d{1,2}) (-|\d{1,5}) \*([0-9A-F]{2})")
_NUMBER = r"\s*[:=]?\s*(-?\d{1,3}(?:\.\d{1,3})?)(?![\d.])"
_UNIT = r"\s*(?:°|º|deg)?\s*C?(?![A-Za-z])"
_OBJECT = re.compile(rf"(?<![A-Za-z])(?:TO|TOBJ|OBJ|OBJECT|BODY|TEMP|T){_NUMBER}{_UNIT}", re.IGNORECASE)
_AMBIENT = re.compile(rf"(?<![A-Za-z])(?:TA|TAMB|AMB|AMBIENT|ENV|A){_NUMBER}{_UNIT}", re.IGNORECASE)
_DISTANCE = re.compile(r"(?<![A-Za-z])(?:D|DIST|DISTANCE)\s*[:=]?\s*(\d{1,5})\s*(mm|cm)?\b", re.IGNORECASE)
_BARE = re.compile(rf"(-?\d{{1,3}}\.\d{{1,3}}){_UNIT}", re.IGNORECASE)
_RANGE = (-40.0, 125.0)


def parse_line(line: bytes) -> RawTemperature | None:
    """The measurement in one line (without its end); None where it is not one."""
    if len(line) > MOST_LINE:
        return None
    try:
        text = line.decode().strip()
    except UnicodeDecodeError:
        text = line.decode("latin-1").strip()  # a degree sign in one byte
    found = _own(text) if text.startswith("GP") else _others(text)
    within = found is not None and all(
        value is None or _RANGE[0] <= value <= _RANGE[1] for value in (found.celsius, found.ambient)
    )
    return found if within else None


def checksum(text: str) -> str:
    """XOR of the bytes, as two hexadecimal digits."""
    return f"{reduce(lambda code, byte: code ^ byte, text.encode(), 0):02X}"


def _own(text: str) -> RawTemperature | None:
    match = _OWN.fullmatch(text)
    if match is None or checksum(text.rpartition(" *")[0]) != match[4]:
        return None
    celsius, ambient, distance = (None if part == "-" else float(part) for part in match.groups()[:3])
    return None if celsius is None else RawTemperature(celsius, ambient, distance)


def _others(text: str) -> RawTemperature | None:
    bare = _BARE.fullmatch(text)
    if bare is not None:
        return RawTemperature(float(bare[1]))
    objects = _OBJECT.findall(text)
    if len(objects) != 1:
        return None  # none, or ambiguous
    ambient, distance = _AMBIENT.search(text), _DISTANCE.search(text)
    return RawTemperature(
        float(objects[0]),
        None if ambient is None else float(ambient[1]),
        None if distance is None else float(distance[1]) * (10.0 if distance[2] in {"cm", "CM"} else 1.0),
    )


class Lines:
    """Splits what arrives into lines. The part before the first line end is incomplete and dropped."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = True
        self.dropped = 0

    def add(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their ends; too long ones are dropped."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = []
        for line in whole:
            if self._skipping or len(line) > MOST_LINE + 1:
                self.dropped += bool(line)
            else:
                lines.append(line.rstrip(b"\r"))
            self._skipping = False
        if len(self._rest) > MOST_LINE + 1:
            self._rest, self._skipping = b"", True
            self.dropped += 1
        return [line for line in lines if line]


class SerialThermometer:
    """One device at `port`. Of several lines that wait the newest counts; the others are older."""

    def __init__(self, port: str, baud: int) -> None:
        self._port = port
        self._baud = baud
        self._line: serial.Serial | None = None
        self._lines = Lines()

    @property
    def name(self) -> str:
        return f"serial thermometer at {self._port}"

    def open(self) -> None:
        try:
            self._line = serial.Serial(self._port, self._baud, timeout=0.2, exclusive=True)
        except (serial.SerialException, ValueError, OSError) as error:
            raise self._failed(f"cannot be opened: {error}") from error
        self._lines = Lines()

    def read(self) -> RawTemperature:
        ends, found, strange, noise = monotonic() + _TIMEOUT, None, 0, b""
        while found is None and monotonic() < ends:
            for line in self._lines.add(self._arrived()):
                parsed = parse_line(line)
                found = parsed or found
                if parsed is None:
                    strange, noise = strange + 1, line
        if found is not None:
            return found
        if strange or self._lines.dropped:
            what = f"{strange} lines such as {noise[:24]!r}" if strange else "bytes without an end of line"
            raise self._failed(f"sends something that is not a measurement: {what}")
        raise self._failed("sends nothing")

    def _arrived(self) -> bytes:
        """The bytes that have arrived; waits up to 0.2 s for the first."""
        if self._line is None:
            raise self._failed("is not open")
        try:
            data: bytes = self._line.read(min(self._line.in_waiting, _MOST_AT_ONCE) or 1)
        except (serial.SerialException, OSError) as error:
            raise self._failed(f"was lost: {error}") from error
        return data

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _failed(self, what: str) -> DeviceError:
        return DeviceError(
            f"the thermometer {what}",
            where=self._port,
            remedy="check thermometer.port and thermometer.baud; see docs/temperature.md",
        )
