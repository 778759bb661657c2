"""Sites, their gates and their devices: which are accepted, and what each reported last."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.signing.cose import Keys, keys_of
from edge.support.phrases import phrase
from sync.central.configuration import KEYS_EVERY
from sync.central.devices.core import MANY, Backlog, backlog_in, noted
from sync.central.places.core import LEVELS, Level
from sync.central.places.editing import settle_site
from sync.central.places.tables import place
from sync.central.places.tree import names_above
from sync.central.store import Store, StoreError
from sync.central.tables import chain, device, finding, in_service, needs_somebody, site
from sync.wire import DeviceState, Health, Held, Hello, RefusedDevice, refused_id


@dataclass(frozen=True)
class KnownDevice:
    """A device at its gate, with what central knows of it. Times are microseconds since 1970 UTC.

    Everything besides its place, `acknowledged`, `pending` and `findings` is what the device itself reported.
    `alarms` are those of its last health: codes of problems.
    """

    device: str
    site: str
    gate: str
    retired: bool
    suspended: bool
    last_seen: int | None
    state: str | None
    software: str | None
    registry_version: int | None
    registry_since: int | None
    root_version: int | None
    revocations: int | None
    waiting: int | None
    backlog: Backlog | None
    clock_offset: int | None
    clock_error: int | None
    alarms: tuple[str, ...]
    acknowledged: int
    pending: bool
    findings: dict[str, int]


def put_site(connection: sa.Connection, wanted: SiteFile) -> None:
    """Add a site, or change where it is: the places that it names and that are not there are made. Its gates
    are not concerned. Raises StoreError where a place cannot be called so.
    """
    held = connection.execute(sa.select(site.c.place).where(site.c.id == wanted.id)).first()
    named = ((level, getattr(wanted, level)) for level in LEVELS if level is not Level.SITE)
    above = [(level, name) for level, name in named if name]
    settled = settle_site(connection, held.place if held else None, wanted.name, above)
    values = {"address": wanted.address, "time_zone": wanted.time_zone, "place": settled}
    if held:
        connection.execute(sa.update(site).where(site.c.id == wanted.id).values(values))
    else:
        connection.execute(sa.insert(site).values(id=wanted.id, **values))


def sites(connection: sa.Connection) -> list[SiteFile]:
    """Every site, by id."""
    above = names_above(connection)
    query = sa.select(site.c.id, site.c.address, site.c.time_zone, place.c.name)
    rows = connection.execute(query.join(place, place.c.number == site.c.place).order_by(site.c.id))
    return [SiteFile(**row, **above.get(row["id"], {})) for row in rows.mappings()]


def enrol_device(
    connection: sa.Connection, identity: str, place: tuple[str, str], message_key: bytes, now: int
) -> None:
    """Accept a device for the gate at `place` (site, gate). Raises StoreError.

    An earlier device of that gate is accepted until it is retired: it may still have events that central
    lacks.
    """
    refused = refused_id(identity)
    if refused is not None:
        raise StoreError(refused[0], remedy=refused[1])
    if len(message_key) != 32:
        raise StoreError(
            phrase(
                "the message key is not an Ed25519 public key: %(count)s bytes, expected 32",
                count=len(message_key),
            ),
            where=identity,
        )
    if connection.execute(sa.select(site.c.id).where(site.c.id == place[0])).first() is None:
        raise StoreError(
            phrase("there is no site %(site)r", site=place[0]), remedy=phrase("gatepost central site set")
        )
    if connection.execute(sa.select(device.c.id).where(device.c.id == identity)).first() is not None:
        raise StoreError(
            phrase("there is already a device %(device)r", device=identity),
            remedy=phrase("give a replacement another id"),
        )
    connection.execute(
        sa.insert(device).values(
            id=identity, site=place[0], gate=place[1], message_key=message_key, enrolled_at=now
        )
    )


def retire_device(connection: sa.Connection, identity: str, now: int) -> None:
    """Refuse a device for good; what it sent stays. Raises StoreError if none is in service by this id."""
    changed = connection.execute(
        sa.update(device).where(device.c.id == identity, device.c.retired_at.is_(None)).values(retired_at=now)
    )
    if not changed.rowcount:
        raise StoreError(
            phrase("there is no device %(device)r in service", device=identity),
            remedy=phrase("gatepost central gate list"),
        )


def note_health(connection: sa.Connection, identity: str, health: Health, now: int) -> None:
    """Store a device's report, as a hint. A will is signed long before the broker sends it: it counts for the
    newest link only, and not as seen.
    """
    if health.state is DeviceState.GONE:
        of_newest_link = {"identity": identity, "newest": health.stamp.epoch}
        connection.execute(_UPDATE_ON_LINK, {**of_newest_link, "state": health.state.value})
        return
    _note_since(connection, identity, health.held, now)
    connection.execute(
        _UPDATE,
        {
            "identity": identity,
            "last_seen": now,
            "state": health.state.value,
            "waiting": health.waiting,
            "clock_offset": health.clock_offset,
            "clock_error": health.clock_error,
            "health": msgspec.to_builtins(
                {"alarms": health.alarms, "refused": health.refused, "started": health.started}
                | _backlog(connection, identity, health.waiting, now)
            ),
            **_software(health.software),
            **_held(health.held),
        },
    )


def _backlog(connection: sa.Connection, identity: str, waiting: int, now: int) -> dict[str, Backlog]:
    """How many events wait, beside how many did before: of a gate that catches up."""
    if waiting < MANY:
        return {}
    held = connection.execute(sa.select(device.c.health).where(device.c.id == identity)).scalar_one_or_none()
    found = noted(backlog_in(held), waiting, now)
    return {} if found is None else {"backlog": found}


def note_hello(connection: sa.Connection, identity: str, hello: Hello, now: int) -> None:
    """Store what a device says that it holds, as a hint."""
    _note_since(connection, identity, hello.held, now)
    connection.execute(
        _UPDATE,
        {
            "identity": identity,
            "last_seen": now,
            "fingerprint": hello.held.fingerprint,
            "schema": min(hello.schema, _NEWEST_SCHEMA),
            **_software(hello.software),
            **_held(hello.held),
        },
    )


def _note_since(connection: sa.Connection, identity: str, held: Held, now: int) -> None:
    """Note since when the device holds its registry, where it is another than before."""
    if held.registry:
        connection.execute(_SINCE, {"identity": identity, "holds": held.registry, "registry_since": now})


_NEWEST_SCHEMA = 2**31 - 1
"""A device may claim any number; the column holds no greater."""
_OF_DEVICE = device.c.id == sa.bindparam("identity")
_UPDATE = sa.update(device).where(_OF_DEVICE)
"""Sets the columns that it is executed with."""
_SINCE = _UPDATE.where(device.c.registry_version.is_distinct_from(sa.bindparam("holds")))
_UPDATE_ON_LINK = _UPDATE.where(device.c.link == sa.bindparam("newest"))


def _software(version: str) -> dict[str, object]:
    """The column of a device's software; if it says nothing of it, that stays as it was."""
    return {"software": version} if version else {}


