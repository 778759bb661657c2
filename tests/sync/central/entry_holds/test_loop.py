"""Entries held by a limit and by hand: which gates are asked, renewed, released; on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.commands.core.entry_hold import parse_hold
from edge.decision import Crowding, Direction
from edge.journal.format import LanePassed
from edge.signing.cose import microseconds
from sync.central.audit.audit import entries
from sync.central.commands.requests import CommandRequestState, commands_of
from sync.central.devices.devices import enrol_device, retire_device
from sync.central.entry_holds.asking import ask, due
from sync.central.entry_holds.core.telling import AGAIN_AFTER, AUTOMATIC_LENGTH, HoldStanding
from sync.central.entry_holds.gates import entry_gates
from sync.central.entry_holds.holds import (
    BY_HAND,
    LONGEST,
    HoldRefused,
    begin,
    end,
    gates_of_hold,
    open_holds,
)
from sync.central.entry_holds.loop import FOLLOWED_EVERY, EntryHoldLoop
from sync.central.flow.core.where import Sign, Where, site, zone
from sync.central.flow.tables import flow_level
from sync.central.flow.zones import ZoneGate, put_zone
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.reported.tables import command_request
from sync.central.store import Store, StoreError
from sync.central.tables import site as sites
from sync.central.units import HOUR, MINUTE, SECOND
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.wire.examples import AT, DEVICE, KEY

SITE = site("green-court")
REAR = "gp-0002"


class Centre:
    """A centre's loop and its clock; the gates answer what a test says."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, AT
        self.loop = EntryHoldLoop(store, lambda: self.now)

    def level(self, level: Crowding, where: Where = SITE) -> None:
        """A limit has this level from now on."""
        with self.store.writing() as connection:
            connection.execute(sa.delete(flow_level).where(flow_level.c.what == str(where)))
            values = {"what": str(where), "level": level, "since": self.now, "forecast": False}
            connection.execute(sa.insert(flow_level).values(values))

    def looks(self, after: int = 0) -> list[tuple[str, str]]:
        """What gates are asked in a round: (device, command), by when they were."""
        self.now += after
        before = self._newest()
        self.loop.look()
        with self.store.reading() as connection:
            rows = connection.execute(
                sa.select(command_request)
                .where(command_request.c.number > before)
                .order_by(command_request.c.device)
            )
            return [(row.device, row.kind) for row in rows]

    def answers(self, outcome: str = "done", *devices: str) -> None:
        """Gates (all) answer what they were asked."""
        asked = command_request.c.state == CommandRequestState.WAITING
        asked &= command_request.c.device.in_(devices) if devices else sa.true()
        said = {"state": CommandRequestState.ANSWERED, "outcome": outcome, "answered_at": self.now}
        with self.store.writing() as connection:
            connection.execute(sa.update(command_request).where(asked).values(said))

    def argument(self, device: str = DEVICE) -> str:
        with self.store.reading() as connection:
            return commands_of(connection, EVERYWHERE, device)[0].argument

    def until(self, device: str = DEVICE) -> int:
        return microseconds(parse_hold(self.argument(device))[0])

    def standings(self, number: int = 1) -> dict[str, HoldStanding]:
        with self.store.reading() as connection:
            return {each.device: each.standing for each in gates_of_hold(connection, number)}

    def holds_by_hand(self, until: int, why: str = "a burst pipe", who: str = "He Jing") -> int:
        with self.store.writing() as connection:
            devices = [each.device for each in entry_gates(connection, SITE)]
            made = begin(connection, str(SITE), devices, who, why, until, self.now)
            assert made is not None
            return made.number

    def releases(self, number: int, who: str = "He Jing") -> bool:
        with self.store.writing() as connection:
            return end(connection, number, who, self.now)

    def _newest(self) -> int:
        with self.store.reading() as connection:
            return connection.execute(sa.select(sa.func.max(command_request.c.number))).scalar() or 0


@pytest.fixture
def centre(store: Store) -> Centre:
    return Centre(store)


HOLD, RELEASE = "hold_entries", "release_entries"


def test_a_limit_holds_while_it_lasts_and_releases_when_it_is_relieved(centre: Centre) -> None:
    assert centre.looks() == []
    centre.level(Crowding.WARNED)
    assert centre.looks() == []
    centre.level(Crowding.STOPPED)
    assert centre.looks() == [(DEVICE, HOLD), (REAR, HOLD)]
    assert centre.until() == AT + AUTOMATIC_LENGTH
    assert centre.argument().endswith("Z the limit is reached")
    centre.answers()
    assert centre.looks(MINUTE) == [], "they hold"
    assert centre.looks(4 * MINUTE) == [(DEVICE, HOLD), (REAR, HOLD)], "renewed when half is over"
    assert centre.until() == centre.now + AUTOMATIC_LENGTH
    centre.answers()
    centre.level(Crowding.WARNED)
    assert centre.looks(MINUTE) == [(DEVICE, RELEASE), (REAR, RELEASE)]
    centre.answers()
    assert centre.looks(HOUR) == []
    with centre.store.reading() as connection:
        told = [entry.act for entry in entries(connection, EVERYWHERE) if entry.name == "gatepost"]
    assert told.count("hold_entries") == told.count("release_entries") == 1
    assert told.count("command") == 6


