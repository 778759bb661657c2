"""The removals of each site: noted when they are published, carried until every gate has confirmed them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from edge.registry.format import Records, Removal, Removed, forgotten, removal_digest, subject_key
from sync.central.people.tables import erasure
from sync.central.reported.tables import receipt, removal
from sync.central.tables import device
from sync.central.units import DAY

Entropy = Callable[[int], bytes]
"""Gives so many bytes that nobody can foresee."""
_REFERENCE_BYTES = 16


@dataclass(frozen=True)
class There:
    """Who is in a registry, and whose faces."""

    people: frozenset[str] = frozenset()
    faces: frozenset[str] = frozenset()

    def has(self, what: str, name: str) -> bool:
        """Whether what was removed is back."""
        return {Removed.SUBJECT: name in self.people, Removed.TEMPLATES: name in self.faces}.get(
            Removed(what), False
        )


CARRIED_FOR = 400 * DAY
"""Microseconds for which a removal is carried at most: a gate that is dark for longer gets a new registry."""


def note_published_removals(
    connection: sa.Connection, site: str, before: Records, after: Records, now: int, entropy: Entropy
) -> None:
    """Note a removal for everybody who is in the records `before` and not, or without a face, in `after`.

    It is to be in the version that is published now; `note_carried_by_version` says which that is.
    """
    for name in sorted(forgotten(before.keys(), after.keys())):
        what = Removed.TEMPLATES if subject_key(name) in after else Removed.SUBJECT
        if _open_removal(connection, site, what, name) is None:
            _insert(connection, site, what, name, now, entropy)


def note_urgent_removals(
    connection: sa.Connection,
    site: str,
    passes: Collection[str],
    subjects: Collection[str],
    now: int,
    entropy: Entropy,
) -> None:
    """Note a removal for what is revoked at once; `note_carried_by_list` says by which list."""
    for what, names in ((Removed.PASS, passes), (Removed.SUBJECT, subjects)):
        for name in names:
            reference = _open_removal(connection, site, what, name)
            if reference is None:
                _insert(connection, site, what, name, now, entropy, urgent=True)
            else:
                at_once = sa.update(removal).where(removal.c.reference == reference)
                connection.execute(at_once.values(urgent=True))


def carried(
    connection: sa.Connection,
    site: str,
    there: There,
    seal_key: bytes,
    now: int,
    *,
    urgent: bool = False,
) -> tuple[Removal, ...]:
    """The removals that the site's next registry carries, or its next list (`urgent`), oldest first.

    Those end here that every gate has confirmed, that are older than a gate is waited for, and
    those of people who are back `there`.
    """
    rows = connection.execute(
        sa.select(removal).where(removal.c.site == site, removal.c.ended_at.is_(None)).order_by(removal.c.at)
    ).all()
    over = [
        row.reference
        for row in rows
        if row.name is None
        or row.at < now - CARRIED_FOR
        or there.has(row.what, row.name)
        or _is_confirmed(connection, row)
    ]
    for reference in over:
        # From here on nothing says whom it was of.
        connection.execute(
            sa.update(removal).where(removal.c.reference == reference).values(ended_at=now, name=None)
        )
    return tuple(
        Removal(row.reference, Removed(row.what), removal_digest(row.name, seal_key))
        for row in rows
        if row.reference not in over and (row.urgent if urgent else row.what != Removed.PASS)
    )


def note_carried_by_version(connection: sa.Connection, removals: Iterable[bytes], version: int) -> None:
    """Note that the registry of this `version` carries these removals, if it is the first."""
    for reference in removals:
        first = (removal.c.reference == reference) & removal.c.version.is_(None)
        connection.execute(sa.update(removal).where(first).values(version=version))


def note_carried_by_list(connection: sa.Connection, removals: Iterable[bytes], number: int) -> None:
    """Note that the urgent list of this `number` carries these removals, if it is the first."""
    for reference in removals:
        first = (removal.c.reference == reference) & removal.c.list.is_(None)
        connection.execute(sa.update(removal).where(first).values(list=number))


# --- inside ----------------------------------------------------------------------------------


def _open_removal(connection: sa.Connection, site: str, what: Removed, name: str) -> bytes | None:
    query = sa.select(removal.c.reference).where(
        removal.c.site == site,
        removal.c.what == what.value,
        removal.c.name == name,
        removal.c.ended_at.is_(None),
    )
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found


def _insert(
    connection: sa.Connection,
    site: str,
    what: Removed,
    name: str,
    now: int,
    entropy: Entropy,
    *,
    urgent: bool = False,
) -> None:
    reference = _reference(connection, site, name, entropy)
    values = {"reference": reference, "site": site, "what": what.value, "name": name, "at": now}
    connection.execute(sa.insert(removal).values(urgent=urgent, **values))


def _reference(connection: sa.Connection, site: str, name: str, entropy: Entropy) -> bytes:
    """That of the person's erasure, where it is one and has no removal yet; else a new one."""
    query = (
        sa.select(erasure.c.reference)
        .where(erasure.c.site == site, erasure.c.subject == name)
        .order_by(erasure.c.number.desc())
        .limit(1)
    )
    told = connection.execute(query).scalar_one_or_none()
    try:
        reference = bytes.fromhex(told or "")
    except ValueError:
        reference = b""
    used = sa.select(removal.c.reference).where(removal.c.reference == reference)
    if len(reference) == _REFERENCE_BYTES and connection.execute(used).first() is None:
        return reference
    return entropy(_REFERENCE_BYTES)


def _is_confirmed(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> bool:
    """Whether every gate that was at the site then has confirmed it, as far as it can: a pass is revoked by
    the list, somebody who is erased has to be gone from every file.
    """
    by = "revocations" if row.what == Removed.PASS else "registry"
    confirmed = sa.select(receipt.c.device).where(
        receipt.c.reference == row.reference, receipt.c.by == by, receipt.c.places == ""
    )
    waiting = sa.select(device.c.id).where(
        device.c.site == row.site,
        device.c.retired_at.is_(None),  # one that is suspended may still know them
        device.c.enrolled_at <= row.at,
        device.c.id.not_in(confirmed),
    )
    is_out = row.version is not None or row.list is not None
    return is_out and connection.execute(waiting.limit(1)).first() is None
