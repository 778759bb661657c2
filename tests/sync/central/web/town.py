"""A town for tests of pages: a street of three sites and their day, and one site of another street."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.decision import Policy, Subject
from edge.registry.format import (
    POLICY_CONTEXT,
    Content,
    Manifest,
    SignedPolicy,
    blob_of,
    digest_of,
    encode_policy,
    records_of,
    set_hash,
)
from edge.signing.cose import microseconds, sign1
from sync.central.demo.filling import live_a_day, put_street
from sync.central.demo.gates import DemoGate
from sync.central.demo.street import CITY, COLLEGE_STREET, DISTRICT, MARKET_STREET, StreetSite, street_of
from sync.central.places.tree import place_at
from sync.central.registry.archive import KEPT_FOR, archive_version
from sync.central.store import Store
from sync.wire import Held
from tests.sync.central.demo.policies import policy_for

NOW = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
"""09:00 of a Tuesday, where the town is."""
PEOPLE, ACCESSES, HELD = 20, 60, Held(registry=1, root=1)


@dataclass(frozen=True)
class Town:
    """What the store was filled with. `street` and `elsewhere` are the numbers of two streets' places; the
    three `sites` lie in the first, and `other` in the second.
    """

    street: int
    elsewhere: int
    sites: tuple[StreetSite, ...]
    other: StreetSite

    @property
    def now(self) -> int:
        return microseconds(NOW)

    @property
    def site(self) -> StreetSite:
        return self.sites[0]

    @property
    def person(self) -> Subject:
        """Somebody of the first site who has a name and a green code."""
        return self.site.people[0]

    @property
    def gate(self) -> DemoGate:
        """The first gate of the first site; `gate.epoch` names its journal."""
        return DemoGate(self.site.device(self.site.gates[0]), self.site.gates[0])

    def telling(self) -> frozenset[str]:
        """Words by which the street would be known: ids, names, devices, of no one elsewhere."""
        return frozenset(_words(self.sites)) - frozenset(_words((self.other,)))


def _words(sites: tuple[StreetSite, ...]) -> Iterator[str]:
    for site in sites:
        yield site.file.id
        yield site.file.name
        yield site.file.street
        yield site.file.community
        yield from map(site.device, site.gates)
        for person in site.people:
            yield person.id
            yield person.name


def town_of(store: Store) -> Town:
    """The town that `fill_town` has put into a store."""
    with store.reading() as connection:
        street = place_at(connection, f"{CITY}/{DISTRICT}/{MARKET_STREET}")
        elsewhere = place_at(connection, f"{CITY}/{DISTRICT}/{COLLEGE_STREET}")
    return Town(street, elsewhere, *_sites())


def archive_as_published(
    connection: sa.Connection, site: StreetSite, policy: Policy, version: int, issued: datetime
) -> None:
    """Keep what `version` of the site contained, as its publication would: nobody else ever signs it."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    rules = sign1.sign(encode_policy(SignedPolicy(site.file.id, 1, policy)), key, context=POLICY_CONTEXT)
    records = records_of(Content(policy, site.people), rules)
    digest = set_hash({name: digest_of(name, value) for name, value in records.items()})
    expires = issued + timedelta(days=30)
    manifest = Manifest(site.file.id, version, version - 1, issued, expires, digest, blob_of(b""))
    archive_version(connection, manifest, records, 1, KEPT_FOR)


def fill_town(store: Store) -> Town:
    """Put the town and its day into an empty store."""
    sites, other = _sites()
    with store.writing() as connection:
        put_street(connection, (*sites, other), NOW)
    with store.writing() as connection:
        for site in (*sites, other):
            archive_as_published(connection, site, policy_for(site), HELD.registry, NOW - timedelta(days=2))
    live_a_day(store, (*sites, other), policy_for, NOW, ACCESSES, HELD)
    return town_of(store)


def _sites() -> tuple[tuple[StreetSite, ...], StreetSite]:
    [other] = street_of(1, PEOPLE, NOW, street=COLLEGE_STREET, first=16)
    return street_of(3, PEOPLE, NOW), other
