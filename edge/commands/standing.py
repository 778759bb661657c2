"""Stores the standing orders: a mode, a lockdown and a hold of entries that central ordered, which outlive
a restart.

A gate that was locked down and restarts is locked down. The orders lie in two copies, one written after the
other. If none can be read and there was one, the gate is locked until a signed order lifts it: damage must
not end a restriction.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from edge.commands.core import KeptHold
from edge.decision import Mode
from edge.support.decoding import Undecodable, json_of
from edge.support.files import Durability, read_bounded, set_aside, write_aside

_MOST_BYTES = 4096


class StandingOrders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`mode` None: as the policy says. `by` and `since` are of the last order of a mode or a lockdown; `hold`
    says of itself who ordered it.
    """

    mode: Mode | None = None
    locked: bool = False
    by: str = ""
    since: datetime | None = None
    hold: KeptHold | None = None


class StandingOrdersFile:
    """The file of the standing orders, in two copies. One process writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def _copies(self) -> tuple[Path, Path]:
        return self._path, self._path.with_name(f"{self._path.stem}.copy{self._path.suffix}")

    def read(self) -> tuple[StandingOrders, str]:
        """The orders in force, and what is wrong with the copies (empty: nothing)."""
        found, problems = [], []
        for path in self._copies:
            try:
                found.append(json_of(read_bounded(path, _MOST_BYTES), StandingOrders))
            except FileNotFoundError:
                continue
            except (OSError, Undecodable) as error:
                problems.append(f"{path}: {error}; {set_aside(path)}")
        if found:
            return found[0], "; ".join(problems)
        if not problems:
            return StandingOrders(), ""
        return _LOST, "; ".join([*problems, "locked until a signed order lifts it"])

    def write(self, orders: StandingOrders) -> None:
        """Store the orders; they are on disk when this returns. Raises OSError."""
        for path in self._copies:
            write_aside(path, msgspec.json.encode(orders), durability=Durability.LASTING)


_LOST = StandingOrders(locked=True, by="the gate: its orders are damaged")
