"""What an exit of somebody in isolation was: tried, by exception, or through a gate that did not know yet."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.decision import Outcome, Reason
from edge.journal.format import AccessDecided
from edge.signing.cose import CborLimits, value_decoder
from edge.support.decoding import Undecodable
from sync.central.accesses.core import REFUSED


class How(StrEnum):
    """What an exit was, as the gate decided it."""

    TRIED = "tried"  # not let out
    EXCEPTION_REFUSED = "exception_refused"  # not let out, though an exception is declared
    EXCEPTION = "exception"  # let out by a declared exception
    BY_RULE = "by_rule"  # the policy lets out, and has it told
    UNAWARE = "unaware"  # let out by a gate whose registry did not have the order yet
    UNEXPLAINED = "unexplained"  # let out although its registry had the order


LET_OUT = frozenset({How.EXCEPTION, How.BY_RULE, How.UNAWARE, How.UNEXPLAINED})
"""Those by which the gate itself let somebody out."""
BY_EXCEPTION = frozenset({How.EXCEPTION, How.EXCEPTION_REFUSED})
"""Those about which `isolation_exception` is told; of all others it is `isolation_exit`."""


def how_of(outcome: str, *, told: bool, ordered: bool, excepted: bool, knew: bool) -> How | None:
    """What an exit with this outcome was; None: none of somebody in isolation.

    `told`: the gate itself said that isolation is concerned. `ordered`: an order held here at that time;
    `excepted`: with an exception that covers it. `knew`: the gate's registry had what was ordered last.
    What the lane refused the gate had decided all the same.
    """
    if not told and not ordered:
        return None
    if outcome not in {Outcome.GRANT, REFUSED}:
        return How.EXCEPTION_REFUSED if excepted else How.TRIED
    if told:
        return How.BY_RULE
    if excepted:
        return How.EXCEPTION
    return How.UNEXPLAINED if knew else How.UNAWARE


def tells_isolation(kind: str, body: bytes) -> bool:
    """Whether a gate's decision says that isolation stands against it, whatever else a later version says."""
    if kind != AccessDecided.kind or _MARK not in body:
        return False
    try:
        access: _Access = _access_of(body)
    except Undecodable:
        return False
    reasons = {alarm.reason for alarm in access.decision.alarms} | {access.decision.reason}
    return Reason.HOME_ISOLATION.value in reasons


# --- inside --------------------------------------------------------------------------------


class _Alarm(msgspec.Struct):
    reason: str = ""


class _Decision(msgspec.Struct):
    reason: str = ""
    alarms: tuple[_Alarm, ...] = ()


class _Access(msgspec.Struct):
    decision: _Decision


_MARK = Reason.HOME_ISOLATION.value.encode()
_access_of = value_decoder(_Access, CborLimits(16 * 1024, depth=8, items=4096), AccessDecided.kind)
