"""`gatepost central status`: how the fleet does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from edge.cli.answers import Json, answer
from edge.support.counted import counted
from sync.central.condition import Condition, condition_of
from sync.central.configuration import CentralConfiguration, load_configuration
from sync.central.devices.core import StateWhy, in_words
from sync.central.ownership import user_name
from sync.central.registry.publications import OutdatedGate
from sync.central.reported.receipts import OverdueReceipt
from sync.cli.central_context import CentralFile, ago, central_file, iso, opened, shown
from sync.transport.clock import wall

if TYPE_CHECKING:
    from sync.central.registry.trust import OldTrust


FILING_FROM = 100_000
"""People. China's Measures for the Security Management of the Application of Facial Recognition Technology
(since 2025-06-01): who stores so many people's faces files with the provincial cyberspace administration."""


def status(*, json: Json = False, config: CentralFile = None) -> int:
    """Say how the fleet is doing (`sync.cli.central` has the help)."""
    configuration = load_configuration(central_file(config))
    with opened(config) as store:
        condition = condition_of(configuration, store, wall())
    answer(_fields(condition), *_lines(condition, configuration), json=json)
    return 1 if condition.needs_attention else 0


def _of_processes(condition: Condition) -> Iterator[str]:
    for process in condition.processes:
        yield f"runs: {process.id} on {process.host}, Gatepost {process.version}: {process.parts}"
        if for_all := condition.leases.get(process.run):
            yield f"  does for all: {', '.join(for_all)}"
    yield from (f"waits: {words}" for words in condition.waits)
    yield from (f"broker: {words}" for words in condition.broker)
    yield from condition.misfits


def _of_backlogs(condition: Condition) -> Iterator[str]:
    if condition.catching_up is not None:
        yield f"catching up: {in_words(condition.catching_up)}"


def _fields(condition: Condition) -> dict[str, object]:
    return {
        "counts": {"gates": condition.gates, "events": condition.events, "faces": condition.faces},
        "waits": condition.waits,
        "broker": condition.broker,
        "processes": [
            msgspec.to_builtins(item) | {"does_for_all": condition.leases.get(item.run, ())}
            for item in condition.processes
        ],
        "misfits": condition.misfits,
        "silent": condition.silent,
        "catching_up": None
        if condition.catching_up is None
        else msgspec.to_builtins(condition.catching_up)
        | {"through_at": iso(condition.catching_up.through_at)},
        "alarms": condition.alarms,
        "behind": [msgspec.to_builtins(item) | {"since": iso(item.since)} for item in condition.late],
        "old_trust": [msgspec.to_builtins(item) for item in condition.old_trust],
        "key_not_named_at": condition.unnamed_at,
        "probes": {
            device: {"why": reason.why, "detail": reason.detail, "since": iso(reason.since)}
            for device, reason in condition.probes.items()
        },
        "overdue_receipts": [
            {
                "device": item.device,
                "reference": item.reference.hex(),
                "what": item.what,
                "since": iso(item.since),
                "dark": item.is_dark,
                "places": item.places,
            }
            for item in condition.overdue
        ],
        "restored": [
            {"site": site, "known": known, "published": published}
            for site, (known, published) in condition.restored.items()
        ],
        "unreadable": [str(path) for path, _ in condition.unreadable],
        "findings": [
            msgspec.to_builtins(item)
            | {"at": iso(at), "ended_at": iso(item.ended_at), "acknowledged_at": iso(item.acknowledged_at)}
            for item, at in condition.findings
        ],
    }


