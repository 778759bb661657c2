"""The removals of each site: noted when they are published, carried until every gate has confirmed them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
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
    gone = sorted(forgotten(before.keys(), after.keys()))
    wanted = [(Removed.TEMPLATES if subject_key(name) in after else Removed.SUBJECT, name) for name in gone]
    noted = _open_removals(connection, site) if wanted else {}
    _insert(connection, site, [each for each in wanted if each not in noted], now, entropy)


def note_urgent_removals(
    connection: sa.Connection,
    site: str,
    passes: Collection[str],
    subjects: Collection[str],
    now: int,
    entropy: Entropy,
) -> None:
    """Note a removal for what is revoked at once; `note_carried_by_list` says by which list."""
    wanted = [(Removed.PASS, name) for name in dict.fromkeys(passes)]
    wanted += [(Removed.SUBJECT, name) for name in dict.fromkeys(subjects)]
    noted = _open_removals(connection, site) if wanted else {}
    _update(connection, [noted[each] for each in wanted if each in noted], urgent=True)
    _insert(connection, site, [each for each in wanted if each not in noted], now, entropy, urgent=True)


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
        sa.select(removal)
        .where(removal.c.site == site, removal.c.ended_at.is_(None), _IS_KNOWN)
        .order_by(removal.c.at)
    ).all()
    confirmed = _confirmed(connection, site, rows) if rows else frozenset[bytes]()
    over = {
        row.reference
        for row in rows
        if row.name is None
        or row.at < now - CARRIED_FOR
        or there.has(row.what, row.name)
        or row.reference in confirmed
    }
    # From here on nothing says whom it was of.
    _update(connection, over, ended_at=now, name=None)
    return tuple(
        Removal(row.reference, Removed(row.what), removal_digest(row.name, seal_key))
        for row in rows
        if row.reference not in over and (row.urgent if urgent else row.what != Removed.PASS)
    )


def note_carried_by_version(connection: sa.Connection, removals: Iterable[bytes], version: int) -> None:
    """Note that the registry of this `version` carries these removals, if it is the first."""
    _update(connection, removals, removal.c.version.is_(None), version=version)


def note_carried_by_list(connection: sa.Connection, removals: Iterable[bytes], number: int) -> None:
    """Note that the urgent list of this `number` carries these removals, if it is the first."""
    _update(connection, removals, removal.c.list.is_(None), list=number)


# --- inside ----------------------------------------------------------------------------------

_IS_KNOWN = removal.c.what.in_([*Removed])
"""What a newer version removed waits for one that knows what that is."""


# Where a school year ends thousands are removed at once: whatever is asked of them is asked once for all.


def _update(
    connection: sa.Connection,
    references: Iterable[bytes],
    *where: sa.ColumnElement[bool],
    **values: object,
) -> None:
    """Set `values` of these removals, of those alone for which `where` holds."""
    which = [{"which": reference} for reference in references]
    if which:
        of_each = sa.update(removal).where(removal.c.reference == sa.bindparam("which"), *where)
        connection.execute(of_each.values(**values), which)


def _open_removals(connection: sa.Connection, site: str) -> dict[tuple[Removed, str], bytes]:
    """The references of the site's removals that have not ended, by what was removed and its name."""
    query = sa.select(removal.c.what, removal.c.name, removal.c.reference).where(
        removal.c.site == site, removal.c.name.is_not(None), removal.c.ended_at.is_(None), _IS_KNOWN
    )
    return {(Removed(what), name): reference for what, name, reference in connection.execute(query)}


def _insert(
    connection: sa.Connection,
    site: str,
    wanted: Sequence[tuple[Removed, str]],
    now: int,
    entropy: Entropy,
    *,
    urgent: bool = False,
) -> None:
    if not wanted:
        return
    references = _References(connection, site, entropy)
    rows = [
        {"reference": references.of(name), "site": site, "what": what.value, "name": name, "at": now}
        for what, name in wanted
    ]
    connection.execute(sa.insert(removal), [row | {"urgent": urgent} for row in rows])


class _References:
    """Gives removals references: of the person's last erasure, if it has no removal yet; else new ones."""

    def __init__(self, connection: sa.Connection, site: str, entropy: Entropy) -> None:
        erased = sa.select(erasure.c.subject, erasure.c.reference).where(erasure.c.site == site)
        rows = connection.execute(erased.order_by(erasure.c.number))
        self._told = {subject: _bytes_of(reference) for subject, reference in rows}
        used = sa.select(removal.c.reference).where(removal.c.site == site)
        self._used = {*connection.execute(used).scalars()} if self._told else set[bytes]()
        self._entropy = entropy

    def of(self, name: str) -> bytes:
        told = self._told.get(name, b"")
        if len(told) != _REFERENCE_BYTES or told in self._used:
            return self._entropy(_REFERENCE_BYTES)
        self._used.add(told)
        return told


def _bytes_of(reference: str) -> bytes:
    try:
        return bytes.fromhex(reference)
    except ValueError:
        return b""


def _confirmed(
    connection: sa.Connection, site: str, rows: Sequence[sa.Row[tuple[object, ...]]]
) -> frozenset[bytes]:
    """The references of those removals of the site that every gate which was there then has confirmed, as far
    as it can: a pass is revoked by the list, somebody who is erased has to be gone from every file.
    """
    gates = connection.execute(
        sa.select(device.c.id, device.c.enrolled_at).where(
            device.c.site == site,
            device.c.retired_at.is_(None),  # one that is suspended may still know them
        )
    ).all()
    told = {
        tuple(each)
        for each in connection.execute(
            sa.select(receipt.c.reference, receipt.c.by, receipt.c.device)
            .join(removal, removal.c.reference == receipt.c.reference)
            .where(removal.c.site == site, removal.c.ended_at.is_(None), receipt.c.places == "")
        )
    }

    def is_by_all(row: sa.Row[tuple[object, ...]]) -> bool:
        by = "revocations" if row.what == Removed.PASS else "registry"
        there = (gate.id for gate in gates if gate.enrolled_at <= row.at)
        return all((row.reference, by, gate) in told for gate in there)

    out = (row for row in rows if row.version is not None or row.list is not None)
    return frozenset(row.reference for row in out if is_by_all(row))
