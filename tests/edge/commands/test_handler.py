"""Commands at the gate: genuine ones are carried out once and written down, everything else moves nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from structlog.testing import capture_logs

from edge.commands.core import MOST_COMMAND_BYTES, Command, CommandKind, CommandOutcome, command_topic
from edge.commands.core.answered_refusals import MOST_A_MINUTE
from edge.commands.core.command import TOLERANCE
from edge.commands.handler import CommandHandler
from edge.commands.standing import StandingOrdersFile
from edge.decision import ClockTrust, Direction, Mode
from edge.devices.clock import FixedClock
from edge.errors import GatepostError
from edge.journal.factory import open_journal
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.journal.store import Journal
from edge.journal.tables import JournalFull
from edge.lane.machine import NOTHING, Broke, Grant, LaneMemory, Lock, Phase, Signal, Unlock
from edge.signing.cose import Keys, encode_value, keys_of, microseconds, seal
from edge.signing.cose.fields import LATEST
from tests.edge.runtime.conftest import NOON, Bench
from tests.examples import tried
from tests.keys import ed25519

CENTRE = ed25519("centre")
DEVICE = "green-court.main"


class Helpers:
    """The services of a gate without an updater."""

    def diagnostics(self) -> dict[str, object]:
        return {"registry": 7}

    def request_update(self, version: str) -> str:
        if version == "none":
            raise GatepostError("there is no updater here")
        return f"{version} is wanted"


@dataclass
class Seat:
    """A command handler, and the hand that gives it commands."""

    handler: CommandHandler
    clock: FixedClock
    keys: dict[bytes, bytes] = field(default_factory=dict)
    given: int = 0

    def order(self, kind: CommandKind, argument: str = "", **fields: Any) -> Command:
        now, self.given = microseconds(self.clock.wall().at), self.given + 1
        values: dict[str, Any] = {"nonce": random.randbytes(16), "issued": now, "expires": now + 60_000_000}
        values["counter"] = self.given
        return Command(kind=kind, argument=argument, actor="Wang Fang", **(values | fields))


def signed(command: Command, device: str = DEVICE, key: Ed25519PrivateKey = CENTRE) -> bytes:
    return seal(encode_value(command), command_topic(device), key)


def keys() -> dict[bytes, bytes]:
    return dict(keys_of([CENTRE.public_key().public_bytes_raw()]))


def tracker_of(
    clock: FixedClock, journal: Journal, lane: Any, believed: Keys, folder: Path
) -> CommandHandler:
    file = StandingOrdersFile(folder / "standing-orders.json")
    return CommandHandler(DEVICE, Direction.ENTRY, lambda: believed, clock, journal, lane, Helpers(), file)


@pytest.fixture
def seat(bench: Bench, tmp_path: Path) -> Seat:
    believed = keys()
    return Seat(tracker_of(bench.clock, bench.journal, bench.lane, believed, tmp_path), bench.clock, believed)


def told(bench: Bench) -> list[tuple[str, dict[str, Any]]]:
    reader = JournalReader(bench.configuration.journal.path)
    found = [(entry.kind, entry.content) for entry in reader.every() if entry.kind.startswith("command_")]
    reader.close()
    return found


def phase(bench: Bench) -> Phase:
    return bench.lane.state.phase


# --- what is carried out ---------------------------------------------------------------------------


def test_an_order_to_open_opens_once_and_is_written_down_with_its_giver_first(
    bench: Bench, seat: Seat
) -> None:
    command = seat.order(CommandKind.OPEN_ONCE)
    result = seat.handler.handle(signed(command))
    assert not bench.barrier_is_open, "the lane hears of it after the journal"
    bench.lane.pump()
    assert bench.barrier_is_open
    assert result is not None
    assert (result.nonce, result.outcome) == (command.nonce, CommandOutcome.DONE)
    (taken, before), (answered, after) = told(bench)
    assert (taken, answered) == (EventKind.COMMAND_TAKEN, EventKind.COMMAND_RESULT)
    assert before["actor"] == "Wang Fang"
    assert before["nonce"] == command.nonce.hex()
    assert after["outcome"] == "done"


def test_a_person_at_the_centre_clears_a_fault_by_name_and_with_a_reason(bench: Bench, seat: Seat) -> None:
    bench.lane.submit(Broke("an arm"))
    bench.lane.pump()
    assert bench.lane.memory == LaneMemory(fault="an arm")
    result = seat.handler.handle(signed(seat.order(CommandKind.RESET_LANE, "the guard has looked")))
    bench.lane.pump()
    assert result is not None
    assert result.outcome is CommandOutcome.DONE
    assert bench.lane.memory == NOTHING
    bench.leave()
    assert phase(bench) is Phase.CLOSED


def test_the_same_order_again_is_refused_also_after_a_restart(
    bench: Bench, seat: Seat, tmp_path: Path
) -> None:
    data = signed(seat.order(CommandKind.OPEN_ONCE))
    seat.handler.handle(data)
    bench.leave()
    again = seat.handler.handle(data)
    bench.journal.close()
    bench.journal = open_journal(bench.configuration.journal.path, "main")
    restarted = tracker_of(bench.clock, bench.journal, bench.lane, seat.keys, tmp_path)
    once_more = restarted.handle(data)
    bench.lane.pump()
    assert not bench.barrier_is_open
    assert again is not None
    assert once_more is not None
    assert {again.outcome, once_more.outcome} == {CommandOutcome.REPEATED}


def test_a_mode_holds_for_those_who_come_and_until_it_is_ended(bench: Bench, seat: Seat) -> None:
    bench.controller.decider.ordered = lambda: seat.handler.mode
    seat.handler.handle(signed(seat.order(CommandKind.SET_MODE, "locked")))
    [passage] = bench.show(faces=(1,), seconds=1.0)
    assert passage.decision.rule == "command.set_mode"
    assert passage.mode is Mode.LOCKED
    bench.leave()
    seat.handler.handle(signed(seat.order(CommandKind.SET_MODE, "policy")))
    [passage] = bench.show(faces=(1,), seconds=1.0)
    assert passage.decision.outcome == "grant"


def test_a_lockdown_outlives_a_restart_and_is_lifted(bench: Bench, seat: Seat, tmp_path: Path) -> None:
    seat.handler.handle(signed(seat.order(CommandKind.LOCK_DOWN)))
    bench.lane.pump()
    assert phase(bench) is Phase.LOCKED
    bench.lane.submit(Unlock("nobody: the lane's process has restarted"))
    bench.lane.pump()
    again = tracker_of(bench.clock, bench.journal, bench.lane, seat.keys, tmp_path)
    assert again.restore() == ""
    bench.lane.pump()
    assert phase(bench) is Phase.LOCKED
    again.handle(signed(seat.order(CommandKind.LIFT_LOCK_DOWN)))
    bench.lane.pump()
    assert phase(bench) is Phase.CLOSED


_ORDERS, _COPY = "standing-orders.json", "standing-orders.copy.json"


def _in_its_place(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(b'{"mode":nu'),
    "not UTF-8": lambda path: path.write_bytes(b'{"by":"\xff"}'),
    "nested": lambda path: path.write_bytes(b"[" * 4000),
    "a directory": lambda path: _in_its_place(path, Path.mkdir),
    "a pipe": lambda path: _in_its_place(path, os.mkfifo),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("which", [_ORDERS, _COPY])
def test_one_damaged_copy_of_the_orders_changes_nothing_of_what_stands(
    bench: Bench, seat: Seat, tmp_path: Path, which: str, how: str
) -> None:
    seat.handler.handle(signed(seat.order(CommandKind.SET_MODE, "code")))
    DAMAGE[how](tmp_path / which)
    again = tracker_of(bench.clock, bench.journal, bench.lane, seat.keys, tmp_path)
    assert (which in again.restore()) is (how != "missing")
    assert (again.mode, again.locked) == (Mode.CODE, False)


@pytest.mark.parametrize("how", [how for how in DAMAGE if how != "missing"])
def test_a_gate_whose_orders_are_all_damaged_is_locked_until_a_signed_order_lifts_it(
    bench: Bench, seat: Seat, tmp_path: Path, how: str
) -> None:
    seat.handler.handle(signed(seat.order(CommandKind.LOCK_DOWN)))
    bench.lane.submit(Unlock("the process has ended"))
    for name in (_ORDERS, _COPY):
        DAMAGE[how](tmp_path / name)
    again = tracker_of(bench.clock, bench.journal, bench.lane, seat.keys, tmp_path)
    assert "locked until a signed order lifts it" in again.restore()
    bench.lane.pump()
    assert phase(bench) is Phase.LOCKED
    lifted = again.handle(signed(seat.order(CommandKind.LIFT_LOCK_DOWN)))
    bench.lane.pump()
    assert lifted is not None
    assert lifted.outcome is CommandOutcome.DONE
    assert phase(bench) is Phase.CLOSED


def test_a_store_that_cannot_answer_is_not_taken_for_a_command_given_before(bench: Bench, seat: Seat) -> None:
    command = signed(seat.order(CommandKind.OPEN_ONCE))
    assert bench.journal._connection is not None
    bench.journal._connection.close()  # the store is gone from under it
    result = seat.handler.handle(command)
    bench.lane.pump()
    assert result is not None
    assert result.outcome is CommandOutcome.UNAVAILABLE
    assert not bench.barrier_is_open, "nothing is done by a gate that may have done it before"
    again = seat.handler.handle(command)
    assert again is not None
    assert again.outcome is CommandOutcome.DONE, "the same bytes, once the store answers"


def test_diagnostics_and_an_update_are_answered_in_the_journal(bench: Bench, seat: Seat) -> None:
    for kind, argument, outcome, text in (
        (CommandKind.SEND_DIAGNOSTICS, "", CommandOutcome.DONE, '{"registry":7}'),
        (CommandKind.TAKE_UPDATE, "1.2.3", CommandOutcome.DONE, "1.2.3 is wanted"),
        (CommandKind.TAKE_UPDATE, "none", CommandOutcome.FAILED, "there is no updater here"),
    ):
        result = seat.handler.handle(signed(seat.order(kind, argument)))
        assert result is not None
        assert (result.outcome, result.text) == (outcome, text)
        assert told(bench)[-1][1]["text"] == text


def test_an_update_that_nobody_installs_is_an_answer_and_no_traceback(seat: Seat) -> None:
    with capture_logs() as logs:
        seat.handler.handle(signed(seat.order(CommandKind.TAKE_UPDATE, "none")))
    [failed] = [entry for entry in logs if entry["event"] == "command_failed"]
    assert "exc_info" not in failed


# --- what is refused -------------------------------------------------------------------------------


def late(seat: Seat) -> dict[str, Command]:
    now = microseconds(seat.clock.wall().at)
    second = 1_000_000
    times = {
        "expired": (now - 91 * second, now - 31 * second),
        "expiring now": (now - 90 * second, now - 30 * second),
        "of the future": (now + 31 * second, now + 60 * second),
        "for a day": (now, now + 86_400 * second),
        "for no time": (now, now),
        "backwards": (now, now - second),
        "at the end of time": (LATEST - 1, LATEST),
    }
    return {
        name: seat.order(CommandKind.OPEN_ONCE, issued=issued, expires=expires)
        for name, (issued, expires) in times.items()
    }


def test_what_is_late_early_or_holds_too_long_opens_nothing(bench: Bench, seat: Seat) -> None:
    for name, command in late(seat).items():
        result = seat.handler.handle(signed(command))
        bench.lane.pump()
        assert result is not None, name
        assert result.outcome is CommandOutcome.LATE, name
        assert not bench.barrier_is_open, name


def test_a_command_of_the_year_300_000_is_none(bench: Bench, seat: Seat) -> None:
    """A time that no calendar has is refused where the bytes come in: nobody is there to be answered."""
    command = seat.order(CommandKind.OPEN_ONCE, issued=2**62, expires=2**62 + 1)
    assert seat.handler.handle(signed(command)) is None
    bench.lane.pump()
    assert not bench.barrier_is_open
    assert [(kind, body["reason"]) for kind, body in told(bench)] == [("command_refused", "invalid")]


def test_every_command_that_is_refused_is_answered_and_one_that_is_played_again_is_not(
    bench: Bench, seat: Seat
) -> None:
    """A second one within a minute had no answer: who gave it waited in vain."""
    refused = [seat.order(CommandKind.SET_MODE, "wide_open") for _ in range(3)]
    for command in (*refused, *refused):
        seat.handler.handle(signed(command))
    answered = [body["nonce"] for kind, body in told(bench) if kind == EventKind.COMMAND_RESULT]
    assert answered[:3] == [command.nonce.hex() for command in refused]
    assert len(answered) == 4, "the flood is told of once"
    bench.leave(seconds=91.0)
    seat.handler.handle(signed(refused[0]))
    again = [body["outcome"] for kind, body in told(bench) if kind == EventKind.COMMAND_RESULT]
    assert again[4:] == ["late"]


def test_a_flood_of_kept_commands_fills_no_journal(bench: Bench, seat: Seat) -> None:
    for _ in range(5 * MOST_A_MINUTE):
        seat.handler.handle(signed(seat.order(CommandKind.SET_MODE, "wide_open")))
    assert MOST_A_MINUTE <= len(told(bench)) <= MOST_A_MINUTE + 1


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        (CommandKind.SET_MODE, "wide_open"),
        (CommandKind.SET_MODE, ""),
        (CommandKind.TAKE_UPDATE, ""),
        (CommandKind.OPEN_ONCE, "twice"),
        (CommandKind.RESET_LANE, ""),
        (CommandKind.RESET_LANE, "  "),
    ],
)
def test_an_order_that_this_gate_does_not_know_does_nothing(
    bench: Bench, seat: Seat, kind: CommandKind, argument: str
) -> None:
    result = seat.handler.handle(signed(seat.order(kind, argument)))
    bench.lane.pump()
    assert result is not None
    assert result.outcome is CommandOutcome.UNKNOWN
    assert not bench.barrier_is_open


def forged(seat: Seat) -> dict[str, bytes]:
    good = signed(seat.order(CommandKind.OPEN_ONCE))
    altered = bytearray(good)
    altered[40] ^= 1
    return {
        "unknown_key": signed(seat.order(CommandKind.OPEN_ONCE), key=ed25519()),
        "forged": signed(seat.order(CommandKind.OPEN_ONCE), device="blue-court.main"),
        "unreadable": good[:-1],
        "empty": b"",
        "too_large": good + bytes(2 * MOST_COMMAND_BYTES),
        "other_version": b"GP\x02" + good[3:],
        "altered": bytes(altered),
    }


def test_what_is_not_genuine_opens_nothing_and_has_no_answer(bench: Bench, seat: Seat) -> None:
    for name, data in forged(seat).items():
        assert seat.handler.handle(data) is None, name
        bench.lane.pump()
        assert not bench.barrier_is_open, name
    reasons = {content["reason"] for kind, content in told(bench) if kind == EventKind.COMMAND_REFUSED}
    assert reasons >= set(forged(seat)) - {"altered"}


def test_a_key_that_the_root_no_longer_names_opens_nothing(bench: Bench, seat: Seat) -> None:
    seat.keys.clear()
    assert seat.handler.handle(signed(seat.order(CommandKind.OPEN_ONCE))) is None
    bench.lane.pump()
    assert not bench.barrier_is_open


def test_knocking_cannot_fill_the_journal(bench: Bench, seat: Seat) -> None:
    for _ in range(500):
        seat.handler.handle(b"junk")
    assert len(told(bench)) == 1
    bench.clock.advance(61.0)
    seat.handler.handle(b"junk")
    assert [content["times"] for _, content in told(bench)] == [1, 500]


def test_an_order_that_cannot_be_written_down_is_not_carried_out(
    bench: Bench, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise JournalFull("the disk is full")

    monkeypatch.setattr(bench.journal, "append", full)
    result = seat.handler.handle(signed(seat.order(CommandKind.OPEN_ONCE)))
    bench.lane.pump()
    assert result is not None
    assert result.outcome is CommandOutcome.FAILED
    assert not bench.barrier_is_open


# --- any order of things ---------------------------------------------------------------------------


class RecordingLane:
    """What the lane was asked to do. The real one is above; here thousands of orders are played."""

    def __init__(self) -> None:
        self.heard: list[Signal] = []

    def submit(self, signal: Signal) -> None:
        self.heard.append(signal)


class Replaying(RuleBasedStateMachine):
    """Anyone who holds every command ever sent, and the clock's hand, opens no more than was ordered, and
    puts no older order in the place of a newer one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.clock = FixedClock(NOON, ClockTrust.TRUSTED)
        self.lane = RecordingLane()
        self.believed = keys()
        self.sent: list[tuple[Command, bytes]] = []
        self.newest = 0
        self.out: set[bytes] = set()
        self.start()

    @rule()
    def restart(self) -> None:
        self.journal.close()
        self.start()

    def start(self) -> None:
        self.out.clear()
        self.journal = open_journal(self.path / "journal.sqlite", "main")
        self.handler = tracker_of(self.clock, self.journal, self.lane, self.believed, self.path)

    @rule(trust=st.sampled_from(ClockTrust))
    def clock_is(self, trust: ClockTrust) -> None:
        self.clock.set_trust(trust)

    @rule(
        kind=st.sampled_from([CommandKind.OPEN_ONCE, CommandKind.LOCK_DOWN, CommandKind.LIFT_LOCK_DOWN]),
        data=st.data(),
    )
    def order(self, kind: CommandKind, data: st.DataObject) -> None:
        challenge = data.draw(st.sampled_from([None, *sorted(self.out)]))
        command = Seat(self.handler, self.clock, given=len(self.sent)).order(kind, challenge=challenge)
        self.sent.append((command, signed(command)))

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        if self.sent:
            command, message = data.draw(st.sampled_from(self.sent))
            before = len(self.lane.heard)
            result = self.handler.handle(message)
            assert result is not None
            now, fresh = microseconds(self.clock.wall().at), command.counter > self.newest
            timely = command.issued - TOLERANCE <= now < command.expires + TOLERANCE
            counts = timely and self.clock.wall().trust is not ClockTrust.UNTRUSTED
            if command.challenge is not None:
                counts = command.challenge in self.out
            assert (result.outcome is CommandOutcome.DONE) == (fresh and counts)
            assert len(self.lane.heard) - before == (result.outcome is CommandOutcome.DONE)
            if fresh and command.challenge is not None:
                self.out.discard(command.challenge)
            if result.outcome is CommandOutcome.DONE:
                self.newest = command.counter
            if result.challenge is not None:
                self.out.add(result.challenge)

    @rule(data=st.binary(max_size=300))
    def junk(self, data: bytes) -> None:
        assert self.handler.handle(data) is None

    @rule(seconds=st.integers(-200, 200))
    def clock_moves(self, seconds: int) -> None:
        self.clock.step_wall(timedelta(seconds=seconds))

    @invariant()
    def nothing_twice(self) -> None:
        openings = [signal.reference for signal in self.lane.heard if isinstance(signal, Grant)]
        assert len(openings) == len(set(openings))
        ordered = {f"command {command.nonce.hex()}" for command, _ in self.sent}
        assert set(openings) <= ordered
        assert all(isinstance(signal, Grant | Lock | Unlock) for signal in self.lane.heard)

    @invariant()
    def last_given_stands(self) -> None:
        orders = {Lock: CommandKind.LOCK_DOWN, Unlock: CommandKind.LIFT_LOCK_DOWN}
        counters = {
            command.counter: command.kind for command, _ in self.sent if command.counter <= self.newest
        }
        if self.lane.heard and type(self.lane.heard[-1]) in orders:
            assert counters[self.newest] is orders[type(self.lane.heard[-1])]

    def teardown(self) -> None:
        self.journal.close()
        self.folder.cleanup()


Replaying.TestCase.settings = settings(max_examples=tried(25), stateful_step_count=20, deadline=None)
TestReplaying = Replaying.TestCase
