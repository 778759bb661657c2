"""Stories of commands that come in another order than they were given, too late, or where nobody can know."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.core import Command, CommandKind, CommandOutcome, CommandResult, command_topic
from edge.commands.core.answered_refusals import MOST_A_MINUTE
from edge.commands.core.challenges import LIFETIME
from edge.commands.handler import CommandHandler
from edge.commands.standing import StandingOrdersFile
from edge.decision import ClockTrust, Direction
from edge.devices.clock import FixedClock
from edge.journal.format import CommandResultEvent, CommandTaken, Event, understood
from edge.journal.reader import JournalReader
from edge.journal.salvage import open_or_salvage
from edge.journal.store import Journal
from edge.journal.used_copy import FILE_NAME, UsedCopy
from edge.lane.machine import Grant, Lock, Unlock
from edge.signing.cose import encode_value, keys_of, microseconds, seal
from tests.edge.commands.test_handler import CENTRE, DEVICE, Helpers, RecordingLane
from tests.edge.runtime.conftest import NOON
from tests.keys import ed25519

OPEN, LOCK, LIFT = CommandKind.OPEN_ONCE, CommandKind.LOCK_DOWN, CommandKind.LIFT_LOCK_DOWN
DONE, OLDER, REPEATED = CommandOutcome.DONE, CommandOutcome.OLDER, CommandOutcome.REPEATED
LATE, UNSURE, UNKNOWN = CommandOutcome.LATE, CommandOutcome.UNSURE, CommandOutcome.UNKNOWN


@dataclass
class Gate:
    """A gate's commands and what it keeps on its card; started and stopped as a test wants it."""

    folder: Path
    clock: FixedClock
    device: str = DEVICE
    keys: list[Ed25519PrivateKey] = field(default_factory=lambda: [CENTRE])
    lane: RecordingLane = field(default_factory=RecordingLane)

    @property
    def journal_path(self) -> Path:
        return self.folder / "journal" / "journal.sqlite"

    def start(self) -> None:
        self.copy = UsedCopy(self.folder / "registry" / FILE_NAME)
        self.journal: Journal = open_or_salvage(self.journal_path, "main", self.clock.wall(), self.copy)[0]
        self.lane = RecordingLane()
        self.handler = CommandHandler(
            self.device,
            Direction.ENTRY,
            lambda: keys_of([key.public_key().public_bytes_raw() for key in self.keys]),
            self.clock,
            self.journal,
            self.lane,
            Helpers(),
            StandingOrdersFile(self.folder / "journal" / "standing-orders.json"),
        )
        assert self.handler.restore() == ""

    def stop(self) -> None:
        self.journal.close()
        self.copy.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    def hear(self, data: bytes) -> CommandResult:
        result = self.handler.handle(data)
        assert result is not None
        return result

    def outcomes(self, *messages: bytes) -> list[CommandOutcome]:
        return [self.hear(data).outcome for data in messages]

    def told(self) -> list[Event]:
        with closing(JournalReader(self.journal_path)) as reader:
            assert list(reader.verify()) == []
            found = [understood(entry) for entry in reader.every()]
        return [event for event in found if isinstance(event, CommandTaken | CommandResultEvent)]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path / "card", FixedClock(NOON, ClockTrust.TRUSTED))
    (gate.folder / "registry").mkdir(parents=True)
    (gate.folder / "journal").mkdir()
    gate.start()
    yield gate
    gate.stop()


@dataclass
class Issuer:
    """Who signs commands at the centre, with a clock of its own."""

    clock: FixedClock
    key: Ed25519PrivateKey = CENTRE
    counter: int = 0

    def order(self, kind: CommandKind, challenge: bytes | None = None, device: str = DEVICE) -> bytes:
        now = microseconds(self.clock.wall().at)
        self.counter = max(self.counter + 1, now)
        nonce = random.randbytes(16)
        command = Command(nonce, kind, "Wang Fang", now, now + 60_000_000, self.counter, challenge=challenge)
        return seal(encode_value(command), command_topic(device), self.key)


