"""The orders that stand: a mode and a lockdown that the centre gave, which outlive a restart.

A gate that was locked down and restarts is locked down. A file that cannot be read is as good as none, and
says so: the policy holds then, and a lockdown has to be given again.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from edge.decision.policy import Mode
from edge.registry.files import read_bounded, sync_folder, write_aside
from edge.support.decoding import Undecodable, json_of

_MOST_BYTES = 4096


class StandingOrders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`mode` None: as the policy says. `by` and `since` are of the last order."""

    mode: Mode | None = None
    locked: bool = False
    by: str = ""
    since: datetime | None = None


class StandingOrdersFile:
    """Where they are kept. One process writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[StandingOrders, str]:
        """What stands, and what is the matter with the file, if anything is."""
        try:
            return json_of(read_bounded(self._path, _MOST_BYTES), StandingOrders), ""
        except FileNotFoundError:
            return StandingOrders(), ""
        except (OSError, Undecodable) as error:
            return StandingOrders(), f"{self._path}: {error}"

    def write(self, orders: StandingOrders) -> None:
        """On disk when this returns; raises OSError."""
        write_aside(self._path, msgspec.json.encode(orders))
        sync_folder(self._path.parent)
