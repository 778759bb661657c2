"""Exchanges a site's template key: another key, faces sealed anew, each gate given it by the next registry.

In this order, so that a cut at any moment leaves gates that let people in, and a second call goes on: the new
key lies beside the old one; then the offer puts it in force, by one file; then faces are sealed anew, and a
registry is built. Gates read both until the old one is retired.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes

import msgspec
from msgspec import UNSET

from edge.admin.sealing_keys import give_sealing_key, sealing_keys_of
from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, open_site_admin
from edge.admin.site_keys import TEMPLATE_KEY
from edge.errors import ConfigurationError, GatepostError, RegistryError
from edge.registry.exchange import ExchangeStep, next_step
from edge.registry.format import (
    KEY_BYTES,
    MOST_HEAD_BYTES,
    KeyRing,
    TemplateKeyOffer,
    id_of_template_key,
    manifest_in,
)
from edge.registry.key_offers import OFFER, offer_of, write_offer
from edge.registry.keys import key_ring_file, read_template_keys
from edge.support.decoding import json_of
from edge.support.files import Durability, opened_bounded, read_bounded, write_aside

_RECORD = "template-key.json"
_MOST_BYTES = 64 * 1024


class _Begun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange that was begun last: the id of its key, and whose devices were lost."""

    key: str
    lost: tuple[str, ...]


@dataclass(frozen=True)
class KeyStanding:
    """How a site's template key stands: `earlier` are still read `until` then. `given` are the gates that get
    it by the registry, `by_hand` those that do not: each needs its folder of the site again.
    """

    key: str
    earlier: tuple[str, ...]
    until: datetime | None
    given: tuple[str, ...]
    by_hand: tuple[str, ...]
    published: bool


@dataclass(frozen=True)
class Exchanged:
    """What a call did: its `step`, how many faces were sealed anew, which version was built (0: none)."""

    step: ExchangeStep
    templates: int
    version: int
    standing: KeyStanding


def exchange_template_key(
    folder: Path, lost: Collection[str], now: datetime, read_for: timedelta, *, again: bool = False
) -> Exchanged:
    """Exchange the template key of the site in `folder`; the devices of the `lost` gates get no other.

    Called again it goes on where it was cut off, and does nothing where all is done, unless `again`. Raises
    GatepostError.
    """
    admin = open_site_admin(folder)
    _refuse_unknown(admin, lost)
    begun = _begun(folder)
    step = next_step(
        under_way=begun is not None and _is_about(begun, _ring(folder)),
        finished=_is_published(admin) and _is_in_force(admin),
        named=begun is not None and set(lost) <= set(begun.lost),
        again=again,
    )
    if step is ExchangeStep.DONE:
        return Exchanged(step, 0, 0, standing_of(folder))
    try:
        if step is ExchangeStep.BEGIN:
            _begin(admin, lost, now, read_for)
        return _finish(folder, step, now)
    except OSError as error:
        raise _not_written(error) from None


def retire_template_keys(folder: Path, now: datetime, *, at_once: bool = False) -> Exchanged:
    """Erase the earlier template keys of a site, and tell its gates to; raises GatepostError."""
    admin, ring = open_site_admin(folder), _ring(folder)
    offered = admin.keys.offered
    if offered is UNSET or not _is_in_force(admin):
        raise ConfigurationError(
            "no exchange of the template key is finished here",
            where=str(folder),
            remedy="gatepost site template-key exchange",
        )
    if now < offered.until and offered.earlier and not at_once:
        raise ConfigurationError(
            f"gates read the earlier key until {offered.until:%Y-%m-%d %H:%M} UTC",
            where=str(folder),
            remedy="wait, or --now where every gate has the newest registry: gatepost gate check at each",
        )
    try:
        sealed = admin.store.seal_anew()
        done = msgspec.structs.replace(offered, earlier=(), until=min(now, offered.until))
        write_offer(folder / "keys" / OFFER, done)
        _keep(folder, ring.without_earlier())
        built = open_site_admin(folder).build(now, REGISTRY_LIFETIME)
    except OSError as error:
        raise _not_written(error) from None
    return Exchanged(ExchangeStep.DONE, sealed, built.version, standing_of(folder))


