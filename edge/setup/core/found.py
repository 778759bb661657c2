"""What was found on the computer that is set up: values, whoever looked for them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.boards.format import Computer
from edge.lane.configuration import LaneDirection


class CameraFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A camera: the `source` that gate.toml names it by, what it is called, and why it cannot be had."""

    source: str
    name: str
    problem: str = ""


class ChipFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A GPIO chip of the kernel's, its label, and how many lines it has."""

    path: str
    label: str
    lines: int


class DeviceKind(StrEnum):
    SERIAL = "serial"  # a serial line, or what is one on USB
    KEYS = "keys"  # types like a keyboard


class ReaderFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be a scanner or a keypad: the name that udev keeps for it."""

    device: str
    kind: DeviceKind
    name: str


class I2cFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What answers on an I²C bus; `what` says what usually has this address, empty: not known."""

    bus: int
    address: int
    what: str = ""


class GateOffered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gate: str
    direction: LaneDirection = LaneDirection.ENTRY


class SiteFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a site's administration left for its gates in the folder `place`."""

    place: str
    site: str
    gates: tuple[GateOffered, ...]


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. `computers` are those whose header is on a chip that is there; `notes` say what could not be
    looked at, and what to do about it.
    """

    model: str = ""
    hat: str = ""
    computers: tuple[Computer, ...] = ()
    chips: tuple[ChipFound, ...] = ()
    cameras: tuple[CameraFound, ...] = ()
    readers: tuple[ReaderFound, ...] = ()
    i2c: tuple[I2cFound, ...] = ()
    sounds: tuple[str, ...] = ()
    sites: tuple[SiteFound, ...] = ()
    boards: tuple[BoardKnown, ...] = ()
    notes: tuple[str, ...] = ()


class BoardKnown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A board file: its name, the computer that it is for, and what it says of itself."""

    name: str
    computer: Computer
    about: str = ""
