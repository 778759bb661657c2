"""When a genuine command is refused: used, older, late, early, unsure, with a wrong argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.commands.core import Command, CommandKind, CommandOutcome, mode_of, objection, order_objection
from edge.commands.core.command import TOLERANCE
from edge.commands.core.rules import LONGEST
from edge.decision import ClockTrust, Mode, WallTime
from edge.journal.format import KnownOfCommand
from edge.signing.cose import microseconds

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE, OLDER, REPEATED = CommandOutcome.LATE, CommandOutcome.OLDER, CommandOutcome.REPEATED
UNKNOWN, UNSURE = CommandOutcome.UNKNOWN, CommandOutcome.UNSURE
NEW = KnownOfCommand()


def command(
    kind: CommandKind = CommandKind.OPEN_ONCE,
    argument: str = "",
    issued: datetime = NOON,
    valid_for: timedelta = MINUTE,
) -> Command:
    start = microseconds(issued)
    end = start + valid_for // timedelta(microseconds=1)
    return Command(bytes(16), kind, "Wang Fang", start, end, 7, argument)


def outcome(
    asked: Command,
    at: datetime = NOON,
    trust: ClockTrust = ClockTrust.TRUSTED,
    known: KnownOfCommand = NEW,
    *,
    echoed: bool | None = None,
) -> CommandOutcome | None:
    found = objection(asked, WallTime(at, trust), known, echoed=echoed)
    return None if found is None else found[0]


TICK = timedelta(microseconds=1)
APART = timedelta(microseconds=TOLERANCE)
WHOLE = timedelta(microseconds=LONGEST)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON - APART - TICK, LATE),  # central's clock may be ahead, but not by more than this
        (NOON - APART, None),
        (NOON, None),
        (NOON + MINUTE + APART - TICK, None),
        (NOON + MINUTE + APART, LATE),  # nor behind; `expires` is exclusive
        (NOON + timedelta(days=1), LATE),
    ],
)
def test_a_command_is_valid_from_issued_until_expires_give_or_take_half_a_minute(
    at: datetime, expected: CommandOutcome | None
) -> None:
    assert outcome(command(), at) is expected


@pytest.mark.parametrize(
    ("valid_for", "expected"),
    [(-MINUTE, LATE), (0 * MINUTE, LATE), (TICK, None), (WHOLE, None), (WHOLE + TICK, LATE)],
)
def test_a_command_is_valid_for_some_time_and_for_no_more_than_five_minutes(
    valid_for: timedelta, expected: CommandOutcome | None
) -> None:
    assert outcome(command(valid_for=valid_for)) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (NEW, None),
        (KnownOfCommand(counter=6), None),
        (KnownOfCommand(counter=7), OLDER),
        (KnownOfCommand(counter=8), OLDER),
        (KnownOfCommand(used=True), REPEATED),
        (KnownOfCommand(used=True, counter=8), REPEATED),  # the word that says most
    ],
)
def test_a_command_is_new_where_its_nonce_is_and_its_counter_is_the_greatest(
    known: KnownOfCommand, expected: CommandOutcome | None
) -> None:
    found = order_objection(command(), known)
    assert (None if found is None else found[0]) is expected


@pytest.mark.parametrize(
    ("trust", "expected"),
    [(ClockTrust.TRUSTED, None), (ClockTrust.HOLDOVER, None), (ClockTrust.UNTRUSTED, UNSURE)],
)
def test_a_clock_that_is_not_set_cannot_tell_and_refuses(
    trust: ClockTrust, expected: CommandOutcome | None
) -> None:
    assert outcome(command(), trust=trust) is expected


@pytest.mark.parametrize(
    ("unknown_until", "expected"), [(NOON - TICK, None), (NOON, UNSURE), (NOON + 5 * MINUTE, UNSURE)]
)
def test_what_was_issued_before_the_store_was_lost_may_have_been_used(
    unknown_until: datetime, expected: CommandOutcome | None
) -> None:
    known = KnownOfCommand(unknown_until=microseconds(unknown_until))
    assert outcome(command(), known=known) is expected
    assert outcome(command(), known=known, echoed=True) is None


@pytest.mark.parametrize("trust", ClockTrust)
@pytest.mark.parametrize("at", [NOON - timedelta(days=9000), NOON, NOON + timedelta(days=9000)])
def test_of_a_command_that_echoes_a_challenge_no_time_is_looked_at(at: datetime, trust: ClockTrust) -> None:
    assert outcome(command(), at, trust, echoed=True) is None
    assert outcome(command(valid_for=-MINUTE), at, trust, echoed=True) is None
    assert outcome(command(CommandKind.OPEN_ONCE, "now"), at, trust, echoed=True) is UNKNOWN


@pytest.mark.parametrize("trust", ClockTrust)
def test_with_a_challenge_that_is_not_out_it_is_not_judged_by_time_either(trust: ClockTrust) -> None:
    assert outcome(command(), trust=trust, echoed=False) is UNSURE


@pytest.mark.parametrize(
    ("kind", "argument", "expected"),
    [
        (CommandKind.SET_MODE, "policy", None),
        (CommandKind.SET_MODE, "code", None),
        (CommandKind.SET_MODE, "", UNKNOWN),
        (CommandKind.SET_MODE, "wide_open", UNKNOWN),
        (CommandKind.RESET_LANE, "the guard has looked", None),
        (CommandKind.RESET_LANE, "", UNKNOWN),
        (CommandKind.RESET_LANE, "  ", UNKNOWN),
        (CommandKind.TAKE_UPDATE, "1.2.3", None),
        (CommandKind.TAKE_UPDATE, "", UNKNOWN),
        (CommandKind.OPEN_ONCE, "", None),
        (CommandKind.OPEN_ONCE, "now", UNKNOWN),
        (CommandKind.LOCK_DOWN, "", None),
        (CommandKind.LOCK_DOWN, "all", UNKNOWN),
        (CommandKind.LIFT_LOCK_DOWN, "", None),
        (CommandKind.SEND_DIAGNOSTICS, "", None),
    ],
)
def test_each_kind_has_its_argument_or_none(
    kind: CommandKind, argument: str, expected: CommandOutcome | None
) -> None:
    assert outcome(command(kind, argument)) is expected


@pytest.mark.parametrize(("argument", "mode"), [("policy", None), *((mode.value, mode) for mode in Mode)])
def test_every_mode_can_be_ordered_and_the_order_can_be_ended(argument: str, mode: Mode | None) -> None:
    asked: Any = command(CommandKind.SET_MODE, argument)
    assert outcome(asked) is None
    assert mode_of(asked) is mode
