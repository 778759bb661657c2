"""Counts accesses for a report: the same questions to whatever keeps them, each answer small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from edge.staff.core.reasons import REASONS, TYPED
from sync.central.accesses.core.counting import LATE_AFTER
from sync.central.accesses.core.parsing import Means
from sync.central.accesses.tables import access
from sync.central.changes.core.appeal_state import AppealState
from sync.central.changes.tables import appeal
from sync.central.reports.core.days import Days
from sync.central.reports.core.tally import COARSE, FINE, FINE_UP_TO, LONGEST, Tally, Wrong
from sync.central.reports.tables import said_wrong
from sync.central.tables import chain
from sync.central.units import DAY, HOUR, MINUTE

Answers = Callable[[sa.Select[Any]], Iterable[Sequence[Any]]]
"""Answers a question about `access` with rows."""

_AHEAD = 5 * MINUTE
_BY_STAFF = access.c.means == Means.STAFF.value
_BY_FACE = access.c.means.in_([Means.FACE.value, Means.BOTH.value]) & (access.c.outcome == "grant")
_NOT_LET_IN = access.c.outcome.in_(["deny", "refer"])


def tally_of(answers: Answers, sites: Sequence[str], days: Days) -> Tally:
    """What the accesses of these days at `sites` come to; what was said to be wrong of them is not in it."""
    asked = _Asked(sites, days)
    by_day = [*answers(asked.by_day())]
    by_gate = [*answers(asked.by_gate())]
    by_hour = [*answers(asked.by_hour())]
    by_person = [*answers(asked.by_person())]
    late, ahead = (_summed((row[0], row[number]) for row in by_day) for number in (3, 4))
    return Tally(
        days={(int(day), what): int(times) for day, what, times, *_ in by_day},
        late=late,
        ahead=ahead,
        waits={(int(day), int(low)): int(times) for day, low, times in answers(asked.waits())},
        gates={(device, what): int(times) for device, what, times, _ in by_gate},
        reasons={(what, reason): int(times) for what, reason, times in answers(asked.reasons())},
        by_hand=_summed(((staff, _code_of(why)), times) for staff, why, times in answers(asked.by_hand())),
        decided_by_hour=_summed((int(hour) // HOUR, times) for hour, times, _ in by_hour),
        by_face_by_hour=_summed((int(hour) // HOUR, faces) for hour, _, faces in by_hour),
        decided_by_gate=_summed((row[0], row[2]) for row in by_gate if row[1] != _OVERRIDE),
        by_face_by_gate=_summed((row[0], row[3]) for row in by_gate),
        decided_by_person={(site, person): int(times) for site, person, times, _ in by_person},
        by_face_by_person={(site, person): int(faces) for site, person, _, faces in by_person if faces},
    )


def wrong_of(answers: Answers, sites: Sequence[str], days: Days) -> Tally:
    """What staff and appeals said was wrong of the accesses of these days: each access once for each kind."""
    asked = _Asked(sites, days)
    wrongs = {(row[0], *row[1:3]): row for row in answers(asked.said())}
    wrongs |= {(row[0], *row[1:3]): row for row in answers(asked.corrected())}
    by_hour: dict[tuple[Wrong, int], int] = {}
    by_gate: dict[tuple[Wrong, str], int] = {}
    by_person: dict[tuple[Wrong, str, str], int] = {}
    for kind, _, _, device, site, subject, hour in wrongs.values():
        wrong = Wrong(kind)
        _count(by_gate, (wrong, device))
        _count(by_hour, (wrong, int(hour) // HOUR))
        if subject is not None:
            _count(by_person, (wrong, site, subject))
    return Tally(wrong_by_hour=by_hour, wrong_by_gate=by_gate, wrong_by_person=by_person)


def checks_of(answers: Answers, sites: Sequence[str], days: Days) -> int:
    """How many accesses there were in these days."""
    [[count]] = answers(_Asked(sites, days).whole(sa.func.count()))
    return int(count)


# --- inside --------------------------------------------------------------------------------

_OVERRIDE = "override"


class _Asked:
    """The questions about some days at some sites. `local` is an access's time by the zone's clock."""

    def __init__(self, sites: Sequence[str], days: Days) -> None:
        self._which = (
            access.c.site.in_([*sites]),
            access.c.at >= days.since,
            access.c.at < days.until,
        )
        *changes, last = days.offsets()
        pieces = [(access.c.at < each.until, each.ahead) for each in changes]
        ahead = sa.case(*pieces, else_=last.ahead) if pieces else sa.literal(last.ahead)
        local = access.c.at + ahead
        self._day = local - local % DAY
        self._hour = local % DAY - local % HOUR

    def whole(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        return sa.select(*columns).select_from(access).where(*self._which)

    def by_day(self) -> sa.Select[Any]:
        late = _sum(access.c.received_at - access.c.at > LATE_AFTER)
        ahead = _sum(access.c.at - access.c.received_at > _AHEAD)
        day, what = self._day.label("day"), _WHAT.label("what")
        return self.whole(day, what, sa.func.count(), late, ahead).group_by(sa.text("1"), sa.text("2"))

    def waits(self) -> sa.Select[Any]:
        waited = access.c.waited
        low = sa.case(
            (waited < FINE_UP_TO, waited - waited % FINE),
            (waited < LONGEST, waited - waited % COARSE),
            else_=LONGEST,
        )
        chosen = self.whole(self._day, low, sa.func.count()).where(waited.is_not(None))
        return chosen.group_by(sa.text("1"), sa.text("2"))

    def by_gate(self) -> sa.Select[Any]:
        chosen = self.whole(access.c.device, _WHAT, sa.func.count(), _sum(_BY_FACE))
        return chosen.group_by(sa.text("1"), sa.text("2"))

    def reasons(self) -> sa.Select[Any]:
        chosen = self.whole(access.c.outcome, access.c.reason, sa.func.count())
        return chosen.where(_NOT_LET_IN).group_by(access.c.outcome, access.c.reason)

    def by_hand(self) -> sa.Select[Any]:
        staff, why = (sa.func.coalesce(column, "") for column in (access.c.staff, access.c.why))
        return self.whole(staff, why, sa.func.count()).where(_BY_STAFF).group_by(sa.text("1"), sa.text("2"))

    def by_hour(self) -> sa.Select[Any]:
        return (
            self.whole(self._hour, sa.func.count(), _sum(_BY_FACE)).where(~_BY_STAFF).group_by(sa.text("1"))
        )

    def by_person(self) -> sa.Select[Any]:
        person = (access.c.site, access.c.subject)
        chosen = self.whole(*person, sa.func.count(), _sum(_BY_FACE))
        return chosen.where(~_BY_STAFF, access.c.subject.is_not(None)).group_by(*person)

    def said(self) -> sa.Select[Any]:
        """What staff said of an access that was decided so."""
        is_it = (said_wrong.c.wrong == Wrong.MISTAKEN.value) & _BY_FACE
        is_it |= (said_wrong.c.wrong == Wrong.REFUSED.value) & _NOT_LET_IN
        about = (said_wrong.c.chain == access.c.chain) & (said_wrong.c.about == access.c.sequence)
        return self._wrong(said_wrong.c.wrong).join(said_wrong, about).where(is_it)

    def corrected(self) -> sa.Select[Any]:
        """What was corrected after an appeal."""
        return (
            self._wrong(sa.literal(Wrong.REFUSED.value))
            .join(chain, chain.c.number == access.c.chain)
            .join(
                appeal,
                (appeal.c.device == chain.c.device)
                & (appeal.c.epoch == chain.c.epoch)
                & (appeal.c.sequence == access.c.sequence),
            )
            .where(appeal.c.state == AppealState.CORRECTED.value, _NOT_LET_IN)
        )

    def _wrong(self, kind: sa.ColumnElement[str]) -> sa.Select[Any]:
        columns = (access.c.chain, access.c.sequence, access.c.device, access.c.site, access.c.subject)
        return self.whole(kind, *columns, self._hour)


_WHAT = sa.case((_BY_STAFF, _OVERRIDE), else_=access.c.outcome)


def _code_of(why: str) -> str:
    """The code of a reason: what somebody typed may name people, and is in no report."""
    return why if why in REASONS or not why else TYPED


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _summed(pairs: Iterable[tuple[Any, Any]]) -> Mapping[Any, int]:
    found: dict[Any, int] = {}
    for key, times in pairs:
        if times:
            found[key] = found.get(key, 0) + int(times)
    return found


def _count(counts: dict[Any, int], key: object) -> None:
    counts[key] = counts.get(key, 0) + 1
