"""What an installer has answered: the file of `gatepost setup --answers`, and of the last conversation."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.configuration import Listen
from edge.lane.configuration import BoardName, LaneDirection, PinKind
from edge.prompts.texts import Language
from edge.scanners.configuration import Scanners
from edge.support.names import Identifier, IdentifierOrNone
from edge.thermometry.configuration import ThermometerSection
from edge.vision.configuration import Camera, FaceEngineName

Place = Annotated[
    str, Meta(pattern=r"\A[^\s\x00-\x1f][^\x00-\x1f]*\Z", max_length=1024, description="a path, in quotes")
]


class Trials(StrEnum):
    """What is tried without anybody to watch."""

    NONE = "none"
    STILL = "still"  # what moves nothing: camera, scanners, thermometer
    ALL = "all"  # lamps, buzzer and barrier, too


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is set is not asked; what is not keeps its present value, or takes the one that was found.

    `installer` is the name under which trials stand in the journal. `site` is the folder or the file that the
    site's administration left for this gate, `gate` which of its gates this is. `scanner` names all of them:
    an empty list is none. `screen` says whether people read one, `console` where the staff's pages answer.
    `seen` says what somebody saw of a trial (`lamp_green = true`), by its name.
    `start` enables and starts the services, `stop_gate` allows to stop a gate that runs, for its trials.
    """

    installer: Identifier = "installer"
    site: Place | None = None
    gate: IdentifierOrNone = ""
    direction: LaneDirection | None = None
    language: Language | None = None
    board: BoardName | None = None
    pins: PinKind | None = None
    camera: Camera | None = None
    faces: FaceEngineName | None = None
    scanner: Scanners | None = None
    thermometer: ThermometerSection | None = None
    voice: Place | None = None
    screen: bool | None = None
    console: Listen | None = None
    trials: Trials = Trials.STILL
    seen: Annotated[dict[str, bool], Meta(max_length=64)] = {}
    stop_gate: bool = False
    start: bool = True
