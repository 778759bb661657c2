"""Makes the demo's centre: its keys, its sites' rules, and the registries that its gates hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from shutil import copyfile, rmtree

import msgspec

from edge.admin.policy_file import read_policy
from edge.admin.publication import sign_root
from edge.admin.site_admin import init_site
from edge.admin.starting_files import GATE_OF_POLICY, POLICY
from edge.decision import Mode, Policy
from edge.lane.configuration import LaneDirection
from edge.registry.format import SEAL_KEY_BYTES, join_chain, split_chain, walk
from edge.registry.keys import SEAL_KEY, read_anchor, seal_key_file
from edge.signing.key_files import read_private_key
from edge.support.files import make_folder, write_aside
from sync.central.configuration import CentralConfiguration, PublishingSection
from sync.central.demo.street import StreetSite, drawn_for
from sync.central.registry.publishing import publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.setup import init_central
from sync.central.store import Store
from sync.wire import Held

_OF_THE_FIRST = ("passes.pub", "lists.pub")


def make_centre(folder: Path, sites: Sequence[StreetSite], now: datetime) -> CentralConfiguration:
    """Make a centre in `folder` that publishes for `sites`. Raises ConfigurationError if one is there."""
    first = sites[0]
    beginning = folder / "first-site"
    make_folder(folder, 0o700)
    admin = init_site(beginning, first.file, dict.fromkeys(first.gates, LaneDirection.BOTH), now)
    _name_every_site(beginning, sites)
    configuration, _ = init_central(folder, None, "127.0.0.1", 1883, plain=True, admin=admin)
    rmtree(beginning)  # two that sign with one key contradict each other
    for site in sites[1:]:
        place = folder / "sites" / site.file.id
        make_folder(place)
        gates = "\n".join(GATE_OF_POLICY.format(id=gate, mode=Mode.FACE_OR_CODE.value) for gate in site.gates)
        policy = POLICY.format(time_zone=site.file.time_zone, gates=gates)
        write_aside(place / "policy.toml", policy.encode())
        for name in _OF_THE_FIRST:
            copyfile(folder / "sites" / first.file.id / name, place / name)
        # The key seals what nobody lives by: it follows from the name.
        write_aside(
            place / SEAL_KEY, seal_key_file(drawn_for("seal", site.file.id).randbytes(SEAL_KEY_BYTES))
        )
    return configuration


def _name_every_site(folder: Path, sites: Sequence[StreetSite]) -> None:
    """Sign a second root at the first site: its keys are valid at every site of the street."""
    chain = folder / "keys" / "roots"
    first = walk(chain.read_bytes(), read_anchor(folder / "keys" / "root.pub"))
    second = msgspec.structs.replace(first, version=2, sites=tuple(sorted(site.file.id for site in sites)))
    signed = sign_root(second, [read_private_key(folder / "root" / "root-1.key")])
    chain.write_bytes(join_chain([*split_chain(chain.read_bytes()), signed]))


def policy_at(section: PublishingSection, site: StreetSite) -> Policy:
    """The site's rules, as its file says."""
    return read_policy(section.sites / site.file.id / "policy.toml")


def publish_all(store: Store, section: PublishingSection, sites: Sequence[StreetSite], now: datetime) -> Held:
    """Sign each site's first registry; returns what a gate that has taken it holds."""
    publisher = publisher_of(section)
    versions = [publish_site(store, section, publisher, site.file.id, now).version for site in sites]
    return Held(registry=max(versions), root=publisher.root)
