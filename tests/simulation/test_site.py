"""A simulated site is a real one: gates take up its registry, know its people, and believe its passes."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from edge.admin.policy_file import read_policy
from edge.configuration import GateConfiguration, load_configuration
from edge.decision import (
    ClockTrust,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    FaceRule,
    Outcome,
    PassUse,
    PassVerdict,
    Reason,
    Situation,
    Status,
    Subject,
    WallTime,
    decide,
)
from edge.encounter import Look
from edge.runtime.recognition import RegistryRecogniser
from edge.runtime.registry_service import RegistryService, registry_service_of
from sync.agent.configuration import load_configuration as load_sync
from tests.simulation.bundle import bundle_of
from tests.simulation.plan import Town
from tests.simulation.site import BEGINS, ENGINE, SITE, Site, found_site, isolated, standing_of, turned
from tests.simulation.site_files import write_central, write_gate
from tests.simulation.site_keys import with_new_registry_key, with_new_root_key

NOW = WallTime(BEGINS + timedelta(hours=1), ClockTrust.TRUSTED)


@pytest.fixture(scope="module")
def site() -> Site:
    return found_site(7, Town(people=12))


@pytest.fixture
def gate(site: Site, tmp_path: Path) -> GateConfiguration:
    write_gate(site, "main", tmp_path / "main")
    return load_configuration(tmp_path / "main/gate.toml")


def taken_up(gate: GateConfiguration, bundle: bytes) -> RegistryService:
    gate.registry.inbox.write_bytes(bundle)
    service = registry_service_of(gate.registry, SITE, ENGINE, lambda: NOW, lambda _: None, gate=gate.gate.id)
    service.load()
    service.look()
    return service


def test_a_site_follows_from_its_seed(tmp_path: Path) -> None:
    def everything(seed: int, name: str) -> dict[str, bytes]:
        founded, folder = found_site(seed, Town()), tmp_path / name
        write_gate(founded, "side", folder / "side")
        write_central(founded, folder / "central")
        shown = [
            founded.passes.own("p000"),
            founded.passes.one_time("guest"),
            founded.passes.forged("p001"),
        ]
        files = {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
        looks = founded.faces.look("p002", Random(3)).tobytes() + founded.faces.look("x", Random(3)).tobytes()
        return files | {"passes": repr(shown).encode(), "faces": repr(founded.templates).encode() + looks}

    one, again, other = everything(1, "one"), everything(1, "again"), everything(2, "other")
    assert one == again
    same = {name for name in one if one[name] == other[name]}
    assert same == {"side/gate.toml", "side/sync.toml", "central/sites/green-court/policy.toml"}


def test_both_processes_of_a_gate_meet_in_the_same_places(site: Site, tmp_path: Path) -> None:
    write_gate(site, "side", tmp_path / "side")
    gate, sync = load_configuration(tmp_path / "side/gate.toml"), load_sync(tmp_path / "side/sync.toml")
    assert sync.registry is not None
    assert sync.counts is not None
    assert sync.commands is not None
    assert gate.device == sync.device.id == "side"
    assert (gate.registry.inbox, gate.registry.folder) == (sync.registry.inbox, sync.registry.folder)
    assert (gate.journal.socket, gate.journal.acknowledged) == (
        sync.journal.socket,
        sync.journal.acknowledged,
    )
    assert (gate.counts.inbox, gate.counts.outbox) == (sync.counts.inbox, sync.counts.outbox)
    assert gate.commands.socket == sync.commands.socket


def test_a_copied_folder_is_a_gate_of_its_own(site: Site, tmp_path: Path) -> None:
    write_gate(site, "main", tmp_path / "main")
    shutil.copytree(tmp_path / "main", tmp_path / "copy")
    copy = load_configuration(tmp_path / "copy/gate.toml")
    places = [copy.journal.path, copy.registry.inbox, copy.registry.root_key, copy.counts.inbox]
    assert {path.relative_to(tmp_path).parts[0] for path in places if path is not None} == {"copy"}


def test_a_gate_takes_up_the_registry_and_opens_every_face(site: Site, gate: GateConfiguration) -> None:
    held = taken_up(gate, bundle_of(site, gate.journal.path.parent, 1, site.subjects)).holdings()
    assert held is not None
    assert set(held.registry.subjects) == set(site.people)
    assert held.gallery.templates == len(site.people)


def test_a_gate_follows_new_keys_by_their_roots(site: Site, gate: GateConfiguration) -> None:
    folder, keys, versions = gate.journal.path.parent, site.keys, []
    for version, renewed in enumerate(
        (lambda keys: keys, with_new_registry_key, with_new_root_key, with_new_registry_key), start=1
    ):
        keys = renewed(keys)
        held = taken_up(gate, bundle_of(site, folder, version, site.subjects, version, keys)).holdings()
        versions.append(0 if held is None else held.registry.version)
    assert versions == [1, 2, 3, 4]
    stolen = taken_up(gate, bundle_of(site, folder, 5, site.subjects, 5, site.keys)).holdings()
    assert stolen is not None
    assert stolen.registry.version == 4, "the first registry key counts no longer"


def test_one_is_known_by_one_s_face_and_a_stranger_never_is(site: Site, gate: GateConfiguration) -> None:
    service = taken_up(gate, bundle_of(site, gate.journal.path.parent, 1, site.subjects))
    recogniser = RegistryRecogniser(service.holdings, lambda: NOW, lambda *_: PassUse.UNUSED)

    def seen(name: str, seed: int) -> FaceEvidence:
        random = Random(seed)
        looks = tuple(Look(site.faces.look(name, random), 0.8) for _ in range(3))
        return recogniser.recognise(looks, FaceRule(), 2)

    known = [(person, seen(person, seed)) for person in site.people for seed in range(20)]
    assert {(face.finding, face.subject_id == person) for person, face in known} == {
        (FaceFinding.MATCHED, True)
    }
    scores = [face.score for _, face in known if face.score is not None]
    assert 0.58 < min(scores) < max(scores) < 0.8
    strangers = {seen(f"stranger {number}", number).finding for number in range(200)}
    assert strangers == {FaceFinding.UNKNOWN}


def test_a_gate_reads_the_passes_for_what_they_are(site: Site, gate: GateConfiguration) -> None:
    service = taken_up(gate, bundle_of(site, gate.journal.path.parent, 1, site.subjects))
    recogniser = RegistryRecogniser(service.holdings, lambda: NOW, lambda *_: PassUse.UNUSED)
    table = [
        (site.passes.own("p003"), PassVerdict.GENUINE, "p003", False),
        (site.passes.one_time("p003"), PassVerdict.GENUINE, "p003", True),
        (site.passes.one_time("guest"), PassVerdict.GENUINE, "visitor:guest", True),
        (site.passes.forged("p003"), PassVerdict.FORGED, None, False),
    ]
    for shown, verdict, subject, once in table:
        read = recogniser.read_code(shown.text, len(shown.text))
        assert (read.verdict, read.subject_id, read.once) == (verdict, subject, once)
        if verdict is PassVerdict.GENUINE:
            assert read.pass_id == shown.id


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("status", list(Status))
def test_the_policy_admits_whose_standing_says_so(
    site: Site, tmp_path: Path, status: Status, direction: Direction
) -> None:
    subject = turned(site.subjects[0], status, 60.0)
    assert decided(site, tmp_path, subject, direction)[0] == standing_of(subject, 60.0).admitted


def test_who_is_isolated_comes_in_and_does_not_go_out(site: Site, tmp_path: Path) -> None:
    subject = isolated(site.subjects[0], 60.0)
    assert standing_of(subject, 60.0).isolated
    assert decided(site, tmp_path, subject, Direction.ENTRY) == (True, Reason.FACE_MATCHED, False)
    assert decided(site, tmp_path, subject, Direction.EXIT) == (False, Reason.HOME_ISOLATION, True)


def decided(site: Site, folder: Path, subject: Subject, direction: Direction) -> tuple[bool, Reason, bool]:
    """Whether the site's policy grants, why, and whether it alarms."""
    (folder / "policy.toml").write_text(site.policy())
    face = FaceEvidence(FaceFinding.MATCHED, subject_id="p000", score=0.7, frames=3, liveness=0.9)
    situation = Situation(SITE, "main", NOW, registry_age=timedelta(minutes=5))
    evidence = Evidence(direction, face, None, None)
    decision = decide(read_policy(folder / "policy.toml"), subject, evidence, situation)
    return decision.outcome is Outcome.GRANT, decision.reason, decision.alarm
