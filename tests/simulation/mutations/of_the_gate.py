"""Mistakes in what a gate decides, holds and does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from edge.decision import Decision, Outcome, Reason

Changed = Callable[..., Any]


def unwritten_grant_stands(_: Changed) -> Changed:
    """The lane is told first and the journal after it: a grant that cannot be written has opened already."""

    def changed(decision: Decision) -> Decision:
        return decision

    return changed


def alarms_dropped(decide: Callable[..., Decision]) -> Changed:
    """A decision has its outcome, and no alarms."""

    def changed(*arguments: Any) -> Decision:
        return replace(decide(*arguments), alarms=())

    return changed


def unknown_let_in(decide: Callable[..., Decision]) -> Changed:
    """Nobody asks whether the registry still knows the person of a genuine pass."""

    def changed(*arguments: Any) -> Decision:
        decision = decide(*arguments)
        unknown = decision.reason is Reason.SUBJECT_UNKNOWN
        return replace(decision, outcome=Outcome.GRANT, reason=Reason.CODE_ACCEPTED) if unknown else decision

    return changed


def deaf_while_events_are_missed(handle: Changed) -> Changed:
    """A gate decides nothing while there are events that its journal could not store."""

    def changed(self: Any, sighting: Any) -> Any:
        return None if self._journal.missed else handle(self, sighting)

    return changed


def holdings_of_the_start(hold: Changed) -> Changed:
    """What the gate decides by is taken up at a start, and not when it arrives."""

    def changed(self: Any, *arguments: Any, **named: Any) -> None:
        if self._holdings is None:
            hold(self, *arguments, **named)

    return changed


def urgent_revocations_ignored(_: Changed) -> Changed:
    """The list of urgent revocations is looked at, and nothing more."""

    def changed(*_: Any) -> bool:
        return False

    return changed


def changes_not_read_at_start(_: Changed) -> Changed:
    """A start reads the bundle, and not the changes that followed it."""

    def changed(_self: Any, held: Any, *_: Any) -> Any:
        return held

    return changed


def expiry_unnoticed(_: Changed) -> Changed:
    """Nobody looks whether the registry in force has expired."""

    def changed(_: Any) -> None:
        return None

    return changed


def floor_never_raised(_: property) -> property:
    """Only signed times count as passed, not what this clock wrote itself."""
    return property(lambda self: self.signed)


def floor_never_lowered(_: Changed) -> Changed:
    """Central's time is not taken: what a wrong clock once wrote outweighs it for ever."""

    def changed(*_: Any) -> None:
        return None

    return changed


def commands_taken_again(_: Changed) -> Changed:
    """Nobody asks whether a command was taken before, or a later one."""

    def changed(*_: Any) -> None:
        return None

    return changed


def lines_by_their_edges_alone(_: Changed) -> Changed:
    """The lines are never read: an edge that got lost is a press that nobody made."""

    def changed(self: Any, now: float) -> None:
        self._read_at = now + self._read_every

    return changed
