"""Checks of the registry that a gate holds: policy, faces, lists, and the clock that it bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from edge.calibration.files import calibration_in_force
from edge.calibration.format import thresholds_under
from edge.configuration import GateConfiguration
from edge.credentials.trust import Freshness
from edge.decision import ClockTrust, KnownTimes, Mode, Policy
from edge.devices.clock import SystemClock
from edge.diagnostics.check_liveness import check_liveness_asked
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.registry.bundle_file import read_bundle
from edge.registry.format import Anchor, Registry, id_of_template_key, verify_bundle
from edge.registry.gate_keys import GateKeys, gate_keys_of
from edge.registry.keys import read_anchor
from edge.registry.lists import ListStore
from edge.registry.loose_roots import loose_roots, places_to_look
from edge.registry.status import read_status
from edge.registry.store import RegistryStore
from edge.support.counted import counted
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName

_BY_FACE = frozenset({Mode.FACE, Mode.FACE_AND_CODE})


def check_registry(configuration: GateConfiguration) -> Iterator[CheckResult]:
    section = configuration.registry
    anchor = read_anchor(section.root_key)
    keys = gate_keys_of(section, keep=False)
    yield CheckResult(Verdict.GOOD, "keys", f"root key and template key can be read{_about(keys)}")
    yield from _roots(section.root_key, anchor)
    store = RegistryStore(section.folder, configuration.gate.site, anchor, keys, configuration.gate.id)
    registry, findings = store.load()
    for text in findings:
        yield CheckResult(Verdict.WARNING, "registry", text, "the last good one is used")
    if registry is None and section.inbox.is_file():
        trusted = replace(store.trusted(), versions={}, policies={})
        waiting = verify_bundle(
            read_bundle(section.inbox, trusted), trusted, SystemClock(lambda: None).wall()
        )
        yield from _policy(configuration, waiting)
    elif registry is None and configuration.journal.socket is not None:
        # Its sync fetches it once it runs: before the first start none can be there.
        text = f"none held yet: sync brings one to {section.inbox}"
        remedy = "gatepost sync check, if none comes; the centre: gatepost central registry publish"
        yield CheckResult(Verdict.WARNING, "registry", text, remedy)
    elif registry is None:
        yield CheckResult(
            Verdict.BAD,
            "registry",
            f"none held, and nothing at {section.inbox}",
            "run: gatepost registry build",
        )
    else:
        yield from _policy(configuration, registry)


def _about(keys: GateKeys) -> str:
    """What is to be said of a template key that was, or cannot be, exchanged."""
    ids = [id_of_template_key(key).hex() for key in keys.every]
    more = f"; {ids[0]}, and until it is erased {', '.join(ids[1:])}" if len(ids) > 1 else ""
    return more if keys.can_take else f"{more}; no sealing.key, so that no other template key can come"


def _roots(root_key: Path, anchor: Anchor) -> Iterator[CheckResult]:
    """Whether enough root keys lie on this machine to replace every other key."""
    found = loose_roots(places_to_look(root_key), anchor.keys)
    if len(found) >= anchor.threshold:
        where = " and ".join(map(str, found))
        count = f"{len(found)} of {len(anchor.keys)} root keys lie on this machine"
        text = f"{count}, and {anchor.threshold} are enough to replace every other key: {where}"
        yield CheckResult(Verdict.WARNING, "keys", text, "take them apart: docs/root-ceremony.md")


def _policy(configuration: GateConfiguration, registry: Registry) -> Iterator[CheckResult]:
    count = len(registry.subjects)
    people = f"{count} subject{'' if count == 1 else 's'}"
    text = f"version {registry.version}, {people}, expires {registry.expires:%Y-%m-%d}"
    yield CheckResult(Verdict.GOOD, "registry", text)
    if configuration.gate.id not in registry.policy.gates:
        yield CheckResult(
            Verdict.BAD,
            "policy",
            f"gate {configuration.gate.id!r} is not in it: everybody is refused",
            "add it to policy.toml and build the registry",
        )
    gate = registry.policy.gates.get(configuration.gate.id)
    if gate is not None and gate.mode in _BY_FACE and configuration.vision.engine is FaceEngineName.NONE:
        text = f"this gate asks for a face (mode = {gate.mode.value}) and sees none: only staff let people in"
        yield CheckResult(Verdict.WARNING, "policy", text, 'write mode = "code" for it in policy.toml')
    if _may_ask_for_a_face(registry.policy, configuration.gate.id):
        yield from check_liveness_asked(configuration, registry.policy)
    yield from _faces(configuration, registry)
    yield from _lists(configuration, registry)


def _may_ask_for_a_face(policy: Policy, name: str) -> bool:
    """Whether a face opens the gate at some time, alone or with a code; else no liveness is asked for."""
    gate = policy.gates.get(name)
    modes = {gate.mode, *(period.mode for period in gate.schedule)} if gate is not None else set(Mode)
    return bool(modes & {*_BY_FACE, Mode.FACE_OR_CODE})


def _faces(configuration: GateConfiguration, registry: Registry) -> Iterator[CheckResult]:
    """Whether faces are calibrated here, and the error rates to expect."""
    engine = ENGINE_NAMES[configuration.vision.engine]
    templates = sum(template.engine == engine for template in registry.templates)
    if configuration.vision.engine is FaceEngineName.NONE or templates == 0:
        return
    calibration = calibration_in_force(engine, registry.calibrations.values())
    if calibration is None:
        what = f"{engine} was never calibrated, so no face matches"
        yield CheckResult(
            Verdict.BAD, "faces", what, "gatepost faces calibrate, then gatepost registry build"
        )
        return
    rule = registry.policy.face
    found = thresholds_under(rule, calibration, templates)
    limits = f"{100 * found.false_matches_low:.2g} to {100 * found.false_matches_high:.2g} %"
    text = (
        f"among {counted(templates, 'template')} a cosine of {found.identify:.3f}, with a pass "
        f"{found.confirm:.3f}; "
        f"{100 * rule.false_matches:g} % of strangers are predicted to match ({limits}); "
        f"measured on {calibration.source}"
    )
    yield CheckResult(Verdict.GOOD, "faces", text)


def _lists(configuration: GateConfiguration, registry: Registry) -> Iterator[CheckResult]:
    """The lists of certificate issuers and revocations, as last verified here."""
    if configuration.registry.lists is None:
        yield CheckResult(
            Verdict.GOOD, "lists", "none are asked for: health certificates are not judged here"
        )
        return
    store = ListStore(configuration.registry.folder / "lists")
    remedy = "gatepost trust build, and see that its files reach the gate"
    for news in store.load(registry.list_keys):
        yield CheckResult(Verdict.WARNING, "lists", f"{news.name}: {news.refusal}", remedy)
    held = store.lists()
    if not held.spans:
        where = configuration.registry.lists
        yield CheckResult(Verdict.WARNING, "lists", f"none held; new ones are looked for in {where}", remedy)
        return
    wall = _bounded_clock(configuration).wall()
    freshness = held.freshness(wall, registry.policy.certificates.staleness)
    issued = min(span[0] for span in held.spans)
    text = f"issuers version {held.version}, revocations version {held.revocations.version}"
    verdict = Verdict.GOOD if freshness is Freshness.FRESH else Verdict.WARNING
    stated = f"{text}, issued {issued:%Y-%m-%d}: {freshness.value}"
    yield CheckResult(verdict, "lists", stated, "" if verdict is Verdict.GOOD else remedy)


def _bounded_clock(configuration: GateConfiguration) -> SystemClock:
    """The clock, bounded by the times of the registry that the gate holds."""
    standing = read_status(configuration.registry.folder)
    known = KnownTimes(None if standing is None else standing.issued)
    return SystemClock(lambda: known.floor, ceiling=lambda: known.ceiling)


def check_clock(configuration: GateConfiguration) -> Iterator[CheckResult]:
    wall = _bounded_clock(configuration).wall()
    text = f"{wall.at:%Y-%m-%d %H:%M:%S} UTC, {wall.trust}"
    if wall.trust is ClockTrust.TRUSTED:
        yield CheckResult(Verdict.GOOD, "clock", text)
    elif wall.trust is ClockTrust.HOLDOVER:
        yield CheckResult(
            Verdict.WARNING, "clock", f"{text}: not synchronised", "timedatectl, or fit a real-time clock"
        )
    else:
        yield CheckResult(
            Verdict.BAD, "clock", f"{text}: timed passes will be refused", "set the clock: timedatectl"
        )
