"""What the charts of a day are made of: lines over one axis of time; what nobody can tell is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sync.central.accesses.core import AN_HOUR, TEN_MINUTES, Occupancy
from sync.central.accesses.figures import AccessCourse, AccessWaits
from sync.central.units import DAY, SECOND
from sync.central.web.visit import Visit


def course_chart(
    visit: Visit, today: AccessCourse, yesterday: AccessCourse, known: tuple[int, int] | None
) -> dict[str, Any]:
    """Accesses a minute, today and yesterday."""
    length = DAY // (TEN_MINUTES * SECOND)
    lines = [_line(course, length, known, visit.now) for course in (today, yesterday)]
    return _drawn(
        visit, today.since, TEN_MINUTES, lines, [visit.gettext("Today"), visit.gettext("Yesterday")]
    )


def waits_chart(visit: Visit, waits: AccessWaits) -> dict[str, Any] | None:
    """How long people waited, in seconds; None where no gate said."""
    if not any(waits.half):
        return None
    lines = [[None if each is None else each / 1000 for each in line] for line in (waits.half, waits.most)]
    labels = [visit.gettext("Half"), visit.gettext("95 in a hundred")]
    return _drawn(visit, waits.since, AN_HOUR, lines, labels)


def inside_chart(visit: Visit, since: int, course: Sequence[int | None], held: Occupancy) -> dict[str, Any]:
    """The people inside a site by ten minutes from the span of `since` on, against its limits."""
    lines: list[Sequence[float | None]] = [course]
    labels = [visit.gettext("Inside")]
    for name, bound in ((visit.gettext("Warned from"), held.warn), (visit.gettext("Limit"), held.limit)):
        if bound is not None:
            lines.append([bound] * (DAY // (TEN_MINUTES * SECOND)))
            labels.append(name)
    return _drawn(visit, since - since % (TEN_MINUTES * SECOND), TEN_MINUTES, lines, labels)


# --- inside --------------------------------------------------------------------------------


def _drawn(
    visit: Visit, since: int, span: int, lines: Sequence[Sequence[float | None]], labels: list[str]
) -> dict[str, Any]:
    """A chart of a day: its lines begin at `since`, with a value every `span` seconds."""
    length = DAY // (span * SECOND)
    return {
        "times": [since // SECOND + span * number for number in range(length)],
        "lines": [[*line, *[None] * length][:length] for line in lines],
        "labels": labels,
        "time": visit.gettext("Time"),
        "zone": visit.services.settings.time_zone,
    }


def _line(course: AccessCourse, length: int, known: tuple[int, int] | None, now: int) -> list[float | None]:
    """Values a minute of a course; None before anything was known, and where its span is not over."""
    step = TEN_MINUTES * SECOND
    first, heard = known or (now, now)
    values = [*_all(course), *[0] * length][:length]
    return [
        round(value / 10, 2) if first <= begin and begin + step <= min(now, heard + step) else None
        for begin, value in zip(range(course.since, course.since + length * step, step), values, strict=True)
    ]


def _all(course: AccessCourse) -> list[int]:
    return [sum(values) for values in zip(course.passed, course.denied, course.referred, strict=True)]
