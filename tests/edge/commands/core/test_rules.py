"""When a genuine command is refused: used before, late, early, valid for too long, with a wrong argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.commands.core import Command, CommandKind, CommandOutcome, mode_of, objection
from edge.commands.core.rules import AHEAD, LONGEST
from edge.decision import ClockTrust, Mode, WallTime
from edge.signing.cose import microseconds

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE, REPEATED, UNKNOWN = CommandOutcome.LATE, CommandOutcome.REPEATED, CommandOutcome.UNKNOWN


def command(
    kind: CommandKind = CommandKind.OPEN_ONCE,
    argument: str = "",
    issued: datetime = NOON,
    valid_for: timedelta = MINUTE,
) -> Command:
    start = microseconds(issued)
    end = start + valid_for // timedelta(microseconds=1)
    return Command(bytes(16), kind, "Wang Fang", start, end, argument)


def outcome(
    asked: Command, at: datetime = NOON, trust: ClockTrust = ClockTrust.TRUSTED, *, used: bool = False
) -> CommandOutcome | None:
    found = objection(asked, WallTime(at, trust), used=used)
    return None if found is None else found[0]


TICK = timedelta(microseconds=1)
EARLY = timedelta(microseconds=AHEAD)
WHOLE = timedelta(microseconds=LONGEST)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON - EARLY - TICK, LATE),  # central's clock may be ahead, but not by more than this
        (NOON - EARLY, None),
        (NOON, None),
        (NOON + MINUTE - TICK, None),
        (NOON + MINUTE, LATE),  # `expires` is exclusive
        (NOON + timedelta(days=1), LATE),
    ],
)
def test_a_command_is_valid_from_issued_until_expires(at: datetime, expected: CommandOutcome | None) -> None:
    assert outcome(command(), at) is expected


@pytest.mark.parametrize(
    ("valid_for", "expected"),
    [(-MINUTE, LATE), (0 * MINUTE, LATE), (TICK, None), (WHOLE, None), (WHOLE + TICK, LATE)],
)
def test_a_command_is_valid_for_some_time_and_for_no_more_than_five_minutes(
    valid_for: timedelta, expected: CommandOutcome | None
) -> None:
    assert outcome(command(valid_for=valid_for)) is expected


def test_a_used_command_is_repeated_whatever_else_is_wrong_with_it() -> None:
    assert outcome(command(), NOON + timedelta(days=1), ClockTrust.UNTRUSTED, used=True) is REPEATED


@pytest.mark.parametrize(
    ("trust", "expected"),
    [(ClockTrust.TRUSTED, None), (ClockTrust.HOLDOVER, None), (ClockTrust.UNTRUSTED, LATE)],
)
def test_a_clock_that_is_not_set_cannot_tell_and_refuses(
    trust: ClockTrust, expected: CommandOutcome | None
) -> None:
    assert outcome(command(), trust=trust) is expected


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