def _lines(condition: Condition, configuration: CentralConfiguration) -> Iterator[str]:
    yield (
        f"{counted(condition.gates, 'gate')}, {counted(condition.events, 'event')} "
        f"up to the last one that is whole"
    )
    yield stored_faces(condition.faces)
    yield from _of_processes(condition)
    yield from _of_backlogs(condition)
    if condition.silent:
        yield f"silent for 3 minutes: {', '.join(condition.silent)}"
    for device, alarms in condition.alarms.items():
        yield f"alarm: {device} reports {', '.join(alarms)}"
    for device, reason in condition.probes.items():
        if reason.why is StateWhy.PROBE_FAILED:
            yield f"does not work: {device}, its probe says {reason.detail} (docs/passes.md)"
        else:
            yield f"not probed: {device}, last {ago(reason.since, wall())}: its journal does not arrive"
    yield from map(_overdue, condition.overdue)
    yield from map(_lateness, condition.late)
    yield from map(_old_trust, condition.old_trust)
    if condition.unnamed_at:
        yield (
            f"not believed: the newest root of {', '.join(condition.unnamed_at)} does not name "
            f"{configuration.central.key}: use the key that it names, and restart central"
        )
    for site, (known, published) in condition.restored.items():
        yield (
            f"restored: the database knows version {known} of {site}, version {published} was published: "
            f"publish lists what it would take back"
        )
    if condition.unreadable:
        yield _unreadable(condition, configuration)
    for item, at in condition.findings:
        place = f"{item.device}, epoch {item.epoch.hex()[:8]}, {item.first} to {item.last}"
        end = "" if item.ended_at is None else f" (ended {shown(item.ended_at)})"
        if item.ended_at is None and item.acknowledged_at is not None:
            end = f" (taken care of {shown(item.acknowledged_at)})"
        yield f"{shown(at)}  {item.kind}: {place} {item.detail}{end}"


def _overdue(item: OverdueReceipt) -> str:
    gate = f"{item.device} (gate {item.gate} of {item.site})"
    where = f", and says that {', '.join(item.places)} still know" if item.places else ""
    dark = ", of which nothing is heard," if item.is_dark else ""
    return f"not confirmed: {gate}{dark} removal {item.reference.hex()} of {ago(item.since, wall())}{where}"


def _lateness(item: OutdatedGate) -> str:
    gate = f"{item.device} (gate {item.gate} of {item.site})"
    if item.is_ahead:
        return (
            f"ahead: {gate} holds version {item.holds}, the newest here is {item.newest}: "
            f"was this centre restored from a backup?"
        )
    holds = f"version {item.holds}" if item.holds else "no version"
    when = "" if item.since is None else f", the first published {ago(item.since, wall())}"
    return f"behind: {gate} holds {holds}, {item.newest - item.holds} behind version {item.newest}{when}"


def stored_faces(people: int) -> str:
    """Of how many people faces are stored, and what that means in China (docs/privacy.md)."""
    stored = f"the faces of {people:,} people are stored"
    if people >= FILING_FROM:
        return f"{stored}: China asks for a filing within 30 working days of the {FILING_FROM:,}th"
    if people >= FILING_FROM * 8 // 10:
        return f"{stored}: from {FILING_FROM:,} on China asks for a filing (docs/privacy.md)"
    return stored


def _old_trust(item: OldTrust) -> str:
    gate = f"{item.device} (gate {item.gate} of {item.site})"
    if item.root >= item.newest_root:
        return f"behind: {gate} holds revocations {item.revocations} of {item.newest_revocations}"
    keys = ", ".join(
        counted(count, f"{role.removesuffix('_keys')} key") for role, count in item.believes.items()
    )
    believes = f", and still believes what the newest does not name: {keys}" if keys else ""
    return f"behind: {gate} holds root {item.root} of {item.newest_root}{believes}"


def _unreadable(condition: Condition, configuration: CentralConfiguration) -> str:
    daemon = user_name(configuration.central.key.stat().st_uid)
    path, owner = condition.unreadable[0]
    section = configuration.registry
    folder = path if section is None else section.folder
    return (
        f"{daemon}, who runs central, cannot read {counted(len(condition.unreadable), 'published file')}: "
        f"{path} belongs to {owner}, say (chown -R {daemon}: {folder})"
    )
