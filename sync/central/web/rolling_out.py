"""What pages and the API ask of a roll-out: its rules as they are said, and whose gates it is for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from edge.support.phrases import phrase
from edge.web.visit import NotFound
from sync.central.accounts.actor import Actor
from sync.central.places.sight import Sight
from sync.central.rollouts.core import ImpossibleRules, Rules, rules_of
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
        raise error.retold(StoreError, where=phrase("version")) from None
    except ImpossibleRules as error:
        raise error.retold(StoreError, where=phrase("shares")) from None


def see_whole(connection: Connection, sight: Sight, number: int) -> None:
    """Raises NotFound where no gate of a roll-out is in sight, StoreError where not all are."""
    found = seen_by(connection, sight, number)
    if not found.is_whole:
        raise StoreError(
            phrase("it is for gates of others too"),
            where=phrase("rollout %(number)s", number=number),
            remedy=phrase("ask who began it"),
        )


def stop_seen(connection: Connection, actor: Actor, sight: Sight, number: int, why: str, now: int) -> None:
    """Have a roll-out ask no more gates. Raises as `see_whole`, and StoreError where it has ended already."""
    see_whole(connection, sight, number)
    if not stop(connection, actor, number, why, now):
        raise StoreError(phrase("it has ended already"), where=phrase("rollout %(number)s", number=number))
