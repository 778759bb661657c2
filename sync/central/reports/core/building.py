"""Builds a report from what the accesses came to, and from what is known of the gates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from sync.central.accesses.core import REFUSED
from sync.central.reports.core.days import Days, local_of
from sync.central.reports.core.measured import OccupancyFigures, TemperatureFigures
from sync.central.reports.core.rates import Rate
from sync.central.reports.core.report import (
    AppealFigures,
    Asked,
    DayFigures,
    ErrorFigures,
    ErrorRate,
    GateFigures,
    OverrideFigures,
    ReasonFigures,
    Report,
    RestsOn,
    SentFigures,
    Waited,
)
from sync.central.reports.core.showing import shown
from sync.central.reports.core.tally import OVERRIDE, OVERRIDE_REFUSED, ReportTally, Wrong, quantile
from sync.central.units import SECOND

GRANT, DENY, REFER = "grant", "deny", "refer"
Groups = Mapping[tuple[str, str], tuple[str, ...]]
"""The groups of each person, by site and id."""
Gates = Mapping[str, tuple[str, str]]
"""Where each device stands: its site, and the gate."""

_UNOPENED = (REFUSED, OVERRIDE_REFUSED)
_CHECKS = (GRANT, DENY, REFER, OVERRIDE, *_UNOPENED)
_K = TypeVar("_K")


def report_of(
    asked: Asked,
    tally: ReportTally,
    groups: Groups,
    gates: Gates,
    rests_on: RestsOn,
    lower: frozenset[str],
    appeals: AppealFigures,
    before: int | None,
    sent: SentFigures,
    measured: tuple[TemperatureFigures, OccupancyFigures],
) -> Report:
    """The report that this is. `lower` are the days (ISO) that are lower than the truth."""
    days = asked.days
    return Report(
        asked=asked,
        rests_on=rests_on,
        days=tuple(_days(days, tally, lower)),
        reasons=_reasons(tally),
        waited=_waited(_summed(tally.waits, lambda key: key[1])),
        gates=_gates(tally, gates),
        overrides=_overrides(tally),
        refused=_errors(tally, groups, Wrong.REFUSED),
        mistaken=_errors(tally, groups, Wrong.MISTAKEN),
        appeals=appeals,
        before=before,
        sent=sent,
        temperatures=measured[0],
        occupancy=measured[1],
    )


def sent_of(took: Iterable[int]) -> SentFigures:
    """The figures of how long each took, in microseconds: each is one that really was (nearest rank)."""
    sorted_ones = sorted(max(0, each) // SECOND for each in took)
    count = len(sorted_ones)
    if not count:
        return SentFigures()
    return SentFigures(count, sorted_ones[-(-count // 2) - 1], sorted_ones[-(-count * 9 // 10) - 1])


# --- inside --------------------------------------------------------------------------------


def _days(days: Days, tally: ReportTally, lower: frozenset[str]) -> Iterable[DayFigures]:
    waits: dict[int, dict[int, int]] = {}
    for (at, low), times in tally.waits.items():
        waits.setdefault(at, {})[low] = times
    for date in days.each():
        at, day = local_of(date), date.isoformat()
        yield DayFigures(
            day=day,
            granted=tally.days.get((at, GRANT), 0),
            denied=tally.days.get((at, DENY), 0),
            referred=tally.days.get((at, REFER), 0),
            by_hand=tally.days.get((at, OVERRIDE), 0),
            unopened=sum(tally.days.get((at, what), 0) for what in _UNOPENED),
            late=tally.late.get(at, 0),
            ahead=tally.ahead.get(at, 0),
            waited=_waited(waits.get(at, {})),
            lower=day in lower,
        )


def _waited(counts: Mapping[int, int]) -> Waited:
    return Waited(sum(counts.values()), quantile(counts, 0.5), quantile(counts, 0.95), quantile(counts, 0.99))


def _reasons(tally: ReportTally) -> tuple[ReasonFigures, ...]:
    found = (
        ReasonFigures(reason, tally.reasons.get((DENY, reason), 0), tally.reasons.get((REFER, reason), 0))
        for reason in sorted({reason for _, reason in tally.reasons})
    )
    return tuple(sorted(found, key=lambda each: (-each.denied, -each.referred, each.reason)))


def _gates(tally: ReportTally, gates: Gates) -> tuple[GateFigures, ...]:
    def one(device: str) -> GateFigures:
        counts = {what: tally.gates.get((device, what), 0) for what in _CHECKS}
        return GateFigures(
            device,
            *gates.get(device, ("", "")),
            sum(counts.values()),
            counts[DENY],
            counts[REFER],
            counts[OVERRIDE],
        )

    return tuple(one(device) for device in sorted({device for device, _ in tally.gates}))


def _overrides(tally: ReportTally) -> tuple[OverrideFigures, ...]:
    by_staff: dict[str, dict[str, int]] = {}
    for (staff, why), times in tally.by_hand.items():
        by_staff.setdefault(staff, {})[why] = times
    found = (
        OverrideFigures(staff, sum(whys.values()), *min(whys.items(), key=lambda each: (-each[1], each[0])))
        for staff, whys in by_staff.items()
    )
    return tuple(sorted(found, key=lambda each: (each.staff == "", -each.times, each.staff)))


def _errors(tally: ReportTally, groups: Groups, wrong: Wrong) -> ErrorFigures:
    of_faces = wrong is Wrong.MISTAKEN
    persons = tally.by_face_by_person if of_faces else tally.decided_by_person
    gates = tally.by_face_by_gate if of_faces else tally.decided_by_gate
    hours = tally.by_face_by_hour if of_faces else tally.decided_by_hour
    by_group = _rates(
        _of_groups(persons, groups),
        _of_groups(
            {
                (site, person): times
                for (kind, site, person), times in tally.wrong_by_person.items()
                if kind is wrong
            },
            groups,
        ),
    )
    by_gate = _rates(gates, _only(tally.wrong_by_gate, wrong))
    by_hour = _rates(hours, _only(tally.wrong_by_hour, wrong))
    whole = Rate(sum(_only(tally.wrong_by_gate, wrong).values()), sum(gates.values()))
    cuts = [
        [
            ErrorRate(name if isinstance(name, str) else f"{name:02}", rate)
            for name, rate in sorted(rates.items())
        ]
        for rates in (by_group, by_gate, by_hour)
    ]
    (groups_, _), (gates_, _), (hours_, _) = seen = [shown(cut, _decisions) for cut in cuts]
    return ErrorFigures(whole, groups_, gates_, hours_, sum(hidden for _, hidden in seen))


def _decisions(of: ErrorRate) -> tuple[int, str]:
    return of.rate.of, of.name


def _rates(of: Mapping[_K, int], times: Mapping[_K, int]) -> dict[_K, Rate]:
    return {key: Rate(times.get(key, 0), whole) for key, whole in of.items()}


def _only(counts: Mapping[tuple[Wrong, _K], int], wrong: Wrong) -> dict[_K, int]:
    return {key: times for (kind, key), times in counts.items() if kind is wrong}


def _of_groups(persons: Mapping[tuple[str, str], int], groups: Groups) -> dict[str, int]:
    """By group; somebody in several counts in each, somebody in none in the group without a name."""
    found: Counter[str] = Counter()
    for person, times in persons.items():
        for group in groups.get(person) or ("",):
            found[group] += times
    return found


def _summed(counts: Mapping[tuple[int, int], int], of: Callable[[tuple[int, int]], int]) -> Mapping[int, int]:
    found: Counter[int] = Counter()
    for key, times in counts.items():
        found[of(key)] += times
    return found
