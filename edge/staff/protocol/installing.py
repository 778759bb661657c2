"""What an installer tests at a gate, and what it says of itself to them: nothing of its people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.boards.format import InputName, OutputName
from edge.staff.core import Scene
from edge.staff.protocol.envelope import Done, Key, Message, Sequence
from edge.support.recent_log import RecentLine


class TryOutput(Message, frozen=True):
    """Tries an output while nobody is before the gate: a lamp or the buzzer by itself, `relay_open` by an
    opening as in operation. Answered with `Tried`, or `Refused` with `occupied`.
    """

    key: Key
    output: OutputName


class Tried(Message, frozen=True):
    """The trial is in the journal as event `sequence`, and was then begun. `again`: it was so before, by the
    same key.
    """

    output: OutputName
    sequence: Sequence
    at: datetime
    again: bool = False


class OutputsAsked(Message, frozen=True):
    """Asks which lines there are. Answered with `OutputsThere`."""


class OutputsThere(Message, frozen=True):
    """The board's inputs and outputs, and those outputs that can be tried by a request."""

    board: str
    inputs: tuple[InputName, ...]
    outputs: tuple[OutputName, ...]
    tried: tuple[OutputName, ...]
    simulated: bool


class SimulateLane(Message, frozen=True):
    """Plays a `scene` through this gate's lane on simulated pins, so that nothing moves. Answered with
    `Simulated`.
    """

    scene: Scene


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a timeline: `at` seconds from its beginning; `given` is what the scene itself did."""

    at: float
    text: str
    given: bool = False


class Simulated(Message, frozen=True):
    """What happened, in order."""

    scene: Scene
    timeline: tuple[Happening, ...]


class RunChecks(Message, frozen=True):
    """Checks the gate as `gatepost gate check` does; what is found comes on the topic `checks`. Answered with
    `Done`.
    """


class ReadLog(Message, frozen=True):
    """Asks for the newest lines of the gate's log, from `level` on. Answered with `LogRead`."""

    level: Annotated[str, Meta(pattern=r"\A(info|warning|error)\Z")] = "info"


class LogRead(Message, frozen=True):
    """The lines, newest first, with what names somebody struck out."""

    lines: tuple[RecentLine, ...]


class MakeBundle(Message, frozen=True):
    """Asks for the support bundle, of what was checked last. Answered with `Bundle`."""


class Bundle(Message, frozen=True):
    """A ZIP archive."""

    name: str
    data: bytes


class InputLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input: whether it is `active` (and was for its debounce time), and since when."""

    name: InputName
    pin: int
    active: bool
    since: datetime
    changes: int


class OutputLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An output: whether it is driven `active`, and since when; `tried`: it can be tried by a request.

    `pin` is -1 for a relay of a card on the bus.
    """

    name: OutputName
    pin: int
    active: bool
    since: datetime
    changes: int
    tried: bool


class Measurement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the thermometer measured last: °C, of what is before it; mm; and when."""

    celsius: float
    at: datetime
    ambient: float | None = None
    distance: float | None = None


class ScannerReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a scanner or keypad read: `what` is code, number or state; `shown` the beginning of a code, or the
    state; `length` a code's characters.
    """

    name: str
    what: Literal["code", "number", "state"]
    shown: str
    length: int | None
    at: datetime


class LinesView(Message, frozen=True):
    """Published on the topic `installer` while it is watched: every line, and whether anything may be tried
    (`busy` is a code for why not; empty: it may). `simulated`: no barrier moves.
    """

    inputs: tuple[InputLine, ...]
    outputs: tuple[OutputLine, ...]
    phase: str
    busy: str
    simulated: bool
    thermometer: Measurement | None = None
    readings: tuple[ScannerReading, ...] = ()


class CheckFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one check found, and what to do; without the names of people here."""

    verdict: Literal["good", "warning", "bad"]
    what: str
    text: str
    remedy: str = ""


class BoardView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the gate's computer is: °C of its processor, whether that has slowed down; MiB, load, seconds."""

    model: str
    processors: int
    load: float
    up: float
    memory_free: int
    memory: int
    disk_free: int
    disk: int
    celsius: float | None = None
    throttled: bool | None = None


class ChecksView(Message, frozen=True):
    """Published on the topic `checks`: what was found last, worst first, and when (None: never yet).
    `running`: it is being looked at again. `problem` says why nothing was found.
    """

    running: bool
    at: datetime | None = None
    checks: tuple[CheckFound, ...] = ()
    board: BoardView | None = None
    versions: tuple[tuple[str, str], ...] = ()
    problem: str = ""


Requests = TryOutput | OutputsAsked | SimulateLane | RunChecks | ReadLog | MakeBundle
Answers = Tried | OutputsThere | Simulated | LogRead | Bundle | Done