@pytest.fixture
def centre(gate: Gate) -> Issuer:
    return Issuer(gate.clock)


# --- order ---------------------------------------------------------------------------------------


def test_a_lift_and_then_a_lock_that_come_the_other_way_round_leave_the_gate_locked(
    gate: Gate, centre: Issuer
) -> None:
    lift, lock = centre.order(LIFT), centre.order(LOCK)
    assert gate.outcomes(lock, lift) == [DONE, OLDER]
    assert gate.handler.locked
    assert [type(signal) for signal in gate.lane.heard] == [Lock]
    [_, _, refused] = gate.told()
    assert isinstance(refused, CommandResultEvent)
    assert (refused.command, refused.outcome) == ("lift_lock_down", "older")
    gate.restart()
    assert gate.outcomes(lift) == [OLDER], "after a restart as before"
    assert gate.handler.locked


def test_what_comes_in_the_order_in_which_it_was_given_is_done(gate: Gate, centre: Issuer) -> None:
    assert gate.outcomes(*[centre.order(kind) for kind in (LOCK, LIFT, OPEN, OPEN)]) == [DONE] * 4


def test_a_command_that_was_refused_makes_none_older(gate: Gate, centre: Issuer) -> None:
    first, late = centre.order(LOCK), centre.order(LIFT)
    wrong = centre.order(CommandKind.RESET_LANE)  # without a reason
    assert gate.outcomes(wrong, first, late) == [UNKNOWN, DONE, DONE]


@pytest.mark.parametrize("kept", ["done", "never delivered"])
def test_a_command_of_yesterday_that_is_played_again_does_nothing(
    gate: Gate, centre: Issuer, kept: str
) -> None:
    recorded = centre.order(OPEN)
    if kept == "done":
        assert gate.outcomes(recorded) == [DONE]
    gate.clock.advance(86_400.0)
    gate.restart()
    assert gate.outcomes(recorded) == [REPEATED if kept == "done" else LATE]
    gate.clock.set_trust(ClockTrust.UNTRUSTED)
    gate.clock.step_wall(timedelta(days=-1))  # whoever sets the gate's clock back has won nothing
    assert gate.outcomes(recorded) == [REPEATED if kept == "done" else UNSURE]
    assert gate.lane.heard == []


@pytest.mark.parametrize("seconds", [-29.0, 29.0])
def test_clocks_that_differ_by_less_than_the_tolerance_stop_no_command(gate: Gate, seconds: float) -> None:
    away = FixedClock(NOON + timedelta(seconds=seconds))
    data = Issuer(away).order(LOCK)
    gate.clock.advance(0.0 if seconds > 0 else 59.0)
    assert gate.outcomes(data) == [DONE]


# --- keys ----------------------------------------------------------------------------------------


def test_a_new_key_counts_anew_and_of_a_removed_one_nothing_is_kept(gate: Gate, centre: Issuer) -> None:
    assert gate.outcomes(centre.order(LOCK)) == [DONE]
    second = Issuer(FixedClock(NOON), ed25519("second"))
    gate.keys = [CENTRE, second.key]
    assert gate.outcomes(second.order(LIFT), centre.order(LOCK)) == [DONE, DONE], "side by side"
    gate.keys = [second.key]
    assert gate.handler.handle(centre.order(LIFT)) is None
    assert gate.outcomes(second.order(LIFT)) == [DONE]
    [first_id, second_id] = [
        key_id.hex()
        for key in (CENTRE, second.key)
        for key_id in keys_of([key.public_key().public_bytes_raw()])
    ]
    assert gate.journal.known_of("", first_id).counter == 0
    assert gate.journal.known_of("", second_id).counter == second.counter
    gate.restart()
    assert gate.journal.known_of("", first_id).counter == 0, "nor in the copy"


# --- damage ---------------------------------------------------------------------------------------


