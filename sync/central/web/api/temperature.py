"""What the gates' thermometers measured, as counts of nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from fastapi import Query
from starlette.responses import Response

from edge.support.phrases import phrase
from sync.central.accounts.core import Act
from sync.central.store import StoreError
from sync.central.temperature.core import ENOUGH, Counts, ThermometerVerdict, trimmed_mean
from sync.central.temperature.figures import by_gate, by_hour
from sync.central.units import DAY
from sync.central.web.api.calls import Call, answer
from sync.central.web.api.operations import Listing, Operations

OPERATIONS = Operations()
_MOST = 31 * DAY
Moment = Annotated[int, Query(ge=0, le=2**62)]


class Temperatures(msgspec.Struct, frozen=True):
    """What was measured: `read` readings; the rest is null where there were too few to say more of them.

    `high` is what became of those whom two measurements found high, by the decision's outcome; `invalid` why
    readings did not count. `mean` (°C) is the 20 % trimmed mean of the valid ones.
    """

    read: int | None
    again: int | None = None
    high: Mapping[str, int] | None = None
    invalid: Mapping[str, int] | None = None
    mean: float | None = None


class GateTemperatures(msgspec.Struct, frozen=True):
    """The temperatures at a gate, and how it stands beside its neighbours in the newest hours."""

    device: str
    site: str
    gate: str
    measured: Temperatures
    verdict: ThermometerVerdict
    difference: float | None = None


class HourTemperatures(msgspec.Struct, frozen=True):
    """The temperatures of the hour from `begin` on (microseconds since 1970 UTC)."""

    begin: int
    measured: Temperatures


@OPERATIONS.get("/api/temperatures/gates", act=Act.SEE, answer=Listing[GateTemperatures])
def list_gates(call: Call, since: Moment, until: Moment) -> Response:
    """The temperatures at each gate in sight in the hours from `since` until `until`, a month at most."""
    _check(since, until)
    with call.store.reading() as connection:
        found = by_gate(connection, call.sight, since, until)
    return answer(
        Listing(
            [
                GateTemperatures(
                    each.device,
                    each.site,
                    each.gate,
                    _told(each.counts),
                    each.beside.verdict,
                    each.beside.difference,
                )
                for each in found
            ]
        )
    )


@OPERATIONS.get("/api/temperatures/hours", act=Act.SEE, answer=Listing[HourTemperatures])
def list_hours(call: Call, since: Moment, until: Moment) -> Response:
    """The temperatures of all gates in sight by hour, from `since` until `until`, a month at most."""
    _check(since, until)
    with call.store.reading() as connection:
        found = by_hour(connection, call.sight, since, until)
    return answer(Listing([HourTemperatures(each.begin, _told(each.counts)) for each in found]))


# --- inside --------------------------------------------------------------------------------


def _check(since: int, until: int) -> None:
    if not since < until <= since + _MOST:
        raise StoreError(
            phrase(
                "%(since)s to %(until)s is not a stretch of time: "
                "expected up to 31 days, the earlier time first",
                since=since,
                until=until,
            ),
            remedy=phrase("ask for less"),
        )


def _told(counts: Counts) -> Temperatures:
    if counts.read < ENOUGH:
        return Temperatures(None)
    mean = trimmed_mean(counts.celsius)
    rounded = None if mean is None else round(mean, 2)
    return Temperatures(counts.read, counts.again, counts.high, counts.invalid, rounded)
