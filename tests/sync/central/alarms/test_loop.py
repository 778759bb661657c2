"""The loop makes alarms of what is stored and of what is so, and ends them; time is what the tests say."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason, Subject
from edge.journal.format import (
    AccessDecided,
    Event,
    GateFaultReported,
    GateFaultSettled,
    LaneClosed,
    LaneForced,
    LaneHeldTooLong,
    LaneOpened,
    LaneReset,
    LaneTamper,
    LaneTamperEnded,
)
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.alarms.core.kinds import AlarmKind, Severity
from sync.central.alarms.core.rules import AlarmRule, Settings
from sync.central.alarms.digesting import PUT_OFF
from sync.central.alarms.listing import (
    AlarmFilters,
    ListedAlarm,
    Watcher,
    alarms_in,
    evidence_of,
    watcher_of,
)
from sync.central.alarms.loop import AlarmLoop
from sync.central.alarms.rows import insert_alarm
from sync.central.alarms.tables import alarm, alarm_cue, alarm_rule
from sync.central.alarms.trying import would_raise
from sync.central.devices.devices import enrol_device, put_site, retire_device
from sync.central.followers import FOLLOWERS
from sync.central.journals.findings import FindingKind, record_device_findings
from sync.central.journals.journals import store_batch
from sync.central.people.subjects import put_subject
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store
from sync.central.tables import device
from sync.central.tables import site as sites
from sync.central.task_senders import TaskSenders
from sync.central.units import DAY, HOUR, MINUTE, SECOND
from sync.wire import batch_of
from tests.sync.central.accesses.examples import Happened, journal
from tests.sync.central.reported.test_recording import probed
from tests.sync.wire.examples import AT, DEVICE, KEY

SITE, REAR, SIDE = "green-court", "gp-0002", "gp-0003"
EPOCHS = {DEVICE: b"e" * 16, REAR: b"f" * 16, SIDE: b"g" * 16}
ADMINISTRATOR = Actor(1, "Wang", (RoleGrant(Role.ADMINISTRATOR),), Via.SESSION)


class Centre:
    """A database with three gates that are heard all the time, a loop, and a clock."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, AT
        self.loop = AlarmLoop(store, lambda: self.now, senders=TaskSenders())
        self.heard(DEVICE, REAR, SIDE)

    def heard(self, *devices: str) -> None:
        with self.store.writing() as connection:
            seen = sa.update(device).where(device.c.id.in_(devices)).values(last_seen=self.now)
            connection.execute(seen)

    def tells(
        self, *happened: Happened, of: str = DEVICE, begin: int = 0, epoch: bytes | None = None
    ) -> None:
        """What a gate's journal says from event `begin` on; its clock and the centre's are one."""
        entries = journal(happened, epoch=epoch or EPOCHS[of], gate="main")[begin:]
        with self.store.writing() as connection:
            store_batch(connection, of, batch_of(entries, begin), self.now, FOLLOWERS)

    def after(self, time: int, *devices: str) -> Centre:
        """So long later; the `devices` are heard then."""
        self.now += time
        self.heard(*devices)
        self.loop.look()
        return self

    def alarms(self, who: Actor = ADMINISTRATOR, *, is_open: bool | None = True) -> list[ListedAlarm]:
        with self.store.reading() as connection:
            return alarms_in(connection, watcher_of(who), AlarmFilters(is_open=is_open))

    def kinds(self, **how: Any) -> list[str]:
        return [each.kind.value for each in self.alarms(**how)]

    def rule(self, kind: AlarmKind, **settings: object) -> None:
        values = {"kind": kind, "days": "1234567", "begins": 0, "ends": 0, "severity": 1, "raises": True}
        with self.store.writing() as connection:
            more = {"settings": settings, "changed_at": AT, "changed_by": "he"}
            connection.execute(sa.insert(alarm_rule).values(values | more))


@pytest.fixture
def centre(store: Store) -> Centre:
    with store.writing() as connection:
        enrol_device(connection, SIDE, (SITE, "side"), KEY.public_key().public_bytes_raw(), 1)
    return Centre(store)


ALL = (DEVICE, REAR, SIDE)


# --- what journals tell ---


def test_a_forced_barrier_is_an_alarm_until_somebody_closes_it(centre: Centre) -> None:
    centre.tells(LaneForced())
    [forced] = centre.after(SECOND, *ALL).alarms()
    assert (forced.kind, forced.gate, forced.where) == (AlarmKind.BARRIER_FORCED, "main", SITE)
    centre.tells(LaneForced(), LaneReset("wang", "seen", "break_in"), begin=1)
    [still] = centre.after(10 * SECOND, *ALL).alarms()
    assert (still.life.is_open, still.life.is_over, still.number) == (True, True, forced.number)


