"""Makes alarms of cues by the rules: the grave kinds first, one of each kind and key, and so many at a place.

It runs in its caller's transaction, and one process of the centre at a time does: the others find nothing to
do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import sqlalchemy as sa

from sync.central.alarms.core import KINDS, AlarmKind, AlarmRule, Cue, Heard, StepKind, aged, hear, send
from sync.central.alarms.rows import (
    MANY,
    HeldAlarm,
    Key,
    held_of,
    insert_alarm,
    insert_steps,
    update_alarm,
)
from sync.central.alarms.rules import RulesInForce
from sync.central.alarms.tables import alarm, alarm_cue
from sync.central.alarms.waiting import CauseGone, SignalGroup, put, waiting
from sync.central.batched import batched
from sync.central.units import DAY, MINUTE, SECOND

PUT_OFF = 10 * MINUTE
"""What raised is tried again so much later."""
_LOCK = sa.text("SELECT pg_try_advisory_xact_lock((26481::bigint << 48) | 1)")


class Senders(Protocol):
    """Sends people for alarms, in the transaction that raises or ends these."""

    def send(self, connection: sa.Connection, held: HeldAlarm, now: int) -> bool:
        """Have somebody sent; returns whether that is done."""
        ...

    def take_back(self, connection: sa.Connection, number: int, now: int) -> None:
        """The alarm is over: who was sent need not go."""
        ...


class Nobody:
    """There is nobody to send."""

    def send(self, connection: sa.Connection, held: HeldAlarm, now: int) -> bool:
        del connection, held, now
        return False

    def take_back(self, connection: sa.Connection, number: int, now: int) -> None:
        pass


NOBODY = Nobody()


@dataclass(frozen=True)
class DigestRound:
    """What a round came to: how many alarms changed, whether more waits, and what of it raised."""

    changed: int = 0
    has_more: bool = False
    failures: tuple[str, ...] = ()


def is_mine(connection: sa.Connection) -> bool:
    """Whether this transaction is the one that makes alarms now."""
    return connection.dialect.name != "postgresql" or bool(connection.execute(_LOCK).scalar_one())


def digest(
    connection: sa.Connection,
    seen: Sequence[Cue | CauseGone],
    now: int,
    senders: Senders = NOBODY,
    grounds: RulesInForce | None = None,
    *,
    one_by_one: bool = False,
) -> DigestRound:
    """Make alarms of the cues that wait, and of what the loop has `seen` itself. With `one_by_one` what
    raises is put off alone, and the rest goes on; without, it ends the round.
    """
    groups, has_more = waiting(connection, now)
    for each in seen:
        put(groups, each)
    worker = _Digesting(connection, grounds or RulesInForce(connection), now, senders)
    failures = worker.digest(groups.values(), one_by_one=one_by_one)
    return DigestRound(worker.changed, has_more, failures)


def age(connection: sa.Connection, now: int, grounds: RulesInForce) -> int:
    """End the snoozes that are over, and make graver what nobody cares for; returns how many."""
    changed = 0
    for row in connection.execute(_AGEING, {"now": now}).all():
        held = held_of(row)
        rule = grounds.rule(held.kind, held.about.where, now)
        life, steps = aged(held.life, rule.settings.escalate_after * SECOND, now)
        if steps:
            update_alarm(connection, held, life, now)
            insert_steps(connection, held.number, steps, now, values={"severity": life.severity.value})
            changed += 1
    return changed


# --- inside --------------------------------------------------------------------------------

_AGEING = (
    sa.select(alarm)
    .where(
        alarm.c.open_key.is_not(None),
        (alarm.c.snoozed_until <= sa.bindparam("now"))
        | (alarm.c.taken_at.is_(None) & alarm.c.sent_at.is_(None) & alarm.c.snoozed_until.is_(None)),
    )
    .order_by(alarm.c.severity, alarm.c.number)
)


class _Digesting:
    """One round over groups of what is told."""

    def __init__(self, connection: sa.Connection, grounds: RulesInForce, now: int, senders: Senders) -> None:
        self._connection, self._grounds, self._now, self._senders = connection, grounds, now, senders
        self._open: dict[tuple[AlarmKind, object], int] = {}
        self.changed = 0

    def digest(self, groups: Iterable[SignalGroup], *, one_by_one: bool) -> tuple[str, ...]:
        order = sorted(groups, key=lambda group: KINDS[group.key[0]].severity)
        known = self._newest([group.key for group in order])
        beyond: dict[Key, SignalGroup] = {}
        failures = []
        for group in order:
            if one_by_one:
                failures += self._apart(group, known.get(group.key), beyond)
            else:
                self._one(group, known.get(group.key), beyond)
        for group in beyond.values():
            self._one(group, self._newest([group.key]).get(group.key), {})
        return tuple(failures)

    def _apart(
        self, group: SignalGroup, known: HeldAlarm | None, beyond: dict[Key, SignalGroup]
    ) -> list[str]:
        try:
            with self._connection.begin_nested():
                self._one(group, known, beyond)
        except Exception as error:  # noqa: BLE001 - it must not end all alarms; a database that is gone raises below again
            for those in _numbered(group.rows):
                later = sa.update(alarm_cue).where(those).values(due_at=self._now + PUT_OFF)
                self._connection.execute(later)
            kind, key = group.key
            return [f"{kind.value} {key[:64]}: {type(error).__name__}: {error}"]
        return []

    def _one(self, group: SignalGroup, known: HeldAlarm | None, beyond: dict[Key, SignalGroup]) -> None:
        rule = self._rule_of(group, known)
        if not rule.raises and (known is None or not known.life.is_open):
            self._forget(group.rows)
            return
        if self._waits(group, known, rule):
            return
        life = None if known is None else known.life
        heard = hear(life, group.signals, KINDS[group.key[0]], rule.severity, self._now)
        if any(each.is_new and each.life.is_open for each in heard) and self._is_full(group, rule):
            self._put_beyond(group, beyond)
            heard = tuple(each for each in heard if not each.is_new)
        for each in heard:
            self._keep(group, known, each, rule)
        if heard or len(group.ends) < len(group.rows):
            self._forget(group.rows)
        else:
            self._keep_the_end(group)

    def _rule_of(self, group: SignalGroup, known: HeldAlarm | None) -> AlarmRule:
        about = group.about if known is None or not known.life.is_open else known.about
        at = min((each.at for each in group.signals if not each.is_end), default=self._now)
        return self._grounds.rule(group.key[0], about.where, at)

    def _waits(self, group: SignalGroup, known: HeldAlarm | None, rule: AlarmRule) -> bool:
        """Whether it has to last longer before it is an alarm. What has ended before that never is one."""
        after = rule.settings.after * SECOND
        cues = [each for each in group.signals if not each.is_end]
        if not after or not cues or (known is not None and known.life.is_open):
            return False
        ended = max((each.at for each in group.signals if each.is_end), default=None)
        if ended is not None and ended >= max(each.until for each in cues):
            self._forget(group.rows)
            return True
        due = min(self._now, *(each.at for each in cues)) + after
        if due <= self._now:
            return False
        for those in _numbered(group.rows):
            self._connection.execute(sa.update(alarm_cue).where(those).values(due_at=due))
        return True

    def _is_full(self, group: SignalGroup, rule: AlarmRule) -> bool:
        """Whether as many alarms of the kind are open there as the rule lets be."""
        kind, about = group.key[0], group.about
        if group.key[1].startswith(MANY):
            return False
        if (kind, about.where) not in self._open:
            at = alarm.c.site == about.site if about.site is not None else alarm.c.place == about.place
            at = at if about.where != (None, None) else alarm.c.site.is_(None) & alarm.c.place.is_(None)
            query = sa.select(sa.func.count()).select_from(alarm)
            query = query.where(alarm.c.kind == kind.value, alarm.c.open_key.is_not(None), at)
            self._open[kind, about.where] = self._connection.execute(query).scalar_one()
        if self._open[kind, about.where] >= rule.settings.most_open:
            return True
        self._open[kind, about.where] += 1
        return False

    def _put_beyond(self, group: SignalGroup, beyond: dict[Key, SignalGroup]) -> None:
        """Count what finds no room in the one alarm that says so."""
        where = group.about.site if group.about.site is not None else group.about.place
        key = (group.key[0], f"{MANY}{'' if where is None else where}")
        into = beyond.setdefault(key, SignalGroup(key, replace(group.about, device=None, subject=None)))
        for each in group.signals:
            if not each.is_end:
                identity = f"{group.key[1]} {each.identity}"
                into.signals.append(replace(each, identity=identity, values={}))

    def _keep(self, group: SignalGroup, known: HeldAlarm | None, heard: Heard, rule: AlarmRule) -> None:
        life = heard.life
        if known is not None and not heard.is_new and life == known.life:
            return
        self.changed += 1
        if heard.is_new or known is None:
            number = insert_alarm(self._connection, group.key, group.about, rule.number, life, self._now)
            held = HeldAlarm(number, group.key[0], group.key[1], group.about, life)
        else:
            held = replace(known, life=life)
            update_alarm(self._connection, held, life, self._now)
        insert_steps(self._connection, held.number, heard.steps, self._now, values={"times": life.times})
        if not life.is_open:
            self._senders.take_back(self._connection, held.number, self._now)
        elif rule.settings.dispatch and {StepKind.RAISED, StepKind.AGAIN} & {*heard.steps}:
            self._send(held)

    def _send(self, held: HeldAlarm) -> None:
        if self._senders.send(self._connection, held, self._now):
            update_alarm(self._connection, held, send(held.life, self._now), self._now)
            insert_steps(self._connection, held.number, (StepKind.SENT,), self._now)

    def _keep_the_end(self, group: SignalGroup) -> None:
        """An end of which nothing is known waits for a day: what it ends may come late."""
        if not group.ends:
            return
        *others, last = sorted(group.ends)
        self._forget(others)
        those = alarm_cue.c.number == last
        if self._now - group.last >= DAY:
            self._forget([last])
        else:
            newest = max(each.at for each in group.signals)
            values = {"due_at": group.last + DAY, "at": newest}
            self._connection.execute(sa.update(alarm_cue).where(those).values(values))

    def _forget(self, rows: Sequence[int]) -> None:
        for those in _numbered(rows):
            self._connection.execute(sa.delete(alarm_cue).where(those))

    def _newest(self, keys: Sequence[Key]) -> Mapping[Key, HeldAlarm]:
        """The newest alarm of each kind and key."""
        by_kind = defaultdict[AlarmKind, list[str]](list)
        for kind, key in keys:
            by_kind[kind].append(key)
        found: dict[Key, HeldAlarm] = {}
        for kind, named in by_kind.items():
            for some in batched(named):
                those = (alarm.c.kind == kind.value) & alarm.c.key.in_(some)
                newest = sa.select(sa.func.max(alarm.c.number)).where(those).group_by(alarm.c.key)
                rows = self._connection.execute(
                    sa.select(alarm).where(alarm.c.number.in_(newest)).with_for_update()
                )
                found |= {(held.kind, held.key): held for held in map(held_of, rows)}
        return found


def _numbered(rows: Sequence[int]) -> Iterator[sa.ColumnElement[bool]]:
    """What names waiting signals by their numbers, some at a time."""
    return (alarm_cue.c.number.in_(some) for some in batched(rows))


def open_alarms(connection: sa.Connection, kinds: Iterable[AlarmKind]) -> tuple[HeldAlarm, ...]:
    """The open alarms of some kinds."""
    query = sa.select(alarm).where(alarm.c.open_key.is_not(None), alarm.c.kind.in_([*kinds]))
    return tuple(map(held_of, connection.execute(query.order_by(alarm.c.number))))
