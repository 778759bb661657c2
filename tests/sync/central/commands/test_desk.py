"""Commands from the console: noted, signed once, sent in time or never, answered by the gate.

The same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from edge.commands.core import CommandKind, CommandOutcome, CommandResult, SignedCommand, read_command
from edge.decision import ClockTrust
from edge.journal.format import START, CommandResultEvent, Entry, told
from edge.journal.format.chain import link
from edge.signing.cose import keys_of
from sync.central.accounts.actor import Actor, Via, command_line_actor
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.audit.audit import entries
from sync.central.command_issuer import CommandIssuer
from sync.central.commands.desk import ANSWERED_WITHIN, LOOKS_EVERY, CommandDesk
from sync.central.commands.requests import (
    HOLDS_FOR,
    CommandRequestState,
    CommandRow,
    commands_of,
    request_command,
)
from sync.central.devices.devices import retire_device
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store, StoreError
from sync.central.units import DAY, HOUR
from sync.wire import (
    Channel,
    ReceivedMessage,
    RefusedByDevice,
    SealedMessage,
    batch_of,
    digest_of,
    open_message,
    seal_message,
)
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS
from tests.sync.world import CENTRAL_KEY

WANG = command_line_actor("Wang Fang")
COMMAND_KEYS = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])


class Desk:
    """A centre's desk and a gate that hears it; time is what is said."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = AT
        self.clock = 0.0
        self.journal: list[Entry] = []
        self.restart()

    def restart(self) -> None:
        issuer = CommandIssuer(CENTRAL_KEY, self.store, lambda: self.now, random.Random(self.now).randbytes)
        self.desk = CommandDesk(self.store, issuer, lambda: self.now)

    def asks(
        self,
        kind: CommandKind = CommandKind.OPEN_ONCE,
        argument: str = "",
        actor: Actor = WANG,
        why: str = "the parcel",
    ) -> int:
        with self.store.writing() as connection:
            return request_command(connection, actor, DEVICE, kind, argument, why, self.now)

    def sends(self, after: int = 0) -> list[SealedMessage]:
        self.now += after
        self.clock += LOOKS_EVERY
        return list(self.desk.due_messages(self.clock))

    def sent_one(self) -> SignedCommand:
        [sealed] = self.sends()
        assert sealed.topic == Channel.COMMAND.of(DEVICE)
        return read_command(sealed.data, DEVICE, COMMAND_KEYS)

    def gate_writes(self, nonce: bytes, outcome: str, text: str = "", challenge: bytes = b"") -> None:
        event = CommandResultEvent(nonce.hex(), "open_once", "", "Wang Fang", outcome, text, challenge.hex())
        kind, body = told(event)
        previous = self.journal[-1].hash if self.journal else START
        self.journal.append(
            link(
                epoch=EPOCH,
                gate="main",
                sequence=len(self.journal) + 1,
                at=self.now,
                trust=ClockTrust.TRUSTED,
                monotonic=1.0,
                kind=kind,
                body=body,
                previous=previous,
            )
        )
        with self.store.writing() as connection:
            store_batch(
                connection, DEVICE, batch_of(self.journal[-1:], len(self.journal) - 1), self.now, FOLLOWERS
            )

    def sync_says(self, message: CommandResult | RefusedByDevice) -> None:
        sealed = seal_message(message, DEVICE, KEY)
        self.desk.handle([open_message(sealed.topic, sealed.data, KEYS)], self.clock)

    def row(self) -> CommandRow:
        with self.store.reading() as connection:
            return commands_of(connection, EVERYWHERE, DEVICE)[0]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_what_is_asked_for_is_signed_once_and_the_gates_own_word_is_the_verdict(desk: Desk) -> None:
    desk.asks()
    assert desk.row().state is CommandRequestState.WAITING
    command = desk.sent_one().command
    assert (command.kind, command.actor, command.expires - command.issued) == (
        CommandKind.OPEN_ONCE,
        "Wang Fang",
        60_000_000,
    )
    assert desk.row().state is CommandRequestState.SENT
    assert desk.sends() == [], "once"
    desk.gate_writes(command.nonce, "done", "the barrier opens")
    row = desk.row()
    assert (row.state, row.outcome, row.text) == (CommandRequestState.ANSWERED, "done", "the barrier opens")


