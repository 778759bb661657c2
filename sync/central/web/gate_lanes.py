"""A gate's hours on one axis of time: its page's lanes."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accesses.completeness import HEARD_WITHIN
from sync.central.accesses.core import GRANTED, REFUSED
from sync.central.accesses.spans import AccessSpan, VersionSpan, access_spans, version_spans
from sync.central.journals.acknowledging import findings_in
from sync.central.journals.course import JournalCourse, course_of
from sync.central.tables import device
from sync.central.units import HOUR, SECOND
from sync.central.web.visit import Visit

_MOST_EVENTS = 10_000
_Span = tuple[int, int, str, str]
_Lane = tuple[str, list[_Span]]


def lanes_of(connection: sa.Connection, visit: Visit, name: str, hours: int) -> list[_Lane]:
    """Lanes on one axis of time: probes, link, decisions, what was opened by hand, what is missing."""
    since = visit.now - hours * HOUR
    step = max(60, hours * 25) * SECOND
    found = access_spans(connection, visit.sight, name, since, step)
    versions = version_spans(connection, visit.sight, name, since)
    course = course_of(connection, name, since, HEARD_WITHIN, _MOST_EVENTS)
    by_hand = [each for each in found if each.by_hand]
    out = [each for each in found if each.outcome not in {GRANTED, REFUSED}]
    refused = [each for each in found if each.outcome == REFUSED]
    findings = findings_in(connection, visit.sight, device_id=name, only_open=False, count=50)
    return [
        (visit.gettext("Probe"), _probes(course, step)),
        (visit.gettext("No link"), _unlinked(connection, visit.now, name, course)),
        (
            visit.gettext("Accesses"),
            _spans([each for each in found if each.outcome == GRANTED], step, "plain"),
        ),
        (visit.gettext("Denied and referred"), _spans(out, step, "deny")),
        (visit.gettext("Not opened"), _spans(refused, step, "fault")),
        (visit.gettext("By hand"), _spans(by_hand, step, "mark")),
        (visit.gettext("Registry"), _versions(versions)),
        (
            visit.gettext("Findings"),
            [
                (each.at, each.finding.ended_at or visit.now, "fault", each.finding.kind.value)
                for each in findings
                if (each.finding.ended_at or visit.now) >= since
            ],
        ),
        (
            visit.gettext("Missing"),
            [
                (since if each.since is None else each.since, each.until, "gap", f"{each.first}–{each.last}")
                for each in course.missing
            ],
        ),
    ]


# --- inside --------------------------------------------------------------------------------


def _probes(course: JournalCourse, step: int) -> list[_Span]:
    return [
        (each.at, each.at + step // 2, "fault" if each.wrong else "grant", each.wrong)
        for each in course.probes
    ]


def _unlinked(connection: sa.Connection, now: int, name: str, course: JournalCourse) -> list[_Span]:
    """When nothing of the gate arrived: events lay there for as long; and its silence now. One that was heard
    later than now was heard before the clock was set back, nobody knows how long ago.
    """
    heard = connection.execute(sa.select(device.c.last_seen).where(device.c.id == name)).scalar()
    waits = [*course.late]
    if heard is not None and abs(now - heard) > HEARD_WITHIN:
        waits.append((min(heard, now - HEARD_WITHIN), now))
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(waits):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return [(begin, end, "fault", "") for begin, end in merged]


def _versions(versions: list[VersionSpan]) -> list[_Span]:
    """Under which version of the registry decisions were made, from the first to the last of each."""
    return [(each.first, each.last, "plain", f"v{each.version}") for each in versions]


def _spans(found: list[AccessSpan], step: int, kind: str) -> list[_Span]:
    """Accesses as spans of `step`, with how many there were in each."""
    times: dict[int, int] = {}
    for each in found:
        times[each.begin] = times.get(each.begin, 0) + each.count
    return [(begin, begin + step, kind, str(count)) for begin, count in sorted(times.items())]