@pytest.mark.parametrize(
    ("begun", "ended", "kind", "closes"),
    [
        (LaneHeldTooLong("beam_1"), LaneClosed(), AlarmKind.BARRIER_HELD, True),
        (LaneTamper(), LaneTamperEnded(), AlarmKind.TAMPERED, False),
        (GateFaultReported("wang", "camera"), GateFaultSettled("wang", 1), AlarmKind.FAULT_REPORTED, True),
    ],
)
def test_what_the_gate_ends_is_over(
    centre: Centre, begun: Event, ended: Event, kind: AlarmKind, closes: bool
) -> None:
    centre.tells(begun)
    assert centre.after(SECOND, *ALL).kinds() == [kind]
    centre.tells(begun, ended, begin=1)
    centre.after(10 * SECOND, *ALL)
    [listed] = centre.alarms(is_open=None)
    assert (listed.life.is_over, listed.life.is_open) == (True, not closes)


# --- what is so ---


def test_a_gate_without_a_link_is_an_alarm_until_it_is_heard_again(centre: Centre) -> None:
    assert centre.after(2 * MINUTE, DEVICE, REAR).kinds() == []
    [dark] = centre.after(90 * SECOND, DEVICE, REAR).alarms()
    assert (dark.kind, dark.about.device, dark.life.first_at) == (AlarmKind.GATE_DARK, SIDE, AT)
    assert centre.after(MINUTE, *ALL).kinds() == []
    [over] = centre.alarms(is_open=False)
    assert (over.life.closed_by, over.life.times) == ("", 1)


def test_a_gate_that_gives_one_sign_and_dies_is_an_alarm_again(centre: Centre) -> None:
    assert centre.after(5 * MINUTE, DEVICE, REAR).kinds() == ["gate_dark"]
    centre.heard(SIDE)
    assert centre.after(2 * SECOND, DEVICE, REAR).kinds() == ["gate_dark"], "not looked at yet"
    assert centre.after(4 * SECOND, DEVICE, REAR).kinds() == []
    assert centre.after(5 * MINUTE, DEVICE, REAR).kinds() == ["gate_dark"]


def test_a_gate_that_is_taken_out_of_service_is_no_alarm_any_more(centre: Centre) -> None:
    assert centre.after(5 * MINUTE, DEVICE, REAR).kinds() == ["gate_dark"]
    with centre.store.writing() as connection:
        retire_device(connection, SIDE, centre.now)
    assert centre.after(MINUTE, DEVICE, REAR).kinds() == []


def test_a_broker_that_dies_is_one_alarm_and_the_gates_have_time_to_come_back(centre: Centre) -> None:
    names = [f"gp-1{number:03}" for number in range(300)]
    with centre.store.writing() as connection:
        for name in names:
            enrol_device(connection, name, (SITE, name), KEY.public_key().public_bytes_raw(), 1)
    centre.heard(*names)
    for _ in range(20):
        centre.after(30 * SECOND)
    [deaf] = centre.alarms()
    assert (deaf.kind, deaf.life.values, deaf.life.first_at) == (
        AlarmKind.CENTRE_DEAF,
        {"gates": 303, "of": 303},
        AT,
    )
    back = (*ALL, *names[:298])
    assert centre.after(30 * SECOND, *back).kinds() == []
    assert centre.after(2 * MINUTE, *back).kinds() == []
    assert centre.after(2 * MINUTE, *back).kinds() == ["gate_dark"] * 2


def test_a_probe_that_fails_is_an_alarm_until_one_works(centre: Centre) -> None:
    centre.tells((1, probed("camera")))
    [failed] = centre.after(SECOND, *ALL).alarms()
    assert (failed.kind, failed.life.values["detail"]) == (AlarmKind.PROBE_FAILED, "camera")
    centre.tells((1, probed("camera")), (60, probed()), begin=1)
    assert centre.after(MINUTE, *ALL).kinds() == []


def test_a_gap_is_an_alarm_where_it_is_not_filled_in_time(centre: Centre) -> None:
    happened = [(second, LaneClosed()) for second in range(9)]
    centre.tells(*happened, begin=5)
    assert centre.after(29 * MINUTE, *ALL).kinds() == []
    [gap] = centre.after(2 * MINUTE, *ALL).alarms()
    assert (gap.kind, gap.life.values["count"]) == (AlarmKind.JOURNAL_GAP, 5)
    centre.tells(*happened)
    assert centre.after(10 * SECOND, *ALL).kinds() == []


def test_a_finding_that_two_gates_have_one_identity_is_raised_once(centre: Centre) -> None:
    centre.tells(LaneClosed())
    with centre.store.writing() as connection:
        record_device_findings(connection, FindingKind.SHARED, [(DEVICE, "")], AT)
    for _ in range(3):
        centre.after(MINUTE, *ALL)
    [shared] = centre.alarms()
    assert (shared.kind, shared.life.times) == (AlarmKind.IDENTITY_SHARED, 1)


