"""A site that kept its own registry gets a centre: two commands, and its gates notice nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.cli.main import command
from edge.configuration import LaneDirection, load_configuration
from edge.decision.subject import Subject
from edge.errors import ConfigurationError
from edge.registry.bundle import assemble, hold_bundle
from edge.registry.manifest import Trusted
from edge.site.office import REGISTRY_LIFETIME, SiteFile, SiteOffice, found_site
from sync.agent.configuration import load_configuration as load_sync
from sync.central.configuration import load_configuration as load_central
from sync.central.published import SitePublished
from sync.cli.main import GROUPS


@pytest.fixture
def office(tmp_path: Path) -> SiteOffice:
    now = datetime.now(UTC)
    made = found_site(tmp_path / "office", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, now)
    made.book.add(Subject("li-na", groups=frozenset({"resident"})))
    for _ in range(3):
        made.build(now, REGISTRY_LIFETIME)
    return made


def run(*words: str | Path) -> None:
    with suppress(SystemExit):
        command(GROUPS)([str(word) for word in words])


def test_the_centre_goes_on_where_the_office_ended(office: SiteOffice, tmp_path: Path) -> None:
    centre = tmp_path / "centre"
    run("central", "init", centre, "--plain", "--site", office.folder)
    published = SitePublished(centre / "published" / "green-court")
    assert published.versions() == (3,)
    at_centre = ("--config", centre / "central.toml")
    status = ("central", "subjects", "status", "green-court", "li-na", "yellow", "--actor", "Wang Fang")
    run(*status, *at_centre)
    run("central", "registry", "publish", "green-court", *at_centre)
    assert published.versions() == (3, 4)
    manifest = published.manifest(4)
    assert [offer.base for offer in manifest.changes] == [3], "gates need not fetch the whole"
    snapshot = (
        centre / "published" / "green-court" / "objects" / manifest.snapshot.sha256.hex()
    ).read_bytes()
    registry = hold_bundle(
        assemble(published.roots(), published.signed(4), snapshot), Trusted("green-court", office.anchor)
    )
    assert registry.subjects["li-na"].status is not None
    for secret in ("central.key", "command.key", "registry.key", "policy.key"):
        assert (centre / secret).stat().st_mode & 0o077 == 0


def test_a_second_call_changes_nothing_and_another_site_is_refused(
    office: SiteOffice, tmp_path: Path
) -> None:
    centre = tmp_path / "centre"
    run("central", "init", centre, "--plain", "--site", office.folder)
    before = {
        path: path.read_bytes() for path in centre.rglob("*") if path.suffix in {".key", ".toml", ".pub"}
    }
    run("central", "init", centre, "--plain", "--site", office.folder)
    assert {path: path.read_bytes() for path in before} == before
    other = found_site(
        tmp_path / "b", SiteFile("red-court"), {"main": LaneDirection.ENTRY}, datetime.now(UTC)
    )
    with pytest.raises(ConfigurationError, match="another"):
        run("central", "init", centre, "--plain", "--site", other.folder)


def test_a_gate_is_tied_to_its_sync_process_and_keeps_the_registry_that_it_had(
    office: SiteOffice, tmp_path: Path
) -> None:
    centre, place = tmp_path / "centre", office.folder / "gates" / "main"
    run("central", "init", centre, "--plain", "--site", office.folder)
    words: list[str | Path] = [
        "--broker",
        "127.0.0.1",
        "--plain",
        "--central",
        centre / "central.pub",
        "--identity",
        place / "id",
    ]
    run("sync", "init", "--config", place / "gate.toml", *words)
    gate, sync = load_configuration(place / "gate.toml"), load_sync(place / "sync.toml")
    assert sync.registry is not None
    assert sync.commands is not None
    assert (gate.registry.inbox, gate.journal.acknowledged, gate.commands.socket) == (
        sync.registry.inbox,
        sync.journal.acknowledged,
        sync.commands.socket,
    )
    assert gate.registry.inbox.read_bytes() == office.bundle.read_bytes()
    assert sync.device.id == gate.device == "green-court.main"
    assert sync.device.key.stat().st_mode & 0o077 == 0
    assert load_central(centre / "central.toml").registry is not None
    with pytest.raises(ConfigurationError, match="there already"):
        run("sync", "init", "--config", place / "gate.toml", *words)
