"""Why a gate decided as it did: the same decision from what was written down, or what of it is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.decision import (
    TEXTS,
    ClockTrust,
    Crowding,
    Direction,
    Evidence,
    Guidance,
    LastAccess,
    Mode,
    Outcome,
    PassEvidence,
    PassVerdict,
    Reason,
    TemperatureReading,
    Text,
)
from edge.journal.format import CommandRefused, told
from sync.central.explain.core.questions import QUESTIONS
from sync.central.explain.core.replay import ReplayGap
from sync.central.explain.explaining import Explanation, explain
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.registry.archive import MissingVersion
from sync.central.store import StoreError
from sync.central.tables import archived_record, archived_version
from tests.sync.central.explain.conftest import RED, RULES, resident
from tests.sync.central.explain.gate import Gate, code, face, shown
from tests.sync.central.registry.desk import START, Desk
from tests.sync.wire.examples import EPOCH

OUT = Direction.EXIT
HOT = TemperatureReading(38.0, again=38.1)
CASES = {
    "a resident": (shown(face=face("ann")), {}),
    "a red status": (shown(face=face("bob")), {}),
    "a stranger": (shown(face=face(None, 0.1)), {}),
    "a pass": (shown(code=code("ann")), {}),
    "a used pass": (shown(code=code("ann", once=True, used=True)), {}),
    "a forged pass": (shown(code=PassEvidence(PassVerdict.FORGED)), {}),
    "nobody": (Evidence(Direction.ENTRY), {}),
    "hot": (shown(face=face("ann"), temperature=HOT), {}),
    "full": (shown(face=face("ann")), {"occupancy": 100, "crowding": Crowding.STOPPED}),
    "held by order": (shown(face=face("ann")), {"held_until": START}),
    "locked down": (shown(face=face("ann")), {"locked_down": True}),
    "locked by order": (shown(face=face("ann")), {"ordered_mode": Mode.LOCKED}),
    "free by order": (shown(face=face("bob")), {"ordered_mode": Mode.FREE}),
    "an unsure clock": (shown(face=face("ann")), {"trust": ClockTrust.UNTRUSTED}),
    "passed back": (
        shown(face=face("ann")),
        {"last_access": LastAccess(Direction.ENTRY, START, ClockTrust.TRUSTED, "main")},
    ),
    "on the way out": (shown(OUT, face=face("bob")), {}),
}


def explained(desk: Desk, sequence: int, epoch: bytes | None = None) -> Explanation:
    with desk.store.reading() as connection:
        return explain(connection, EVERYWHERE, "gp-0001", epoch, sequence)


def test_every_kind_of_decision_is_the_same_when_it_is_made_again(desk: Desk, gate: Gate) -> None:
    entries = [gate.sees(evidence, **besides) for evidence, besides in CASES.values()]  # type: ignore[arg-type]
    gate.sends()
    desk.put(resident("ann", RED))  # whatever is published since
    desk.write_policy('[gates.main]\nmode = "locked"\n')
    desk.publish()
    for name, entry in zip(CASES, entries, strict=True):
        found = explained(desk, entry.sequence)
        assert found.is_same, name
        assert found.gaps == (), name
        won = [line for line in found.lines if line.won]
        assert len(won) == (found.decision.outcome is not Outcome.GRANT), name
        assert all(line.won.rule == found.decision.rule for line in won if line.won), name
        assert all(line.question.spoken() and line.key for line in found.lines), name
        for instead in found.instead:
            assert instead.decision.outcome is not Outcome.DENY, name


def test_an_event_out_of_sight_is_as_one_that_is_not_there(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("bob")))
    gate.sends()
    with desk.store.reading() as connection:
        for sight, sequence in ((Sight(), 1), (EVERYWHERE, 2)):
            with pytest.raises(StoreError, match=f"there is no event {sequence} of"):
                explain(connection, sight, "gp-0001", None, sequence)


def test_what_the_person_was_shown_is_as_discreet_as_the_rules_of_that_time(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("bob")))
    desk.write_policy(f"{RULES}\n[screen]\ndiscreet = true\n")
    desk.publish()
    gate.installs()
    gate.sees(shown(face=face("bob")))
    gate.sends()
    openly, discreetly = (explained(desk, sequence) for sequence in (1, 2))
    assert openly.decision.reason is discreetly.decision.reason is Reason.STATUS_RED
    assert openly.shown == TEXTS[Reason.STATUS_RED]
    assert discreetly.shown == Guidance(Text("请联系社区", "Please call the community office"))


def test_the_rules_stand_in_the_order_in_which_they_were_asked(desk: Desk, gate: Gate) -> None:
    last = LastAccess(Direction.ENTRY, START, ClockTrust.TRUSTED, "main")
    gate.sees(shown(face=face("bob")), last_access=last, occupancy=41)
    gate.sends()
    found = explained(desk, 1)
    assert [line.number for line in found.lines] == list(range(1, len(QUESTIONS) + 1))
    said = {line.name: (line.key, line.seen and line.seen.spoken()) for line in found.lines}
    assert said["gate.locked"] == ("gates.main.mode", "face or pass")
    assert said["code.refused"] == ("pass", None), "it does not apply"
    assert said["face.refused"] == ("face.false_matches", "0.71, needed 0.52")
    assert said["person.unknown"] == ("subjects", "bob, known")
    assert said["person.status_rule"] == ("statuses.red.entry", "Red, recorded from 2026-03-02 08:00")
    assert said["access.anti_passback"] == (
        "anti_passback.entry",
        "last in at 2026-03-02 08:00, main",
    )
    assert said["access.site_full"] == ("occupancy.stop", "41 / 100")
    objections = [(line.name, line.won is not None) for line in found.lines if line.objections]
    assert objections == [("person.status_rule", True), ("access.anti_passback", False)]
    personal = {line.name for line in found.lines if line.seen and line.seen.of_person}
    assert {"person.unknown", "person.status_rule", "access.anti_passback"} <= personal
    assert found.shown is not None
    assert found.shown == TEXTS[Reason.STATUS_RED]
    assert found.decision.grounds == RED


def test_what_would_have_helped_is_found_by_deciding_again(desk: Desk, gate: Gate) -> None:
    last = LastAccess(Direction.ENTRY, START, ClockTrust.TRUSTED, "main")
    gate.sees(shown(face=face("bob")), last_access=last)
    gate.sees(shown(face=face("ann")))
    gate.sends()
    helped = [
        (" + ".join(change.spoken() for change in item.changes), item.decision.outcome.value)
        for item in explained(desk, 1).instead
    ]
    assert helped == [
        ("in the other direction", "grant"),
        ("with a green status", "refer"),
        ("with a green status + after passing the other way", "grant"),
    ]
    assert explained(desk, 2).instead == (), "they were let in"


def test_an_older_event_is_decided_again_and_says_what_it_does_not_say(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")), older=True)
    gate.sees(shown(face=face("ann")), older=True, crowding=Crowding.STOPPED)
    gate.sends()
    same, other = explained(desk, 1), explained(desk, 2)
    assert (same.is_same, same.gaps) == (True, (ReplayGap.CIRCUMSTANCES,))
    assert (other.is_same, other.gaps) == (False, (ReplayGap.CIRCUMSTANCES,))
    assert other.again is not None
    assert (other.decision.reason, other.again.reason) == ("site_full", "face_matched")


def test_a_version_that_is_not_kept_is_said_and_nothing_is_guessed(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    with desk.store.writing() as connection:
        connection.execute(archived_record.delete())
        connection.execute(archived_version.delete())
    found = explained(desk, 1)
    assert isinstance(found.version, MissingVersion)
    assert (found.again, found.lines, found.instead) == (None, (), ())
    assert found.gaps == (ReplayGap.VERSION,)


def test_an_erased_person_is_not_taken_for_one_who_was_unknown(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    desk.erase("ann")
    found = explained(desk, 1)
    assert (found.again, found.gaps) == (None, (ReplayGap.RECORD,))
    assert not isinstance(found.version, MissingVersion)
    assert found.version is not None
    assert found.version.erased == 1


def test_somebody_whom_an_urgent_list_had_revoked_was_unknown_to_the_gate(desk: Desk, gate: Gate) -> None:
    gate.revoked.add("ann")
    gate.sees(shown(face=face("ann")))
    gate.sends()
    found = explained(desk, 1)
    assert (found.decision.reason, found.is_same, found.gaps) == ("subject_unknown", True, ())


def test_a_gate_without_a_registry_denied_everybody(desk: Desk) -> None:
    bare = Gate(desk)
    bare.sees(shown(face=face("ann")))
    bare.sends()
    found = explained(desk, 1)
    assert (found.decision.reason, found.is_same, found.version) == ("registry_missing", True, None)


def test_a_certificate_was_judged_by_lists_that_are_not_kept(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(code=PassEvidence(PassVerdict.INSUFFICIENT)))
    gate.sends()
    found = explained(desk, 1)
    assert (found.is_same, found.gaps) == (True, (ReplayGap.LISTS,))


def test_what_is_no_decision_or_not_there_is_named(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.writes(CommandRefused("forged", 1), desk.now)  # type: ignore[arg-type]
    gate.sends()
    assert told(CommandRefused("forged", 1))[0] == "command_refused"
    for sequence, epoch, says in (
        (2, None, "event 2 of gp-0001 is command_refused, expected access_decided"),
        (3, None, "there is no event 3 of 'gp-0001'"),
        (1, bytes(16), "there is no event 1"),
    ):
        with pytest.raises(StoreError, match=says):
            explained(desk, sequence, epoch)
    assert explained(desk, 1, EPOCH).is_same


def test_without_an_epoch_the_newest_that_has_the_event_is_meant(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sees(shown(face=face("ann")))
    newer = Gate(desk, epoch=bytes(range(1, 17)))
    newer.installs()
    newer.sees(shown(face=face("bob")))
    for each in (gate, newer):
        each.sends()
    assert explained(desk, 1).subject == "bob"
    assert explained(desk, 2).subject == "ann"
    assert explained(desk, 1, EPOCH).subject == "ann"


def test_an_hour_at_which_they_could_pass_is_named_where_the_hour_was_the_matter(desk: Desk) -> None:
    desk.write_policy(
        '[gates.main]\nmode = "code"\n[statuses.green]\nentry = "grant"\n[[access]]\nid = "day"\n'
        "periods = [{ start = 08:00:00, end = 18:00:00 }]\n"
    )
    desk.publish()
    gate = Gate(desk)
    gate.installs()
    gate.sees(shown(code=code("ann")), at=desk.now + timedelta(hours=13))  # 21:00 at the site
    gate.sends()
    found = explained(desk, 1)
    assert found.decision.reason == "outside_hours"
    [helped] = [item for item in found.instead if item.grants]
    assert helped.changes[0].spoken() == "from 2026-03-05 08:00 on"
