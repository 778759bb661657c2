"""Counts accesses for a report: the same questions to whatever keeps them, each answer small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.staff.core import REASONS, TYPED
from sync.central.accesses.core import LATE_AFTER, REFUSED, AccessMeans
from sync.central.accesses.tables import access
from sync.central.changes.core import AppealState
from sync.central.changes.tables import appeal
from sync.central.newer import word_of
from sync.central.reports.core import (
    COARSE,
    FINE,
    FINE_UP_TO,
    LONGEST,
    OVERRIDE,
    OVERRIDE_REFUSED,
    Days,
    ReportTally,
    Stretch,
    Wrong,
)
from sync.central.reports.tables import said_wrong
from sync.central.tables import chain, device
from sync.central.units import DAY, HOUR, MINUTE

Answers = Callable[[sa.Select[Any]], Iterable[Sequence[Any]]]
"""Answers a question about `access` with rows."""
Pairs = Sequence[tuple[int, int]]
"""Chains and sequences."""
LookedUp = Callable[[sa.Select[Any], Pairs], Iterable[Sequence[Any]]]
"""Answers it about accesses at these places in the journals."""

_AHEAD = 5 * MINUTE
_OF_STAFF = frozenset({OVERRIDE, OVERRIDE_REFUSED})


@dataclass(frozen=True)
class Source:
    """What keeps accesses: it answers questions about `table`; and, where nothing else that the centre keeps
    can be asked in the same question, looks accesses up.
    """

    answers: Answers
    table: sa.FromClause = access
    looked_up: LookedUp | None = None


def tally_of(source: Source, sites: Sequence[str], days: Days | Stretch) -> ReportTally:
    """What the accesses of these days at `sites` come to; what was said to be wrong of them is not in it."""
    answers, asked = source.answers, _Asked(source.table, sites, days)
    by_day = [*answers(asked.by_day())]
    by_gate = [*answers(asked.by_gate())]
    by_hour = [*answers(asked.by_hour())]
    by_person = [*answers(asked.by_person())]
    late, ahead = (_summed((row[0], row[number]) for row in by_day) for number in (3, 4))
    return ReportTally(
        days={(int(day), what): int(times) for day, what, times, *_ in by_day},
        late=late,
        ahead=ahead,
        waits={(int(day), int(low)): int(times) for day, low, times in answers(asked.waits())},
        gates={(device, what): int(times) for device, what, times, _ in by_gate},
        reasons={(what, reason): int(times) for what, reason, times in answers(asked.reasons())},
        by_hand=_summed(((staff, _code_of(why)), times) for staff, why, times in answers(asked.by_hand())),
        decided_by_hour=_summed((int(hour) // HOUR, times) for hour, times, _ in by_hour),
        by_face_by_hour=_summed((int(hour) // HOUR, faces) for hour, _, faces in by_hour),
        decided_by_gate=_summed((row[0], row[2]) for row in by_gate if row[1] not in _OF_STAFF),
        by_face_by_gate=_summed((row[0], row[3]) for row in by_gate),
        decided_by_person={(site, person): int(times) for site, person, times, _ in by_person},
        by_face_by_person={(site, person): int(faces) for site, person, _, faces in by_person if faces},
    )


def wrong_of(
    connection: sa.Connection, sources: Sequence[Source], sites: Sequence[str], days: Days
) -> ReportTally:
    """What staff and appeals said was wrong of the accesses of these days: each access once for each kind."""
    wrongs: set[tuple[Any, ...]] = set()
    for source in sources:
        asked = _Asked(source.table, sites, days)
        if source.looked_up is not None:
            wrongs |= {*_looked_up(connection, source.looked_up, asked, sites)}
            continue
        for query in (asked.said(), asked.corrected()):
            wrongs |= {tuple(row) for row in source.answers(query)}
    by_hour: dict[tuple[Wrong, int], int] = {}
    by_gate: dict[tuple[Wrong, str], int] = {}
    by_person: dict[tuple[Wrong, str, str], int] = {}
    for kind, _, _, device_, site, subject, hour in wrongs:
        wrong = word_of(Wrong, kind)
        _count(by_gate, (wrong, device_))
        _count(by_hour, (wrong, int(hour) // HOUR))
        if subject is not None:
            _count(by_person, (wrong, site, subject))
    return ReportTally(wrong_by_hour=by_hour, wrong_by_gate=by_gate, wrong_by_person=by_person)


def checks_of(source: Source, sites: Sequence[str], days: Days) -> int:
    """How many accesses there were in these days."""
    [[count]] = source.answers(_Asked(source.table, sites, days).whole(sa.func.count()))
    return int(count)


# --- inside --------------------------------------------------------------------------------


class _Asked:
    """The questions about some days at some sites, to a `table` of accesses."""

    def __init__(self, table: sa.FromClause, sites: Sequence[str], days: Days | Stretch) -> None:
        self._table, of = table, table.c
        self._which = (of.site.in_([*sites]), of.at >= days.since, of.at < days.until)
        *changes, last = days.offsets()
        pieces = [(of.at < each.until, each.ahead) for each in changes]
        local = of.at + (sa.case(*pieces, else_=last.ahead) if pieces else last.ahead)
        self._day = local - local % DAY
        self._hour = local % DAY - local % HOUR
        self._by_staff = of.means == AccessMeans.STAFF.value
        self._by_face = of.means.in_([AccessMeans.FACE.value, AccessMeans.BOTH.value]) & (
            of.outcome == "grant"
        )
        self._not_let_in = of.outcome.in_(["deny", "refer"])
        self._by_hand = self._by_staff & (of.outcome != REFUSED)
        self._what = sa.case((self._by_hand, OVERRIDE), (self._by_staff, OVERRIDE_REFUSED), else_=of.outcome)

    def whole(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        return sa.select(*columns).select_from(self._table).where(*self._which)

    def by_day(self) -> sa.Select[Any]:
        of = self._table.c
        late = _sum(of.received_at - of.at > LATE_AFTER)
        ahead = _sum(of.at - of.received_at > _AHEAD)
        return _by_two(self.whole(self._day, self._what, sa.func.count(), late, ahead))

    def waits(self) -> sa.Select[Any]:
        waited = self._table.c.waited
        low = sa.case(
            (waited < FINE_UP_TO, waited - waited % FINE),
            (waited < LONGEST, waited - waited % COARSE),
            else_=LONGEST,
        )
        return _by_two(self.whole(self._day, low, sa.func.count()).where(waited.is_not(None)))

    def by_gate(self) -> sa.Select[Any]:
        return _by_two(self.whole(self._table.c.device, self._what, sa.func.count(), _sum(self._by_face)))

    def reasons(self) -> sa.Select[Any]:
        of = self._table.c
        return _by_two(self.whole(of.outcome, of.reason, sa.func.count()).where(self._not_let_in))

    def by_hand(self) -> sa.Select[Any]:
        of = self._table.c
        staff, why = (sa.func.coalesce(column, "") for column in (of.staff, of.why))
        return _by_two(self.whole(staff, why, sa.func.count()).where(self._by_hand))

    def by_hour(self) -> sa.Select[Any]:
        chosen = self.whole(self._hour, sa.func.count(), _sum(self._by_face))
        return chosen.where(~self._by_staff).group_by(sa.text("1"))

    def by_person(self) -> sa.Select[Any]:
        of = self._table.c
        chosen = self.whole(of.site, of.subject, sa.func.count(), _sum(self._by_face))
        return _by_two(chosen.where(~self._by_staff, of.subject.is_not(None)))

    def said(self) -> sa.Select[Any]:
        """What staff said of an access that was decided so."""
        of = self._table.c
        is_it = (said_wrong.c.wrong == Wrong.MISTAKEN.value) & self._by_face
        is_it |= (said_wrong.c.wrong == Wrong.REFUSED.value) & self._not_let_in
        about = (said_wrong.c.chain == of.chain) & (said_wrong.c.about == of.sequence)
        return self._told(said_wrong.c.wrong).join(said_wrong, about).where(is_it)

    def corrected(self) -> sa.Select[Any]:
        """What was corrected after an appeal."""
        of = self._table.c
        return (
            self._told(sa.literal(Wrong.REFUSED.value))
            .join(chain, chain.c.number == of.chain)
            .join(appeal, _IS_CHAINS & (appeal.c.sequence == of.sequence))
            .where(appeal.c.state == AppealState.CORRECTED.value, self._not_let_in)
        )

    def judged(self) -> sa.Select[Any]:
        """Accesses with whether each was granted to a face, and whether somebody was not let in."""
        as_number = [sa.case((each, 1), else_=0) for each in (self._by_face, self._not_let_in)]
        return self._told(*as_number)

    def _told(self, *kinds: sa.ColumnElement[Any]) -> sa.Select[Any]:
        of = self._table.c
        return self.whole(*kinds, of.chain, of.sequence, of.device, of.site, of.subject, self._hour)


_IS_CHAINS = (appeal.c.device == chain.c.device) & (appeal.c.epoch == chain.c.epoch)


def _looked_up(
    connection: sa.Connection, look_up: LookedUp, asked: _Asked, sites: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """What was said of accesses that the database has no more."""
    said = (
        sa.select(said_wrong.c.chain, said_wrong.c.about, said_wrong.c.wrong)
        .join(chain, chain.c.number == said_wrong.c.chain)
        .join(device, device.c.id == chain.c.device)
        .where(device.c.site.in_([*sites]))
    )
    corrected = (
        sa.select(chain.c.number, appeal.c.sequence, sa.literal(Wrong.REFUSED.value))
        .join(appeal, _IS_CHAINS)
        .where(appeal.c.state == AppealState.CORRECTED.value, appeal.c.site.in_([*sites]))
    )
    kinds: dict[tuple[int, int], set[str]] = {}
    for query in (said, corrected):
        for number, about, wrong in connection.execute(query):
            kinds.setdefault((number, about), set()).add(wrong)
    for is_face, is_refused, *told in look_up(asked.judged(), [*kinds]) if kinds else ():
        for kind in kinds[told[0], told[1]]:
            if is_face if kind == Wrong.MISTAKEN else is_refused:
                yield (kind, *told)


def _by_two(query: sa.Select[Any]) -> sa.Select[Any]:
    """By its first two columns."""
    return query.group_by(sa.text("1"), sa.text("2"))


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
