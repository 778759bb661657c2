"""What of a net's inner numbers shows that a face is covered: weights fitted once and shipped, nobody's face.

`python tests/bench/make_covers.py` fits them.
"""

from __future__ import annotations

from importlib.resources import files

import msgspec

from models.errors import ModelError


class Covers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For each cover the weights of `model`'s inner numbers, and what is added; fitted on `source`."""

    model: str
    source: str
    weights: dict[str, tuple[float, ...]]
    added: dict[str, float]


def covers_of(name: str) -> Covers:
    """The weights for the model called `name`; raises ModelError where none were fitted."""
    file = files("models.covers").joinpath(f"{name}.json")
    if not file.is_file():
        raise ModelError(f"no covers were fitted for {name!r}", remedy="python tests/bench/make_covers.py")
    return msgspec.json.decode(file.read_bytes(), type=Covers)
