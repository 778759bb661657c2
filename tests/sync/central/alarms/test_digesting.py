"""Cues become alarms: each once, by the rule of its place, and no flood hides a grave one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind, Severity
from sync.central.alarms.core.life import StepKind
from sync.central.alarms.digesting import DigestRound, age, digest
from sync.central.alarms.raising import end_cue, raise_cue, raise_cues
from sync.central.alarms.rows import MANY, HeldAlarm, held_of
from sync.central.alarms.rules import RulesInForce, stored_rules
from sync.central.alarms.tables import alarm, alarm_cue, alarm_rule, alarm_step
from sync.central.alarms.waiting import AT_ONCE, CauseGone, has_due
from sync.central.store import Store
from sync.central.units import DAY, HOUR, MINUTE, SECOND
from tests.sync.wire.examples import AT, DEVICE

SITE = "green-court"
FORCED, DARK, HELD_OPEN = AlarmKind.BARRIER_FORCED, AlarmKind.GATE_DARK, AlarmKind.BARRIER_HELD


def cue(kind: AlarmKind = FORCED, key: str = DEVICE, at: int = AT, **more: Any) -> Cue:
    return Cue(kind, SITE, DEVICE, key, at, **more)


def digested(store: Store, now: int = AT, *seen: Cue | CauseGone) -> DigestRound:
    with store.writing() as connection:
        return digest(connection, seen, now)


def alarms(store: Store) -> list[HeldAlarm]:
    with store.reading() as connection:
        return [held_of(row) for row in connection.execute(sa.select(alarm).order_by(alarm.c.number))]


def steps(store: Store) -> list[str]:
    with store.reading() as connection:
        return [*connection.execute(sa.select(alarm_step.c.what).order_by(alarm_step.c.number)).scalars()]


def waiting(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(alarm_cue)).scalar_one()


def rules(store: Store, kind: AlarmKind, settings: dict[str, object], *, raises: bool = True) -> None:
    with store.writing() as connection:
        values = {"kind": kind, "days": "1234567", "begins": 0, "ends": 0, "severity": 2, "raises": raises}
        more = {"settings": settings, "changed_at": AT, "changed_by": "he"}
        connection.execute(sa.insert(alarm_rule).values(values | more))


def test_ten_thousand_cues_of_one_beam_are_one_alarm(store: Store) -> None:
    with store.writing() as connection:
        raise_cues(connection, [cue(at=AT + each, evidence=((1, each),)) for each in range(10_000)], AT)
    rounds = 0
    while has_due_at(store, AT):
        digested(store)
        rounds += 1
    [only] = alarms(store)
    assert (only.life.times, only.life.severity, only.about.device) == (10_000, Severity.NOW, DEVICE)
    assert (rounds, steps(store), waiting(store)) == (10_000 // AT_ONCE, ["raised"], 0)


def has_due_at(store: Store, now: int) -> bool:
    with store.reading() as connection:
        return has_due(connection, now)


def test_a_grave_cue_is_looked_at_before_a_flood_of_others(store: Store) -> None:
    with store.writing() as connection:
        flood = [cue(AlarmKind.OVERRIDE_RATE, at=AT + each) for each in range(3 * AT_ONCE)]
        raise_cues(connection, flood, AT)
        raise_cue(connection, cue(AlarmKind.DURESS), AT + SECOND)
    assert digested(store, AT + SECOND).has_more
    assert AlarmKind.DURESS in {held.kind for held in alarms(store)}


def test_what_ends_by_itself_is_closed_and_comes_back_as_the_same(store: Store) -> None:
    digested(store, AT, cue(HELD_OPEN))
    digested(store, AT + MINUTE, CauseGone(HELD_OPEN, DEVICE, AT + MINUTE))
    digested(store, AT + 2 * MINUTE, cue(HELD_OPEN, at=AT + 2 * MINUTE))
    [only] = alarms(store)
    assert (only.life.is_open, only.life.times, steps(store)) == (True, 2, ["raised", "ended", "again"])


def test_an_end_that_comes_first_waits_for_a_day_for_what_it_ends(store: Store) -> None:
    with store.writing() as connection:
        for late in range(3):
            end_cue(connection, HELD_OPEN, DEVICE, AT + late, AT + late)
    digested(store, AT + SECOND)
    assert (waiting(store), alarms(store)) == (1, [])
    with store.writing() as connection:
        raise_cue(connection, cue(HELD_OPEN, at=AT + 1), AT + HOUR)
    digested(store, AT + HOUR)
    [only] = alarms(store)
    assert (only.life.is_open, waiting(store)) == (False, 0)


def test_an_end_of_nothing_is_forgotten_after_a_day(store: Store) -> None:
    with store.writing() as connection:
        end_cue(connection, HELD_OPEN, DEVICE, AT, AT)
    digested(store, AT)
    digested(store, AT + 2 * DAY)
    assert waiting(store) == 0


def test_what_has_to_last_is_no_alarm_before_and_never_where_it_ended(store: Store) -> None:
    rules(store, HELD_OPEN, {"after": 60})
    with store.writing() as connection:
        raise_cue(connection, cue(HELD_OPEN), AT)
    digested(store, AT + 59 * SECOND)
    assert (alarms(store), waiting(store), has_due_at(store, AT + 59 * SECOND)) == ([], 1, False)
    digested(store, AT + 60 * SECOND)
    assert len(alarms(store)) == 1
    with store.writing() as connection:
        raise_cue(connection, cue(HELD_OPEN, "other", AT + 70 * SECOND), AT + 70 * SECOND)
        digest(connection, (), AT + 70 * SECOND)
        end_cue(connection, HELD_OPEN, "other", AT + 80 * SECOND, AT + 80 * SECOND)
        digest(connection, (), AT + 80 * SECOND)
        digest(connection, (), AT + DAY)
    assert (len(alarms(store)), waiting(store)) == (1, 0)


def test_a_rule_may_say_that_there_is_no_such_alarm(store: Store) -> None:
    rules(store, FORCED, {}, raises=False)
    with store.writing() as connection:
        raise_cue(connection, cue(), AT)
    digested(store)
    assert (alarms(store), waiting(store)) == ([], 0)


def test_a_rule_that_matches_everything_fills_its_room_and_one_alarm_says_how_many_more(store: Store) -> None:
    rules(store, AlarmKind.KEY_AREA_PERSON, {"most_open": 5})
    with store.writing() as connection:
        raise_cues(connection, [cue(AlarmKind.KEY_AREA_PERSON, f"p{each}") for each in range(100)], AT)
        raise_cue(connection, cue(AlarmKind.TAMPERED), AT)
    digested(store)
    told = {held.key: held.life.times for held in alarms(store) if held.kind is AlarmKind.KEY_AREA_PERSON}
    assert (len(told), told[f"{MANY}{SITE}"]) == (6, 95)
    assert any(held.kind is AlarmKind.TAMPERED for held in alarms(store))


@pytest.mark.parametrize("minutes", [4, 5])
def test_what_nobody_takes_escalates_by_its_rule(store: Store, minutes: int) -> None:
    digested(store, AT, cue())
    with store.writing() as connection:
        changed = age(connection, AT + minutes * MINUTE, RulesInForce(connection))
    assert (changed, steps(store)) == ((1, ["raised", "escalated"]) if minutes == 5 else (0, ["raised"]))


@dataclass
class Sent:
    """Those who send people, as far as an alarm sees of them."""

    sent: list[int]
    over: list[int]

    def send(self, _: sa.Connection, held: HeldAlarm, __: int) -> bool:
        self.sent.append(held.number)
        return True

    def take_back(self, _: sa.Connection, number: int, __: int) -> None:
        self.over.append(number)


def test_somebody_is_sent_where_the_rule_says_so_and_once(store: Store) -> None:
    senders = Sent([], [])
    for number in range(3):
        with store.writing() as connection:
            digest(connection, [cue(at=AT + number)], AT, senders)
    [only] = alarms(store)
    assert senders.sent == [only.number]
    assert (only.life.sent_at, steps(store)) == (AT, [StepKind.RAISED, StepKind.SENT])


def test_who_was_sent_is_called_back_where_the_cause_goes(store: Store) -> None:
    senders = Sent([], [])
    for each in (cue(HELD_OPEN), CauseGone(HELD_OPEN, DEVICE, AT + SECOND)):
        with store.writing() as connection:
            digest(connection, [each], AT, senders)
    [only] = alarms(store)
    assert (senders.sent, senders.over) == ([], [only.number])


def test_an_alarm_of_a_place_or_of_the_centre_has_no_site(store: Store) -> None:
    digested(store, AT, Cue(AlarmKind.CENTRE_DEAF, None, None, "centre", AT))
    [only] = alarms(store)
    assert only.about.where == (None, None)


def test_a_rule_of_a_kind_and_settings_of_a_newer_version_fails_no_other(store: Store) -> None:
    rules(store, AlarmKind.GATE_DARK, {"after": "long"})
    with store.writing() as connection:
        connection.execute(sa.update(alarm_rule).values(kind="zz_newer"))
    rules(store, AlarmKind.GATE_DARK, {"after": 120})
    with store.reading() as connection:
        assert [rule.kind for rule in stored_rules(connection)] == ["zz_newer", AlarmKind.GATE_DARK]
