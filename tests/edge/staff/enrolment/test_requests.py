"""From a gate's outbox over a stick to the site's administration, and back: answers and the next registry."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site, open_site_admin
from edge.cli.main import command
from edge.consent import WORDING, ConsentAnswer
from edge.enrolling import UNDONE_WITHIN
from edge.lane.configuration import LaneDirection
from edge.registry.templates.vectors import unseal
from edge.registry_requests import RequestKind
from edge.staff.protocol.enrolment import (
    EnrolmentRequests,
    FinishEnrolment,
    RequestShown,
    WithdrawConsent,
)
from tests.edge.staff.enrolment.conftest import Enrolling
from tests.simulation.site import ENGINE, SITE, Site, true_time

STRANGER = "somebody who was never here"
KEY = "0123456789abcdef"


class Office:
    """The computer of the site's administration, and the stick that goes to and fro."""

    def __init__(self, folder: Path, gate: Enrolling, site: Site) -> None:
        self.gate, self.stick = gate, folder / "stick"
        self.admin = _administration(folder / "office", site)
        self.stick.mkdir()

    def fetch(self) -> list[Path]:
        """Carry what the gate asks to the office: the files there."""
        for path in self.gate.outbox.glob("*.request"):
            shutil.copy(path, self.stick)
        return sorted(self.stick.glob("*.request"))

    def bring(self) -> datetime:
        """Carry the answers and a new registry to the gate; returns when that was issued."""
        self.gate.answers.mkdir(exist_ok=True)
        for path in self.stick.glob("*.answer"):
            shutil.copy(path, self.gate.answers)
        issued = true_time(self.gate.scheduler.now)
        built = self.admin.build(issued, REGISTRY_LIFETIME)
        shutil.copy(built.path, self.gate.configuration.registry.inbox)
        self.gate.look_for_a_registry()
        self.gate.pass_time(5.0)
        return issued

    def run(self, *words: object) -> int:
        line = ["subject", "request", *map(str, words), "--folder", str(self.admin.folder)]
        return int(command()(line, exit_on_error=False) or 0)


def _administration(folder: Path, site: Site) -> SiteAdmin:
    """The folder of the site that the gate is of: its keys, its people, its first registry built."""
    init_site(folder, SiteFile(SITE), {"main": LaneDirection.ENTRY}, true_time(0.0))
    keys = folder / "keys"
    for name, key in (
        ("pass", site.keys.passes),
        ("lists", site.keys.lists),
        ("policy", site.keys.policy),
        ("registry", site.keys.registry),
    ):
        (keys / f"{name}.key").write_bytes(_pem(key))
    (keys / "template.key").write_bytes(site.keys.template.hex().encode() + b"\n")
    (keys / "root.pub").write_bytes(
        site.keys.root.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (keys / "roots").write_bytes(site.keys.roots)
    (folder / "policy.toml").write_text(site.policy())
    admin = open_site_admin(folder)
    for subject in site.subjects:
        admin.store.add(subject, (site.faces.face(subject.id),), ENGINE)
    admin.build(true_time(0.0), REGISTRY_LIFETIME)
    return admin


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def office(tmp_path: Path, here: Enrolling, site: Site) -> Office:
    return Office(tmp_path, here, site)


def shown(here: Enrolling, session: str) -> list[RequestShown]:
    return list(here.ask(EnrolmentRequests(), session).requests)


def test_a_resident_asked_for_at_the_gate_is_known_there_by_the_next_registry(
    office: Office, here: Enrolling, ann: str, ma: str, capsys: pytest.CaptureFixture[str]
) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(FinishEnrolment(), ma)
    here.pass_time(UNDONE_WITHIN + 2.0)
    asked = here.asked(RequestKind.ENROL)
    [file] = office.fetch()
    capsys.readouterr()
    assert office.run("list", office.stick, "--json") == 0
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["subject"], row["actor"], row["wording"], row["state"]) == (ann, "ma", WORDING, "waiting")
    assert row["gate"] == "main", "where they stood"
    assert row["receipt"] == shown(here, ma)[0].receipt, "as the person has it on paper"

    office.run("accept", file, "--actor", "Wang Wei")
    held = office.admin.store.templates(ann)
    assert tuple(template.sealed for template in held) == asked.templates, "in the place of the old one"
    vectors = [unseal(each, key=office.admin.keys.template, site=SITE) for each in held]
    assert min(float(vector @ here.site.faces.face(STRANGER)) for vector in vectors) > 0.9
    [consent] = office.admin.store.consents(ann)
    assert (consent.answer, consent.staff, consent.wording) == (ConsentAnswer.GIVEN, "ma", WORDING)

    issued = office.bring()
    [one] = shown(here, ma)
    assert (one.state, one.version, one.in_force) == ("accepted", 2, issued), "in force here"
    assert here.requests() == [], "nothing of it is left in the outbox"


def test_staff_at_the_gate_read_why_the_office_refused(
    office: Office, here: Enrolling, ann: str, ma: str
) -> None:
    here.is_photographed(ann, ma, STRANGER)
    here.ask(FinishEnrolment(), ma)
    here.pass_time(UNDONE_WITHIN + 2.0)
    [file] = office.fetch()
    office.run("refuse", file, "--actor", "Wang Wei", "--reason", "the lease has ended")
    office.bring()
    [one] = shown(here, ma)
    assert (one.state, one.reason, one.in_force) == ("refused", "the lease has ended", None)
    assert len(office.admin.store.templates(ann)) == 1
    assert office.admin.store.consents(ann) == []


def test_a_withdrawal_at_the_gate_erases_the_templates_of_the_site(
    office: Office, here: Enrolling, ann: str, ma: str
) -> None:
    here.ask(WithdrawConsent(ann, KEY), ma)
    here.pass_time(2.0)
    [file] = office.fetch()
    office.run("accept", file, "--actor", "Wang Wei")
    assert office.admin.store.templates(ann) == []
    assert [each.answer for each in office.admin.store.consents(ann)] == [ConsentAnswer.WITHDRAWN]
    office.bring()
    [one] = shown(here, ma)
    assert one.state == "accepted"
    assert one.in_force is not None
