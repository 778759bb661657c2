"""What setup decides of a gate: the part of gate.toml that it asks for."""

from __future__ import annotations

import msgspec

from edge.configuration import ConsoleSection, GateConfiguration, Listen
from edge.lane.configuration import BoardName, LaneDirection, PinKind
from edge.prompts.texts import Language
from edge.scanners.configuration import Scanners
from edge.support.addresses import without_password
from edge.support.names import IdentifierOrNone
from edge.thermometry.configuration import ThermometerSection
from edge.vision.configuration import Camera, FaceEngineName, VisionConfiguration


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The choices, as far as they were made; no path in it is relative. An empty `voice` is a mute gate."""

    site: IdentifierOrNone = ""
    gate: IdentifierOrNone = ""
    direction: LaneDirection = LaneDirection.ENTRY
    language: Language = "zh"
    board: BoardName = "simulated"
    pins: PinKind = PinKind.SIMULATED
    camera: Camera = VisionConfiguration().camera
    faces: FaceEngineName = FaceEngineName.SFACE
    scanner: Scanners = ()
    thermometer: ThermometerSection = ThermometerSection()
    voice: str = ""
    screen: bool = False
    device: IdentifierOrNone = ""
    console: Listen = ConsoleSection().listen


def summary(draft: Draft) -> tuple[str, ...]:
    """The choices for people, a line each."""
    scanners = ", ".join(f"{one.name} ({one.kind.value}, {one.device})" for one in draft.scanner)
    screen = "for people" if draft.screen else "none"
    return (
        f"gate {draft.gate} of site {draft.site}, {draft.direction.value}, prompts in {draft.language}",
        f"board {draft.board}, pins {draft.pins.value}",
        f"camera {without_password(draft.camera)}, scanners {scanners or 'none'}",
        f"thermometer {draft.thermometer.kind.value}, voice {draft.voice or 'none'}, screen {screen}",
        f"staff's pages at {draft.console}",
    )


def draft_of(configuration: GateConfiguration) -> Draft:
    """The choices that a gate.toml has made."""
    gate, vision, lane = configuration.gate, configuration.vision, configuration.lane
    voice = configuration.prompts.voice
    return Draft(
        site=gate.site,
        gate=gate.id,
        direction=gate.direction,
        language=gate.language,
        board=lane.board,
        pins=lane.pins,
        camera=vision.camera,
        faces=vision.faces,
        scanner=configuration.scanner,
        thermometer=configuration.thermometer,
        device=gate.device,
        voice="" if voice is None else str(voice),
        screen=configuration.prompts.screen,
        console=configuration.console.listen,
    )
