"""Whether somebody can pass, at each gate, each way, then and now."""

from __future__ import annotations

from datetime import timedelta

from edge.decision import Direction
from edge.signing.cose import microseconds
from sync.central.devices.devices import note_health
from sync.central.explain.passing import CanPass, can_pass
from sync.central.registry.archive import MissingVersion
from sync.wire import DeviceState, Health, Held
from tests.sync.central.explain.conftest import RED, RULES, resident
from tests.sync.central.explain.gate import Gate, face, shown
from tests.sync.central.registry.desk import DAY, SITE, START, Desk
from tests.sync.wire.examples import DEVICE

HOUR = timedelta(hours=1)
WEEK = 7 * DAY


def at(desk: Desk, who: str, when: object, now: object = None) -> dict[tuple[str, str], CanPass]:
    moment = microseconds(when)  # type: ignore[arg-type]
    with desk.store.reading() as connection:
        found = can_pass(connection, SITE, who, moment, microseconds(desk.now) if now is None else moment)
    return {(item.gate, item.direction.value): item for item in found}


def said(item: CanPass) -> tuple[str, str, str]:
    assert item.passing is not None
    decision = item.passing.decision
    return decision.outcome.value, decision.reason.value, decision.rule


def test_each_gate_says_for_each_way_what_it_decides_by_which_rule(desk: Desk) -> None:
    found = at(desk, "bob", desk.now + HOUR)
    assert {key: said(item) for key, item in found.items()} == {
        ("main", "entry"): ("deny", "status_red", "statuses.red.entry"),
        ("main", "exit"): ("grant", "face_and_code_agree", "gates.main.mode"),
        ("rear", "entry"): ("deny", "status_red", "statuses.red.entry"),
        ("rear", "exit"): ("grant", "face_and_code_agree", "gates.rear.mode"),
    }
    assert said(at(desk, "nobody", desk.now)["main", "entry"])[:2] == ("deny", "subject_unknown")


def test_a_gate_that_told_of_an_access_leads_one_way(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(Direction.EXIT, face=face("ann")))
    gate.sends()
    assert [key for key in at(desk, "ann", desk.now) if key[0] == "main"] == [("main", "exit")]


def test_who_passed_in_last_is_asked_to_go_out_first(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")), desk.now + HOUR)
    gate.sends()
    assert said(at(desk, "ann", desk.now)["main", "entry"])[1] == "face_and_code_agree"
    assert said(at(desk, "ann", desk.now + 2 * HOUR)["main", "entry"])[1] == "anti_passback"


def test_then_and_now_go_by_the_rules_and_the_record_of_their_time(desk: Desk) -> None:
    then = desk.now + HOUR
    desk.put(resident("ann", RED))
    desk.write_policy(RULES.replace('[gates.rear]\nmode = "face_or_code"', '[gates.rear]\nmode = "code"'))
    desk.publish(WEEK)
    before, after = at(desk, "ann", then), at(desk, "ann", desk.now + HOUR)
    assert (said(before["main", "entry"])[0], said(after["main", "entry"])[0]) == ("grant", "deny")
    both = [item["rear", "exit"] for item in (before, after)]
    assert [item.passing and (item.passing.by_pass, item.passing.by_face) for item in both] == [
        (True, True),
        (True, False),
    ]


def test_by_which_version_a_gate_decided_is_what_it_said_itself_where_it_did(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("bob")), desk.now + HOUR)
    desk.put(resident("bob"))
    desk.publish(WEEK)  # this gate had no link, and went on by version 1
    gate.sees(shown(face=face("bob")), desk.now + HOUR)
    gate.sends()
    found = at(desk, "bob", desk.now)
    versions = {
        key: (not isinstance(item.version, MissingVersion) and item.version.version, item.is_certain)
        for key, item in found.items()
    }
    assert versions["main", "entry"] == (1, True)
    assert versions["rear", "entry"] == (2, False), "what was out: it never told of an access"
    assert said(found["main", "entry"])[1] == "status_red"
    with desk.store.writing() as connection:
        health = Health(DeviceState.ONLINE, microseconds(desk.now), held=Held(1))
        note_health(connection, DEVICE, health, microseconds(desk.now))
    now = at(desk, "bob", desk.now + 2 * HOUR, now=True)["main", "entry"]
    assert not isinstance(now.version, MissingVersion)
    assert (now.version.version, now.is_certain) == (1, True), "now it is what the gate reports to hold"


def test_before_the_archive_began_nothing_is_guessed(desk: Desk) -> None:
    found = at(desk, "ann", START - DAY)["main", "entry"]
    assert found.passing is None
    assert isinstance(found.version, MissingVersion)