def test_who_asked_and_why_is_in_the_audit(desk: Desk) -> None:
    number = desk.asks(CommandKind.SET_MODE, "code", why="the camera is being cleaned")
    with desk.store.reading() as connection:
        [entry] = entries(connection, EVERYWHERE, count=1)
    assert (entry.name, entry.act, entry.about.id, entry.why) == (
        "Wang Fang",
        "command",
        DEVICE,
        "the camera is being cleaned",
    )
    assert entry.detail == {"request": number, "command": "set_mode", "argument": "code"}


def test_a_request_that_was_not_sent_in_time_never_is(desk: Desk) -> None:
    """The daemon was away for a minute: nobody wants the barrier to open then."""
    desk.asks()
    desk.restart()
    assert desk.sends(after=HOLDS_FOR) == []
    assert desk.row().state is CommandRequestState.EXPIRED
    assert desk.sends() == []


@pytest.mark.parametrize("ahead", [HOUR, 70 * 365 * DAY])
def test_what_was_asked_for_before_the_clock_was_set_back_is_never_sent(desk: Desk, ahead: int) -> None:
    """The barrier would open hours later, or years."""
    desk.now += ahead
    desk.asks()
    desk.now -= ahead
    assert desk.sends(after=HOUR // 2) == []
    assert desk.row().state is CommandRequestState.EXPIRED


@pytest.mark.parametrize("ahead", [HOUR, 70 * 365 * DAY])
def test_what_was_sent_before_the_clock_was_set_back_is_not_signed_again(desk: Desk, ahead: int) -> None:
    desk.now += ahead
    desk.asks()
    first = desk.sent_one().command
    desk.now -= ahead
    desk.gate_writes(first.nonce, CommandOutcome.UNSURE, "the clock is not set", bytes(16))
    assert desk.sends(after=HOUR // 2) == []
    assert desk.row().state is CommandRequestState.UNANSWERED


def test_what_was_asked_for_by_a_clock_that_is_a_little_ahead_is_sent(desk: Desk) -> None:
    desk.now += 1_000_000
    desk.asks()
    desk.now -= 1_000_000
    assert len(desk.sends()) == 1


def test_a_daemon_that_starts_again_sends_nothing_twice_and_takes_the_answer(desk: Desk) -> None:
    desk.asks()
    command = desk.sent_one().command
    desk.restart()
    assert desk.sends() == []
    desk.gate_writes(command.nonce, "done")
    assert desk.row().outcome == "done"


def test_of_two_daemons_one_sends(desk: Desk) -> None:
    other = Desk(desk.store)
    desk.asks()
    assert len(desk.sends()) + len(other.sends()) == 1


def test_no_answer_is_said_and_a_late_one_counts(desk: Desk) -> None:
    desk.asks()
    command = desk.sent_one().command
    assert desk.sends(after=ANSWERED_WITHIN) == []
    assert desk.row().state is CommandRequestState.UNANSWERED
    desk.gate_writes(command.nonce, "done")
    assert desk.row().state is CommandRequestState.ANSWERED


def test_a_gate_without_a_clock_has_it_signed_again_with_its_challenge(desk: Desk) -> None:
    desk.asks(CommandKind.LOCK_DOWN)
    first = desk.sent_one().command
    challenge = bytes(range(16))
    desk.gate_writes(first.nonce, CommandOutcome.UNSURE, "the clock is not set", challenge)
    second = desk.sent_one().command
    assert (second.challenge, second.kind) == (challenge, CommandKind.LOCK_DOWN)
    assert second.nonce != first.nonce
    assert second.counter > first.counter
    desk.gate_writes(second.nonce, "done")
    assert desk.row().outcome == "done"


def test_a_gate_that_asks_for_ever_is_not_answered_for_ever(desk: Desk) -> None:
    desk.asks(CommandKind.LOCK_DOWN)
    for _ in range(4):
        command = desk.sent_one().command
        desk.gate_writes(command.nonce, CommandOutcome.UNSURE, "", bytes(16))
    assert desk.sends() == []
    assert desk.sends(after=ANSWERED_WITHIN) == []
    assert desk.row().state is CommandRequestState.UNANSWERED


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (lambda nonce, _: CommandResult(nonce, CommandOutcome.FAILED, AT, "no gate is there"), "failed"),
        (
            lambda _, digest: RefusedByDevice("command", digest, "unknown_key", "no such key", AT),
            "refused",
        ),
    ],
    ids=["no gate there", "its signature is not believed"],
)
def test_the_sync_process_may_say_it_where_no_gate_is(
    desk: Desk, says: Callable[[bytes, bytes], CommandResult | RefusedByDevice], outcome: str
) -> None:
    desk.asks()
    [sealed] = desk.sends()
    nonce = read_command(sealed.data, DEVICE, COMMAND_KEYS).command.nonce
    desk.sync_says(says(nonce, digest_of(sealed.data)))
    assert (desk.row().state, desk.row().outcome) == (CommandRequestState.ANSWERED, outcome)


