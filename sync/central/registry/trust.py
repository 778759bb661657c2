"""Who still believes what: which gates hold an older root, or older urgent revocations, than the newest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from edge.errors import GatepostError
from edge.registry.format import Root, decode_urgent_revocations, every_root
from edge.registry.keys import read_anchor
from edge.signing.cose import sign1
from sync.central.configuration import PublishingSection
from sync.central.devices.devices import KnownDevice
from sync.central.registry.announcer import announcer_of
from sync.wire import RegistryRoot, RegistryUrgent

_ROLES = ("registry_keys", "policy_keys", "command_keys", "acknowledgement_keys")
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class SiteTrust:
    """The verified roots of a site, from the first, and the number of its newest urgent revocations."""

    roots: tuple[Root, ...]
    revocations: int


@dataclass(frozen=True)
class OldTrust:
    """A gate that holds root `root` and revocations `revocations`, and the newest of its site.

    `believes` counts, by role, the keys that its root names and the newest root does not.
    """

    device: str
    gate: str
    site: str
    root: int
    newest_root: int
    revocations: int
    newest_revocations: int
    believes: Mapping[str, int]


def trust_of_sites(section: PublishingSection, sites: Collection[str]) -> dict[str, SiteTrust]:
    """The newest roots and revocations of each of `sites`; one that cannot be read is left out."""
    found = {}
    for site in sites:
        with suppress(GatepostError):
            found[site] = _trust_of(section, site)
    return found


def old_trust(gates: Collection[KnownDevice], trust: Mapping[str, SiteTrust]) -> Iterator[OldTrust]:
    """The gates that have told of a root, and hold an older one, or older revocations, than the newest."""
    for gate in gates:
        newest, held = trust.get(gate.site), gate.root_version or 0
        if newest is None or not held:
            continue
        revocations = gate.revocations or 0
        if held < len(newest.roots) or revocations < newest.revocations:
            yield OldTrust(
                gate.device,
                gate.gate,
                gate.site,
                held,
                len(newest.roots),
                revocations,
                newest.revocations,
                _no_longer_named(newest.roots, held),
            )


def sites_without(public_key: bytes, trust: Mapping[str, SiteTrust]) -> tuple[str, ...]:
    """The sites whose newest root names acknowledgement keys, and not this one: their gates do not believe
    what it signs.
    """
    named = {site: item.roots[-1].acknowledgement_keys for site, item in trust.items()}
    return tuple(sorted(site for site, keys in named.items() if keys and public_key not in keys))


def _trust_of(section: PublishingSection, site: str) -> SiteTrust:
    roots: tuple[Root, ...] = ()
    revocations = 0
    for item in announcer_of(section).announcements(site):
        match item:
            case RegistryRoot(signed=chain):
                roots = every_root(chain, read_anchor(section.root_key))
            case RegistryUrgent(signed=signed):
                payload = sign1.parse(signed, most_payload_bytes=_MOST_BYTES).payload
                revocations = decode_urgent_revocations(payload).number
    return SiteTrust(roots, revocations)


def _no_longer_named(roots: tuple[Root, ...], held: int) -> dict[str, int]:
    believed, newest = roots[min(held, len(roots)) - 1], roots[-1]
    counts = {role: len(set(getattr(believed, role)) - set(getattr(newest, role))) for role in _ROLES}
    return {role: count for role, count in counts.items() if count}
