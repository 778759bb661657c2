"""Revokes at once, at every version that gates may hold: what waits to be signed, and what cannot wait."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from edge.credentials.own_pass import PASS_ID_BYTES
from edge.errors import ConfigurationError
from edge.registry.format import Records, UrgentRevocations, subject_key
from edge.signing.cose import microseconds
from edge.support.phrases import phrase
from sync.central.accounts.actor import SYSTEM, Actor
from sync.central.audit.audit import About, forget, note
from sync.central.changes.applying import hold_sites
from sync.central.changes.forgetting import forget_in_waiting, forget_reasons_about
from sync.central.changes.tables import pending_revocation
from sync.central.people.erasures import note_erasure
from sync.central.people.subjects import remove_subject
from sync.central.registry.core import Given
from sync.central.registry.publications import held_versions, published_version
from sync.central.registry.publisher import Publisher
from sync.central.registry.removals import revoke_with_removals
from sync.central.store import Store, StoreError

_WHY = "revoked at once"
"""Why somebody was erased, where a command says no more."""


def sign_pending(store: Store, publisher: Publisher, site: str, now: datetime) -> tuple[str, ...]:
    """Revoke at once, at every version that gates may hold, everybody of a site whose revocation waits.

    Returns who they were. Raises GatepostError.
    """
    with publisher.lock(site):
        return sign_pending_locked(store, publisher, site, now)


def sign_pending_locked(store: Store, publisher: Publisher, site: str, now: datetime) -> tuple[str, ...]:
    """As `sign_pending`, within the lock: the list is signed, then the rows go."""
    with store.reading() as connection:
        if site not in sites_to_revoke_at(connection):
            return ()
    with store.writing() as connection:
        gone = sa.delete(pending_revocation).where(pending_revocation.c.site == site)
        names = connection.execute(gone.returning(pending_revocation.c.subject)).scalars().all()
        newest = Given(publisher.newest(site), held=held_versions(connection, site)).newest
        out = max(newest, published_version(connection, site))
        revoke_with_removals(connection, publisher, site, now, (), sorted(names), out)
    return tuple(sorted(names))


def sites_to_revoke_at(connection: sa.Connection) -> frozenset[str]:
    """The sites at which a revocation waits to be signed."""
    return frozenset(connection.execute(sa.select(pending_revocation.c.site).distinct()).scalars())


def revoke_urgently(
    store: Store,
    publisher: Publisher,
    site: str,
    now: datetime,
    *,
    passes: tuple[str, ...] = (),
    subjects: tuple[str, ...] = (),
    actor: Actor = SYSTEM,
) -> UrgentRevocations:
    """Revoke passes and people at once. People are erased here too, or the next version would restore them.

    It applies at every version that a gate may hold, even one newer than those here. Raises GatepostError.
    """
    passes = tuple(map(_pass_id, passes))
    # Both locks in the order of `publish_site`, so that neither waits for the other.
    with publisher.lock(site), store.writing() as connection:
        hold_sites(connection, [site])
        given = Given(publisher.newest(site), held=held_versions(connection, site))
        records = publisher.records(site) if subjects else {}
        at = microseconds(now)
        if passes:
            count = {"passes": len(passes)}
            note(connection, actor, "revoke_passes", About("site", site, site), at, detail=count)
        for identity in subjects:
            forget_reasons_about(connection, site, identity)
            erased = _remove(connection, site, identity, records)
            note_erasure(connection, site, identity, erased, actor=actor.name, why=_WHY, now=at)
            about = About("subject", identity, site)
            note(connection, actor, "revoke_subject", about, at)
            forget(connection, about)
        forget_in_waiting(connection, site, subjects, at)
        out = max(given.newest, published_version(connection, site))
        return revoke_with_removals(connection, publisher, site, now, passes, subjects, out)


def _remove(connection: sa.Connection, site: str, identity: str, given: Records) -> dict[str, int]:
    """Erase a subject, and say how many rows of which table went; one that only the gates know is no error:
    the database may have been restored.
    """
    try:
        return remove_subject(connection, site, identity)
    except StoreError:
        if subject_key(identity) not in given:
            raise
        return {}


def _pass_id(name: str) -> str:
    """The id as the gates know it. Raises ConfigurationError: a wrong one would revoke nothing."""
    if re.fullmatch(rf"[0-9a-f]{{{2 * PASS_ID_BYTES}}}", name.lower()) is None:
        raise ConfigurationError(
            phrase(
                "%(name)r is no pass's id: expected %(digits)s hexadecimal digits",
                name=name,
                digits=2 * PASS_ID_BYTES,
            ),
            remedy=phrase("gatepost pass list, or the journal's pass_id"),
        )
    return name.lower()
