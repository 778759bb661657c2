"""What is tried on a gate that is set up, and what a "no" means."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.boards.format import RELAYS, Board, Output, OutputName
from edge.lane.machine import TRIED


class TrialKind(StrEnum):
    """A trial by its kind; `output` and `inputs` need the lane, the others what they are called by."""

    OUTPUT = "output"
    INPUTS = "inputs"
    CAMERA = "camera"
    SCANNER = "scanner"
    THERMOMETER = "thermometer"
    VOICE = "voice"


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One trial. `what` is the output or the scanner that is meant, `question` what a person is asked after
    it (empty: it is judged by itself), `remedy` what to do after a "no".
    """

    kind: TrialKind
    what: str = ""
    before: str = ""
    question: str = ""
    remedy: str = ""

    @property
    def name(self) -> str:
        """Its name in the file of answers and in what is said of it."""
        return self.what or self.kind.value

    @property
    def moves(self) -> bool:
        """Whether something lights, sounds or moves by it."""
        return self.kind in {TrialKind.OUTPUT, TrialKind.VOICE}


class TrialOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a trial came out. `seen` is what a person said of it; None: nobody was asked. `said` is what was
    measured, a line a figure.
    """

    trial: str
    good: bool
    said: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""
    seen: bool | None = None

    @property
    def passed(self) -> bool:
        return self.good and self.seen is not False


_NO_MOVEMENT = (
    "no click: wrong pin, or the relay board has no 5 V; a click and no movement: the contact, or the "
    "barrier's own input; it moves the other way: NO and NC are exchanged. docs/wiring.md"
)


def output_trials(board: Board) -> tuple[Trial, ...]:
    """The outputs that are tried, the barrier last: it is moved through the lane, never relay by relay."""
    outputs = board.outputs
    found = [_lamp(name, outputs[name]) for name in OutputName if name in outputs and name in TRIED]
    if OutputName.RELAY_OPEN in outputs:
        found.append(
            Trial(
                TrialKind.OUTPUT,
                OutputName.RELAY_OPEN.value,
                "The barrier opens once, as for a person, and closes again. Is the way clear?",
                "Did the barrier open, and close again?",
                _NO_MOVEMENT,
            )
        )
    return tuple(found)


def inputs_trial(board: Board) -> Trial:
    """The inputs, all at once: a person moves each."""
    names = ", ".join(name.value for name in board.inputs)
    return Trial(
        TrialKind.INPUTS,
        "",
        f"Press each button and cross each beam once, within a minute: {names}",
        "",
        'one that shows nothing: its wire, or pin; one that is active at rest: active = "high"/"low" of it',
    )


def _lamp(name: OutputName, line: Output) -> Trial:
    place = line.place if line.relay else f"GPIO {line.pin}"
    does, did = ("sounds", "sound") if name is OutputName.BUZZER else ("blinks", "blink")
    return Trial(
        TrialKind.OUTPUT,
        name.value,
        f"{_called(name)} ({place}) {does} for three seconds",
        f"Did it {did}, and nothing else?",
        f'nothing, or always on but then: active = "high"/"low" of outputs.{name.value} is the wrong way '
        f"round; another one: {place} is not its own. Change the board file (docs/wiring.md), then: "
        "gatepost setup --step board",
    )


def _called(name: OutputName) -> str:
    return name.value.replace("_", " ").capitalize()


MOVES_BARRIER = frozenset(name.value for name in RELAYS)
