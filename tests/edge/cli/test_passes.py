"""`gatepost pass`: from a site's administration to a picture that its gates accept."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.cli.code import verify
from edge.cli.passes import enrol, issue_command, key_command, list_passes, page_command, revoke
from edge.credentials.encodings.base45_text import encode_base45
from edge.credentials.own_pass import verify_pass
from edge.credentials.own_pass.dynamic_pass import prove
from edge.credentials.trust import PassTrust
from edge.decision import ClockTrust, PassEvidence, PassVerdict, Subject, WallTime
from edge.errors import GatepostError
from edge.lane.configuration import LaneDirection
from edge.registry.format import commitment_of_plain
from edge.signing.cose import key_id_of
from tests.keys import p256
from tests.qr import qr_text

SOON = datetime.now(UTC) + timedelta(days=1)
"""Ahead of every test, however long after this file was read the test runs."""


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    gates = {"north": LaneDirection.ENTRY, "south": LaneDirection.EXIT}
    admin = init_site(tmp_path / "site", SiteFile("riverside"), gates, datetime.now(UTC))
    face = np.zeros(128, dtype=np.float32)
    face[3] = 1.0
    admin.store.add(Subject("li"), (face,), "sface")
    admin.store.add(Subject("wang"))
    return admin


def read(admin: SiteAdmin, text: str, at: datetime | None = None) -> PassEvidence:
    public = admin.keys.passes.public_key().public_bytes_raw()
    revoked = frozenset(item.id for item in admin.store.passes() if item.revoked)
    trust = PassTrust(admin.site.id, {key_id_of(public): public}, revoked)
    return verify_pass(text, trust, WallTime(at or datetime.now(UTC), ClockTrust.TRUSTED))


def issued(capsys: pytest.CaptureFixture[str], admin: SiteAdmin, *subject: str, **options: Any) -> Any:
    issue_command(*subject, json=True, folder=admin.folder, **options)
    return json.loads(capsys.readouterr().out)


def test_a_resident_s_pass(capsys: pytest.CaptureFixture[str], admin: SiteAdmin) -> None:
    told = issued(capsys, admin, "li")
    evidence = read(admin, told["text"])
    assert (evidence.verdict, evidence.subject_id) == (PassVerdict.GENUINE, "li")
    assert evidence.pass_id == told["pass"]


def test_a_visitor_s_pass(capsys: pytest.CaptureFixture[str], admin: SiteAdmin) -> None:
    window = {"valid_from": SOON, "valid_until": SOON + timedelta(hours=2)}
    told = issued(capsys, admin, visitor=True, once=True, gates=("north,south",), **window)
    assert told["subject"].startswith("visitor:")
    assert read(admin, told["text"]).verdict is PassVerdict.NOT_YET_VALID
    evidence = read(admin, told["text"], SOON + timedelta(minutes=1))
    assert evidence.verdict is PassVerdict.GENUINE
    assert (evidence.once, sorted(evidence.gates)) == (True, ["north", "south"])


@pytest.mark.parametrize(
    ("given", "named"), [("plumber", "visitor:plumber"), ("visitor:plumber", "visitor:plumber")]
)
def test_a_visitor_has_an_id_of_a_visitor(
    capsys: pytest.CaptureFixture[str], admin: SiteAdmin, given: str, named: str
) -> None:
    told = issued(capsys, admin, given, visitor=True, valid_from=SOON, valid_until=SOON + timedelta(hours=2))
    assert told["subject"] == named


def test_a_face_bound_pass_names_the_enrolled_face(
    capsys: pytest.CaptureFixture[str], admin: SiteAdmin
) -> None:
    evidence = read(admin, issued(capsys, admin, "li", face_bound=True)["text"])
    ((_, plain),) = admin.store.opened_templates()["li"]
    assert evidence.face_commitment == commitment_of_plain(plain)


@pytest.mark.parametrize(
    ("subject", "options", "words"),
    [
        ("nobody", {}, "no subject"),
        (None, {}, "names its subject"),
        ("guest", {"visitor": True}, "from when until when"),
        ("li", {"visitor": True}, "is in the registry"),
        ("wang", {"face_bound": True}, "no face"),
        ("li", {"gates": ("west",)}, "no gate west"),
        ("li", {"out": Path("pass.gif")}, "png or .svg"),
        ("li", {"out": Path("/nowhere/at/all.png")}, "could not be written"),
        ("li", {"valid_from": SOON, "valid_until": SOON}, "ends after it begins"),
    ],
)
def test_what_is_not_issued_says_why(
    admin: SiteAdmin, subject: str | None, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(GatepostError, match=words):
        issue_command(subject, folder=admin.folder, **options)


def test_pictures_of_it(capsys: pytest.CaptureFixture[str], admin: SiteAdmin, tmp_path: Path) -> None:
    told = issued(capsys, admin, "li", out=tmp_path / "pass.png")
    with Image.open(told["file"]) as picture:
        text = qr_text(np.asarray(picture.convert("L")))
    assert text == told["text"]
    issue_command("li", out=tmp_path / "pass.svg", folder=admin.folder)
    assert "written to" in capsys.readouterr().out
    assert (tmp_path / "pass.svg").read_bytes().startswith(b"<?xml")


def test_in_the_terminal(admin: SiteAdmin) -> None:
    command = "from edge.cli.passes import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", command, "issue", "li", "--folder", str(admin.folder)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    shown = done.stdout.decode("utf-8").splitlines()
    assert shown[-2].startswith("GP1:")
    assert shown[-1].endswith(" for li")
    assert any(block in "".join(shown) for block in "█▀▄")


def test_revoked_passes_are_refused(capsys: pytest.CaptureFixture[str], admin: SiteAdmin) -> None:
    told = issued(capsys, admin, "li")
    revoke(told["pass"].upper(), folder=admin.folder)
    assert read(admin, told["text"]).verdict is PassVerdict.REVOKED
    capsys.readouterr()
    list_passes(json=True, folder=admin.folder)
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["pass"], line["revoked"]) == (told["pass"], True)
    list_passes(folder=admin.folder)
    assert "revoked" in capsys.readouterr().out
    with pytest.raises(GatepostError, match="no pass"):
        revoke("00", folder=admin.folder)


def test_the_command_that_reads_codes_knows_the_site(
    capsys: pytest.CaptureFixture[str], admin: SiteAdmin, tmp_path: Path
) -> None:
    told = issued(capsys, admin, "li")
    (tmp_path / "code.txt").write_text(told["text"])
    key_command(folder=admin.folder)
    (tmp_path / "pass.pem").write_text(capsys.readouterr().out)

    def verdict(trust: Path) -> str:
        verify(text_file=tmp_path / "code.txt", trust=trust, json=True)
        return str(json.loads(capsys.readouterr().out)["verdict"])

    assert (verdict(admin.folder), verdict(tmp_path / "pass.pem")) == ("genuine", "genuine")
    revoke(told["pass"], folder=admin.folder)
    capsys.readouterr()
    assert (verdict(admin.folder), verdict(tmp_path / "pass.pem")) == ("revoked", "genuine")


def test_a_pass_on_a_phone(capsys: pytest.CaptureFixture[str], admin: SiteAdmin) -> None:
    phone = p256()
    point = phone.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    key = "GPK1:" + encode_base45(point) + "\n"
    enrol("li", holder_key=key, page="https://pass.example.org/", json=True, folder=admin.folder)
    told = json.loads(capsys.readouterr().out)
    assert told["on_phone"]
    assert read(admin, told["text"]).verdict is PassVerdict.NOT_FRESH
    now = datetime.now(UTC)
    assert read(admin, prove(told["text"], now, phone), now).verdict is PassVerdict.GENUINE
    with pytest.raises(GatepostError, match="holder-key"):
        enrol("li", holder_key="GPK1:00", folder=admin.folder)


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    page_command(tmp_path / "www")
    names = {file.name for file in (tmp_path / "www").iterdir()}
    assert names == {"index.html", "page.css", "page.js", "pass.js", "qr.js", "sw.js"}
