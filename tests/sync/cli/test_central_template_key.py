"""A centre exchanges a site's template key: one command, whose parts may be cut off, and who reads what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site, open_site_admin
from edge.decision import ClockTrust, Subject, WallTime
from edge.errors import ConfigurationError, GatepostError
from edge.lane.configuration import LaneDirection
from edge.registry.format import KeyRing, SealedTemplate, assemble, id_of_template_key
from edge.registry.gallery.gallery import open_gallery
from edge.registry.gate_keys import GateKeys
from edge.registry.inbox import Inbox
from edge.registry.keys import read_sealing_key, read_template_keys
from edge.registry.store import RegistryStore
from edge.support.decoding import msgpack_of
from sync.ca.site_secrets import keep_site_secrets
from sync.central.configuration import load_configuration
from sync.central.devices.devices import enrol_device
from sync.central.people.subjects import put_templates
from sync.central.registry.published import SitePublished
from sync.central.store import Store, open_store
from sync.central.tables import device, template
from sync.central.template_keys.resealing import seal_site_anew
from sync.cli import central_template_key
from sync.cli.central_registry import publish
from sync.cli.central_template_key import exchange, retire, show
from sync.transport.clock import wall
from tests.command_line import called
from tests.edge.registry.repository import unit_vector

SITE = "green-court"
MAIN, OUT = f"{SITE}.main", f"{SITE}.out"


@dataclass
class Office:
    """A centre that took a site over, with its authority; and the device of the gate `out`."""

    folder: Path
    admin: SiteAdmin
    store: Store

    def __post_init__(self) -> None:
        self.config, self.authority = self.folder / "centre" / "central.toml", self.folder / "authority"
        found = load_configuration(self.config).registry
        assert found is not None
        self.published = SitePublished(found.folder / SITE)
        self.gate = self.folder / "gate"
        self.gate.mkdir()
        own = self.admin.folder / "gates" / "out"
        self.keys = GateKeys(
            read_template_keys(own / "template.key"),
            ring=self.gate / "template.keys",
            sealing_key=read_sealing_key(own / "sealing.key"),
        )
        self.held = RegistryStore(self.gate, SITE, self.admin.keys.anchor, self.keys, "out")
        self.inbox = Inbox(self.held)
        self.held.load()

    @property
    def key(self) -> KeyRing:
        return read_template_keys(self.authority / "sites" / SITE / "template.key")

    def exchange(self, *lost: str, again: bool = False) -> int:
        nobody = self.folder / "no-broker"
        return exchange(
            SITE, lost=lost, again=again, authority=self.authority, broker_list=nobody, config=self.config
        )

    def fetch(self) -> str | None:
        """The gate takes the newest version; the code of a refusal."""
        newest = self.published.versions()[-1]
        manifest = self.published.manifest(newest)
        objects = self.config.parent / "published" / SITE / "objects"
        snapshot = (objects / manifest.snapshot.sha256.hex()).read_bytes()
        bundle = self.gate / "arrived" / "registry.bundle"
        bundle.parent.mkdir(exist_ok=True)
        bundle.unlink(missing_ok=True)
        bundle.write_bytes(assemble(self.published.roots(), self.published.signed(newest), snapshot))
        arrivals = self.inbox.poll(bundle, WallTime(datetime.now(UTC), ClockTrust.TRUSTED))
        self.held.settle_keys(datetime.now(UTC))
        return next((str(each.refused.refusal) for each in arrivals if each.refused), None)

    def reports(self, name: str) -> None:
        """A device says which version it holds."""
        with self.store.writing() as connection:
            newest = self.published.versions()[-1]
            change = sa.update(device).where(device.c.id == name).values(registry_version=newest)
            connection.execute(change)

    def knows(self) -> str | None:
        held = self.held.held
        assert held is not None
        found = open_gallery(held, self.keys.every, "engine-1")[0].search(unit_vector(1))
        return None if found is None else found.subject_id


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Site, centre and authority as they are before: each test has a copy."""
    folder = tmp_path_factory.mktemp("prepared")
    gates = {"main": LaneDirection.ENTRY, "out": LaneDirection.EXIT}
    admin = init_site(folder / "site", SiteFile(SITE), gates, datetime.now(UTC))
    admin.store.add(Subject("li-na"), (unit_vector(1),), "engine-1")
    admin.build(datetime.now(UTC), REGISTRY_LIFETIME)
    done = called("central", "init", folder / "centre", "--plain", "--take-over", admin.folder)
    assert done.returncode == 0, done.stderr
    keep_site_secrets(folder / "authority", SITE, admin.folder / "keys")
    store = open_store(load_configuration(folder / "centre" / "central.toml").store.url)
    with store.writing() as connection:
        for number, gate in enumerate(("main", "out")):
            enrol_device(connection, f"{SITE}.{gate}", (SITE, gate), bytes([number]) * 32, wall())
    store.close()
    return folder