def test_a_word_on_another_command_changes_nothing(desk: Desk) -> None:
    desk.asks()
    desk.sent_one()
    desk.gate_writes(bytes(16), "done")
    desk.sync_says(CommandResult(bytes(16), CommandOutcome.DONE, AT, ""))
    assert desk.row().state is CommandRequestState.SENT


def test_diagnostics_are_shown_as_facts(desk: Desk) -> None:
    desk.asks(CommandKind.SEND_DIAGNOSTICS)
    command = desk.sent_one().command
    desk.gate_writes(command.nonce, "done", '{"version": "1.4.2", "lane": "closed", "more": {"x": 1}}')
    assert desk.row().facts == {"version": "1.4.2", "lane": "closed"}


# --- who may, and what cannot be -------------------------------------------------------------------------

OPERATOR_ELSEWHERE = Actor(7, "He Jing", (RoleGrant(Role.OPERATOR, 999),), Via.SESSION)
AUDITOR = Actor(8, "Su", (RoleGrant(Role.AUDITOR),), Via.SESSION)


@pytest.mark.parametrize("actor", [OPERATOR_ELSEWHERE, AUDITOR], ids=["of another street", "who only reads"])
def test_a_gate_out_of_sight_is_none(desk: Desk, actor: Actor) -> None:
    with pytest.raises(StoreError, match="no gate"):
        desk.asks(actor=actor)
    with desk.store.reading() as connection:
        assert commands_of(connection, EVERYWHERE, DEVICE) == []


def test_nobody_sees_the_commands_of_another_street(desk: Desk) -> None:
    desk.asks()
    with desk.store.reading() as connection:
        assert commands_of(connection, Sight(), DEVICE) == []


def test_what_a_gate_would_refuse_is_not_asked_for(desk: Desk) -> None:
    for kind, argument, why, what in (
        (CommandKind.OPEN_ONCE, "", "  ", "no reason"),
        (CommandKind.OPEN_ONCE, "", "x" * 501, "500"),
        (CommandKind.OPEN_ONCE, "twice", "x", "no argument"),
        (CommandKind.SET_MODE, "open", "x", "no mode 'open'"),
        (CommandKind.SET_MODE, "", "x", "no mode ''"),
        (CommandKind.RESET_LANE, "", "x", "no reason given"),
        (CommandKind.RESET_LANE, "y" * 65, "x", "64 printable"),
        (CommandKind.TAKE_UPDATE, "2.0", "x", "not asked for here"),
    ):
        with pytest.raises(StoreError, match=what):
            desk.asks(kind, argument, why=why)
    assert desk.sends() == []


def test_a_retired_gate_takes_none(desk: Desk) -> None:
    with desk.store.writing() as connection:
        retire_device(connection, DEVICE, AT)
    with pytest.raises(StoreError, match="retired"):
        desk.asks()


def test_a_message_of_another_device_answers_nothing(desk: Desk) -> None:
    desk.asks()
    command = desk.sent_one().command
    told_ = CommandResult(command.nonce, CommandOutcome.DONE, AT, "")
    forged = ReceivedMessage("gp-0002", Channel.COMMAND_RESULT, told_, b"")
    desk.desk.handle([forged], desk.clock)
    assert desk.row().state is CommandRequestState.SENT
