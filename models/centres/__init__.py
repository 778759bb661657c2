"""What each network's outputs have in common, measured once and shipped: 128 numbers, nobody's face.

A mean over hundreds of people; `python tests/bench/make_centre.py` makes it. It belongs to the engine's
version in every template: another centre is another version.
"""

from __future__ import annotations

from importlib.resources import files

import msgspec

from models.errors import ModelError


class Centre(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mean of the unit vectors of `people` (each person's mean counts once), measured on `source`."""

    model: str
    source: str
    people: int
    values: tuple[float, ...]


def centre_of(name: str) -> tuple[float, ...]:
    """The centre of the model called `name`; raises ModelError where none was measured."""
    file = files("models.centres").joinpath(f"{name}.json")
    if not file.is_file():
        raise ModelError(f"no centre of {name!r} was measured", remedy="python tests/bench/make_centre.py")
    return msgspec.json.decode(file.read_bytes(), type=Centre).values