@pytest.fixture
def office(prepared: Path, tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "office"
    shutil.copytree(prepared, folder)
    file = folder / "centre" / "central.toml"
    file.write_text(file.read_text().replace(str(prepared), str(folder)))
    store = open_store(load_configuration(file).store.url)
    yield Office(folder, open_site_admin(folder / "site"), store)
    store.close()


def test_one_command_and_gates_read_the_new_key_and_the_lost_device_nothing(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.fetch() is None
    before = office.key.current
    assert office.exchange(MAIN) == 1, "no broker is there to end its connection, and that is said"
    said = capsys.readouterr().out
    assert f"central refuses {MAIN} from now on" in said
    assert "was not ended" in said
    assert "1 template" in said
    assert office.fetch() is None
    assert office.keys.every == (office.key.current, before)
    assert office.knows() == "li-na"

    own = office.admin.folder / "gates" / "main"  # the lost device, on a folder of its own
    lost = GateKeys(KeyRing(before), sealing_key=read_sealing_key(own / "sealing.key"))
    store = RegistryStore(office.folder / "lost", SITE, office.admin.keys.anchor, lost, "main")
    bundle = office.gate / "arrived" / "registry.bundle"
    [arrival] = Inbox(store).poll(bundle, WallTime(datetime.now(UTC), ClockTrust.TRUSTED))
    assert arrival.refused is not None
    assert "exchanged" in str(arrival.refused)
    assert lost.every == (before,)


def test_what_is_read_by_whom_is_shown_and_the_old_key_goes_once_all_read_the_new(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.fetch()
    before = office.key.current
    office.exchange(MAIN)
    capsys.readouterr()
    assert show(SITE, authority=office.authority, config=office.config, json=True) == 1
    [gate] = json.loads(capsys.readouterr().out)["gates"]
    assert (gate["device"], gate["reads"], gate["given"]) == (OUT, False, True)
    with pytest.raises(ConfigurationError, match=OUT):
        retire(SITE, authority=office.authority, config=office.config)
    office.fetch()
    office.reports(OUT)
    assert show(SITE, authority=office.authority, config=office.config) == 0
    assert retire(SITE, authority=office.authority, config=office.config) == 0
    assert office.fetch() is None
    assert office.keys.every == (office.key.current,)
    assert office.knows() == "li-na"
    for folder in (office.authority, office.gate, office.config.parent):
        held = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
        assert not any(before.hex().encode() in data for data in held)
    assert len(office.published.versions()) == 1, "what only the old key opens is gone"


def test_called_again_it_goes_on_and_another_loss_begins_another(office: Office) -> None:
    office.fetch()
    office.exchange(MAIN)
    first = office.key
    office.exchange(MAIN)
    assert office.key == first
    office.exchange(OUT)
    assert len(office.key.every) == 3
    assert office.fetch() == "other_key"


@pytest.mark.parametrize("cut", ["put_in_force", "seal_site_anew", "publish_site"])
def test_cut_off_between_its_steps_it_harms_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    office.fetch()

    def gone(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(central_template_key, cut, gone)
        with pytest.raises(KeyboardInterrupt):
            office.exchange()
    key = office.key.current
    assert publish(SITE, config=office.config) == 0
    assert office.fetch() is None
    assert office.knows() == "li-na"
    assert office.exchange() == 0
    assert office.fetch() is None
    assert (office.keys.every[0], office.key.current, office.knows()) == (key, key, "li-na")


def test_a_face_that_a_late_gate_seals_with_the_old_key_is_read_and_sealed_anew(office: Office) -> None:
    office.fetch()
    with office.store.reading() as connection:
        [late] = connection.execute(sa.select(template.c.record)).scalars()
    office.exchange()
    with office.store.writing() as connection:
        put_templates(connection, SITE, "li-na", [msgpack_of(late, SealedTemplate)])
    office.exchange()
    assert office.fetch() is None
    assert office.knows() == "li-na"
    with office.store.writing() as connection:
        assert seal_site_anew(connection, SITE, office.key.every).templates == 1
        assert seal_site_anew(connection, SITE, office.key.every).templates == 0
        strange = msgspec.structs.replace(msgpack_of(late, SealedTemplate), sealed=bytes(60))
        put_templates(connection, SITE, "li-na", [strange])
        assert seal_site_anew(connection, SITE, office.key.every).closed == ("li-na",)


def test_without_the_authoritys_keys_nothing_is_begun(office: Office) -> None:
    with pytest.raises(GatepostError, match="ca site set"):
        exchange(SITE, lost=(MAIN,), authority=office.folder / "nothing", config=office.config)
    with office.store.reading() as connection:
        assert connection.execute(sa.select(device.c.suspended_at)).scalars().all() == [None, None]


def test_a_gate_without_a_sealing_key_is_named_and_given_the_key_by_hand(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.fetch()
    half = office.authority / "sites" / SITE / "devices" / f"{OUT}.pub"
    brought = half.rename(office.folder / "brought.pub")
    office.exchange()
    assert "--recipient" in capsys.readouterr().out
    assert office.fetch() == "other_key"
    exchange(
        SITE, recipient=(f"{OUT}={brought}",), again=True, authority=office.authority, config=office.config
    )
    assert office.fetch() is None
    assert id_of_template_key(office.keys.every[0]) == id_of_template_key(office.key.current)
