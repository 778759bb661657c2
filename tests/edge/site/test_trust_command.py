"""`gatepost trust` and `gatepost subject link`: whose certificates count, and whose they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.check import Verdict, check_gate
from edge.cli.subject import link
from edge.cli.trust import import_issuers, list_sources, publish, remove, revoke
from edge.configuration import LaneDirection, load_configuration
from edge.credentials.holder import LINK_DIGITS
from edge.decision.subject import Subject
from edge.errors import GatepostError
from edge.registry.lists import ISSUERS, REVOCATIONS
from edge.site.office import SiteFile, SiteOffice, found_site

WEEK = timedelta(days=7)


@pytest.fixture
def office(tmp_path: Path) -> SiteOffice:
    office = found_site(
        tmp_path / "site", SiteFile("riverside"), {"north": LaneDirection.ENTRY}, datetime.now(UTC)
    )
    office.book.add(Subject("li"))
    return office


@pytest.fixture
def cards(tmp_path: Path, card_maker: Any) -> Path:
    path = tmp_path / "cards.json"
    path.write_text(json.dumps(card_maker.key_set()))
    return path


def published(office: SiteOffice) -> Path:
    return office.bundle.parent / "lists"


def test_from_a_file_of_issuers_to_signed_lists(
    office: SiteOffice, cards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_issuers(cards, site=office.folder)
    list_sources(site=office.folder)
    name = capsys.readouterr().out.splitlines()[-1].split()[0]
    assert name.startswith("cards-")
    publish(expires_in=WEEK, site=office.folder)
    told = capsys.readouterr().out
    assert "issuers version 1: 1 entries" in told
    assert {path.name for path in published(office).iterdir()} == {ISSUERS, REVOCATIONS}

    revoke("URN:UVCI:01:AT:1", "URN:UVCI:01:AT:2", site=office.folder)
    publish(expires_in=WEEK, site=office.folder)
    assert "revocations version 2: 2 entries" in capsys.readouterr().out
    assert (published(office) / "revocations-0000000002.delta").is_file()

    remove(name, site=office.folder)
    publish(expires_in=WEEK, site=office.folder)
    assert "issuers version 3: 0 entries" in capsys.readouterr().out


def test_ids_from_a_file(office: SiteOffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "ids.txt"
    listed.write_text("\n".join(f"URN:{number}" for number in range(500)))
    revoke(file=listed, site=office.folder)
    assert "500 more revoked" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [b"", b"not a list of issuers", b'{"keys": []}', b'{"keys": [], "issuer": "x"}', b"{" * 100_000],
)
def test_a_file_without_issuers_is_refused_by_name(
    office: SiteOffice, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(GatepostError) as refused:
        import_issuers(path, site=office.folder)
    assert str(path) in str(refused.value)
    publish(expires_in=WEEK, site=office.folder)


def test_keys_that_name_no_issuer_are_refused(office: SiteOffice, tmp_path: Path, card_maker: Any) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [card_maker.jwk()]}))
    with pytest.raises(GatepostError, match="name no issuer"):
        import_issuers(path, site=office.folder)


def test_a_certificate_is_linked_once_papers_were_compared(
    office: SiteOffice, cards: Path, card_maker: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "card.txt"
    code.write_text(card_maker.code())
    with pytest.raises(GatepostError):
        link("li", code, site=office.folder)
    assert office.book.get("li").certificates == (), "of an issuer whom the site does not believe"
    import_issuers(cards, site=office.folder)
    for _ in range(2):
        link("li", code, site=office.folder)
    [name] = office.book.get("li").certificates
    assert len(name) == LINK_DIGITS
    assert "compare their papers" in capsys.readouterr().out


def test_the_check_says_how_old_the_lists_are(office: SiteOffice, cards: Path) -> None:
    import_issuers(cards, site=office.folder)
    office.build(datetime.now(UTC), WEEK)
    configuration = load_configuration(office.folder / "gates" / "north" / "gate.toml")
    found = [item for item in check_gate(configuration) if item.what == "lists"]
    assert [item.verdict for item in found] == [Verdict.WARNING]
    assert "none held" in found[0].text