def standing_of(folder: Path) -> KeyStanding:
    """How the template key of the site in `folder` stands. Raises GatepostError."""
    admin = open_site_admin(folder)
    keys, offered = admin.keys, admin.keys.offered
    halves = sealing_keys_of(folder)
    names = sorted(path.name for path in (folder / "gates").glob("*") if path.is_dir())
    until = None if offered is UNSET or not keys.templates.earlier else offered.until
    return KeyStanding(
        id_of_template_key(keys.template).hex(),
        tuple(id_of_template_key(item.key).hex() for item in keys.templates.earlier),
        until,
        tuple(halves),
        tuple(name for name in names if name not in halves),
        _is_published(admin),
    )


# --- inside --------------------------------------------------------------------------------


def _begin(admin: SiteAdmin, lost: Collection[str], now: datetime, read_for: timedelta) -> None:
    """Another key beside the present one; nothing seals by it yet."""
    folder = admin.folder
    for gate in lost:
        give_sealing_key(folder, gate, anew=True)
    for path in sorted((folder / "gates").glob("*")):
        if path.is_dir():
            give_sealing_key(folder, path.name)
    key = token_bytes(KEY_BYTES)
    ring = admin.keys.templates.exchanged(key, now + read_for)
    record = _Begun(id_of_template_key(key).hex(), tuple(sorted(lost)))
    write_aside(folder / "keys" / _RECORD, msgspec.json.encode(record), durability=Durability.LASTING)
    write_aside(folder / "keys" / TEMPLATE_KEY, key_ring_file(ring), durability=Durability.LASTING)


def _finish(folder: Path, step: ExchangeStep, now: datetime) -> Exchanged:
    """Put the newest key in force, seal by it, build."""
    admin, ring = open_site_admin(folder), _ring(folder)
    if not _is_in_force(admin):
        halves = sealing_keys_of(folder).values()
        write_offer(folder / "keys" / OFFER, offer_of(ring, admin.site.id, set(halves), now))
        admin = open_site_admin(folder)
    sealed = admin.store.seal_anew()
    _keep(folder, ring)
    built = admin.build(now, REGISTRY_LIFETIME)
    return Exchanged(step, sealed, built.version, standing_of(folder))


def _keep(folder: Path, ring: KeyRing) -> None:
    """The keys where the site keeps them, and in each gate's folder of it, last where they count."""
    for path in sorted((folder / "gates").glob("*")):
        if path.is_dir():
            write_aside(path / TEMPLATE_KEY, key_ring_file(ring))
    write_aside(folder / "keys" / TEMPLATE_KEY, key_ring_file(ring), durability=Durability.LASTING)


def _ring(folder: Path) -> KeyRing:
    """The keys as they lie there, the newest first, in force or not."""
    return read_template_keys(folder / "keys" / TEMPLATE_KEY)


def _is_about(begun: _Begun, ring: KeyRing) -> bool:
    return bool(ring.earlier) and begun.key == id_of_template_key(ring.current).hex()


def _is_in_force(admin: SiteAdmin) -> bool:
    offered: TemplateKeyOffer | msgspec.UnsetType = admin.keys.offered
    return offered is not UNSET and offered.id == id_of_template_key(_ring(admin.folder).current)


def _is_published(admin: SiteAdmin) -> bool:
    """Whether the registry that was built last says what is in force."""
    if not admin.bundle.is_file():
        return False
    try:
        with opened_bounded(admin.bundle, 1 << 40) as file:
            manifest = manifest_in(file.head(MOST_HEAD_BYTES), admin.trusted())
    except (OSError, RegistryError):
        return False
    return manifest.template_key == admin.keys.offered


def _begun(folder: Path) -> _Begun | None:
    path = folder / "keys" / _RECORD
    try:
        return json_of(read_bounded(path, _MOST_BYTES), _Begun, str(path))
    except (OSError, GatepostError):
        return None


def _refuse_unknown(admin: SiteAdmin, lost: Collection[str]) -> None:
    for gate in lost:
        if not (admin.folder / "gates" / gate).is_dir() or "/" in gate or gate in {"", ".", ".."}:
            raise ConfigurationError(
                f"site {admin.site.id} has no folder of a gate {gate!r}", where="--lost", remedy="see gates/"
            )


def _not_written(error: OSError) -> RegistryError:
    return RegistryError(
        f"could not be written: {error.strerror or error}",
        where=str(error.filename or "the site's folder"),
        remedy="make room, or let this user write there; then call it again: it goes on where it was",
    )
