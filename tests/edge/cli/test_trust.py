"""`gatepost trust` and `gatepost subject link`: whose certificates count, and whose they are."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.cli.subject import link
from edge.cli.trust import build, import_issuers, list_sources, remove, revoke
from edge.configuration import load_configuration
from edge.credentials.certificates import LINK_DIGITS
from edge.decision import Subject
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import Verdict
from edge.errors import GatepostError
from edge.lane.configuration import LaneDirection
from edge.registry.lists import ISSUERS, REVOCATIONS

WEEK = timedelta(days=7)
SIGNED_NOTHING = b"A" * 88 + b"\n[]"


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    admin = init_site(
        tmp_path / "site", SiteFile("riverside"), {"north": LaneDirection.ENTRY}, datetime.now(UTC)
    )
    admin.store.add(Subject("li"))
    return admin


@pytest.fixture
def cards(tmp_path: Path, card_maker: Any) -> Path:
    path = tmp_path / "cards.json"
    path.write_text(json.dumps(card_maker.key_set()))
    return path


def published(admin: SiteAdmin) -> Path:
    return admin.bundle.parent / "lists"


def test_from_a_file_of_issuers_to_signed_lists(
    admin: SiteAdmin, cards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_issuers(cards, folder=admin.folder)
    list_sources(folder=admin.folder)
    name = capsys.readouterr().out.splitlines()[-1].split()[0]
    assert name.startswith("cards-")
    build(expires_in=WEEK, folder=admin.folder)
    told = capsys.readouterr().out
    assert "issuers version 1: 1 entry" in told
    assert {path.name for path in published(admin).iterdir()} == {ISSUERS, REVOCATIONS}

    revoke("URN:UVCI:01:AT:1", "URN:UVCI:01:AT:2", folder=admin.folder)
    build(expires_in=WEEK, folder=admin.folder)
    assert "revocations version 2: 2 entries" in capsys.readouterr().out
    assert (published(admin) / "revocations-0000000002.delta").is_file()

    remove(name, folder=admin.folder)
    build(expires_in=WEEK, folder=admin.folder)
    assert "issuers version 3: 0 entries" in capsys.readouterr().out


def test_ids_from_a_file(admin: SiteAdmin, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "ids.txt"
    listed.write_text("\n".join(f"01 AT/{number}#B" for number in range(500)))
    revoke(file=listed, folder=admin.folder)
    assert "500 more certificates revoked" in capsys.readouterr().out


@pytest.mark.parametrize(
    "cannot_be", ["hello", "URN:5", "URN:UVCI:01:AT", "https://example.org/1", "00" * 17, "x" * 999]
)
def test_what_cannot_be_an_id_revokes_nothing(
    admin: SiteAdmin, cannot_be: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(GatepostError, match="not a certificate identifier"):
        revoke("URN:UVCI:01:AT:1", cannot_be, folder=admin.folder)
    revoke("urn:uvci:01:at:1", "0123456789abcdef", folder=admin.folder)
    assert "2 more certificates revoked" in capsys.readouterr().out
    revoke("URN:UVCI:01:AT:1#C", "01AT/1", folder=admin.folder)
    assert "0 more certificates revoked" in capsys.readouterr().out, "the same one, spelled otherwise"


def test_the_name_of_a_link_is_not_taken_for_an_id(admin: SiteAdmin) -> None:
    with pytest.raises(GatepostError, match="the name of a link"):
        revoke("01be" + "0" * 28, folder=admin.folder)


def test_a_damaged_list_of_what_is_revoked_is_said(admin: SiteAdmin) -> None:
    revoke("URN:UVCI:01:AT:1", folder=admin.folder)
    path = admin.folder / "lists" / "revoked"
    path.write_text(path.read_text() + "0123456789abcde\n")
    with pytest.raises(GatepostError, match="1 lines that are not hashes"):
        build(expires_in=WEEK, folder=admin.folder)


def test_a_published_list_says_what_could_not_be_read(
    admin: SiteAdmin, tmp_path: Path, makers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = base64.b64encode(makers.country("AT").certificate).decode()
    entries = [{"country": "AT", "certificateType": "DSC", "rawData": text} for text in (raw, "junk")]
    path = tmp_path / "trustlist.txt"
    path.write_text(f"{'A' * 86}==\n{json.dumps({'certificates': entries})}")
    import_issuers(path, folder=admin.folder)
    assert "1 entry cannot be read" in capsys.readouterr().out
    build(expires_in=WEEK, folder=admin.folder)
    assert "issuers version 1: 1 entry" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a list of issuers",
        b'{"keys": []}',
        b'{"keys": [], "issuer": "x"}',
        b"{" * 100_000,
        b'[{"rawData": ""}]',
        b'{"certificates": 5}',
        b'["\xff"]',
        b"[" * 100_000,
        SIGNED_NOTHING,
    ],
)
def test_a_file_without_issuers_is_refused_by_name(admin: SiteAdmin, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(GatepostError) as refused:
        import_issuers(path, folder=admin.folder)
    assert str(path) in str(refused.value)
    build(expires_in=WEEK, folder=admin.folder)


def test_keys_that_name_no_issuer_are_refused(admin: SiteAdmin, tmp_path: Path, card_maker: Any) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [card_maker.jwk()]}))
    with pytest.raises(GatepostError, match="name no issuer"):
        import_issuers(path, folder=admin.folder)


def test_a_certificate_is_linked_once_papers_were_compared(
    admin: SiteAdmin, cards: Path, card_maker: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "card.txt"
    code.write_text(card_maker.code())
    with pytest.raises(GatepostError):
        link("li", code, folder=admin.folder)
    assert admin.store.get("li").certificates == (), "of an issuer whom the site does not believe"
    import_issuers(cards, folder=admin.folder)
    for _ in range(2):
        link("li", code, folder=admin.folder)
    [name] = admin.store.get("li").certificates
    assert len(name) == LINK_DIGITS
    assert "compare their papers" in capsys.readouterr().out


def test_the_check_says_how_old_the_lists_are(admin: SiteAdmin, cards: Path) -> None:
    import_issuers(cards, folder=admin.folder)
    admin.build(datetime.now(UTC), WEEK)
    configuration = load_configuration(admin.folder / "gates" / "north" / "gate.toml")
    found = [item for item in check_beside(configuration) if item.what == "lists"]
    assert [item.verdict for item in found] == [Verdict.WARNING]
    assert "none held" in found[0].text
