"""The count of a gate: exact over kills, told to the other gates by files, honest where it is not sure."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from edge.counting.configuration import CountsSection
from edge.counting.core import Key, Tally
from edge.counting.count_snapshot import MOST_BYTES, MOST_PERSONS, count_snapshot_of, read_count_snapshot
from edge.counting.counter import Counter
from edge.counting.exchange import (
    Correction,
    CountExchange,
    CountsNews,
    correction_file,
    put_correction,
)
from edge.counting.projection import CountedLane
from edge.counting.recovery import STORE_NAME, restored
from edge.counting.store import LedgerPosition, LedgerStore, open_store
from edge.decision import (
    ClockTrust,
    Crowding,
    Direction,
    LastAccess,
    OccupancyRule,
    Outcome,
    PassbackKind,
    Policy,
    WallTime,
)
from edge.decision.policy import AntiPassbackRule
from edge.errors import ConfigurationError, JournalError
from edge.journal.format import (
    AntiPassback,
    CameraStateEvent,
    CountsRefusedEvent,
    CountsUnsure,
    Entry,
    Event,
    LaneCrawlBack,
    LaneEvent,
    LaneFire,
    LaneForced,
    LaneHeldOpenByStaff,
    LaneIntrusion,
    LaneNoEntry,
    LaneOpened,
    LanePassed,
    LaneRepeated,
    LaneSensorFault,
    LaneTailgating,
    LaneUnclear,
    LaneWrongDirection,
    OccupancyCorrected,
    OccupancyRelieved,
    OccupancyReset,
    OccupancyStopped,
    OccupancyWarned,
)
from edge.journal.store import Journal, open_journal
from tests.bench.bench_counting import simulate
from tests.events import decided

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
IN, OUT = Direction.ENTRY, Direction.EXIT
_Told = TypeVar("_Told", bound=Event)
SOFT = AntiPassbackRule(PassbackKind.SOFT)


@dataclass
class Gate:
    """One gate's count on its real journal and store, with the main loop's few lines."""

    folder: Path
    lane: CountedLane
    policy: Policy = field(default_factory=Policy)
    at: datetime = NOON
    trust: ClockTrust = ClockTrust.TRUSTED
    now: float = 100.0
    groups: frozenset[str] = frozenset()
    disk_full: bool = False
    events: list[Event] = field(default_factory=list)
    news: list[CountsNews] = field(default_factory=list)
    counter: Counter = field(init=False)
    journal: Journal = field(init=False)
    store: LedgerStore = field(init=False)
    exchange: CountExchange = field(init=False)

    def start(self, section: CountsSection | None = None) -> Gate:
        path = self.folder / "journal.sqlite"
        self.journal = open_journal(path, self.lane.gate)
        self.store = open_store(self.folder / STORE_NAME)
        folding, position, unsure = restored(self.lane, path, self.journal.epoch, *self.store.load())
        corrections = correction_file(path)
        self.exchange = CountExchange(
            section or CountsSection(), self.lane.site, corrections, self.news.append
        )
        self.counter = Counter(
            self.lane,
            folding,
            position,
            self.store,
            self.exchange,
            lambda: self.policy,
            lambda _: self.groups,
            unsure=unsure,
        )
        self.turn()
        return self

    def kill(self) -> None:
        self.store.close()
        self.journal.close()

    def restart(self) -> None:
        self.kill()
        self.start()

    def note(self, event: Event) -> Entry | None:
        wall = WallTime(self.at, self.trust)
        entry = None if self.disk_full else self.journal.append(event, wall)
        self.counter.happened(event, wall, entry, self.now)
        self.events.append(event)
        return entry

    def turn(self, seconds: float = 2.0) -> None:
        self.now += seconds
        self.at += timedelta(seconds=seconds)
        for event in self.counter.due(WallTime(self.at, self.trust), self.now):
            self.note(event)

    def look(self) -> None:
        """The link's thread looks once; the main loop takes up what it brought."""
        self.exchange.poll()
        for news in self.news:
            self.counter.receive(news, self.now)
        self.news.clear()
        self.turn()

    def crosses(self, direction: Direction | None, *, subject: str = "", estimated: bool = False) -> None:
        reference = ""
        if subject:
            entry = self.note(decided(subject=subject))
            reference = "unrecorded" if entry is None else str(entry.sequence)
        self.note(LanePassed(direction, "estimated" if estimated else "counted", "grant", reference))

    def told(self, kind: type[_Told]) -> list[_Told]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def inside(self) -> int:
        return self.counter.figures().inside