# --- what accesses say together ---


def denied(who: str) -> AccessDecided:
    refused = Decision(Outcome.DENY, Reason.FACE_UNKNOWN, "person", subject_id=who)
    return AccessDecided(refused, Evidence(Direction.ENTRY), Mode.FACE, 3, "camera")


def test_a_person_denied_at_three_gates_in_time_is_one_alarm_with_the_three(centre: Centre) -> None:
    for number, name in enumerate(ALL):
        centre.tells((number, denied("li-na")), (number + 20, denied("wu-bo")), of=name)
        centre.after(10 * SECOND, *ALL)
    found = centre.alarms()
    assert [each.kind for each in found] == [AlarmKind.DENIED_AT_SEVERAL] * 2
    assert {each.about.subject for each in found} == {"li-na", "wu-bo"}
    assert all(each.life.values == {"gates": 3} and len(each.life.evidence) == 3 for each in found)


def test_who_was_denied_at_three_gates_is_told_though_they_were_dark_and_later_tries_came_along(
    centre: Centre,
) -> None:
    """All arrives at once, and somebody is denied again, hours after."""
    for number, name in enumerate(ALL):
        later = [(10 * 3600, denied("li-na"))] if name == SIDE else []
        centre.tells((number, denied("li-na")), (9 * 3600 + number, denied("wu-bo")), *later, of=name)
    found = centre.after(10 * SECOND, *ALL).alarms()
    assert {(each.about.subject, each.life.values["gates"]) for each in found} == {("li-na", 3), ("wu-bo", 3)}


@pytest.mark.parametrize(("names", "is_one"), [("Li Na", True), ("ABC", False)])
def test_a_person_denied_at_three_gates_of_three_sites_is_one_alarm(
    centre: Centre, names: str, is_one: bool
) -> None:
    gates = {"gp-s1": "s1", "gp-s2": "s2", "gp-s3": "s3"}
    with centre.store.writing() as connection:
        for number, (name, site) in enumerate(gates.items()):
            put_site(connection, SiteFile(site))
            enrol_device(connection, name, (site, "main"), KEY.public_key().public_bytes_raw(), 1)
            whose = names if is_one else names[number]
            put_subject(connection, site, Subject("101", whose), AT)
    for name in gates:
        centre.tells(denied("101"), of=name, epoch=name.encode().ljust(16, b"x"))
        centre.after(MINUTE, *ALL, *gates)
    found = [each for each in centre.alarms() if each.kind is AlarmKind.DENIED_AT_SEVERAL]
    assert [(each.about.subject, each.life.values, len(each.life.evidence)) for each in found] == (
        [("101", {"gates": 3}, 3)] if is_one else []
    )


@pytest.mark.parametrize("at_once", [False, True])
def test_denials_at_another_site_later_are_an_alarm_there_and_evidence_is_shown_by_sight(
    centre: Centre, *, at_once: bool
) -> None:
    """Whether they come one by one or all at once; and so many alarms the rule says that it would raise."""
    gates = {"gp-s1": "s1", "gp-s2": "s2", "gp-s3": "s3"}
    with centre.store.writing() as connection:
        for name, site in gates.items():
            put_site(connection, SiteFile(site))
            enrol_device(connection, name, (site, "main"), KEY.public_key().public_bytes_raw(), 1)
            put_subject(connection, site, Subject("101", "Li Na"), AT)
        places = dict(connection.execute(sa.select(sites.c.id, sites.c.place)).all())
    for turn in range(2):
        for name in gates:
            centre.tells((turn * 1000, denied("101")), of=name, epoch=bytes([turn]) + name.encode().ljust(15))
            if not at_once:
                centre.after(MINUTE, *ALL, *gates)
    centre.after(MINUTE, *ALL, *gates)
    everywhere = Watcher(EVERYWHERE, EVERYWHERE)
    with centre.store.reading() as connection:
        listed = alarms_in(connection, everywhere, AlarmFilters(kind=AlarmKind.DENIED_AT_SEVERAL))
        assert sorted(str(each.about.site) for each in listed) == ["s1", "s2", "s3"]
        for each in listed:
            sight = Sight(frozenset({places[str(each.about.site)]}))
            links, hidden = evidence_of(connection, each, sight)
            assert {gates[link.device] for link in links} == {each.about.site}
            assert hidden > 0
            assert len(evidence_of(connection, each, EVERYWHERE)[0]) == len(links) + hidden
        rule = AlarmRule(AlarmKind.DENIED_AT_SEVERAL, Severity.SOON, Settings(threshold=3, within=3600))
        assert would_raise(connection, rule, AT + HOUR, EVERYWHERE) == 3


