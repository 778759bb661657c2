"""A scanner that is pulled out, floods or sends nonsense costs its own codes and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from edge.credentials.known.numbers import NumberTyped
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.core import (
    CodeScanned,
    KeypadAsks,
    Noise,
    PinTyped,
    ReaderState,
    Report,
    ScannerReport,
)
from edge.scanners.core.framing import WITHIN
from edge.scanners.lines import MOST_AT_ONCE
from edge.scanners.watch import AGAIN_AFTER, ScannerWatch
from tests.edge.scanners.scripted import ScriptedLine


class Desk:
    """One scanner, its watch, and a clock that the test moves."""

    def __init__(self, kind: ScannerKind = ScannerKind.SERIAL, **settings: Any) -> None:
        self.now = 100.0
        self.line = ScriptedLine()
        self.heard: list[Report] = []
        section = ScannerSection("desk", kind, "/dev/scripted", **settings)
        self.watch = ScannerWatch(section, self.line, self.heard.append, lambda: self.now)

    def send(self, *pieces: bytes) -> list[Report]:
        """They arrive, and are read."""
        self.line.sends += pieces
        return self.poll(len(pieces) + 1)

    def poll(self, times: int = 1) -> list[Report]:
        before = len(self.heard)
        for _ in range(times):
            self.due = self.watch.poll()
        return self.heard[before:]

    def later(self, seconds: float) -> list[Report]:
        self.now += seconds
        return self.poll()

    def codes(self) -> list[str]:
        return [report.text for report in self.heard if isinstance(report, CodeScanned)]

    def states(self) -> list[ReaderState]:
        return [report.state for report in self.heard if isinstance(report, ScannerReport)]


def test_a_code_is_reported_with_its_scanner_and_its_moment() -> None:
    desk = Desk()
    assert desk.send(b"GP1:ab", b"c\r") == [
        ScannerReport("desk", ReaderState.WORKING, 100.0, "/dev/scripted"),
        CodeScanned("desk", "GP1:abc", 7, 100.0),
    ]


def test_a_scanner_that_is_not_there_is_said_once_and_tried_every_second() -> None:
    desk = Desk()
    desk.line.there = False
    [gone] = desk.poll()
    assert isinstance(gone, ScannerReport)
    assert (gone.state, desk.due) == (ReaderState.GONE, 100.0 + AGAIN_AFTER)
    for _ in range(10):
        assert desk.later(AGAIN_AFTER) == []
    desk.line.there = True
    assert [type(report) for report in desk.later(AGAIN_AFTER)] == [ScannerReport]
    assert desk.states() == [ReaderState.GONE, ReaderState.WORKING]


def test_one_that_vanishes_in_the_middle_of_a_code_leaves_no_half_of_it() -> None:
    desk = Desk()
    desk.send(b"GP1:ab")
    desk.line.there = False
    desk.poll()
    desk.line.there = True
    desk.now += AGAIN_AFTER
    desk.send(b"GP1:next\r")
    assert desk.codes() == ["GP1:next"]
    assert desk.line.closed == 1
    assert desk.states() == [ReaderState.WORKING, ReaderState.GONE, ReaderState.WORKING]


def test_a_plug_that_flaps_is_told_once_a_second_and_in_the_end_as_it_is() -> None:
    desk = Desk()
    for turn in range(200):
        desk.line.there = bool(turn % 2)
        desk.later(max(0.01, min(desk.due - desk.now, 0.1)) if turn else 0.0)
    desk.line.there = True
    desk.later(2.0)
    desk.later(2.0)
    assert len(desk.states()) <= 2 * (desk.now - 100.0) + 2
    assert desk.states()[-1] is ReaderState.WORKING


def test_a_code_that_is_held_there_is_reported_four_times_a_second() -> None:
    desk = Desk()
    for _ in range(100):
        desk.send(b"GP1:abc\r")
        desk.now += 0.01
    assert 3 <= len(desk.codes()) <= 5
    desk.send(b"GP1:other\rGP1:abc\r")
    assert desk.codes()[-2:] == ["GP1:other", "GP1:abc"], "nothing else is held back for it"


def test_a_flood_is_read_slowly_reported_by_number_and_over_when_it_is_over() -> None:
    desk = Desk()
    flood = b"".join(b"GP1:%06d\r" % number for number in range(20_000))
    desk.line.sends.append(flood)
    polls = 0
    while desk.line.sends:
        desk.poll()
        polls += 1
        assert not desk.line.sends or desk.due > desk.now, "it rests"
        desk.now = max(desk.now, desk.due if desk.line.sends else desk.now)
    assert polls == -(-len(flood) // MOST_AT_ONCE)
    assert len(desk.codes()) < 100
    desk.now += 10.0
    [last] = desk.send(b"GP1:mine\r")
    assert isinstance(last, CodeScanned)
    assert last.text == "GP1:mine"
    counted = sum(report.passed_over for report in desk.heard if isinstance(report, CodeScanned))
    assert counted + len(desk.codes()) == 20_001


@pytest.mark.parametrize(
    ("sent", "noise"),
    [
        (b"GP1:a\0b\r", Noise.NUL),
        (b"\x80\xff\x81\r", Noise.NO_TEXT),
        (b"A" * 40_000, Noise.ENDLESS),
        (b"GP1:half", Noise.HALF),
    ],
)
def test_noise_is_said_with_what_to_do_and_costs_no_code(sent: bytes, noise: Noise) -> None:
    desk = Desk()
    desk.send(sent)
    while desk.line.sends:
        desk.later(0.1)
    desk.later(WITHIN)
    desk.later(AGAIN_AFTER)
    noisy = desk.heard[-1]
    assert noisy == ScannerReport("desk", ReaderState.NOISY, noisy.at, noise.value)  # type: ignore[union-attr]
    desk.send(b"\r", b"GP1:next\r")
    desk.later(AGAIN_AFTER)
    assert desk.codes() == ["GP1:next"]
    assert desk.states()[-1] is ReaderState.WORKING


def test_a_key_that_is_stuck_is_said_until_it_is_free() -> None:
    desk = Desk(ScannerKind.HID)
    desk.poll()
    desk.line.key = "key 30 is held down"
    desk.later(1.0)
    desk.send(b"GP1:abc\r")
    desk.line.key = ""
    desk.later(1.0)
    assert desk.states() == [ReaderState.WORKING, ReaderState.STUCK, ReaderState.WORKING]
    assert desk.codes() == ["GP1:abc"]


def test_a_driver_s_bug_ends_no_reading() -> None:
    desk = Desk()
    desk.poll()
    desk.line.breaks = True
    desk.poll()
    desk.line.breaks = False
    desk.later(AGAIN_AFTER)
    desk.send(b"GP1:abc\r")
    assert desk.codes() == ["GP1:abc"]


def test_no_read_waits_longer_than_something_is_due() -> None:
    desk = Desk()
    desk.poll()
    desk.send(b"GP1:ha")
    desk.now += WITHIN - 0.2
    desk.poll()
    assert desk.line.waits[0] == 0.5
    assert desk.line.waits[-1] == pytest.approx(0.2)


# --- keypads --------------------------------------------------------------------------------------


def test_a_number_is_reported_and_who_types_none_is_told_to() -> None:
    desk = Desk(ScannerKind.KEYPAD)
    assert desk.send(b"#", b"4711", b"#")[1:] == [
        KeypadAsks("desk", "keypad_type_number"),
        NumberTyped("desk", "4711"),
    ]
    assert "4711" not in repr(desk.heard), "nor does it get into a log"


def test_where_staff_use_it_their_number_and_pin_are_reported_apart() -> None:
    desk = Desk(ScannerKind.KEYPAD, staff=True)
    assert desk.send(b"1042*294815#")[1:] == [PinTyped("desk", "1042", "294815")]
    assert desk.send(b"4711#") == [NumberTyped("desk", "4711")]


def test_a_keypad_that_types_by_itself_floods_nothing() -> None:
    desk = Desk(ScannerKind.KEYPAD, digits=4)
    desk.send(*[b"1234" * 500] * 50)
    assert len([report for report in desk.heard if isinstance(report, NumberTyped)]) <= 31
