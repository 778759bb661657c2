"""Reads the flow: who is inside now, its course, and the rates of gates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.accesses.completeness import Completeness, completeness_of
from sync.central.flow.by_device import counted_by_gates, counted_by_journals
from sync.central.flow.core import (
    NOTHING,
    TOTAL,
    Counts,
    Inside,
    Moves,
    OfGate,
    Sign,
    Where,
    WhereKind,
    compared,
    inside_of,
    moves_of,
    people_over_time,
    placed,
)
from sync.central.flow.days import days_now, turns_of
from sync.central.flow.parts import JOINED, SUMS, Parts, in_parts, parts_of
from sync.central.flow.tables import flow_correction, flow_count, flow_day
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.tables import chain, device
from sync.central.units import MINUTE, SECOND

COURSE = 30
"""Minutes of the short line beside each gate."""
_OFF_BY = 300 * SECOND
"""A clock that is off by more is said."""
_SETTLED_AFTER = 120 * SECOND
"""So long after a gate told its counts nothing of them is under way, if it was heard since."""


@dataclass(frozen=True)
class People:
    """The people inside a gate's, site's, zone's or place's bounds now, and today's passages."""

    inside: int
    entered: int
    left: int
    deficit: int = 0
    estimated: bool = False
    off: int = 0


@dataclass(frozen=True)
class LateEvents:
    """Late events of one gate that arrived in the minute of `arrived`: so many more inside (or fewer), in the
    minutes from `first` to `last`.
    """

    device: str
    arrived: int
    first: int
    last: int
    inside: int
    passages: int


@dataclass(frozen=True)
class FlowCourse:
    """The flow of one thing by spans of `step` (microseconds) from `since` on: how many were inside at the
    end of each, how many came and went in it; and what was corrected in this time.
    """

    since: int
    step: int
    inside: tuple[int, ...]
    entered: tuple[int, ...]
    left: tuple[int, ...]
    corrected: tuple[LateEvents, ...]


@dataclass(frozen=True)
class GateRate:
    """Who passed one gate, by the minute, the oldest first: the last is the last minute that is over."""

    device: str
    site: str
    gate: str
    entered: tuple[int, ...]
    left: tuple[int, ...]


def inside_now(connection: sa.Connection, sight: Sight, now: int) -> dict[str, Inside]:
    """The people inside each site in sight that counted anything."""
    days = days_now(connection, sight, now)
    counts = counted_by_journals(connection, sight, days, now)
    own = counted_by_gates(connection, sight, days)
    gates: dict[str, list[OfGate]] = defaultdict(list)
    off: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(_devices(sight)):
        if row.clock_offset is not None and abs(row.clock_offset) > _OFF_BY:
            off[row.site].append(row.id)
        journal, theirs = counts.get(row.id), own.get(row.id)
        if journal is None and theirs is None:
            continue
        told = None if theirs is None else theirs[0]
        settled = theirs is not None and _is_settled(theirs[1], row.last_seen, now)
        of_gate = compared(journal or NOTHING, told, owes=bool(row.owes or row.waiting), settled=settled)
        gates[row.site].append(OfGate(row.id, row.gate, of_gate))
    return {name: inside_of(days.get(name, ""), each, off[name]) for name, each in gates.items()}


def people_in(
    connection: sa.Connection, where: Where, now: int, sites: Mapping[str, Inside] | None = None
) -> People:
    """The people inside one thing now; `sites` are those of `inside_now`, where somebody asked already."""
    parts = parts_of(connection, where)
    if sites is None:
        sites = inside_now(connection, EVERYWHERE, now)
    moves, deficit, estimated, off = Moves(), 0, False, 0
    for name, signs in parts.items():
        of_site = sites.get(name)
        if of_site is None:
            continue
        off += sum(signs is None or each in signs for each in of_site.off)
        if signs is None:
            moves = moves.plus(Moves(of_site.entered, of_site.left, of_site.inside))
            deficit += of_site.deficit
            estimated |= of_site.is_estimated
            continue
        for each in of_site.gates:
            if each.device in signs:
                moves = moves.plus(moves_of(each.compared.counted, signs[each.device]))
                estimated |= any(each.compared.counted[2:5])
    return People(
        max(0, moves.inside), moves.entered, moves.left, deficit + max(0, -moves.inside), estimated, off
    )


