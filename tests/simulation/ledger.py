"""What all nights of simulation have come to: where the next one begins, what was played and found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from tests.simulation.player import Played

_SHORT = 200


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seed that failed, the faults by which it was drawn, and the first promise that did not hold in it."""

    seed: int
    hours: float
    faults: str
    checker: str
    what: str


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    next_seed: int = 1
    seeds: int = 0
    gate_hours: float = 0.0
    cpu_seconds: float = 0.0
    faults: dict[str, int] = {}
    findings: tuple[Finding, ...] = ()

    def added(self, seed: int, played: Played, hours: float, faults: str) -> Ledger:
        """The ledger with one more world in it."""
        result = played.result
        found = tuple(
            Finding(seed, hours, faults, violation.checker, first_line(violation.what))
            for violation in result.violations[:1]
        )
        return Ledger(
            next_seed=seed + 1,
            seeds=self.seeds + 1,
            gate_hours=self.gate_hours + result.gate_hours,
            cpu_seconds=self.cpu_seconds + played.cpu_seconds,
            faults=dict(sorted((Counter(self.faults) + Counter(result.faults)).items())),
            findings=self.findings + found,
        )


def first_line(text: str) -> str:
    """The line that says what is wrong: of a traceback the last one."""
    lines = text.strip().splitlines() or [""]
    return (lines[-1] if "Traceback" in text else lines[0])[:_SHORT]


def read_ledger(path: Path) -> Ledger:
    """What the file says; an empty ledger where there is none."""
    if not path.exists():
        return Ledger()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ledger)
    except msgspec.DecodeError as error:
        raise SystemExit(f"{path}: {error}. Remove it to begin again at seed 1.") from error


def write_ledger(path: Path, ledger: Ledger) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(msgspec.json.format(msgspec.json.encode(ledger)) + b"\n")
    new.replace(path)