MakeGate = Callable[..., Gate]


@pytest.fixture
def make_gate(tmp_path: Path) -> Iterator[MakeGate]:
    made: list[Gate] = []

    def make(
        name: str = "main",
        *,
        way: Direction | None = None,
        beams: bool = True,
        alone: bool = True,
        section: CountsSection | None = None,
        **rules: Any,
    ) -> Gate:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        lane = CountedLane("green-court", name, way, beams, alone)
        made.append(Gate(folder, lane, Policy(**rules)).start(section))
        return made[-1]

    yield make
    for gate in made:
        gate.kill()


def test_a_day_at_several_gates_is_exact_to_the_person_whatever_was_killed(tmp_path: Path) -> None:
    """The short form of tests/bench/bench_counting.py: 24 gates, kills, files that come late and twice."""
    day = simulate(tmp_path, passages=1_000, gates=24, kill_every=40)
    try:
        assert day.kills > 5
        assert day.wrong() == []
    finally:
        for gate in day.gates:
            gate.kill()


@pytest.mark.parametrize("lost", ["nothing", "the store", "damaged"])
def test_a_restart_finds_what_was_at_every_event(make_gate: MakeGate, lost: str) -> None:
    gate = make_gate(occupancy=OccupancyRule(warn=2, stop=3, relief=1), anti_passback=SOFT)
    walk = [IN, IN, OUT, IN, IN, OUT, OUT, IN]
    for number, way in enumerate(walk):
        gate.crosses(way, subject=f"person-{number}")
        gate.turn()
        before = gate.counter.figures(), gate.counter.crowding()
        gate.kill()
        store = gate.folder / STORE_NAME
        if lost == "the store":
            store.unlink()
        elif lost == "damaged":
            store.write_bytes(b"noise" * 4096)
        gate.start()
        assert (gate.counter.figures(), gate.counter.crowding()) == before
        passage = gate.counter.last_access(f"person-{number}")
        assert passage is not None
        assert passage.direction is way


