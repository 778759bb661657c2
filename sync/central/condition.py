"""The condition of the fleet, and what in it needs a person's attention."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from edge.errors import RegistryError
from edge.signing.key_files import read_private_key
from sync.central.broker.watching import broker_troubles
from sync.central.configuration import CentralConfiguration, PublishingSection
from sync.central.devices import devices
from sync.central.devices.core import (
    CatchingUp,
    GateState,
    StateReason,
    StateWhy,
    catching_up,
    is_silent,
)
from sync.central.devices.gates_now import gate_states
from sync.central.journals.findings import Finding, findings_of
from sync.central.ownership import not_readable
from sync.central.people.faces import people_with_templates
from sync.central.processes.leases import held_by
from sync.central.processes.registering import CentreProcess, misfits, now_of, running
from sync.central.processes.waits import waits_of
from sync.central.registry.publications import OutdatedGate, outdated_gates, published_versions
from sync.central.reported.receipts import OverdueReceipt, overdue_receipts
from sync.central.store import Store, schema_in

if TYPE_CHECKING:
    from sync.central.registry.trust import OldTrust, SiteTrust


@dataclass(frozen=True)
class Condition:
    """The condition of the fleet. Times are microseconds since 1970 UTC.

    `alarms` are those of each gate's last health, by device. `restored` are sites with a newer version on
    disk than this database knows to have published, with both versions. `unreadable` are published files that
    the daemon cannot read, with their owners. `old_trust` are gates with an older root or older revocations;
    `unnamed_at` the sites whose newest root does not name this centre's key. `probes` says of which gates the
    probe failed, or is too old; `overdue` which removals were not confirmed in time. `faces` is of how many
    people templates are held. `waits` says what the database waits for, `broker` what of the
    broker needs somebody, `processes` which run on it, `leases`
    what each of their runs does for all, and `misfits` what does not fit of them. `catching_up` is of the
    gates that were away and give what they hold.
    """

    gates: int
    events: int
    faces: int
    silent: tuple[str, ...]
    alarms: Mapping[str, tuple[str, ...]]
    late: tuple[OutdatedGate, ...]
    old_trust: tuple[OldTrust, ...]
    unnamed_at: tuple[str, ...]
    restored: Mapping[str, tuple[int, int]]
    unreadable: tuple[tuple[Path, str], ...]
    findings: tuple[tuple[Finding, int], ...]
    probes: Mapping[str, StateReason]
    overdue: tuple[OverdueReceipt, ...]
    waits: tuple[str, ...]
    broker: tuple[str, ...]
    processes: tuple[CentreProcess, ...]
    leases: Mapping[str, tuple[str, ...]]
    misfits: tuple[str, ...]
    catching_up: CatchingUp | None

    @property
    def needs_attention(self) -> bool:
        open_ = [item for item, _ in self.findings if item.needs_somebody]
        of_gates = (
            self.waits,
            self.broker,
            self.misfits,
            self.silent,
            self.alarms,
            self.late,
            self.old_trust,
        )
        return any(
            (*of_gates, self.probes, self.overdue, self.unnamed_at, self.restored, self.unreadable, open_)
        )


def condition_of(configuration: CentralConfiguration, store: Store, now: int) -> Condition:
    """The condition by the database and the published files at `now`. Raises StoreError."""
    section = configuration.registry
    with store.reading() as connection:
        gates = [gate for gate in devices.known_devices(connection) if not (gate.retired or gate.suspended)]
        trust = _trust(connection, section)
        on_disk = {} if section is None else _newest(connection, section.folder)
        known = published_versions(connection)
        late = outdated_gates(connection, on_disk)
        findings = findings_of(connection)
        bound = configuration.receipts.bound
        states = gate_states(connection, now, receipt_bound=bound)
        overdue = overdue_receipts(connection, now, bound)
        faces = people_with_templates(connection)
        waits, schema = waits_of(connection), schema_in(connection)
        broker = broker_troubles(connection)
        theirs = now_of(connection, now)
        processes, leases = running(connection, theirs), held_by(connection, theirs)
    return Condition(
        gates=len(gates),
        events=sum(gate.acknowledged for gate in gates),
        faces=faces,
        silent=tuple(gate.device for gate in gates if is_silent(gate.last_seen, now)),
        alarms={gate.device: gate.alarms for gate in gates if gate.alarms},
        late=tuple(late),
        old_trust=_old_trust(gates, trust),
        unnamed_at=_unnamed_at(configuration, trust),
        restored={
            site: (version, on_disk[site])
            for site, version in known.items()
            if version < on_disk.get(site, 0)
        },
        unreadable=() if section is None else tuple(not_readable(section.folder, configuration.central.key)),
        findings=tuple(findings),
        probes={gate.device: bad for gate in gates for bad in _of_probe(states[gate.device])},
        overdue=tuple(overdue),
        waits=tuple(map(str, waits)),
        broker=broker,
        processes=tuple(processes),
        leases=leases,
        misfits=tuple(map(str, misfits(processes, schema))),
        catching_up=catching_up([gate.backlog for gate in gates if gate.backlog is not None], now),
    )


def _of_probe(state: GateState) -> list[StateReason]:
    return [reason for reason in state.reasons if reason.why in {StateWhy.PROBE_FAILED, StateWhy.PROBE_LATE}][
        :1
    ]


def _trust(connection: sa.Connection, section: PublishingSection | None) -> Mapping[str, SiteTrust]:
    """The newest roots and revocations of each site."""
    if section is None:
        return {}
    # It loads the registry's formats: a centre that publishes nothing does without.
    from sync.central.registry.trust import trust_of_sites  # noqa: PLC0415

    return trust_of_sites(section, [site.id for site in devices.sites(connection)])


def _old_trust(
    gates: Collection[devices.KnownDevice], trust: Mapping[str, SiteTrust]
) -> tuple[OldTrust, ...]:
    if not trust:
        return ()
    from sync.central.registry.trust import old_trust  # noqa: PLC0415 - as above

    return tuple(old_trust(gates, trust))


def _unnamed_at(configuration: CentralConfiguration, trust: Mapping[str, SiteTrust]) -> tuple[str, ...]:
    if not trust:
        return ()
    from sync.central.registry.trust import sites_without  # noqa: PLC0415 - as above

    return sites_without(read_private_key(configuration.central.key).public_key().public_bytes_raw(), trust)


def _newest(connection: sa.Connection, folder: Path) -> dict[str, int]:
    """The newest version of each site in `folder`; a site that cannot be read is left out."""
    from sync.central.registry.published import SitePublished  # noqa: PLC0415 - as above

    found = {}
    for site in devices.sites(connection):
        with suppress(RegistryError):
            found[site.id] = max(SitePublished(folder / site.id).versions(), default=0)
    return found