def test_the_same_too_far_apart_is_none(centre: Centre) -> None:
    for number, name in enumerate(ALL):
        centre.tells((number * 2000, denied("li-na")), of=name)
        centre.after(10 * SECOND, *ALL)
    assert centre.kinds() == []


def test_a_gate_that_is_opened_by_hand_unusually_often_is_an_alarm(centre: Centre) -> None:
    centre.tells(*[(second, LaneOpened("override")) for second in range(9)])
    assert centre.after(SECOND, *ALL).kinds() == []
    centre.tells(*[(second, LaneOpened("override")) for second in range(12)], begin=9)
    [often] = centre.after(10 * SECOND, *ALL).alarms()
    assert (often.kind, often.life.values["times"], often.life.values["usual"]) == ("override_rate", 12, 0)
    assert often.life.times == 12
    for opened in (13, 14, 16):
        centre.tells(*[(second, LaneOpened("override")) for second in range(opened)], begin=often.life.times)
        [often] = centre.after(10 * SECOND, *ALL).alarms()
        assert (often.life.times, often.life.values["times"]) == (opened, opened)


def test_openings_are_counted_once_in_however_many_looks(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.central.alarms.patterns.AT_ONCE", 11)
    centre.tells(*[(second, LaneOpened("override")) for second in range(30)])
    for _ in range(5):
        [often] = centre.after(10 * SECOND, *ALL).alarms()
    assert (often.life.times, often.life.values["times"]) == (30, 30)


def test_a_person_of_a_key_area_is_told_to_those_who_may_care_and_to_no_one_else(centre: Centre) -> None:
    with centre.store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na", address="3/2/301"), AT)
        put_subject(connection, SITE, Subject("wu-bo", address="4/2/301"), AT)
    centre.rule(AlarmKind.KEY_AREA_PERSON, addresses=["3"])
    centre.tells(denied("li-na"), denied("wu-bo"))
    [silent] = centre.after(SECOND, *ALL).alarms()
    assert (silent.kind, silent.about.subject) == (AlarmKind.KEY_AREA_PERSON, "li-na")
    auditor = Actor(2, "Li", (RoleGrant(Role.AUDITOR),), Via.SESSION)
    assert centre.kinds(who=auditor) == []


# --- and the loop itself ---


def test_what_somebody_closed_while_it_is_so_is_not_raised_again(centre: Centre) -> None:
    centre.after(5 * MINUTE, DEVICE, REAR)
    with centre.store.writing() as connection:
        closed = {"closed_at": centre.now, "closed_by": "he", "open_key": None}
        connection.execute(sa.update(alarm).values(closed))
    assert centre.after(HOUR, DEVICE, REAR).kinds() == []
    assert len(centre.alarms(is_open=None)) == 1


def test_nothing_is_written_while_nothing_is_new(centre: Centre) -> None:
    centre.after(5 * MINUTE, DEVICE, REAR)
    with centre.store.reading() as connection:
        before = connection.execute(sa.select(alarm)).all()
    centre.after(DAY, DEVICE, REAR)
    with centre.store.reading() as connection:
        after = connection.execute(sa.select(alarm)).all()
    # A day later only what nobody cared for has become graver.
    assert [row.times for row in before] == [row.times for row in after] == [1]


def test_a_cue_of_a_later_version_stops_nobody(centre: Centre) -> None:
    centre.tells(LaneForced(), LaneTamper())
    with centre.store.writing() as connection:
        later = {"kind": "of_a_later_version"}
        connection.execute(sa.update(alarm_cue).where(alarm_cue.c.kind == "tampered").values(later))
    assert centre.after(SECOND, *ALL).kinds() == ["barrier_forced"]


def test_an_alarm_that_always_fails_holds_up_no_other_and_is_tried_again(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(connection: sa.Connection, key: tuple[AlarmKind, str], *more: Any) -> int:
        if key[0] is AlarmKind.TAMPERED:
            raise ZeroDivisionError
        return insert_alarm(connection, key, *more)

    monkeypatch.setattr("sync.central.alarms.digesting.insert_alarm", fails)
    centre.tells(LaneForced(), LaneTamper())
    centre.after(SECOND, *ALL)
    assert centre.after(SECOND, *ALL).kinds() == ["barrier_forced"]
    assert "tampered" in capsys.readouterr().err
    monkeypatch.undo()
    assert centre.after(PUT_OFF, *ALL).kinds() == ["tampered", "barrier_forced"]


def test_a_database_that_is_away_is_said_once_and_tried_again(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    centre.store.close()
    for _ in range(3):
        centre.loop.look()
    assert capsys.readouterr().err.count("no_alarms_made") == 1