def test_somebody_granted_before_the_kill_and_seen_after_it_is_still_known(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    entry = gate.note(decided(subject="ann"))
    gate.turn()
    gate.restart()
    assert entry is not None
    gate.note(LanePassed(IN, "counted", "grant", str(entry.sequence)))
    passage = gate.counter.last_access("ann")
    assert passage is not None
    assert passage.direction is IN


@pytest.mark.parametrize(
    ("event", "inside"),
    [
        (LanePassed(IN, "counted", "grant"), 1),
        (LaneTailgating(IN, "counted"), 1),  # let through or not, they are inside
        (LaneIntrusion(IN, "counted"), 1),
        (LaneWrongDirection(IN, "counted"), 1),
        (LaneCrawlBack(IN, "counted"), 0),
        (LaneNoEntry("grant"), 0),
        (LaneOpened("grant"), 0),
    ],
)
def test_whoever_the_beams_saw_go_through_is_inside(make_gate: MakeGate, event: Event, inside: int) -> None:
    gate = make_gate()
    gate.note(event)
    assert gate.inside == inside


def test_limits_are_told_once_and_entries_are_stopped_until_there_is_room(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(warn=2, stop=4, relief=1))
    for way in (IN, IN, IN, IN, IN, OUT, OUT, OUT, OUT):
        gate.crosses(way)
        gate.turn()
    assert gate.told(OccupancyWarned) == [OccupancyWarned(Crowding.WARNED, 2, 2, "counted")]
    assert gate.told(OccupancyStopped) == [OccupancyStopped(Crowding.STOPPED, 4, 4, "counted")]
    assert [event.level for event in gate.told(OccupancyRelieved)] == [Crowding.WARNED, Crowding.ROOM]
    assert gate.counter.crowding() is Crowding.ROOM


def test_a_limit_reached_in_the_moment_of_a_kill_is_told_after_it(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(stop=1, relief=0))
    gate.crosses(IN)
    gate.restart()
    assert len(gate.told(OccupancyStopped)) == 1
    gate.restart()
    assert len(gate.told(OccupancyStopped)) == 1, "and not again"


def test_a_day_over_begins_anew_once_also_when_the_gate_was_off(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(reset_at=time(4)))
    for _ in range(3):
        gate.crosses(IN)
    gate.kill()
    gate.at += timedelta(days=1)
    gate.start()
    gate.restart()
    [first, second] = gate.told(OccupancyReset)
    assert first.begun == "2026-11-03"
    assert second == OccupancyReset("2026-11-03", "2026-11-04", inside=3)
    assert gate.inside == 0
    gate.crosses(IN)
    assert gate.inside == 1


def test_a_date_set_wrong_by_hand_resets_nothing_also_over_a_restart(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(reset_at=time(4)))
    gate.crosses(IN)
    gate.trust = ClockTrust.HOLDOVER
    gate.turn()
    gate.at += timedelta(days=40)
    gate.turn()
    gate.restart()
    gate.turn()
    assert gate.inside == 1
    gate.at -= timedelta(days=40)
    gate.turn()
    gate.restart()
    assert gate.inside == 1
    assert len(gate.told(OccupancyReset)) == 1, "the first day's beginning"
    for _ in range(24 * 6):
        gate.turn(600.0)
    assert len(gate.told(OccupancyReset)) == 2
    assert gate.inside == 0


def test_more_leaving_than_came_is_put_right_where_the_gate_is_the_only_one(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.crosses(OUT)
    gate.crosses(OUT)
    gate.turn()
    assert gate.told(OccupancyCorrected) == [OccupancyCorrected(2, "below_zero", 0)]
    gate.crosses(IN)
    assert gate.inside == 1
    gate.restart()
    assert gate.inside == 1


def test_an_exit_among_several_waits_for_the_entries_to_be_heard_of(make_gate: MakeGate) -> None:
    gate = make_gate(way=OUT, alone=False)
    gate.crosses(None)
    gate.turn()
    figures = gate.counter.figures()
    assert (figures.inside, figures.deficit, figures.certainty) == (0, 1, "estimated")
    assert gate.told(OccupancyCorrected) == []
    north = {Key("north", "b" * 32, ""): Tally(entered=4)}
    drop = read_count_snapshot(
        count_snapshot_of("green-court", "north", north, {}), "green-court", "north.json"
    )
    gate.counter.receive(drop, gate.now)
    assert (gate.inside, gate.counter.figures().certainty) == (3, "counted")


def test_staff_put_the_count_right_and_are_named(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.crosses(IN)
    put_correction(gate.folder / "journal.sqlite", Correction(12, "li-na"))
    gate.look()
    assert gate.inside == 12
    assert gate.told(OccupancyCorrected) == [OccupancyCorrected(11, "staff", 12, "li-na")]
    gate.look()
    gate.restart()
    assert gate.inside == 12, "once is once"


@pytest.mark.parametrize(
    "text", ["", "noise", '{"inside": -1, "by": "x"}', '{"inside": 1}', '{"inside": 1, "by": ""}', "[" * 99]
)
def test_a_correction_that_cannot_be_is_refused_and_taken_away(make_gate: MakeGate, text: str) -> None:
    gate = make_gate()
    path = correction_file(gate.folder / "journal.sqlite")
    path.write_text(text)
    gate.look()
    assert len(gate.told(CountsRefusedEvent)) == 1
    assert not path.exists()
    assert gate.inside == 0


# --- how sure --------------------------------------------------------------------------------------


def test_a_site_without_beams_counts_and_says_that_it_estimates(make_gate: MakeGate) -> None:
    gate = make_gate(way=IN, beams=False)
    gate.crosses(None, estimated=True, subject="ann")
    figures = gate.counter.figures()
    assert (figures.inside, figures.estimated, figures.certainty) == (1, 1, "estimated")
    passage = gate.counter.last_access("ann")
    assert passage is not None
    assert passage.direction is IN


def test_a_passage_that_may_have_gone_either_way_is_told_apart(make_gate: MakeGate) -> None:
    gate = make_gate(beams=False)
    gate.crosses(None, estimated=True)
    figures = gate.counter.figures()
    assert (figures.inside, figures.unplaced, figures.certainty) == (0, 1, "estimated")


@pytest.mark.parametrize(
    ("beams", "event", "certainty"),
    [
        (False, LaneHeldOpenByStaff("li-na"), "estimated"),
        (False, LaneForced(), "estimated"),
        (False, LaneFire(), "estimated"),
        (False, LaneRepeated(LaneEvent.FORCED, 40), "estimated"),
        (True, LaneHeldOpenByStaff("li-na"), "counted"),
        (True, LaneSensorFault("beam_outer", "stuck"), "estimated"),
        (True, LaneSensorFault("obstacle", "stuck"), "counted"),
        (True, LaneUnclear("both beams at once"), "estimated"),
        (True, LaneRepeated(LaneEvent.UNCLEAR, 40), "estimated"),
        (True, LaneRepeated(LaneEvent.TAMPER, 40), "counted"),
        (False, LaneRepeated(LaneEvent.TAMPER, 40), "counted"),
    ],
)
def test_a_lane_that_nobody_could_watch_makes_the_figures_an_estimate(
    make_gate: MakeGate, beams: bool, event: Event, certainty: str
) -> None:
    gate = make_gate(way=IN, beams=beams)
    gate.crosses(IN)
    gate.note(event)
    assert gate.counter.figures().certainty == certainty


def test_events_that_are_gone_from_the_journal_are_said_to_be(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.crosses(IN)
    gate.turn()
    for _ in range(3):
        gate.crosses(IN)
    gate.kill()
    with closing(sqlite3.connect(gate.folder / "journal.sqlite")) as connection, connection:
        connection.execute("DELETE FROM event WHERE sequence < 4")
    gate.start()
    assert gate.inside == 2
    assert gate.counter.figures().certainty == "estimated"
    [event] = gate.told(CountsUnsure)
    assert "2 to 3" in event.why


def test_a_journal_pruned_up_to_where_it_was_read_leaves_no_doubt(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.crosses(IN)
    gate.turn()
    gate.note(CameraStateEvent("streaming", ""))
    gate.turn(61.0)
    gate.note(CameraStateEvent("lost", ""))
    gate.kill()
    with closing(sqlite3.connect(gate.folder / "journal.sqlite")) as connection, connection:
        connection.execute("DELETE FROM event WHERE sequence < 3")
    gate.start()
    assert (gate.inside, gate.counter.figures().certainty) == (1, "counted")
    assert gate.told(CountsUnsure) == []


def test_a_full_disk_stops_nobody_and_their_passages_still_count(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(stop=2, relief=0))
    gate.disk_full = True
    gate.crosses(IN, subject="ann")
    gate.crosses(IN)
    gate.turn()
    assert (gate.inside, gate.counter.crowding()) == (2, Crowding.STOPPED)
    gate.disk_full = False
    gate.turn()
    gate.restart()
    assert gate.inside == 2


def test_a_store_that_cannot_be_written_is_tried_again(make_gate: MakeGate, tmp_path: Path) -> None:
    gate = make_gate(anti_passback=SOFT)
    before = gate.counter.stored_position
    gate.store._connection.execute("PRAGMA query_only = 1")
    gate.crosses(IN, subject="ann")
    gate.turn()
    assert gate.counter.stored_position == before, "nothing may be pruned that is not kept"
    gate.store._connection.execute("PRAGMA query_only = 0")
    gate.turn()
    last = gate.journal.last()
    assert last is not None
    assert gate.counter.stored_position == LedgerPosition(last.epoch, last.sequence)
    with closing(sqlite3.connect(gate.folder / STORE_NAME)) as connection:
        assert [row[0] for row in connection.execute("SELECT subject FROM person")] == ["ann"]
    with pytest.raises(JournalError):
        open_store(tmp_path / "main" / STORE_NAME / "below-a-file")


# --- anti-passback -----------------------------------------------------------------------------------


def test_passing_the_same_way_again_is_an_event_with_when_and_where(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    for way in (IN, OUT, IN):
        gate.crosses(way, subject="ann")
    gate.turn()
    assert gate.told(AntiPassback) == []
    gate.crosses(IN, subject="ann")
    gate.turn()
    [event] = gate.told(AntiPassback)
    assert event == AntiPassback("ann", IN, PassbackKind.SOFT, event.before, "main")


def test_only_a_confirmed_passage_counts_against_a_person(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    entry = gate.note(decided(subject="ann"))
    assert entry is not None
    gate.note(LaneNoEntry("grant", str(entry.sequence)))
    assert gate.counter.last_access("ann") is None
    gate.note(decided(Outcome.DENY, "bob"))
    assert gate.counter.last_access("bob") is None


def test_members_of_an_exempt_group_make_no_event(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=replace(SOFT, exempt=frozenset({"staff"})))
    gate.groups = frozenset({"staff"})
    gate.crosses(IN, subject="ann")
    gate.crosses(IN, subject="ann")
    gate.turn()
    assert gate.told(AntiPassback) == []


def test_after_a_fire_nobody_is_kept_out_for_leaving_unseen(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    gate.crosses(IN, subject="ann")
    gate.turn()
    gate.note(LaneFire())
    assert gate.counter.last_access("ann") is None
    gate.turn()
    gate.restart()
    assert gate.counter.last_access("ann") is None


# --- the other gates ---------------------------------------------------------------------------------


def shared(tmp_path: Path, name: str) -> CountsSection:
    exchange = tmp_path / "exchange"
    exchange.mkdir(exist_ok=True)
    return CountsSection(exchange, exchange / f"{name}.json")


def test_two_gates_know_of_each_other_s_people_and_persons(make_gate: MakeGate, tmp_path: Path) -> None:
    rules: dict[str, Any] = {"occupancy": OccupancyRule(stop=2, relief=0), "anti_passback": SOFT}
    west = make_gate("west", alone=False, section=shared(tmp_path, "west"), **rules)
    east = make_gate("east", alone=False, section=shared(tmp_path, "east"), **rules)
    west.crosses(IN, subject="ann")
    east.crosses(IN, subject="bob")
    for _ in range(2):
        for gate in (west, east):
            gate.turn()
            gate.look()
    assert west.inside == east.inside == 2
    assert west.counter.crowding() is east.counter.crowding() is Crowding.STOPPED
    east.crosses(IN, subject="ann")
    east.turn()
    [event] = east.told(AntiPassback)
    assert (event.subject, event.gate) == ("ann", "west")


def test_persons_are_told_only_where_a_rule_asks_for_them(make_gate: MakeGate, tmp_path: Path) -> None:
    section = shared(tmp_path, "west")
    west = make_gate("west", alone=False, section=section)
    west.crosses(IN, subject="ann")
    west.turn()
    west.look()
    assert section.outbox is not None
    drop = json.loads(section.outbox.read_text())
    assert drop["persons"] == []
    assert drop["counters"][0]["tally"]["entered"] == 1


GOOD = count_snapshot_of(
    "green-court",
    "north",
    {Key("north", "b" * 32, "2026-11-03"): Tally(entered=4)},
    {"ann": LastAccess(IN, NOON, ClockTrust.TRUSTED, "north")},
).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noise",
        "[" * 100_000,
        "{}",
        GOOD[:-10],
        GOOD + GOOD,
        GOOD.replace("green-court", "red-court"),
        GOOD.replace("gatepost-counts-1", "gatepost-counts-2"),
        GOOD.replace('"entered":4', '"entered":-4'),
        GOOD.replace('"entered":4', '"entered":1e99'),
        GOOD.replace('"entered_estimated":0', '"entered_estimated":5'),
        GOOD.replace('"entered":4', '"admitted":4'),
        GOOD.replace("b" * 32, "b" * 31 + "/"),
        GOOD.replace("2026-11-03", "yesterday", 1),
        GOOD.replace('"north"', '""'),
        GOOD.replace('"north"', '"' + "n" * 129 + '"'),
        GOOD.replace('"north"', '"no\\nrth"'),
        GOOD.replace("+00:00", "").replace('Z"', '"'),
        " " * (MOST_BYTES + 1),
    ],
)
def test_counts_that_cannot_be_are_refused_by_name_and_change_nothing(
    make_gate: MakeGate, tmp_path: Path, text: str
) -> None:
    section = shared(tmp_path, "main")
    gate = make_gate(alone=False, section=section)
    assert section.inbox is not None
    (section.inbox / "north.json").write_text(text)
    gate.look()
    [event] = gate.told(CountsRefusedEvent)
    assert event.file == "north.json"
    assert gate.inside == 0
    gate.look()
    assert len(gate.told(CountsRefusedEvent)) == 1, "the same file is told of once"
    (section.inbox / "north.json").write_text(GOOD.replace("2026-11-03", "", 1))
    gate.look()
    assert gate.inside == 4


def test_more_counters_and_persons_than_a_site_has_are_refused() -> None:
    tallies = {Key(f"gate-{number}", "b" * 32, ""): Tally() for number in range(600)}
    with pytest.raises(ConfigurationError, match="more counters"):
        read_count_snapshot(
            count_snapshot_of("green-court", "north", tallies, {}), "green-court", "north.json"
        )
    passage = LastAccess(IN, NOON, ClockTrust.TRUSTED, "north")
    people = {f"person-{number}": passage for number in range(MOST_PERSONS + 1)}
    with pytest.raises(ConfigurationError, match="persons"):
        read_count_snapshot(
            count_snapshot_of("green-court", "north", {}, people), "green-court", "north.json"
        )


def test_a_flood_of_large_files_is_read_in_turns_and_every_one_gets_its_turn(
    make_gate: MakeGate, tmp_path: Path
) -> None:
    section = shared(tmp_path, "main")
    gate = make_gate(alone=False, section=section)
    assert section.inbox is not None
    names = [f"junk-{number:02}.json" for number in range(20)]

    def rewritten(round_: int) -> None:
        assert section.inbox is not None
        for name in names:
            (section.inbox / name).write_bytes(b" " * (MOST_BYTES - round_))

    refused: list[object] = []
    for round_ in range(4):
        rewritten(round_)
        gate.exchange.poll()
        refused += [getattr(news, "file", "") for news in gate.news]
        gate.news.clear()
    assert len(refused) < 60, "not all of them at every look"
    assert set(refused) == set(names)
    (section.inbox / "zz.json").write_text(GOOD.replace("2026-11-03", "", 1))
    rewritten(9)
    gate.look()
    assert gate.inside == 4, "who was not read yet comes first"


def test_files_refused_by_the_hundred_fill_no_journal(make_gate: MakeGate, tmp_path: Path) -> None:
    section = shared(tmp_path, "main")
    gate = make_gate(alone=False, section=section)
    assert section.inbox is not None
    for round_ in range(10):
        for number in range(30):
            (section.inbox / f"{number}.json").write_text("noise" * (round_ + 1))
        gate.look()
    assert len(gate.told(CountsRefusedEvent)) == 5
    gate.turn(60.0)
    (section.inbox / "0.json").write_text("more")
    gate.look()
    assert gate.told(CountsRefusedEvent)[-1].besides == 295


def test_a_pipe_or_a_link_in_the_inbox_is_not_opened(make_gate: MakeGate, tmp_path: Path) -> None:
    import os

    section = shared(tmp_path, "main")
    gate = make_gate(alone=False, section=section)
    assert section.inbox is not None
    os.mkfifo(section.inbox / "pipe.json")
    (section.inbox / "link.json").symlink_to("/dev/zero")
    gate.look()
    assert [event.file for event in gate.told(CountsRefusedEvent)] == ["link.json", "pipe.json"]


def test_an_outbox_that_cannot_be_written_is_told_of_once(make_gate: MakeGate, tmp_path: Path) -> None:
    section = CountsSection(None, tmp_path / "nowhere" / "main.json")
    gate = make_gate(section=section)
    for _ in range(3):
        gate.crosses(IN)
        gate.turn()
        gate.look()
    [event] = gate.told(CountsRefusedEvent)
    assert event.file == "main.json"