def _held(held: Held) -> dict[str, object]:
    """The columns of what a device holds; if it says nothing of it, they stay as they were."""
    if not (held.registry or held.root):
        return {}
    return {
        "registry_version": held.registry,
        "root_version": held.root,
        "revocations": held.revocations,
        "lists": dict(held.lists),
    }


def suspend_device(connection: sa.Connection, identity: str, now: int) -> None:
    """Refuse a device until it is resumed. Raises StoreError if none is in service by this id."""
    changed = connection.execute(
        sa.update(device).where(device.c.id == identity, in_service).values(suspended_at=now)
    )
    if not changed.rowcount:
        raise StoreError(
            phrase("there is no device %(device)r in service", device=identity),
            remedy=phrase("gatepost central gate list"),
        )


def resume_device(connection: sa.Connection, identity: str) -> None:
    """Accept a suspended device again. Raises StoreError if none is suspended by this id."""
    suspended = device.c.suspended_at.is_not(None) & device.c.retired_at.is_(None)
    changed = connection.execute(
        sa.update(device).where(device.c.id == identity, suspended).values(suspended_at=None)
    )
    if not changed.rowcount:
        raise StoreError(
            phrase("there is no suspended device %(device)r", device=identity),
            remedy=phrase("gatepost central gate list"),
        )


