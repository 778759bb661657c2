"""Requests for commands: who asked a gate for what, why, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from edge.commands.core import CommandKind, hold_objection
from edge.decision import Mode
from edge.support.decoding import Undecodable, json_of
from edge.support.phrases import code, listed, phrase
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.devices.devices import last_seen
from sync.central.newer import word_of
from sync.central.places.sight import Sight
from sync.central.reported import commands as verdicts
from sync.central.reported.tables import command_request
from sync.central.store import StoreError
from sync.central.tables import device as devices
from sync.central.units import MINUTE

HOLDS_FOR = MINUTE
"""Microseconds for which a request waits to be sent: what comes late is not what somebody wanted."""
LONGEST_WHY, LONGEST_ARGUMENT = 500, 64
_LONGEST_NAME = 64
AS_POLICY_SAYS = "policy"
_TAKES_NOTHING = frozenset(
    {
        CommandKind.OPEN_ONCE,
        CommandKind.LOCK_DOWN,
        CommandKind.LIFT_LOCK_DOWN,
        CommandKind.RELEASE_ENTRIES,
        CommandKind.SEND_DIAGNOSTICS,
    }
)
OFFERED = (*_TAKES_NOTHING, CommandKind.SET_MODE, CommandKind.HOLD_ENTRIES, CommandKind.RESET_LANE)
"""What people can ask for here; updates are given out by roll-outs, and by the command line."""


class CommandRequestState(StrEnum):
    """How far a request is."""

    WAITING = "waiting"  # to be sent
    SENT = verdicts.SENT
    ANSWERED = verdicts.ANSWERED  # by the gate, or by its sync process
    UNANSWERED = verdicts.UNANSWERED  # it may be done all the same
    EXPIRED = "expired"  # it was not sent in time, and never is


@dataclass(frozen=True)
class CommandRow:
    """A request, and what became of it. Times are microseconds since 1970 UTC, `answered_at` by the gate."""

    number: int
    device: str
    kind: str
    argument: str
    actor: str
    why: str
    asked_at: int
    state: CommandRequestState
    sent_at: int | None
    outcome: str | None
    text: str | None
    answered_at: int | None

    @property
    def is_open(self) -> bool:
        """Whether something may yet become of it soon."""
        return self.state in {CommandRequestState.WAITING, CommandRequestState.SENT}

    @property
    def facts(self) -> dict[str, Any]:
        """What diagnostics say, by name; empty where this is none, or nobody can read it."""
        if self.kind != CommandKind.SEND_DIAGNOSTICS or not self.text:
            return {}
        try:
            told = json_of(self.text.encode(), dict[str, Any])
        except Undecodable:
            return {}
        return {name: value for name, value in told.items() if not isinstance(value, (dict, list))}


def request_command(
    connection: sa.Connection,
    actor: Actor,
    device: str,
    kind: CommandKind,
    argument: str,
    why: str,
    now: int,
    *,
    offered: Collection[CommandKind] = OFFERED,
) -> int:
    """Ask for a command, in the name of `actor`; returns its number. It is sent at once, or not at all.

    Raises StoreError where `actor` may not, the device takes none, or it cannot be.
    """
    site = connection.execute(sa.select(devices.c.site).where(devices.c.id == device)).scalar_one_or_none()
    if site is None or not actor.sight(Act.COMMAND).has_site(connection, site):
        raise StoreError(
            phrase("there is no gate %(device)r", device=device), remedy=phrase("gatepost central gate list")
        )
    last_seen(connection, device)
    argument, why = argument.strip(), why.strip()
    if kind not in offered:
        raise StoreError(
            phrase("%(kind)s is not asked for here", kind=kind),
            remedy=phrase("gatepost central command send"),
        )
    _check(kind, argument, why, actor.name, now)
    made = connection.execute(
        sa.insert(command_request)
        .values(
            device=device,
            kind=kind.value,
            argument=argument,
            account=actor.account,
            actor=actor.name,
            why=why,
            asked_at=now,
            expires_at=now + HOLDS_FOR,
            state=CommandRequestState.WAITING,
            times=0,
        )
        .returning(command_request.c.number)
    )
    number = int(made.scalar_one())
    detail = {"request": number, "command": kind.value, "argument": argument}
    note(connection, actor, "command", About("gate", device, site), now, why=why, detail=detail)
    return number


def commands_of(connection: sa.Connection, sight: Sight, device: str, *, count: int = 20) -> list[CommandRow]:
    """The newest requests for a device in sight, the newest first."""
    query = (
        sa.select(*(command_request.c[name] for name in CommandRow.__dataclass_fields__))
        .join(devices, devices.c.id == command_request.c.device)
        .where(command_request.c.device == device, sight.of(devices.c.site))
        .order_by(command_request.c.number.desc())
        .limit(count)
    )
    return [
        CommandRow(**{**row, "state": word_of(CommandRequestState, row["state"])})
        for row in connection.execute(query).mappings()
    ]


def _check(kind: CommandKind, argument: str, why: str, name: str, now: int) -> None:
    """Raise StoreError for what a gate would refuse: it is said before it is signed."""
    if not why or len(why) > LONGEST_WHY:
        raise StoreError(
            phrase("no reason given, or one of more than %(longest)s characters", longest=LONGEST_WHY),
            where=phrase("why"),
        )
    if not name or len(name) > _LONGEST_NAME:
        raise StoreError(
            phrase("a command is given by a name of 1 to %(longest)s characters", longest=_LONGEST_NAME),
            where=phrase("actor"),
        )
    if len(argument) > LONGEST_ARGUMENT or not argument.isprintable():
        raise StoreError(
            phrase("expected at most %(longest)s printable characters", longest=LONGEST_ARGUMENT),
            where=phrase("argument"),
        )
    if kind is CommandKind.SET_MODE and argument not in {AS_POLICY_SAYS, *Mode}:
        modes = listed(map(code, [AS_POLICY_SAYS, *Mode]))
        raise StoreError(
            phrase("there is no mode %(argument)r", argument=argument),
            where=phrase("argument"),
            remedy=phrase("one of %(modes)s", modes=modes),
        )
    if kind is CommandKind.HOLD_ENTRIES and (wrong := hold_objection(argument, now)):
        raise StoreError(wrong, where=phrase("argument"))
    if kind is CommandKind.RESET_LANE and not argument:
        raise StoreError(phrase("no reason given: the lane's journal keeps one"), where=phrase("argument"))
    if kind in _TAKES_NOTHING and argument:
        raise StoreError(phrase("%(kind)s takes no argument", kind=kind), where=phrase("argument"))
