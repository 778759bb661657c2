"""The sealing keys of a site's gates: each gate's folder has its own, the site's keys have the public halves.

A template key that is exchanged is sealed to each of them. Whose half is gone from the keys gets no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edge.registry.gate_keys import SEALING_KEY
from edge.registry.keys import make_sealing_key, read_public_sealing_key, read_sealing_key
from edge.support.files import make_folder, read_bounded, write_aside

_HALVES = Path("keys/gates")
_MOST_BYTES = 1024


def give_sealing_key(site: Path, gate: str, *, anew: bool = False) -> bool:
    """See that the folder of `gate` has a sealing key, another one where `anew`; whether one was made.

    Raises RegistryError.
    """
    path = site / "gates" / gate / SEALING_KEY
    if anew:
        path.unlink(missing_ok=True)
    made = not path.exists()
    key = make_sealing_key(path) if made else read_sealing_key(path)
    half = site / _HALVES / f"{gate}.pub"
    data = key.public_key().public_bytes_raw().hex().encode() + b"\n"
    if not half.exists() or read_bounded(half, _MOST_BYTES) != data:
        make_folder(half.parent)
        write_aside(half, data)
    return made


def sealing_keys_of(site: Path) -> Mapping[str, bytes]:
    """The public half of each gate's sealing key, by gate. Raises RegistryError."""
    halves = sorted((site / _HALVES).glob("*.pub"))
    return {path.stem: read_public_sealing_key(path) for path in halves}