def refused_devices(connection: sa.Connection, names: Collection[str]) -> dict[str, RefusedDevice]:
    """Which of `names` central refuses, and why; a device in service is not among them."""
    query = sa.select(device.c.id, device.c.retired_at, device.c.suspended_at).where(device.c.id.in_(names))
    found = {row.id: row for row in connection.execute(query)}
    refused = {}
    for name in names:
        if name not in found:
            refused[name] = RefusedDevice.UNKNOWN
        elif found[name].retired_at is not None:
            refused[name] = RefusedDevice.RETIRED
        elif found[name].suspended_at is not None:
            refused[name] = RefusedDevice.SUSPENDED
    return refused


def last_seen(connection: sa.Connection, identity: str) -> int | None:
    """When a device in service was last seen. Raises StoreError for any other: it takes no commands."""
    for why in refused_devices(connection, [identity]).values():
        raise StoreError(
            phrase("device %(device)r is %(why)s: it takes no commands", device=identity, why=why),
            remedy=phrase("gatepost central gate list lists them"),
        )
    seen: int | None = connection.execute(
        sa.select(device.c.last_seen).where(device.c.id == identity)
    ).scalar_one()
    return seen


def site_of(connection: sa.Connection, identity: str) -> str | None:
    """The site of a device; None where there is no such device."""
    found: str | None = connection.execute(sa.select(device.c.site).where(device.c.id == identity)).scalar()
    return found


def known_devices(connection: sa.Connection) -> list[KnownDevice]:
    """Every device, by its place."""
    found: dict[str, dict[str, int]] = {}
    counted = (
        sa.select(chain.c.device, finding.c.kind, sa.func.count().label("times"))
        .join(finding, finding.c.chain == chain.c.number)
        .where(needs_somebody)
        .group_by(chain.c.device, finding.c.kind)
    )
    for row in connection.execute(counted):
        found.setdefault(row.device, {})[row.kind] = row.times
    stored = {
        row.device: (row.stored, row.pending)
        for row in connection.execute(
            sa.select(
                chain.c.device,
                sa.func.sum(chain.c.prefix).label("stored"),
                sa.func.max(sa.case((chain.c.highest > chain.c.prefix, 1), else_=0)).label("pending"),
            ).group_by(chain.c.device)
        )
    }
    return [
        KnownDevice(
            device=row.id,
            site=row.site,
            gate=row.gate,
            retired=row.retired_at is not None,
            suspended=row.suspended_at is not None,
            last_seen=row.last_seen,
            state=row.state,
            software=row.software,
            registry_version=row.registry_version,
            registry_since=row.registry_since,
            root_version=row.root_version,
            revocations=row.revocations,
            waiting=row.waiting,
            backlog=backlog_in(row.health),
            clock_offset=row.clock_offset,
            clock_error=row.clock_error,
            alarms=tuple((row.health or {}).get("alarms", ())),
            acknowledged=int(stored.get(row.id, (0, 0))[0]),
            pending=bool(stored.get(row.id, (0, 0))[1]),
            findings=found.get(row.id, {}),
        )
        for row in connection.execute(sa.select(device).order_by(device.c.site, device.c.gate, device.c.id))
    ]


_MESSAGE_KEYS = sa.select(device.c.id, device.c.message_key).where(in_service)


class DeviceKeys:
    """The keys that verify each device's messages, read from the database again every `reread_every` seconds.

    `clock` is monotonic, in seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float], reread_every: float = KEYS_EVERY) -> None:
        self._store = store
        self._clock = clock
        self._reread_every = reread_every
        self._keys: dict[str, bytes] = {}
        self._read_at = float("-inf")

    def for_device(self, identity: str) -> Keys:
        """The keys of one device; empty if it is not in service. Raises StoreError."""
        now = self._clock()
        if now - self._read_at >= self._reread_every:
            with self._store.reading() as connection:
                self._keys = {row.id: row.message_key for row in connection.execute(_MESSAGE_KEYS)}
            self._read_at = now
        key = self._keys.get(identity)
        return {} if key is None else keys_of([key])

    def notice(self) -> None:
        """The table may be another one: the next question has it read."""
        self._read_at = float("-inf")
