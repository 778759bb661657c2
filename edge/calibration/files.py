"""Calibrations as files: those that come with Gatepost, and those that a site made itself."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import msgspec

from edge.calibration.core import Calibration
from edge.errors import ConfigurationError
from edge.support.decoding import Undecodable, json_of

_MOST_BYTES = 1 << 20


def shipped_calibration(engine: str) -> Calibration | None:
    """The calibration of `engine` that comes with this version; None where it was never measured."""
    file = files("edge.calibration.shipped").joinpath(f"{engine}.json")
    return json_of(file.read_bytes(), Calibration) if file.is_file() else None


def calibration_in_force(engine: str, own: Iterable[Calibration]) -> Calibration | None:
    """The site's own calibration of `engine`, else the one that comes with this version; None: neither."""
    made = next((calibration for calibration in own if calibration.engine == engine), None)
    return made or shipped_calibration(engine)


def read_calibration(path: Path) -> Calibration:
    """The calibration in `path`; raises ConfigurationError that names the file and the key."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ConfigurationError("is too large to be a calibration", where=str(path))
        return json_of(data, Calibration)
    except (OSError, Undecodable) as error:
        raise ConfigurationError(
            f"not a calibration: {error}", where=str(path), remedy="make one: gatepost faces calibrate"
        ) from None


def calibration_text(calibration: Calibration) -> bytes:
    """The file of `calibration`: JSON that a person can read and a version control can compare."""
    return msgspec.json.format(msgspec.json.encode(calibration), indent=1) + b"\n"
