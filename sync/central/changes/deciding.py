"""A second person decides on what waits: approves it, in part or whole, or sends it back; or it lapses.

It is decided again on what is held at that time: whoever approves names the mark of what they saw, and where
anything of it has changed meanwhile nothing is done and it has to be looked at again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import Phrase, phrase
from sync.central.accounts.accounts import account_at
from sync.central.accounts.actor import SYSTEM, Actor, Via
from sync.central.accounts.core import Act
from sync.central.accounts.tables import account
from sync.central.audit.audit import About, note
from sync.central.changes.applying import Names, apply_at_site, at_sites, hold_sites
from sync.central.changes.core import Change, ChangeSetState, PutPolicy, policy_lines, without_lines
from sync.central.changes.policies import kept_policy, policy_of
from sync.central.changes.submitting import checked_why, forget_erased, note_changes
from sync.central.changes.tables import change_part, change_set
from sync.central.changes.waiting import examined
from sync.central.newer import word_of
from sync.central.store import StoreError
from sync.central.units import DAY


class ChangedMeanwhile(StoreError):
    """What was seen is not what is held now: it has to be looked at again."""


class NotYours(StoreError):
    """The account may not decide on the change."""


class NotWaiting(StoreError):
    """The change is decided already, or has lapsed."""


_LINK_COUNTS = 30 * DAY
"""Microseconds for which a link that somebody made for an account makes the two one person."""


@dataclass(frozen=True)
class Approved:
    """The set `number` was applied without the `left_out` changes."""

    number: int
    left_out: int = 0


def approve(
    connection: sa.Connection,
    actor: Actor,
    number: int,
    *,
    why: str,
    seen: str,
    now: int,
    without: Collection[int] = (),
) -> Approved:
    """Apply the set `number` without the changes whose numbers are in `without`, in both names.

    `seen` is the mark of what the approver was shown. Raises ChangedMeanwhile, NotYours, NotWaiting, and
    StoreError for anything else that stands against it: then nothing is done.
    """
    why, row = checked_why(why), _held(connection, actor, number, now)
    if _is_the_asker(connection, row, actor):
        raise NotYours(
            phrase("whoever asked for a change does not approve it"),
            where=phrase("change %(number)s", number=number),
        )
    found = examined(connection, number)
    if found.seen != seen:
        raise ChangedMeanwhile(
            phrase("what it changes was changed meanwhile"),
            where=phrase("change %(number)s", number=number),
            remedy=phrase("look at it again"),
        )
    left_out = frozenset(without)
    try:
        changes = _without(connection, found.changes, left_out)
    except StoreError as error:
        raise error.retold(StoreError, where=phrase("change %(number)s", number=number)) from None
    items = at_sites(connection, changes)
    names = Names(row.actor, actor.name, row.why)
    for item in items:
        apply_at_site(connection, item, number, names, now)
    _settle(connection, number, ChangeSetState.APPROVED, actor, why, now, len(left_out))
    _note(connection, actor, "approve_change", row, why, now, left_out=len(left_out))
    note_changes(connection, actor, items, number, row.why, now)
    forget_erased(connection, items)
    return Approved(number, len(left_out))


def send_back(connection: sa.Connection, actor: Actor, number: int, *, why: str, now: int) -> None:
    """End the set `number` undone, with a reason for whoever asked. Raises as `approve` does."""
    why, row = checked_why(why), _held(connection, actor, number, now)
    _settle(connection, number, ChangeSetState.SENT_BACK, actor, why, now)
    _note(connection, actor, "send_back_change", row, why, now)


def withdraw(connection: sa.Connection, actor: Actor, number: int, *, why: str, now: int) -> None:
    """End the set `number` undone, by whoever asked for it. Raises NotYours, NotWaiting, StoreError."""
    why, row = checked_why(why), _waiting(connection, number, now)
    if row.account != actor.account or row.actor != actor.name:
        raise NotYours(
            phrase("only whoever asked for it withdraws it"), where=phrase("change %(number)s", number=number)
        )
    _settle(connection, number, ChangeSetState.WITHDRAWN, actor, why, now)
    _note(connection, actor, "withdraw_change", row, why, now)


def lapse(connection: sa.Connection, now: int) -> int:
    """End everything that waited for too long, undone; returns how many there were."""
    conditions = (change_set.c.state == ChangeSetState.WAITING, change_set.c.lapses_at <= now)
    rows = connection.execute(sa.select(change_set).where(*conditions).with_for_update()).all()
    for row in rows:
        _settle(connection, row.number, ChangeSetState.LAPSED, SYSTEM, "", now)
        _note(connection, SYSTEM, "lapse_change", row, "", now)
    return len(rows)


# --- inside ----------------------------------------------------------------------------------


def _is_the_asker(connection: sa.Connection, row: Any, actor: Actor) -> bool:
    """Whether the account asked for it, or whoever asked at the command line calls themselves as it does."""
    if row.account is not None:
        return bool(row.account == actor.account)
    query = sa.select(account.c.name, account.c.display).where(account.c.number == actor.account)
    names = [actor.name, *connection.execute(query).one()]
    return row.actor.strip().casefold() in {name.strip().casefold() for name in names}


def _without(
    connection: sa.Connection, changes: tuple[Change, ...], left_out: frozenset[int]
) -> Sequence[Change]:
    """The changes that are left, where those with these numbers are not approved; of a policy, its lines."""
    if left_out and isinstance(first := next(iter(changes), None), PutPolicy):
        return [PutPolicy(first.site, _text_without(connection, first, left_out))]
    if unknown := sorted(left_out - set(range(1, len(changes) + 1))):
        raise StoreError(phrase("there is no line %(unknown)s", unknown=unknown[0]))
    kept = [item for at, item in enumerate(changes, 1) if at not in left_out]
    if not kept:
        raise StoreError(phrase("nothing of it is left"), remedy=phrase("send it back"))
    return kept


def _text_without(connection: sa.Connection, change: PutPolicy, left_out: frozenset[int]) -> str:
    kept = kept_policy(connection, change.site)
    before = "" if kept is None else kept.text
    lines = policy_lines(policy_of(before), policy_of(change.text))
    if unknown := sorted(left_out - {line.number for line in lines}):
        raise StoreError(phrase("there is no line %(unknown)s", unknown=unknown[0]))
    if len(left_out) == len(lines):
        raise StoreError(phrase("nothing of it is left"), remedy=phrase("send it back"))
    text = without_lines(before, change.text, left_out, policy_of)
    if text is None:
        raise StoreError(
            phrase(
                "these lines cannot be left out by themselves: in the text they stand together with others"
            ),
            remedy=phrase("send it back, and ask for the rest"),
        )
    return text


def _waiting(connection: sa.Connection, number: int, now: int) -> Any:
    """The row of a set that waits; until the transaction ends nobody else decides on it."""
    query = sa.select(change_set).where(change_set.c.number == number).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise StoreError(phrase("there is no change %(number)s", number=number))
    if row.state != ChangeSetState.WAITING:
        raise NotWaiting(_became(row), where=phrase("change %(number)s", number=number))
    if row.lapses_at <= now:
        raise NotWaiting(
            phrase("has lapsed: nobody approved it in time"),
            where=phrase("change %(number)s", number=number),
            remedy=phrase("ask again"),
        )
    return row


def _held(connection: sa.Connection, actor: Actor, number: int, now: int) -> Any:
    """As `_waiting`, for somebody who may approve at every place that it is about; holds its sites too."""
    names = dict.fromkeys(_sites(connection, number))
    hold_sites(connection, names)  # first, as everybody who changes something takes them
    row = _waiting(connection, number, now)
    actor = _as_granted_now(connection, actor)
    if not actor.may(Act.APPROVE) or actor.account is None:
        raise NotYours(
            phrase("an account that may approve is needed"), where=phrase("change %(number)s", number=number)
        )
    sight = actor.sight(Act.APPROVE)
    if not all(sight.has_site(connection, name) for name in names):
        raise StoreError(phrase("there is no change %(number)s", number=number))
    own = account.c.number == actor.account
    columns = (account.c.made_at, account.c.linked_by, account.c.linked_at)
    held = connection.execute(sa.select(*columns).where(own, account.c.ended_at.is_(None))).one_or_none()
    if held is None or held.made_at > row.asked_at:
        raise NotYours(
            phrase("an account that was made after a change was asked for does not decide on it"),
            where=phrase("change %(number)s", number=number),
        )
    if held.linked_by is not None and held.linked_by == row.account and now - held.linked_at < _LINK_COUNTS:
        raise NotYours(
            phrase(
                "who asked for it made a sign-in link for this account within 30 days, and could be behind it"
            ),
            where=phrase("change %(number)s", number=number),
            remedy=phrase("have another account decide, or another administrator make the links"),
        )
    return row


def _as_granted_now(connection: sa.Connection, actor: Actor) -> Actor:
    """The actor with those of its grants that it still has: a role may have been taken meanwhile."""
    if actor.via is not Via.SESSION or actor.account is None:
        return actor
    try:
        held = account_at(connection, actor.account).grants
    except StoreError:
        return replace(actor, grants=())
    return replace(actor, grants=tuple(grant for grant in actor.grants if grant in held))


def _sites(connection: sa.Connection, number: int) -> list[str]:
    query = sa.select(change_part.c.site).where(change_part.c.change_set == number).distinct()
    return list(connection.execute(query.order_by(change_part.c.site)).scalars())


def _became(row: Any) -> Phrase:
    match word_of(ChangeSetState, row.state):
        case ChangeSetState.APPROVED:
            return phrase("is approved already, by %(decided_by)s", decided_by=row.decided_by)
        case ChangeSetState.SENT_BACK:
            return phrase("is sent back already, by %(decided_by)s", decided_by=row.decided_by)
        case ChangeSetState.WITHDRAWN:
            return phrase("was withdrawn by %(decided_by)s", decided_by=row.decided_by)
        case ChangeSetState.LAPSED:
            return phrase("has lapsed: nobody approved it in time")
    return phrase("never waited")


def _settle(
    connection: sa.Connection,
    number: int,
    state: ChangeSetState,
    actor: Actor,
    why: str,
    now: int,
    left_out: int = 0,
) -> None:
    """Record how it ended; what it would have changed in whom is forgotten."""
    values = {
        "state": state.value,
        "content": None,
        "basis": None,
        "decided_account": actor.account,
        "decided_by": actor.name,
        "decided_at": now,
        "decided_why": why,
        "left_out": left_out,
    }
    connection.execute(sa.update(change_set).where(change_set.c.number == number).values(**values))


def _note(
    connection: sa.Connection, actor: Actor, act: str, row: Any, why: str, now: int, **more: int
) -> None:
    detail = {"asked_by": row.actor, "asked_account": row.account, **more}
    for site in _sites(connection, row.number):
        note(connection, actor, act, About("change_set", str(row.number), site), now, why=why, detail=detail)
