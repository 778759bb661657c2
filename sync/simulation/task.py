"""What one process of simulated gates is told, and says."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.errors import GatepostError
from edge.support.decoding import json_of
from sync.simulation.core import Curve, Fault, FleetTally
from sync.transport.broker import Broker


class SimulationFailed(GatepostError):
    """The simulated fleet cannot be made, or does not run."""


class GateFiles(msgspec.Struct, frozen=True):
    """One simulated gate: its number in the fleet, its device, where it stands, and its files."""

    number: int
    device: str
    site: str
    gate: str
    key: Path
    certificate: Path | None = None
    tls_key: Path | None = None


class Load(msgspec.Struct, frozen=True):
    """How many come, when, and what befalls the gates; the same `seed`, the same crowds. `run` is another
    number each time. Times are seconds.
    """

    seconds: float
    rate: float
    curve: Curve
    speed: float
    from_hour: float
    linger: float
    faults: dict[Fault, float]
    month_events: int
    seed: int
    run: int
    gates: int


class ProcessTask(msgspec.Struct, frozen=True):
    """The gates of one process, the broker that they go to, and the load."""

    gates: tuple[GateFiles, ...]
    broker: Broker
    central_key: Path
    folder: Path
    load: Load
    linked_within: float


class ProcessSaid(msgspec.Struct, frozen=True):
    """What a process says now and then: `phase`, how far it has come, and its `problem` if it has one."""

    phase: str
    tally: FleetTally
    problem: str = ""


def line_of(message: ProcessTask | ProcessSaid) -> bytes:
    """A message as a line of JSON."""
    return msgspec.json.encode(message, enc_hook=str) + b"\n"


def task_of(line: str | bytes) -> ProcessTask:
    """The task in a line. Raises Undecodable."""
    return json_of(line, ProcessTask, dec_hook=lambda _, value: Path(value))


def said_of(line: bytes) -> ProcessSaid:
    """What a process says in a line. Raises Undecodable."""
    return json_of(line, ProcessSaid)


MADE, RUNS, DRAINED = "made", "runs", "drained"
LINK, RUN, DRAIN, END = "link", "run", "drain", "end"
"""What a process is told, a line each."""
