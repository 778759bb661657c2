"""What the database says of a centre: gates, the end of registries, messages that do not leave, backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.registry.keys import read_anchor
from edge.registry.loose_roots import loose_roots, places_to_look
from edge.signing.cose import instant
from edge.support.counted import counted
from sync.ca.certificates import LIFETIME
from sync.central.backup.last import last_backup
from sync.central.checking.units import SERVICE
from sync.central.condition import condition_of
from sync.central.configuration import CentralConfiguration
from sync.central.delivery.queue import MessageState
from sync.central.delivery.tables import delivery
from sync.central.devices import devices
from sync.central.devices.core import in_words
from sync.central.history.overview import damaged_files
from sync.central.history.partitions import Month, in_no_month, missing_months, why_not_made
from sync.central.ownership import user_name
from sync.central.places.sight import EVERYWHERE
from sync.central.processes.registering import misfits, now_of, running
from sync.central.processes.waits import waits_of
from sync.central.registry.published import SitePublished
from sync.central.store import Store, schema_in
from sync.central.tables import device
from sync.central.units import DAY, HOUR
from sync.wire import is_reserved

_ENDS_SOON = timedelta(days=7)
_LOOKS_BACK = DAY
_WAITS_LONG = HOUR
_MOST_TOLD = 5
_BACKUP_DAYS = 7.0
"""How old the last backup may be where no timer makes one."""
_MONTH_BEGINS_SOON = 7.0
_NOT_ITS_OWN = "give schema and tables to the role of [store] url: ALTER TABLE event OWNER TO …"
_NOT_MADE = f"systemctl restart {SERVICE}; its journal says what keeps it from that: no space, say"
_MAKE_ONE = "systemctl start gatepost-central-backup, or gatepost central backup create FOLDER --to age1…"


def check_processes(configuration: CentralConfiguration, store: Store, now: int) -> Iterator[CheckResult]:
    """What the database waits for, and what does not fit of the processes on it."""
    del configuration
    with store.reading() as connection:
        waits, schema = waits_of(connection), schema_in(connection)
        processes = running(connection, now_of(connection, now))
    for words in waits:
        yield CheckResult(Verdict.BAD, "database", str(words), "docs/postgresql.md")
    for words in misfits(processes, schema):
        yield CheckResult(Verdict.BAD, "processes", str(words), "gatepost central status names them")


def check_months(_configuration: CentralConfiguration, store: Store, now: int) -> Iterator[CheckResult]:
    """Whether the months ahead have their tables, which the service makes where that is PostgreSQL."""
    with store.reading() as connection:
        if connection.dialect.name != "postgresql":
            return
        missing, left = missing_months(connection, now), in_no_month(connection)
        why = why_not_made(connection) if missing else ""
    if missing:
        yield _of_missing(missing[0], why, now)
    if left:
        text = f"{counted(left, 'event lies', 'events lie')} in no month, and none is lost"
        remedy = "they move once their month can be made; those of a clock far ahead stay: docs/history.md"
        yield CheckResult(Verdict.WARNING, "months", text, remedy)
    if not (missing or left):
        yield CheckResult(Verdict.GOOD, "months", "the months ahead are made")


def _of_missing(month: Month, why: str, now: int) -> CheckResult:
    left = (month.begin - now) / DAY
    begins = f"begins in {counted(int(left), 'day')}" if left > 0 else "has begun"
    text = f"{month.name}, the table of a month that {begins}, is not there{why and ': '}{why}"
    verdict = Verdict.BAD if left < _MONTH_BEGINS_SOON else Verdict.WARNING
    return CheckResult(verdict, "months", text, _NOT_ITS_OWN if why else _NOT_MADE)


def check_gates(configuration: CentralConfiguration, store: Store, now: int) -> Iterator[CheckResult]:
    """Whether gates are silent, in alarm, or behind what was published."""
    found = condition_of(configuration, store, now)
    troubles = {
        "silent": found.silent,
        "in alarm": tuple(found.alarms),
        "behind the newest registry": tuple(item.device for item in found.late),
        "with an older root or older revocations": tuple(item.device for item in found.old_trust),
        "without a working probe": tuple(found.probes),
    }
    for what, names in troubles.items():
        if names:
            text = f"{len(names)} of {found.gates} are {what}: {_some(names)}"
            yield CheckResult(Verdict.WARNING, "gates", text, "gatepost central status says more")
    for path, owner in found.unreadable[:3]:
        text = f"{path} belongs to {owner}, and central cannot read it"
        yield CheckResult(Verdict.BAD, "gates", text, "chown it as central.key")
    for site in found.unnamed_at:
        text = f"the newest root of {site} does not name central.key: its gates refuse what this centre says"
        yield CheckResult(Verdict.BAD, "key", text, "use the key that it names, and restart central")
    if (returning := found.catching_up) is not None:
        # That many come back is no fault; that they do not get through is.
        stands = returning.rate is not None and returning.through_at is None
        verdict = Verdict.WARNING if stands else Verdict.GOOD
        remedy = "more ingesters: docs/scaling.md; is the database busy?" if stands else ""
        yield CheckResult(verdict, "catching up", in_words(returning), remedy)
    if not any(troubles.values()):
        yield CheckResult(Verdict.GOOD, "gates", f"{found.gates}, each heard and up to date")


def check_names(configuration: CentralConfiguration, store: Store, now: int) -> Iterator[CheckResult]:
    """Whether a device from before these names were refused is called as a service of the centre, or was, and
    may have a certificate that RabbitMQ takes for the service's.
    """
    with store.reading() as connection:
        known = connection.execute(sa.select(device.c.id, device.c.retired_at).order_by(device.c.id)).all()
    for name, retired_at in known:
        if not (is_reserved(name) or name == configuration.central.id):
            continue
        if retired_at is None:
            text = f"device {name} is called as a service of the centre: to a broker it would be the service"
            remedy = f"enrol its gate by another id; gatepost central gate retire {name}, ca revoke {name}"
            yield CheckResult(Verdict.BAD, "names", text, f"{remedy}: docs/broker.md")
        elif configuration.broker.is_amqp and instant(now) < (ends := instant(retired_at) + LIFETIME):
            text = (
                f"a certificate of {name}, which is retired, may be valid until {ends:%Y-%m-%d}: to "
                "RabbitMQ, which reads no list of revoked ones, who has its key is the service"
            )
            yield CheckResult(Verdict.WARNING, "names", text, "see that its key is deleted: docs/broker.md")


def check_registries(configuration: CentralConfiguration, store: Store, now: int) -> Iterator[CheckResult]:
    """When each site's newest registry ends: a gate goes by the policy's rule for old ones then."""
    section = configuration.registry
    if section is None:
        text = "this centre publishes none"
        yield CheckResult(Verdict.WARNING, "registry", text, "[registry] in central.toml: docs/registry.md")
        return
    with store.reading() as connection:
        sites = [site.id for site in devices.sites(connection)]
    good = 0
    for site in sites:
        published = SitePublished(section.folder / site)
        versions = published.versions()
        remedy = f"gatepost central registry publish {site}"
        if not versions:
            yield CheckResult(Verdict.WARNING, "registry", f"{site} was never published", remedy)
            continue
        ends = published.manifest(versions[-1]).expires
        left = ends - instant(now)
        if left <= timedelta():
            yield CheckResult(Verdict.BAD, "registry", f"{site} ended on {ends:%Y-%m-%d %H:%M} UTC", remedy)
        elif left < _ENDS_SOON:
            text = f"{site} ends on {ends:%Y-%m-%d}, and was to be published by now"
            why = "systemctl status gatepost-central-publish.timer"
            yield CheckResult(Verdict.WARNING, "registry", text, f"{remedy}; {why}")
        else:
            good += 1
    if good:
        yield CheckResult(
            Verdict.GOOD, "registry", f"{good} of {counted(len(sites), 'site')} with a week or more"
        )


def check_roots(configuration: CentralConfiguration, _store: Store, _now: int) -> Iterator[CheckResult]:
    """Whether enough root keys lie on this machine to replace every other key of a site."""
    section = configuration.registry
    if section is None:
        return
    anchor = read_anchor(section.root_key)
    there = loose_roots(places_to_look(section.root_key), anchor.keys)
    if len(there) >= anchor.threshold:
        text = f"root keys that suffice lie on this machine: {_some(tuple(map(str, there)))}"
        yield CheckResult(Verdict.WARNING, "root", text, "take them apart: docs/root-ceremony.md")


def check_deliveries(_configuration: CentralConfiguration, store: Store, now: int) -> Iterator[CheckResult]:
    """Whether messages about alarms and tasks do not leave."""
    failed = sa.and_(
        delivery.c.state.in_((MessageState.FAILED, MessageState.LATE, MessageState.DROPPED)),
        delivery.c.ended_at > now - _LOOKS_BACK,
    )
    waits = sa.and_(delivery.c.state == MessageState.WAITING, delivery.c.made_at < now - _WAITS_LONG)
    with store.reading() as connection:
        query = (
            sa.select(delivery.c.way, sa.func.count())
            .where(sa.or_(failed, waits))
            .group_by(delivery.c.way)
            .order_by(delivery.c.way)
        )
        rows = connection.execute(query).all()
    remedies = {"mail": "gatepost central mail test ADDRESS", "webhook": "[webhook] in central.toml"}
    for way, count in rows:
        text = f"{count} by {way} did not leave within a day, or wait for an hour"
        yield CheckResult(
            Verdict.BAD, "messages", text, remedies.get(way, "the console's page of deliveries")
        )
    if not rows:
        yield CheckResult(Verdict.GOOD, "messages", "none failed within a day")


def check_history(configuration: CentralConfiguration, store: Store, _now: int) -> Iterator[CheckResult]:
    """Whether a file of old events or accesses is not what was written, as the last look at it found."""
    if configuration.history is None:
        return
    with store.reading() as connection:
        damaged = damaged_files(connection, EVERYWHERE)
    for file in damaged[:_MOST_TOLD]:
        text = f"{file.name}: {file.what}; it holds {counted(file.rows, 'row')} of {file.site}"
        remedy = "restore it from a backup, then: gatepost central history verify"
        yield CheckResult(Verdict.BAD, "history", text, remedy)
    if len(damaged) > _MOST_TOLD:
        more = f"and {counted(len(damaged) - _MOST_TOLD, 'more file')}"
        yield CheckResult(Verdict.BAD, "history", more, "gatepost central history show")
    if not damaged:
        yield CheckResult(Verdict.GOOD, "history", "every file was as written when it was last looked at")


def check_backup(configuration: CentralConfiguration, store: Store, now: int) -> Iterator[CheckResult]:
    """When the last backup was, and whether the next has somewhere to go."""
    section = configuration.backup
    with store.reading() as connection:
        last = last_backup(connection)
    if section is None:
        text = "central.toml has no [backup]: only what somebody makes by hand"
        yield CheckResult(Verdict.WARNING, "backup", text, "[backup] in central.toml: docs/backup.md")
    else:
        yield from _place_of_backups(section.folder, configuration.central.key)
    days = _BACKUP_DAYS if section is None else section.warn_after_days
    if last is None:
        yield CheckResult(Verdict.WARNING, "backup", "none was ever made", _MAKE_ONE)
    elif last < now - days * DAY:
        text = f"the last is of {instant(last):%Y-%m-%d}, more than {counted(days, 'day')} ago"
        yield CheckResult(Verdict.WARNING, "backup", text, _MAKE_ONE)
    else:
        yield CheckResult(Verdict.GOOD, "backup", f"{instant(last):%Y-%m-%d %H:%M} UTC")


def _place_of_backups(folder: Path, key: Path) -> Iterator[CheckResult]:
    """Whether the folder is there, and on another disk than what a backup is to outlive."""
    try:
        there, owner = folder.stat(), key.stat().st_uid
        same = there.st_dev == key.parent.stat().st_dev
    except OSError as error:
        text = f"[backup] folder {folder}: {error.strerror}"
        remedy = "connect the disk, or make the folder: owned by gatepost-central, mode 0700"
        yield CheckResult(Verdict.BAD, "backup", text, remedy)
        return
    if owner not in {0, there.st_uid}:
        text = f"{folder} belongs to {user_name(there.st_uid)}, and backups are made as {user_name(owner)}"
        yield CheckResult(Verdict.BAD, "backup", text, f"chown -R {user_name(owner)}: {folder}")
    if same:
        text = f"{folder} is on the disk of the centre itself: both are lost together"
        yield CheckResult(Verdict.WARNING, "backup", text, "[backup] folder on another disk or machine")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
