"""What pages and the API ask of a roll-out: its rules as they are said, and whose gates it is for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from edge.web.visit import NotFound
from sync.central.accounts.actor import Actor
from sync.central.places.sight import Sight
from sync.central.rollouts.core import Rules, rules_of
from sync.central.rollouts.rollouts import stop
from sync.central.rollouts.seen import RolloutInSight, rollout_in
from sync.central.store import StoreError
from sync.updates.core import UpdateError, checked_version


def seen_by(connection: Connection, sight: Sight, number: int) -> RolloutInSight:
    """A roll-out that has a gate in sight; raises NotFound."""
    found = rollout_in(connection, sight, number) if 0 < number < 1 << 62 else None
    if found is None:
        raise NotFound
    return found


def rules_in(version: str, shares: Sequence[int], most_failed: int, soak: int) -> Rules:
    """The rules of a roll-out of `version`; `soak` in minutes. Raises StoreError."""
    try:
        checked_version(version, "version")
        return rules_of(tuple(shares), most_failed, soak)
    except UpdateError as error:
        raise StoreError(error.what, where=error.where, remedy=error.remedy) from None
    except ValueError as error:
        raise StoreError(str(error), where="shares") from None


def see_whole(connection: Connection, sight: Sight, number: int) -> None:
    """Raises NotFound where no gate of a roll-out is in sight, StoreError where not all are."""
    found = seen_by(connection, sight, number)
    if not found.is_whole:
        raise StoreError(
            "it is for gates of others too", where=f"rollout {number}", remedy="ask who began it"
        )


def stop_seen(connection: Connection, actor: Actor, sight: Sight, number: int, why: str, now: int) -> None:
    """Have a roll-out ask no more gates. Raises as `see_whole`, and StoreError where it has ended already."""
    see_whole(connection, sight, number)
    if not stop(connection, actor, number, why, now):
        raise StoreError("it has ended already", where=f"rollout {number}")
