"""Calibrations as files: those that come with Gatepost, and those that a site made itself."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import msgspec

from edge.calibration.format import Calibration, CalibrationRecord
from edge.errors import ConfigurationError
from edge.support.decoding import Undecodable, json_of

_MOST_BYTES = 1 << 20


class _Formatted(msgspec.Struct):
    """What a file says of its own format; the first had none, and held everybody's calibration alone."""

    format: str = ""


def shipped_calibration(engine: str) -> Calibration | None:
    """The calibration of `engine` that comes with this version; None where it was never measured."""
    file = files("edge.calibration.shipped").joinpath(f"{engine}.json")
    return _record_of(file.read_bytes()).for_gates() if file.is_file() else None


def calibration_in_force(engine: str, own: Iterable[Calibration]) -> Calibration | None:
    """The site's own calibration of `engine`, else the one that comes with this version; None: neither."""
    made = next((calibration for calibration in own if calibration.engine == engine), None)
    return made or shipped_calibration(engine)


def read_calibration(path: Path) -> Calibration:
    """What `path` has for the gates; raises ConfigurationError that names the file and the key."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ConfigurationError("is too large to be a calibration", where=str(path))
        return _record_of(data).for_gates()
    except (OSError, Undecodable) as error:
        raise ConfigurationError(
            f"not a calibration: {error}", where=str(path), remedy="make one: gatepost faces calibrate"
        ) from None


def calibration_text(record: CalibrationRecord) -> bytes:
    """The file of `record`: JSON that a person can read and a version control can compare."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def _record_of(data: bytes) -> CalibrationRecord:
    """What a file holds; raises Undecodable."""
    if json_of(data, _Formatted).format:
        return json_of(data, CalibrationRecord)
    return CalibrationRecord(everybody=json_of(data, Calibration))
