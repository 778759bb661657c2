"""The `[lane]` table of gate.toml, and which way people pass."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from edge.support.toml import load_toml

_Kind = TypeVar("_Kind")

BoardName = Annotated[
    str, Meta(pattern=r"\A\S[^\r\n]*\Z", description="a shipped board's name, or the path of a board file")
]


class LaneDirection(StrEnum):
    """Which way people pass the gate. `both`: decided as an entry, let through either way; beams, where there
    are any, show which way somebody went.
    """

    ENTRY = "entry"
    EXIT = "exit"
    BOTH = "both"


class PinKind(StrEnum):
    """What drives the lane's lines."""

    GPIO = "gpio"
    SIMULATED = "simulated"


class LaneSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`board` is the name of a shipped board file or the path of one; its times are in that file."""

    board: BoardName = "simulated"
    pins: PinKind = PinKind.SIMULATED


def beside(lane: LaneSection, folder: Path) -> LaneSection:
    """The section with a board file's path relative to `folder`; a bare name is a shipped board."""
    is_file = lane.board.endswith(".toml") or "/" in lane.board
    return replace(lane, board=str(folder / lane.board)) if is_file else lane


class LaneAlone(msgspec.Struct, frozen=True):
    """What of gate.toml brings a lane to rest. The rest of the file may be wrong, and nobody waits for it."""

    lane: LaneSection = LaneSection()
    gate: dict[str, Any] = {}


def load_lane(path: Path) -> LaneAlone:
    """Read the lane's table of gate.toml and no other; a board file's path is taken from its own folder.

    Raises ConfigurationError that names the file, the key and what to do.
    """
    alone = load_gate_file(path, LaneAlone)
    return replace(alone, lane=beside(alone.lane, path.resolve().parent))


def load_gate_file(path: Path, kind: type[_Kind]) -> _Kind:
    """Read gate.toml as a `kind`. Raises ConfigurationError that names the file, the key and what to do."""
    missing = "name another with --config, or make one: gatepost site init FOLDER"
    return load_toml(path, kind, "docs/configuration.md lists every key", missing=missing)
