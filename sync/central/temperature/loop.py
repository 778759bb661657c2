"""Raises an alarm about a thermometer that has drifted, and ends it when it stands as its neighbours do
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event

import sqlalchemy as sa
import structlog

from edge.errors import words_of
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.raising import end_cue, raise_cues
from sync.central.alarms.tables import alarm
from sync.central.store import Store
from sync.central.tables import device
from sync.central.temperature.core import ComparedThermometer, ThermometerVerdict
from sync.central.temperature.figures import beside_neighbours
from sync.central.units import HOUR

EVERY = 300.0
"""Seconds between two rounds: hours are compared, and late ones come when they come."""


class ThermometerLoop:
    """Looks at the thermometers of the gates in `store`; `look` does one round."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._said = ""
        self._told: dict[str, int] = {}
        self._log = structlog.get_logger("temperature")

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY)

    def look(self) -> None:
        """One round. A database that does not answer is said once."""
        try:
            self._look(self._wall())
        except Exception as error:  # noqa: BLE001 - a loop that ended would tell nothing any more
            if (words := words_of(error)) != self._said:
                self._said = words
                self._log.warning("not_compared", error=self._said)
        else:
            self._said = ""

    def _look(self, now: int) -> None:
        hour = now - now % HOUR
        with self._store.reading() as connection:
            beside = beside_neighbours(connection, now)
            devices = connection.execute(sa.select(device.c.id, device.c.site))
            sites = {row.id: row.site for row in devices}
            alarmed = _alarmed(connection)
        drifted = {name: each for name, each in beside.items() if each.verdict is ThermometerVerdict.DRIFTED}
        # An hour is told once: another process that tells the same is known by its identity.
        new = [name for name in drifted if self._told.get(name) != hour]
        cues = [_cue(name, sites[name], drifted[name], hour) for name in new]
        over = [name for name in alarmed if _is_steady(beside, name)]
        if not cues and not over:
            return
        with self._store.writing() as connection:
            raise_cues(connection, cues, now)
            for name in over:
                end_cue(connection, AlarmKind.THERMOMETER_DRIFT, name, hour, now)
        self._told |= dict.fromkeys(drifted, hour)


# --- inside --------------------------------------------------------------------------------


def _alarmed(connection: sa.Connection) -> list[str]:
    """The gates about whose thermometer an alarm is open."""
    is_open = (alarm.c.kind == AlarmKind.THERMOMETER_DRIFT) & alarm.c.open_key.is_not(None)
    return [*connection.execute(sa.select(alarm.c.key).where(is_open)).scalars()]


def _is_steady(beside: Mapping[str, ComparedThermometer], name: str) -> bool:
    return name in beside and beside[name].verdict is ThermometerVerdict.STEADY


def _cue(name: str, site: str, found: ComparedThermometer, hour: int) -> Cue:
    hundredths = round(100 * (found.difference or 0.0))
    kind = AlarmKind.THERMOMETER_DRIFT
    return Cue(kind, site, name, name, hour, values={"hundredths_of_a_degree": hundredths})
