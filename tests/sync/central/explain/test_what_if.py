"""What other rules would have decided of what gates saw."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.decision import Crowding, Evidence, Outcome, Policy, TemperatureReading
from edge.signing.cose import microseconds
from sync.central.changes.policies import policy_of
from sync.central.explain.core.tally import ReferredDay, ReplayDoubt, WhatIf
from sync.central.explain.explaining import explain
from sync.central.explain.what_if import Cancelled, what_if
from sync.central.places.sight import EVERYWHERE
from sync.central.tables import archived_record, archived_version, event
from tests.sync.central.explain.conftest import RULES, resident
from tests.sync.central.explain.gate import Gate, code, face, shown
from tests.sync.central.explain.test_explaining import CASES
from tests.sync.central.registry.desk import DAY, SITE, START, Desk

GRANT, DENY = Outcome.GRANT, Outcome.DENY
MINUTE = timedelta(minutes=1)
SPAN = (microseconds(START), microseconds(START + 60 * DAY))


def asked(desk: Desk, policy: str | Policy = RULES) -> WhatIf:
    rules = policy_of(policy) if isinstance(policy, str) else policy
    return what_if(desk.store, SITE, rules, *SPAN)


def cells(found: WhatIf) -> dict[tuple[str, str], int]:
    return {
        (then.value, now.value): count
        for then, row in found.matrix.items()
        for now, count in row.items()
        if count
    }


def warm(celsius: float) -> Evidence:
    return shown(face=face("ann"), temperature=TemperatureReading(celsius, again=celsius))


def test_under_the_rules_that_held_nothing_would_differ_whatever_was_decided(desk: Desk, gate: Gate) -> None:
    for evidence, besides in CASES.values():
        gate.sees(evidence, **besides)  # type: ignore[arg-type]
    gate.sends()
    found = asked(desk)
    assert (found.total, found.differ, found.groups, found.doubts) == (len(CASES), 0, (), {})
    assert sum(cells(found).values()) == len(CASES)
    assert set(cells(found)) == {("grant", "grant"), ("deny", "deny"), ("refer", "refer")}


def test_what_differs_is_counted_grouped_and_named_by_examples(desk: Desk, gate: Gate) -> None:
    for number in range(8):
        gate.sees(warm(37.1), desk.now + number * MINUTE)
    gate.sees(shown(face=face("bob")), desk.now + 9 * MINUTE)
    gate.sees(shown(code=code("ann")), desk.now + 10 * MINUTE)
    gate.sends()
    colder = replace(
        policy_of(RULES.replace('[statuses.green]\nentry = "grant"', '[statuses.green]\nentry = "deny"')),
        temperature=replace(policy_of(RULES).temperature, limit=37.0),
    )
    found = asked(desk, colder)
    assert cells(found) == {("grant", "deny"): 9, ("deny", "deny"): 1}
    assert found.turned_away == 1, "the same person nine times"
    group, _ = found.groups
    assert (group.then, group.now, group.doubtful) == (GRANT, DENY, 0)
    milder = replace(policy_of(RULES), temperature=replace(policy_of(RULES).temperature, limit=37.0))
    found = asked(desk, milder)
    assert cells(found) == {("grant", "refer"): 8, ("deny", "deny"): 1, ("grant", "grant"): 1}
    [group] = found.groups
    assert (group.reason_then, group.reason_now, group.rule_now) == (
        "face_matched",
        "temperature_high",
        "temperature.limit",
    )
    assert group.at_gates == (("main", 8),)
    assert [item.sequence for item in group.examples] == [1, 2, 3, 4, 5]
    with desk.store.reading() as connection:
        first = group.examples[0]
        again = explain(connection, EVERYWHERE, first.device, bytes.fromhex(first.epoch), first.sequence)
    assert again.decision.reason == group.reason_then
    assert found.days == (ReferredDay("2026-03-03", 0, 8),)
    assert found.turned_away == 0


def test_a_person_is_judged_by_their_record_of_the_moment(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    desk.put(replace(resident("ann"), groups=frozenset({"moved-out"})))
    desk.publish()
    assert cells(asked(desk)) == {("grant", "grant"): 1}


def test_other_limits_of_people_count_anew_where_somebody_counted(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")), occupancy=60)
    gate.sees(shown(face=face("ann")), occupancy=None)
    gate.sees(shown(face=face("ann")), occupancy=100, crowding=Crowding.STOPPED)
    gate.sends()
    fewer = asked(desk, RULES.replace("stop = 100", "stop = 50"))
    assert cells(fewer) == {("grant", "refer"): 1, ("grant", "grant"): 1, ("refer", "refer"): 1}
    without = asked(desk, RULES.replace("[occupancy]\nstop = 100\n", ""))
    assert cells(without) == {("grant", "grant"): 2, ("refer", "grant"): 1}


def test_what_is_doubtful_is_counted_and_what_cannot_be_judged_is_left_out(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")), older=True)
    gate.sees(shown(face=face("bob")))
    gate.version = 9  # signed elsewhere
    gate.sees(shown(face=face("ann")))
    gate.sends()
    desk.now += DAY
    gate.version = 1
    gate.sees(shown(face=face("ann")), desk.now - 2 * 60 * MINUTE)  # it had no link for two hours
    gate.sends()
    desk.erase("bob")
    found = asked(desk)
    assert found.doubts == {
        ReplayDoubt.CIRCUMSTANCES: 1,
        ReplayDoubt.RECORD: 1,
        ReplayDoubt.VERSION: 1,
        ReplayDoubt.LINK: 1,
    }
    assert (found.total, sum(cells(found).values())) == (4, 2)


def test_an_event_that_nobody_can_read_is_counted_and_hides_no_other(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sees(shown(face=face("ann")))
    gate.sends()
    with desk.store.writing() as connection:
        connection.execute(sa.update(event).where(event.c.sequence == 1).values(body=b"\x00"))
    found = asked(desk)
    assert found.doubts == {ReplayDoubt.UNREADABLE: 1}
    assert cells(found) == {("grant", "grant"): 1}


def test_what_the_gates_judged_by_the_old_rules_is_named(desk: Desk) -> None:
    assert asked(desk).judged == ()
    rules = policy_of(RULES)
    assert len(asked(desk, replace(rules, face=replace(rules.face, false_matches=0.0001))).judged) == 1
    assert len(asked(desk, replace(rules, proof_window=5)).judged) == 1


def test_a_gate_whose_journal_has_a_gap_is_not_complete(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sees(shown(face=face("ann")))
    gate.waiting = gate.waiting[1:]
    gate.sends()
    found = asked(desk)
    assert (found.gates, found.complete) == (2, 1)


def test_only_decisions_of_this_site_and_span_count(desk: Desk, gate: Gate) -> None:
    for days in range(4):
        gate.sees(shown(face=face("ann")), desk.now + days * DAY)
    gate.sends()
    span = microseconds(desk.now + DAY), microseconds(desk.now + 3 * DAY)
    found = what_if(desk.store, SITE, policy_of(RULES), *span)
    assert (found.since, found.until, found.total) == (*span, 2)
    assert what_if(desk.store, "elsewhere", policy_of(RULES), *SPAN).total == 0


def test_progress_is_told_page_by_page_and_it_ends_when_nobody_waits(desk: Desk, gate: Gate) -> None:
    for number in range(7):
        gate.sees(shown(face=face("ann")), desk.now + number * MINUTE)
    gate.sends()
    told: list[tuple[int, int]] = []

    def on(done: int, wanted: int) -> bool:
        told.append((done, wanted))
        return True

    found = what_if(desk.store, SITE, policy_of(RULES), *SPAN, on, page=3)
    assert told == [(0, 7), (3, 7), (6, 7), (7, 7)]
    assert found.total == 7
    assert all(first < second for (first, _), (second, _) in pairwise(told))
    with pytest.raises(Cancelled):
        what_if(desk.store, SITE, policy_of(RULES), *SPAN, lambda done, _: done < 3, page=3)


def test_without_an_archive_nothing_is_guessed(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    with desk.store.writing() as connection:
        connection.execute(archived_record.delete())
        connection.execute(archived_version.delete())
    found = asked(desk)
    assert (found.doubts, cells(found)) == ({ReplayDoubt.VERSION: 1}, {})
