"""A site that kept its own registry gets a centre: two commands, and its gates notice nothing."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site
from edge.cli.main import command
from edge.configuration import load_configuration
from edge.decision import Subject
from edge.errors import ConfigurationError, RegistryError
from edge.lane.configuration import LaneDirection
from edge.registry.format import assemble, hold_bundle
from sync.agent.configuration import load_configuration as load_sync
from sync.central.configuration import load_configuration as load_central
from sync.central.devices.devices import enrol_device, note_health
from sync.central.people.erasures import erasures_of
from sync.central.registry.published import SitePublished
from sync.central.store import open_store
from sync.cli.main import GROUPS
from sync.wire import DeviceState, Health, Held
from tests.sync.wire.examples import DEVICE


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    now = datetime.now(UTC)
    made = init_site(tmp_path / "office", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, now)
    made.store.add(Subject("li-na", groups=frozenset({"resident"})))
    for _ in range(3):
        made.build(now, REGISTRY_LIFETIME)
    return made


def run(*words: str | Path) -> None:
    with suppress(SystemExit):
        command(GROUPS)([str(word) for word in words])


def test_the_centre_continues_where_the_site_administration_ended(admin: SiteAdmin, tmp_path: Path) -> None:
    centre = tmp_path / "centre"
    run("central", "init", centre, "--plain", "--take-over", admin.folder)
    published = SitePublished(centre / "published" / "green-court")
    assert published.versions() == (3,)
    at_centre = ("--config", centre / "central.toml")
    status = ("central", "subject", "status", "set", "green-court", "li-na", "yellow", "--actor", "Wang Fang")
    run(*status, *at_centre)
    run("central", "registry", "publish", "green-court", *at_centre)
    assert published.versions() == (3, 4)
    manifest = published.manifest(4)
    assert [offer.base for offer in manifest.changes] == [3], "gates need not fetch the whole"
    snapshot = (
        centre / "published" / "green-court" / "objects" / manifest.snapshot.sha256.hex()
    ).read_bytes()
    registry = hold_bundle(assemble(published.roots(), published.signed(4), snapshot), admin.trusted())
    assert registry.subjects["li-na"].status is not None
    for secret in ("central.key", "command.key", "registry.key", "policy.key", "sites/green-court/seal.key"):
        assert (centre / secret).stat().st_mode & 0o077 == 0


def test_a_centre_publishes_for_a_site_whose_seal_key_it_was_given(admin: SiteAdmin, tmp_path: Path) -> None:
    """By the site's administration, or from the template key that a gate has; it opens no face."""
    centre = tmp_path / "centre"
    run("central", "init", centre, "--plain", "--take-over", admin.folder)
    taken = centre / "sites" / "green-court" / "seal.key"
    assert admin.keys.template.hex() not in taken.read_text()
    by_site, by_gate = tmp_path / "by-site.key", tmp_path / "by-gate.key"
    run("site", "seal", "export", by_site, "--folder", admin.folder)
    run("site", "seal", "export", by_gate, "--template-key", admin.folder / "gates" / "main" / "template.key")
    for path in (by_site, by_gate):
        assert path.read_bytes() == taken.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(RegistryError, match="could not be written"):
        run("site", "seal", "export", by_site, "--folder", admin.folder)
    publish = ("central", "registry", "publish", "green-court", "--config", centre / "central.toml")
    for spoil, words in (
        (taken.unlink, "gatepost site seal export"),
        (lambda: taken.write_text("abc"), "can be read by others"),
        (lambda: taken.chmod(0o600), "not a seal key"),
        (lambda: taken.write_text(bytes(64).hex()), "not sealed for 'green-court' with this key"),
    ):
        spoil()
        with pytest.raises(RegistryError, match=words):
            run(*publish)


def test_a_second_call_changes_nothing_and_another_site_is_refused(admin: SiteAdmin, tmp_path: Path) -> None:
    centre = tmp_path / "centre"
    run("central", "init", centre, "--plain", "--take-over", admin.folder)
    before = {
        path: path.read_bytes() for path in centre.rglob("*") if path.suffix in {".key", ".toml", ".pub"}
    }
    run("central", "init", centre, "--plain", "--take-over", admin.folder)
    assert {path: path.read_bytes() for path in before} == before
    other = init_site(tmp_path / "b", SiteFile("red-court"), {"main": LaneDirection.ENTRY}, datetime.now(UTC))
    with pytest.raises(ConfigurationError, match="other content"):
        run("central", "init", centre, "--plain", "--take-over", other.folder)


