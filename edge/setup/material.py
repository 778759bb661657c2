"""What a site's administration left for a gate: its public root keys, its template key, its registry.

`gatepost site init` and `gatepost registry build` leave a site's folder; a gate's folder of it, or a bundle
with the keys beside it, will do as well. Nothing of it is believed before it is verified by the keys in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from edge.configuration import GateSection
from edge.decision import NEVER_SET, ClockTrust, WallTime
from edge.errors import ConfigurationError, GatepostError
from edge.lane.configuration import LaneDirection
from edge.prompts.texts import Language
from edge.registry.bundle_file import read_bundle
from edge.registry.format import (
    KEY_BYTES,
    BundleRefusal,
    BundleRefused,
    Registry,
    Trusted,
    anchor_of,
    seal_ring_of,
    verify_bundle,
)
from edge.registry.gate_keys import SEALING_KEY
from edge.registry.keys import key_ring_in, public_keys_in
from edge.setup.core import GateOffered, SiteFound
from edge.support.counted import counted
from edge.support.files import list_bounded, read_bounded
from edge.support.names import Identifier
from edge.support.toml import read_toml, typed

ROOT_KEY, TEMPLATE_KEY, BUNDLE = "root.pub", "template.key", "registry.bundle"
_MOST_BYTES = 64 * 1024
_MOST_GATES = 256
_WHAT = (
    "name the site's folder, this gate's folder in it (gates/ID), or a bundle with root.pub and template.key "
    "beside it"
)

_BUILD = "on the site's computer: gatepost registry build"


@dataclass(frozen=True)
class SiteMaterial:
    """What makes a computer a gate of a site: the bytes of its files. `device` is its name at a centre, where
    that is not `site.gate`; `bundle` None: the sync process will bring one. `about` says what is in it. To
    `sealing_key` another template key is sealed one day; None: none can be. Nobody said a `direction` or a
    `language` that is None.
    """

    site: str
    gate: str
    direction: LaneDirection | None
    root_key: bytes
    template_key: bytes
    bundle: bytes | None = None
    device: str = ""
    about: str = ""
    sealing_key: bytes | None = None
    language: Language | None = None


class _Site(msgspec.Struct, frozen=True):
    """The part of site.toml that counts here."""

    id: Identifier


class _Gate(msgspec.Struct, frozen=True):
    """The part of the gate.toml in a site's folder that counts here."""

    gate: GateSection


def sites_in(folders: Iterable[Path]) -> tuple[SiteFound, ...]:
    """The sites, and single gates, that lie in these folders or one level below."""
    found: dict[str, SiteFound] = {}
    for folder in folders:
        for place in (folder, *_inside(folder)):
            with suppress(GatepostError, OSError):
                site = offered_at(place)
                if site is not None:
                    found.setdefault(site.place, site)
    return tuple(found.values())


def _inside(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in list_bounded(folder, "*", _MOST_GATES) if path.is_dir())


def offered_at(place: Path) -> SiteFound | None:
    """What the folder `place` offers to gates; None: nothing. Raises ConfigurationError."""
    if (place / "site.toml").is_file():
        site = typed(read_toml(place / "site.toml"), _Site, "").id
        gates = [_gate_in(folder) for folder in _inside(place / "gates") if _has_keys(folder)]
        return SiteFound(str(place.resolve()), site, tuple(_offer(gate) for gate in gates))
    if _has_keys(place) and (place / "gate.toml").is_file():
        gate = _gate_in(place)
        return SiteFound(str(place.resolve()), gate.site, (_offer(gate),))
    return None


def _has_keys(folder: Path) -> bool:
    return (folder / ROOT_KEY).is_file() and (folder / TEMPLATE_KEY).is_file()


def _gate_in(folder: Path) -> GateSection:
    return typed(read_toml(folder / "gate.toml"), _Gate, "see what `gatepost site init` writes").gate


def _offer(gate: GateSection) -> GateOffered:
    return GateOffered(gate.id, gate.direction)