def course(
    connection: sa.Connection, where: Where, since: int, until: int, step: int, now: int | None = None
) -> FlowCourse:
    """The flow of one thing in spans of `step`, from that of `since` on and up to `until`."""
    since -= since % step
    begins = range(since, until, step)
    parts = parts_of(connection, where)
    turns = turns_of(connection, parts, since, until if now is None else now)
    inside, entered, left = ([0] * len(begins) for _ in range(3))
    moves = _moves(connection, parts, turns, since, step)
    for moved in moves.values():
        people = people_over_time(turns[moved.site], moved.inside, moved.totals, begins, step)
        # A site has nobody inside where more left than came; of gates it is their sum that counts.
        whole = where.kind in {WhereKind.SITE, WhereKind.PLACE}
        for place, each in enumerate(people):
            inside[place] += max(0, each) if whole else each
        for begin, (came, went) in moved.passed.items():
            if begin < until:
                entered[(begin - since) // step] += came
                left[(begin - since) // step] += went
    return FlowCourse(
        since,
        step,
        tuple(max(0, each) for each in inside),
        tuple(entered),
        tuple(left),
        tuple(_corrections(connection, parts, since, until)),
    )


def rates(connection: sa.Connection, where: Where, now: int) -> list[GateRate]:
    """Who passed each gate of it in the last minutes, the busiest first."""
    end = now - now % MINUTE
    since = end - COURSE * MINUTE
    parts = parts_of(connection, where)
    query = (
        sa.select(device.c.id, device.c.site, device.c.gate, flow_count.c.begin, *SUMS)
        .select_from(JOINED)
        .where(in_parts(parts), flow_count.c.begin >= since, flow_count.c.begin < end)
        .group_by(device.c.id, device.c.site, device.c.gate, flow_count.c.begin)
    )
    lines: dict[tuple[str, str, str], tuple[list[int], list[int]]] = {}
    for row in connection.execute(_devices(EVERYWHERE).where(in_parts(parts), device.c.retired_at.is_(None))):
        lines[row.id, row.site, row.gate] = ([0] * COURSE, [0] * COURSE)
    for name, of_site, gate, begin, *each in connection.execute(query):
        signs = parts[of_site]
        moves = moves_of(tuple(map(int, each)), Sign.AS_IS if signs is None else signs[name])
        entered, left = lines.setdefault((name, of_site, gate), ([0] * COURSE, [0] * COURSE))
        entered[(begin - since) // MINUTE] += moves.entered
        left[(begin - since) // MINUTE] += moves.left
    found = [GateRate(*key, tuple(entered), tuple(left)) for key, (entered, left) in lines.items()]
    return sorted(found, key=lambda each: (-sum(each.entered) - sum(each.left), each.device))


def owing_of(connection: sa.Connection, where: Where, now: int) -> Completeness:
    """How many of its gates told all they wrote, have more to send, or were not heard."""
    return completeness_of(connection, in_parts(parts_of(connection, where)), now)


def known_since(connection: sa.Connection, sites: Iterable[str]) -> dict[str, int]:
    """Since when it is known who was inside each of these sites: since the first of its days whose begin is
    kept; where no day ever began, since the first minute that is counted.
    """
    found: dict[str, int] = {}
    of_counts = (
        sa.select(device.c.site, sa.func.min(flow_count.c.begin))
        .select_from(JOINED)
        .where(flow_count.c.begin > TOTAL)
    )
    of_days = sa.select(device.c.site, sa.func.min(flow_day.c.at)).select_from(
        flow_day.join(chain, chain.c.number == flow_day.c.chain).join(device, device.c.id == chain.c.device)
    )
    for query in (of_counts, of_days):
        those = query.where(device.c.site.in_([*sites])).group_by(device.c.site)
        found |= {name: int(at) for name, at in connection.execute(those)}
    return found


def nets(connection: sa.Connection, where: Where, since: int, until: int, step: int) -> list[int]:
    """How many more came than went in each span of `step` from `since` on, without corrections."""
    parts = parts_of(connection, where)
    found = [0] * len(range(since, until, step))
    query = (
        sa.select(device.c.id, device.c.site, flow_count.c.begin, *SUMS)
        .select_from(JOINED)
        .where(in_parts(parts), flow_count.c.begin >= since, flow_count.c.begin < until)
        .group_by(device.c.id, device.c.site, flow_count.c.begin)
    )
    for name, of_site, begin, *each in connection.execute(query):
        signs = parts[of_site]
        moves = moves_of(tuple(map(int, each)), Sign.AS_IS if signs is None else signs[name])
        found[(begin - since) // step] += moves.entered - moves.left
    return found


# --- inside --------------------------------------------------------------------------------

_Turns = Mapping[str, list[tuple[int, str]]]


@dataclass
class _Moved:
    """What one site, or one gate of a zone, moved: by span and day, and in whole days."""

    site: str
    inside: dict[tuple[int, str], int]
    totals: dict[str, int]
    passed: dict[int, tuple[int, int]]


def _moves(
    connection: sa.Connection, parts: Parts, turns: _Turns, since: int, step: int
) -> dict[str, _Moved]:
    """What each site (or each gate, where only some of a site's belong to it) moved from `since` on."""
    found: dict[str, _Moved] = {}
    begin = (flow_count.c.begin - flow_count.c.begin % step).label("span")
    days = _whole_days(connection, parts, [*{day for each in turns.values() for _, day in each}, ""])
    query = (
        sa.select(device.c.id, device.c.site, begin, flow_count.c.day, *SUMS)
        .select_from(JOINED)
        .where(in_parts(parts), flow_count.c.begin >= since)
        .group_by(device.c.id, device.c.site, sa.text("span"), flow_count.c.day)
    )

    def moves_by(name: str, of_site: str, day: str, each: Counts) -> tuple[_Moved, Moves]:
        signs = parts[of_site]
        counts = placed(each, days.get((name, of_site, day), NOTHING))
        moved = found.setdefault(of_site if signs is None else name, _Moved(of_site, {}, {}, {}))
        return moved, moves_of(counts, Sign.AS_IS if signs is None else signs[name])

    for (name, of_site, day), whole in days.items():
        moved, moves = moves_by(name, of_site, day, whole)
        moved.totals[day] = moved.totals.get(day, 0) + moves.inside
    for name, of_site, span, day, *each in connection.execute(query):
        moved, moves = moves_by(name, of_site, day, tuple(map(int, each)))
        moved.inside[span, day] = moved.inside.get((span, day), 0) + moves.inside
        came, went = moved.passed.get(span, (0, 0))
        moved.passed[span] = (came + moves.entered, went + moves.left)
    return found


def _whole_days(
    connection: sa.Connection, parts: Parts, days: Iterable[str]
) -> Mapping[tuple[str, str, str], Counts]:
    """What each gate counted in each of these days as a whole, by device, site and day."""
    query = (
        sa.select(device.c.id, device.c.site, flow_count.c.day, *SUMS)
        .select_from(JOINED)
        .where(in_parts(parts), flow_count.c.begin == TOTAL, flow_count.c.day.in_([*days]))
        .group_by(device.c.id, device.c.site, flow_count.c.day)
    )
    return {(*row[:3],): tuple(map(int, row[3:])) for row in connection.execute(query)}


def _corrections(connection: sa.Connection, parts: Parts, since: int, until: int) -> Iterable[LateEvents]:
    """What late events corrected in this time, the newest first."""
    c = flow_correction.c
    query = (
        sa.select(device.c.id, c.arrived, c.first, c.last, c.inside, c.passages)
        .select_from(
            flow_correction.join(chain, chain.c.number == c.chain).join(device, device.c.id == chain.c.device)
        )
        .where(in_parts(parts), c.last >= since, c.first < until)
        .order_by(c.arrived.desc(), device.c.id)
        .limit(_MOST_CORRECTIONS)
    )
    return [LateEvents(*row) for row in connection.execute(query)]


_MOST_CORRECTIONS = 500


def _devices(sight: Sight) -> sa.Select[tuple[object, ...]]:
    owes = sa.exists().where(chain.c.device == device.c.id, chain.c.highest > chain.c.prefix)
    return sa.select(
        *(device.c[name] for name in ("id", "site", "gate", "last_seen", "clock_offset", "waiting")),
        owes.label("owes"),
    ).where(sight.of(device.c.site)).order_by(device.c.site, device.c.gate, device.c.id)  # fmt: skip


def _is_settled(told_at: int, last_seen: int | None, now: int) -> bool:
    return now - told_at > _SETTLED_AFTER and (last_seen or 0) - told_at > _SETTLED_AFTER // 2
