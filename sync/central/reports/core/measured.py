"""What a report says of temperatures and of people inside: values, built from counts that name nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sync.central.reports.core.showing import is_enough, shown
from sync.central.temperature.core import Counts, added, trimmed_mean


class TemperatureOf(msgspec.Struct, frozen=True):
    """What was measured at a gate (`name` is its device) or in an hour of the day (07): readings, second
    measurements, what became of those whom two found high, readings that did not count, and the trimmed mean
    in hundredths of a degree Celsius (None: too few).
    """

    name: str
    read: int
    again: int
    granted: int
    referred: int
    denied: int
    invalid: int
    mean: int | None


class DriftFigures(msgspec.Struct, frozen=True):
    """A gate whose thermometer drifted from its neighbours': since when, until when (None: it does still), by
    how many hundredths of a degree at the last look.
    """

    device: str
    since: int
    until: int | None
    hundredths: int


class TemperatureFigures(msgspec.Struct, frozen=True):
    """The temperatures of some days, of all gates together (None: too few readings), by gate and by hour of
    the day. `hidden` gates and hours have too few; `first` to `last` are the hours of which counts are here
    (None: of none), at so many `gates`.
    """

    whole: TemperatureOf | None = None
    by_gate: tuple[TemperatureOf, ...] = ()
    by_hour: tuple[TemperatureOf, ...] = ()
    hidden: int = 0
    drifts: tuple[DriftFigures, ...] = ()
    gates: int = 0
    first: int | None = None
    last: int | None = None


class OccupancyOf(msgspec.Struct, frozen=True):
    """The people inside a site ("": all of the report's sites together), by ten minutes: the most, and when;
    for how many minutes they were at or above the limits as they are now (None: there is none); how many
    people late batches corrected, and how often; how many passed. It is known `since` then.
    """

    site: str
    peak: int
    at: int
    warned: int | None
    stopped: int | None
    corrected: int
    corrections: int
    passages: int
    since: int


class OccupancyFigures(msgspec.Struct, frozen=True):
    """The people inside in some days. `days` are the most of each day, of all sites together (None: nothing
    is known of it); `hidden` sites have too few passages to be shown; of `unknown` ones nothing was counted.
    """

    whole: OccupancyOf | None = None
    by_site: tuple[OccupancyOf, ...] = ()
    days: tuple[tuple[str, int | None], ...] = ()
    hidden: int = 0
    unknown: int = 0


def temperatures_of(
    by_gate: Mapping[str, Counts],
    by_hour: Mapping[int, Counts],
    drifts: Iterable[DriftFigures],
    span: tuple[int | None, int | None],
) -> TemperatureFigures:
    """The figures of counts by device, and by the hour of the day."""
    whole = added(by_gate.values())
    of_gates = [_temperature(name, each) for name, each in sorted(by_gate.items())]
    of_hours = [_temperature(f"{hour:02}", each) for hour, each in sorted(by_hour.items())]
    gates, hidden_gates = shown(of_gates, _readings)
    hours, hidden_hours = shown(of_hours, _readings)
    return TemperatureFigures(
        _temperature("", whole) if is_enough(whole.read) else None,
        gates,
        hours,
        hidden_gates + hidden_hours,
        tuple(sorted(drifts, key=lambda each: (each.since, each.device))),
        len(by_gate),
        *span,
    )


def occupancy_of(
    sites: Sequence[OccupancyOf],
    whole: OccupancyOf | None,
    days: Sequence[tuple[str, int | None]],
    unknown: int,
) -> OccupancyFigures:
    """The figures of sites; those of fewer passages are not shown, nor what they alone make, nor one that the
    others would tell of.
    """
    if whole is None or not is_enough(whole.passages):
        return OccupancyFigures(hidden=len(sites), unknown=unknown)
    seen, hidden = shown(sites, lambda each: (each.passages, each.site))
    return OccupancyFigures(whole, seen, tuple(days), hidden, unknown)


# --- inside --------------------------------------------------------------------------------


def _temperature(name: str, of: Counts) -> TemperatureOf:
    mean = trimmed_mean(of.celsius)
    return TemperatureOf(
        name,
        of.read,
        of.again,
        of.high.get("grant", 0),
        of.high.get("refer", 0),
        of.high.get("deny", 0),
        sum(of.invalid.values()),
        None if mean is None else round(mean * 100),
    )


def _readings(of: TemperatureOf) -> tuple[int, str]:
    return of.read, of.name