def lost(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def noise(path: Path) -> None:
    path.write_bytes(b"noise" * 2000)


@pytest.mark.parametrize("which", ["journal/journal.sqlite", f"registry/{FILE_NAME}"])
@pytest.mark.parametrize("damage", [lost, noise])
def test_a_gate_that_lost_its_journal_or_its_copy_still_knows_which_is_older(
    gate: Gate, centre: Issuer, damage: Callable[[Path], None], which: str
) -> None:
    lift, lock = centre.order(LIFT), centre.order(LOCK)
    assert gate.outcomes(lock) == [DONE]
    gate.stop()
    damage(gate.folder / which)
    gate.start()
    assert gate.outcomes(lift, lock, centre.order(LIFT)) == [OLDER, REPEATED, DONE]


def test_a_gate_that_lost_both_does_nothing_on_the_word_of_before(gate: Gate, centre: Issuer) -> None:
    """It cannot know what it did: so it wants to hear an order that was given since, and knows it by that."""
    lift, lock = centre.order(LIFT), centre.order(LOCK)
    assert gate.outcomes(lock) == [DONE]
    gate.stop()
    for path in (gate.journal_path, gate.folder / "registry" / FILE_NAME):
        lost(path)
    (gate.folder / "registry" / "rollback.json").touch()
    gate.start()
    assert gate.outcomes(lift, lock) == [UNSURE, UNSURE]
    answer = gate.hear(centre.order(LIFT))
    assert "store was lost" in answer.text
    assert gate.outcomes(centre.order(LIFT, answer.challenge), lock) == [DONE, OLDER]
    gate.clock.advance(400.0)
    assert gate.outcomes(centre.order(LOCK)) == [DONE], "and it ends by itself"


def test_a_power_cut_after_a_command_was_written_down_does_not_do_it_later(
    gate: Gate, centre: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written, not done: whoever gave it hears no result and gives it again; the same bytes do nothing."""

    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    recorded = centre.order(LOCK)
    monkeypatch.setattr(gate.lane, "submit", cut)
    monkeypatch.setattr(gate.handler._file, "write", cut)
    with pytest.raises(PowerCut):
        gate.handler.handle(recorded)
    gate.restart()
    assert [type(event) for event in gate.told()] == [CommandTaken], "no result, so nobody takes it for done"
    assert not gate.handler.locked
    assert gate.outcomes(recorded) == [REPEATED]
    assert not gate.handler.locked
    assert gate.outcomes(centre.order(LOCK)) == [DONE]
    assert gate.handler.locked


# --- challenges -----------------------------------------------------------------------------------


@pytest.fixture
def unset(gate: Gate) -> Gate:
    """The same gate with a clock that says 1970."""
    gate.clock.set_trust(ClockTrust.UNTRUSTED)
    gate.clock.step_wall(timedelta(days=-20_000))
    return gate


@pytest.fixture
def elsewhere() -> Issuer:
    return Issuer(FixedClock(NOON))


def test_a_lockdown_goes_through_with_a_clock_that_is_not_set(unset: Gate, elsewhere: Issuer) -> None:
    asked = unset.hear(elsewhere.order(LOCK))
    assert (asked.outcome, unset.lane.heard) == (UNSURE, [])
    assert asked.challenge is not None
    [answer] = unset.told()
    assert isinstance(answer, CommandResultEvent)
    assert answer.challenge == asked.challenge.hex(), "it comes up with the journal"
    assert unset.outcomes(elsewhere.order(LOCK, asked.challenge)) == [DONE]
    assert unset.handler.locked


def test_a_challenge_is_used_by_one_command(unset: Gate, elsewhere: Issuer) -> None:
    challenge = unset.hear(elsewhere.order(LOCK)).challenge
    lock, lift = elsewhere.order(LOCK, challenge), elsewhere.order(LIFT, challenge)
    assert unset.outcomes(lock, lock, lift) == [DONE, REPEATED, UNSURE]
    assert unset.handler.locked


def test_a_challenged_command_that_is_played_again_after_a_restart_does_nothing(
    unset: Gate, elsewhere: Issuer
) -> None:
    done, kept = (elsewhere.order(kind, unset.hear(elsewhere.order(kind)).challenge) for kind in (OPEN, LIFT))
    assert unset.outcomes(done) == [DONE]
    unset.restart()
    assert unset.outcomes(done, kept) == [REPEATED, UNSURE]


@pytest.mark.parametrize(("after", "outcome"), [(LIFETIME - 1.0, DONE), (LIFETIME, UNSURE)])
def test_a_challenge_holds_for_five_minutes(
    unset: Gate, elsewhere: Issuer, after: float, outcome: CommandOutcome
) -> None:
    challenge = unset.hear(elsewhere.order(LOCK)).challenge
    unset.clock.advance(after)
    assert unset.outcomes(elsewhere.order(LOCK, challenge)) == [outcome]


def test_a_challenge_of_one_gate_is_none_of_another(unset: Gate, elsewhere: Issuer, tmp_path: Path) -> None:
    other = Gate(tmp_path / "other", FixedClock(NOON, ClockTrust.UNTRUSTED), "green-court.back")
    (other.folder / "journal").mkdir(parents=True)
    other.start()
    try:
        challenge = unset.hear(elsewhere.order(LOCK)).challenge
        other.hear(elsewhere.order(LOCK, device=other.device))
        assert other.handler.handle(elsewhere.order(LOCK, challenge)) is None, "signed for the other"
        assert other.outcomes(elsewhere.order(LOCK, challenge, other.device)) == [UNSURE]
        assert other.lane.heard == []
    finally:
        other.stop()


def test_a_challenge_holds_also_where_the_clock_is_set_meanwhile(unset: Gate, elsewhere: Issuer) -> None:
    challenge = unset.hear(elsewhere.order(LOCK)).challenge
    unset.clock.step_wall(timedelta(days=20_000))
    unset.clock.set_trust(ClockTrust.TRUSTED)
    assert unset.outcomes(elsewhere.order(LOCK, challenge)) == [DONE]


def test_a_flood_that_asks_for_challenges_costs_one_and_fills_no_journal(
    unset: Gate, elsewhere: Issuer
) -> None:
    answers = {unset.hear(elsewhere.order(LIFT)).challenge for _ in range(10 * MOST_A_MINUTE)}
    assert len(answers) == 1
    assert len(unset.told()) <= MOST_A_MINUTE + 1


def test_old_commands_that_are_played_again_keep_nobody_from_a_challenge(
    unset: Gate, elsewhere: Issuer
) -> None:
    recorded = [elsewhere.order(OPEN) for _ in range(2 * MOST_A_MINUTE)]
    challenge = unset.hear(elsewhere.order(LOCK)).challenge
    unset.hear(elsewhere.order(LOCK, challenge))
    assert set(unset.outcomes(*recorded)) == {OLDER}
    before = len(unset.told())
    for _ in range(3):
        unset.hear(elsewhere.order(LIFT))
    answers = unset.told()[before:]
    assert [getattr(answer, "challenge", "") != "" for answer in answers] == [True] * 3


def test_the_copied_card_of_a_gate_asks_too(gate: Gate, centre: Issuer, tmp_path: Path) -> None:
    """Its journal is a copy: what the other one did since it cannot know."""
    assert gate.outcomes(centre.order(LOCK)) == [DONE]
    gate.stop()
    shutil.copytree(gate.folder, tmp_path / "copied")
    gate.start()
    copied = Gate(tmp_path / "copied", gate.clock)
    copied.start()
    try:
        assert copied.outcomes(centre.order(LIFT)) == [UNSURE]
        assert not [signal for signal in copied.lane.heard if isinstance(signal, Grant | Unlock)]
    finally:
        copied.stop()
