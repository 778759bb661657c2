"""The steps of a setup, in their order: each can be taken alone."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """What is asked and tried together."""

    SITE = "site"
    BOARD = "board"
    CAMERA = "camera"
    SCANNER = "scanner"
    THERMOMETER = "thermometer"
    VOICE = "voice"
    CONSOLE = "console"
    START = "start"


ABOUT = {
    Step.SITE: "whose gate this is: its keys and its registry",
    Step.BOARD: "relays, lamps and inputs",
    Step.CAMERA: "what looks at people",
    Step.SCANNER: "code scanners and keypads",
    Step.THERMOMETER: "what measures temperatures",
    Step.VOICE: "what people hear",
    Step.CONSOLE: "the pages of the staff: who reaches them, and their certificate",
    Step.START: "write the configuration, check the gate and start it",
}