def read_material(place: Path, offered: SiteFound | None, gate: str, site: str = "") -> SiteMaterial:
    """What lies at `place` for `gate`, verified. `offered` is what `offered_at` says of it; where that is
    nothing, it is a bundle, or a folder with one, for the gate of `site`.

    Raises ConfigurationError or RegistryError that says what to do.
    """
    if offered is None:
        folder = place if place.is_dir() else place.parent
        bundle = place if place.is_file() else place / BUNDLE
        direction = None
        if bundle.is_file() and _has_keys(folder) and not site:
            raise ConfigurationError("nothing here says of which site it is", where=str(place), remedy=_WHAT)
        if not (bundle.is_file() and _has_keys(folder)):
            missing = [name for name in (ROOT_KEY, TEMPLATE_KEY) if not (folder / name).is_file()]
            what = (
                f"no {' and no '.join(missing)} beside it"
                if bundle.is_file()
                else "nothing for a gate is here"
            )
            raise ConfigurationError(what, where=str(place), remedy=_WHAT)
    else:
        site, direction = offered.site, _direction_of(offered, gate)
        folder = place / "gates" / gate if (place / "site.toml").is_file() else place
        bundle = _first_file(place / "registry" / BUNDLE, place / BUNDLE, place / "../../registry" / BUNDLE)
    return _verified(folder, bundle, site, gate, direction)


def _direction_of(offered: SiteFound, gate: str) -> LaneDirection:
    """The way of one of the gates that are offered; raises ConfigurationError where it is none of them."""
    for one in offered.gates:
        if one.gate == gate:
            return one.direction
    known = ", ".join(one.gate for one in offered.gates) or "none"
    raise ConfigurationError(
        f"site {offered.site} has no gate {gate!r}", where=offered.place, remedy=f"its gates: {known}"
    )


def _first_file(*paths: Path) -> Path:
    return next((path for path in paths if path.is_file()), paths[0])


def _verified(
    folder: Path, bundle: Path, site: str, gate: str, direction: LaneDirection | None
) -> SiteMaterial:
    root = _read(folder / ROOT_KEY)
    template = _read(folder / TEMPLATE_KEY)
    ring = key_ring_in(template, KEY_BYTES)
    if ring is None:
        raise ConfigurationError(
            "not a template key",
            where=str(folder / TEMPLATE_KEY),
            remedy="copy the site's template.key again",
        )
    anchor = anchor_of(public_keys_in(root, folder / ROOT_KEY))
    seal, *earlier = seal_ring_of(ring).every
    trusted = Trusted(site, anchor, gate, seal_key=seal, earlier_seal_keys=tuple(earlier))
    try:
        data = read_bundle(bundle, trusted, follow=True)
        registry = verify_bundle(data, trusted, _wall())
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(bundle), remedy=_BUILD) from None
    except BundleRefused as error:
        raise ConfigurationError(error.what, where=str(bundle), remedy=_remedy_of(error, site)) from None
    _refuse_without(gate, registry, bundle)
    about = f"site {site}, registry version {registry.version}, {counted(len(registry.subjects), 'subject')}"
    sealing = _read(folder / SEALING_KEY) if (folder / SEALING_KEY).is_file() else None
    return SiteMaterial(site, gate, direction, root, template, data, about=about, sealing_key=sealing)


def _refuse_without(gate: str, registry: Registry, bundle: Path) -> None:
    if gate not in registry.policy.gates:
        raise ConfigurationError(
            f"the policy of site {registry.site} has no gate {gate!r}",
            where=str(bundle),
            remedy=f"it has: {', '.join(registry.policy.gates) or 'none'}; or add [gates.{gate}] to "
            "policy.toml, and run gatepost registry build",
        )


def _remedy_of(error: BundleRefused, site: str) -> str:
    match error.refusal:
        case BundleRefusal.OTHER_SITE:
            return f"take the folder that {site} made for this gate; a gate belongs to one site"
        case BundleRefusal.EXPIRED:
            return f"{_BUILD}; and look at this computer's clock: timedatectl"
        case BundleRefusal.OTHER_KEY:
            return "template.key is another site's or an older one: copy the gate's whole folder again"
        case _:
            return f"copy it again; if it stays so, {_BUILD}"


def _wall() -> WallTime:
    """The time of this computer, believed unless it was never set: then no registry counts as expired."""
    now = datetime.now(UTC)
    return WallTime(now, ClockTrust.UNTRUSTED if now < NEVER_SET else ClockTrust.HOLDOVER)


def _read(path: Path) -> bytes:
    """A key's file as it was copied, whatever its mode: a stick with FAT keeps none."""
    try:
        return read_bounded(path, _MOST_BYTES, follow=True)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path), remedy=_WHAT) from None