def test_a_gate_is_tied_to_its_sync_process_and_keeps_the_registry_that_it_had(
    admin: SiteAdmin, tmp_path: Path
) -> None:
    centre, place = tmp_path / "centre", admin.folder / "gates" / "main"
    run("central", "init", centre, "--plain", "--take-over", admin.folder)
    words: list[str | Path] = [
        "--broker",
        "127.0.0.1",
        "--plain",
        "--central",
        centre / "central.pub",
        "--identity",
        place / "id",
    ]
    nowhere = [place / "nowhere" if word == centre / "central.pub" else word for word in words]
    with pytest.raises(RegistryError, match="nowhere"):
        run("sync", "init", "--config", place / "gate.toml", *nowhere)
    assert not (place / "sync.toml").exists(), "a key that is not there is noticed before anything is written"
    run("sync", "init", "--config", place / "gate.toml", "--share-counts", *words)
    gate, sync = load_configuration(place / "gate.toml"), load_sync(place / "sync.toml")
    assert sync.registry is not None
    assert sync.commands is not None
    assert sync.counts is not None
    assert (gate.counts.outbox, gate.counts.inbox) == (sync.counts.outbox, sync.counts.inbox)
    assert (
        gate.registry.inbox,
        gate.registry.lists,
        gate.journal.acknowledged,
        gate.journal.socket,
        gate.commands.socket,
    ) == (
        sync.registry.inbox,
        sync.registry.lists,
        sync.journal.acknowledged,
        sync.journal.socket,
        sync.commands.socket,
    )
    assert gate.registry.inbox.read_bytes() == admin.bundle.read_bytes()
    assert sync.device.id == gate.device == "green-court.main"
    assert sync.device.key.stat().st_mode & 0o077 == 0
    assert load_central(centre / "central.toml").registry is not None
    with pytest.raises(ConfigurationError, match="exists already"):
        run("sync", "init", "--config", place / "gate.toml", *words)


def test_an_erasure_has_a_receipt_by_a_search_of_every_place(
    admin: SiteAdmin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    centre = tmp_path / "centre"
    run("central", "init", centre, "--plain", "--take-over", admin.folder)
    at_centre = ("--config", centre / "central.toml")

    def receipt() -> str:
        capsys.readouterr()
        words = ["central", "subject", "receipt", "show", "green-court", "li-na", *map(str, at_centre)]
        status = command(GROUPS)(words)
        said = capsys.readouterr().out
        assert bool(status) is not said.endswith("\nerased everywhere\n")
        return said

    run("central", "registry", "publish", "green-court", *at_centre)
    known = receipt()
    assert "database: subject" in known
    assert "published versions: known in 3" in known
    run("central", "subject", "remove", "green-court", "li-na", *at_centre)
    assert "database: erased\npublished versions: known in 3" in receipt()
    run("central", "registry", "publish", "green-court", *at_centre)
    assert "database: erased\npublished versions: erased" in receipt()
    store = open_store(load_central(centre / "central.toml").store.url)
    newest = SitePublished(centre / "published" / "green-court").versions()[-1]

    def gate_holds(version: int) -> None:
        with store.writing() as connection:
            note_health(connection, DEVICE, Health(DeviceState.ONLINE, 1, held=Held(version)), 1)

    with closing(store):
        with store.writing() as connection:
            enrol_device(connection, DEVICE, ("green-court", "main"), bytes(32), 1)
        gate_holds(3)
        assert f"gate {DEVICE}: version 3, not yet erased" in receipt()
        gate_holds(newest)
        assert receipt().endswith("\nerased everywhere\n")
    of_nobody = ("central", "subject", "receipt", "show", "green-court", "li-nah")
    assert command(GROUPS)([*map(str, (*of_nobody, *at_centre))]) == 1, "an id mistyped is no receipt"
    assert "nothing is kept here of li-nah, nor that anybody was erased by that id" in capsys.readouterr().out


def test_who_is_revoked_at_once_has_a_receipt_too(
    admin: SiteAdmin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    centre = tmp_path / "centre"
    run("central", "init", centre, "--plain", "--take-over", admin.folder)
    at_centre = ("--config", centre / "central.toml")
    publish = ("central", "registry", "publish", "green-court", *at_centre)
    run(*publish)
    run("central", "registry", "revoke", "green-court", "--subject", "li-na", *at_centre)
    run(*publish)
    capsys.readouterr()
    run("central", "subject", "receipt", "show", "green-court", "li-na", *at_centre)
    assert capsys.readouterr().out.endswith("\nerased everywhere\n")
    with (
        closing(open_store(load_central(centre / "central.toml").store.url)) as store,
        store.reading() as there,
    ):
        [erasure] = erasures_of(there, "green-court", "li-na")
    assert (erasure.why, erasure.erased["subject"]) == ("revoked at once", 1)