def test_a_hold_of_what_only_a_newer_version_knows_stands_in_no_others_way(centre: Centre) -> None:
    newer = "zz_newer:1"
    with centre.store.writing() as connection:
        made = begin(connection, newer, [DEVICE], "system", "a rule", AT + HOUR, AT, by_limit=True)
        values = {"what": newer, "level": Crowding.STOPPED, "since": AT, "forecast": False}
        connection.execute(sa.insert(flow_level).values(values))
    assert made is not None
    centre.level(Crowding.STOPPED)
    assert centre.looks() == [(DEVICE, HOLD), (REAR, HOLD)]
    centre.answers()
    centre.level(Crowding.WARNED)
    assert centre.looks(MINUTE)[-1] == (REAR, RELEASE)
    with centre.store.reading() as connection:
        [left] = open_holds(connection, centre.now)
    assert (left.what, left.until) == (newer, AT + HOUR)


def test_a_centre_that_is_gone_holds_nobody_longer_than_ten_minutes(centre: Centre) -> None:
    centre.level(Crowding.STOPPED)
    centre.looks()
    assert centre.until() - centre.now <= 10 * MINUTE
    centre.answers()
    centre.level(Crowding.ROOM)
    assert centre.looks(HOUR) == [], "it ended by itself: nobody has to release it"


def test_by_hand_it_holds_for_its_time_and_lapses(centre: Centre) -> None:
    number = centre.holds_by_hand(AT + BY_HAND)
    assert centre.looks() == [(DEVICE, HOLD), (REAR, HOLD)]
    with centre.store.reading() as connection:
        assert commands_of(connection, EVERYWHERE, DEVICE)[0].actor == "He Jing", "the gate says who held it"
    centre.answers()
    assert centre.looks(20 * MINUTE) == [], "by hand it is not renewed"
    assert centre.looks(10 * MINUTE) == []
    with centre.store.reading() as connection:
        assert open_holds(connection, centre.now) == []
    assert not centre.releases(number), "there is nothing to release any more"
    assert centre.holds_by_hand(centre.now + BY_HAND) != number, "and it stands in nobody's way"


def test_what_a_person_releases_stays_free_while_this_stop_lasts(centre: Centre) -> None:
    centre.level(Crowding.STOPPED)
    centre.looks()
    centre.answers()
    assert centre.releases(1)
    assert centre.looks(MINUTE) == [(DEVICE, RELEASE), (REAR, RELEASE)]
    centre.answers()
    assert centre.looks(MINUTE) == []
    centre.level(Crowding.WARNED)
    centre.looks(MINUTE)
    centre.level(Crowding.STOPPED)
    assert centre.looks() == [(DEVICE, HOLD), (REAR, HOLD)], "another stop is held"


def test_of_two_holds_the_longer_counts_and_one_that_ends_leaves_the_other(centre: Centre) -> None:
    number = centre.holds_by_hand(AT + HOUR)
    centre.looks()
    centre.answers()
    centre.level(Crowding.STOPPED)
    assert centre.looks() == [], "they hold for longer already"
    assert centre.releases(number)
    assert centre.looks() == [(DEVICE, HOLD), (REAR, HOLD)], "for as long as the limit wants"
    assert centre.until() == AT + AUTOMATIC_LENGTH


def test_which_gates_took_it_and_which_did_not_is_known(centre: Centre) -> None:
    centre.level(Crowding.STOPPED)
    centre.looks()
    centre.answers("done", DEVICE)
    assert centre.standings() == {DEVICE: HoldStanding.DONE, REAR: HoldStanding.WAITS}
    with centre.store.writing() as connection:  # the desk gives up waiting
        waits = command_request.c.state == CommandRequestState.WAITING
        connection.execute(
            sa.update(command_request).where(waits).values(state=CommandRequestState.UNANSWERED)
        )
    assert centre.standings() == {DEVICE: HoldStanding.DONE, REAR: HoldStanding.UNKNOWN}
    assert centre.looks(MINUTE) == []
    assert centre.looks(AGAIN_AFTER - MINUTE) == [(REAR, HOLD)], "a gate that is back is asked again"
    centre.answers("refused", REAR)
    assert centre.standings()[REAR] is HoldStanding.REFUSED
    assert centre.looks(2 * MINUTE) == [], "an older gate refuses, and is not asked over and over"


def test_two_processes_ask_each_gate_once(centre: Centre) -> None:
    centre.level(Crowding.STOPPED)
    other = EntryHoldLoop(centre.store, lambda: centre.now)
    with centre.store.reading() as connection:
        assert due(connection, centre.now) == {}
    assert centre.loop.look() == 2
    assert other.look() == 0
    with centre.store.reading() as connection:
        assert len(open_holds(connection, centre.now)) == 1


def test_who_read_before_another_asked_asks_nothing(centre: Centre) -> None:
    centre.holds_by_hand(AT + BY_HAND)
    with centre.store.reading() as connection:
        read = due(connection, centre.now)
    centre.looks()
    with centre.store.writing() as connection:
        assert [ask(connection, name, each, centre.now) for name, each in read.items()] == [False, False]


