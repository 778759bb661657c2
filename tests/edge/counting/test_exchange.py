"""Gates share their counts by files, and staff correct them: late, twice, damaged or by the hundred."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from edge.counting.configuration import CountsSection
from edge.counting.core import MOST_BYTES, MOST_PERSONS, count_snapshot_of, read_count_snapshot
from edge.counting.core.occupancy import Key, Tally
from edge.counting.exchange import (
    Correction,
    CountsRefused,
    correction_file,
    put_correction,
)
from edge.decision import (
    ClockTrust,
    Crowding,
    LastAccess,
    OccupancyRule,
)
from edge.errors import ConfigurationError
from edge.journal.format import (
    AntiPassback,
    CountsRefusedEvent,
    OccupancyCorrected,
)
from tests.edge.counting.conftest import IN, NOON, OUT, SOFT, MakeGate


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
        GOOD.replace('"entered":4', '"entered":4,"entered_estimated":5'),
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
    with pytest.raises(ConfigurationError, match=r"counters: expected a list of length <= 512"):
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


def test_another_file_of_the_same_time_and_size_is_read(make_gate: MakeGate, tmp_path: Path) -> None:
    """Two within one tick of the disk's clock."""
    section = shared(tmp_path, "main")
    gate = make_gate(alone=False, section=section)
    assert section.inbox is not None
    place, other = section.inbox / "zz.json", section.inbox / "zz.new"
    for content in (b"first", b"other"):
        other.write_bytes(content)
        os.utime(other, ns=(7, 7))
        other.replace(place)
        gate.exchange.poll()
    assert len([news for news in gate.news if isinstance(news, CountsRefused)]) == 2


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
