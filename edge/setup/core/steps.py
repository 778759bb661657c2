"""The steps of a setup, in their order: each can be taken alone."""

from __future__ import annotations

from enum import StrEnum


class SetupStep(StrEnum):
    """What is asked and tried together."""

    SITE = "site"
    BOARD = "board"
    CAMERA = "camera"
    SCANNER = "scanner"
    THERMOMETER = "thermometer"
    VOICE = "voice"
    SCREEN = "screen"
    CONSOLE = "console"
    START = "start"


ABOUT = {
    SetupStep.SITE: "whose gate this is: its keys and its registry",
    SetupStep.BOARD: "relays, lamps and inputs",
    SetupStep.CAMERA: "what looks at people",
    SetupStep.SCANNER: "code scanners and keypads",
    SetupStep.THERMOMETER: "what measures temperatures",
    SetupStep.VOICE: "what people hear",
    SetupStep.SCREEN: "what people read",
    SetupStep.CONSOLE: "the pages of the staff: who reaches them, and their certificate",
    SetupStep.START: "write the configuration, check the gate and start it",
}