def test_a_gate_that_is_retired_meanwhile_is_asked_no_more(centre: Centre) -> None:
    centre.level(Crowding.STOPPED)
    centre.looks()
    with centre.store.writing() as connection:
        retire_device(connection, REAR, centre.now)
    centre.answers()
    assert centre.looks(5 * MINUTE) == [(DEVICE, HOLD)]


def test_gates_that_were_only_seen_to_let_out_are_not_held(centre: Centre) -> None:
    out = [
        LanePassed(Direction.EXIT, "counted", "grant", ""),
        LanePassed(Direction.EXIT, "counted", "grant", ""),
    ]
    sent(centre.store, journal(out, epoch=bytes(8), gate="rear"), REAR)
    sent(centre.store, journal([LanePassed(Direction.ENTRY, "counted", "grant", ""), *out]), DEVICE)
    with centre.store.reading() as connection:
        assert [each.device for each in entry_gates(connection, SITE)] == [DEVICE]


@pytest.mark.parametrize(
    ("until", "why", "what"),
    [
        (AT, "full", "until"),
        (AT + LONGEST + SECOND, "full", "until"),
        (AT + HOUR, " ", "why"),
        (AT + HOUR, "x" * 41, "why"),
        (AT + HOUR, "a\nb", "why"),
    ],
)
def test_a_hold_that_cannot_be_is_refused_by_name(centre: Centre, until: int, why: str, what: str) -> None:
    with pytest.raises(HoldRefused) as refused:
        centre.holds_by_hand(until, why)
    assert refused.value.where == what
    assert centre.looks() == []


def test_a_hold_without_a_gate_is_refused(centre: Centre) -> None:
    with centre.store.writing() as connection, pytest.raises(HoldRefused, match="no gate in service"):
        begin(connection, str(SITE), [], "He Jing", "full", AT + HOUR, AT)


def test_a_zone_is_held_where_people_come_into_it(centre: Centre) -> None:
    """Who leaves a site into a zone is not held: nobody is kept in."""
    with centre.store.writing() as connection:
        place = connection.execute(sa.select(sites.c.place).where(sites.c.id == "green-court")).scalar_one()
        gates = [ZoneGate("green-court", "main"), ZoneGate("green-court", "rear", Sign.REVERSED)]
        number = put_zone(connection, "market hall", place, gates, "He Jing", AT)
        assert [each.device for each in entry_gates(connection, zone(number))] == [DEVICE]
        with pytest.raises(StoreError, match="where you may not command"):
            entry_gates(connection, zone(number), Sight())


@pytest.mark.parametrize(
    ("by_limit", "after"), [(True, FOLLOWED_EVERY), (False, FOLLOWED_EVERY), (False, -FOLLOWED_EVERY)]
)
def test_a_gate_that_is_enrolled_during_a_hold_is_held_too(
    centre: Centre, by_limit: bool, after: int
) -> None:
    """Also where the clock is set back meanwhile."""
    if by_limit:
        centre.level(Crowding.STOPPED)
    else:
        centre.holds_by_hand(AT + HOUR)
    assert centre.looks() == [(DEVICE, HOLD), (REAR, HOLD)]
    with centre.store.writing() as connection:
        enrol_device(connection, "gp-new", ("green-court", "side"), KEY.public_key().public_bytes_raw(), AT)
    assert centre.looks(after) == [("gp-new", HOLD)]
    assert centre.until("gp-new") == centre.until()
    assert set(centre.standings()) == {DEVICE, REAR, "gp-new"}
    with centre.store.reading() as connection:
        newest = entries(connection, EVERYWHERE, act="hold_entries", count=1)[0]
    assert newest.detail["gates"] == 3


def test_a_gate_that_leaves_what_is_held_is_released_and_no_other(centre: Centre) -> None:
    """A held gate is seen to let out only, which makes it no way out."""
    with centre.store.writing() as connection:
        place = connection.execute(sa.select(sites.c.place).where(sites.c.id == "green-court")).scalar_one()
        both = [ZoneGate("green-court", "main"), ZoneGate("green-court", "rear")]
        number = put_zone(connection, "market hall", place, both, "He Jing", AT)
    centre.level(Crowding.STOPPED, zone(number))
    assert centre.looks() == [(DEVICE, HOLD), (REAR, HOLD)]
    sent(centre.store, journal([LanePassed(Direction.EXIT, "counted", "grant", "")]), DEVICE)
    centre.answers()
    assert centre.looks(FOLLOWED_EVERY) == []
    with centre.store.writing() as connection:
        put_zone(connection, "market hall", place, both[:1], "He Jing", centre.now, number)
    assert centre.looks(FOLLOWED_EVERY) == [(REAR, RELEASE)]
    assert set(centre.standings()) == {DEVICE}


def test_a_database_that_is_away_is_said_once_and_the_loop_goes_on(centre: Centre) -> None:
    centre.level(Crowding.STOPPED)
    centre.store.close()
    assert centre.loop.look() == 0
    assert centre.loop.look() == 0
