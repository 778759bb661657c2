"""A site exchanges its template key: gates follow, a lost device does not, a cut at any step harms nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.admin import template_key
from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site, open_site_admin
from edge.admin.template_key import exchange_template_key, retire_template_keys, standing_of
from edge.cli.arguments import gate_configuration
from edge.decision import ClockTrust, Subject, WallTime
from edge.errors import ConfigurationError
from edge.lane.configuration import LaneDirection
from edge.registry.exchange import ExchangeStep
from edge.registry.format import BundleRefusal, id_of_template_key
from edge.registry.gallery.gallery import open_gallery
from edge.registry.gate_keys import GateKeys, gate_keys_of
from edge.registry.inbox import Inbox
from edge.registry.keys import read_anchor
from edge.registry.store import RegistryStore
from tests.edge.registry.repository import unit_vector

SITE = "green-court"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    gates = {"main": LaneDirection.ENTRY, "out": LaneDirection.EXIT}
    made = init_site(tmp_path / "site", SiteFile(SITE), gates, NOW)
    made.store.add(Subject("li-na"), (unit_vector(1),), "engine-1")
    made.build(NOW, REGISTRY_LIFETIME)
    return made


class Gate:
    """The device of a gate: a copy of what its folder had when it was set up; `look` takes the newest."""

    def __init__(self, admin: SiteAdmin, gate: str, folder: Path) -> None:
        self.admin, self.gate = admin, gate
        folder.mkdir()
        for path in (admin.folder / "gates" / gate).iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
            (folder / path.name).chmod(0o600)
        self.section = gate_configuration(folder / "gate.toml").registry
        self.start()

    def start(self) -> None:
        self.keys: GateKeys = gate_keys_of(self.section)
        anchor = read_anchor(self.section.root_key)
        self.store = RegistryStore(self.section.folder, SITE, anchor, self.keys, self.gate)
        self.inbox = Inbox(self.store)
        _, findings = self.store.load()
        assert findings == ()

    def look(self, at: datetime = NOW) -> BundleRefusal | None:
        [arrival] = self.inbox.poll(self.admin.bundle, WallTime(at, ClockTrust.TRUSTED)) or [None]
        self.store.settle_keys(at)
        return None if arrival is None or arrival.refused is None else arrival.refused.refusal

    def knows(self) -> str | None:
        """Whom it takes the enrolled face for."""
        held = self.store.held
        assert held is not None
        found = open_gallery(held, self.keys.every, "engine-1")[0].search(unit_vector(1))
        return None if found is None else found.subject_id


@pytest.fixture
def gates(admin: SiteAdmin, tmp_path: Path) -> tuple[Gate, Gate]:
    both = Gate(admin, "main", tmp_path / "main"), Gate(admin, "out", tmp_path / "out")
    for gate in both:
        assert gate.look() is None
    return both


def test_a_gate_takes_the_new_key_and_the_lost_device_does_not(
    admin: SiteAdmin, gates: tuple[Gate, Gate]
) -> None:
    lost, out = gates
    before = admin.keys.template
    done = exchange_template_key(admin.folder, ["main"], NOW, MONTH)
    assert (done.step, done.templates, done.version) == (ExchangeStep.BEGIN, 1, 2)
    assert out.look() is None
    assert lost.look() is BundleRefusal.OTHER_KEY
    after = open_site_admin(admin.folder).keys.template
    assert (out.keys.every, lost.keys.every) == ((after, before), (before,))
    assert out.knows() == "li-na"
    assert lost.knows() == "li-na", "what it held it holds; and by code it still works"
    out.start()
    assert out.knows() == "li-na"
    with pytest.raises(ConfigurationError, match="until 2026-03-31"):
        retire_template_keys(admin.folder, NOW)


def test_the_device_in_a_lost_ones_place_is_set_up_from_the_same_folder(
    admin: SiteAdmin, gates: tuple[Gate, Gate], tmp_path: Path
) -> None:
    exchange_template_key(admin.folder, ["main"], NOW, MONTH)
    instead = Gate(admin, "main", tmp_path / "instead")
    assert instead.look() is None
    exchange_template_key(admin.folder, ["out"], NOW, MONTH)
    assert instead.look() is None
    assert instead.knows() == "li-na"
    assert gates[1].look() is BundleRefusal.OTHER_KEY


def test_the_old_key_is_erased_once_it_is_retired_and_where_its_time_is_over(
    admin: SiteAdmin, gates: tuple[Gate, Gate], tmp_path: Path
) -> None:
    out, old = gates[1], admin.keys.template
    exchange_template_key(admin.folder, ["main"], NOW, MONTH)
    out.look()
    still = Gate(admin, "out", tmp_path / "still")
    still.look()
    retire_template_keys(admin.folder, NOW, at_once=True)
    out.look()
    still.store.settle_keys(None)
    assert len(still.keys.every) == 2, "a clock that nobody trusts ends no time"
    still.store.settle_keys(NOW + MONTH)
    for gate in (out, still):
        assert old not in gate.keys.every
        files = [path for path in gate.section.template_key.parent.rglob("*") if path.is_file()]
        assert not [path for path in files if old.hex().encode() in path.read_bytes()]
        gate.start()
        assert gate.knows() == "li-na"
    assert old.hex() not in (admin.folder / "keys" / "template.key").read_text()
    assert standing_of(admin.folder).earlier == ()


def test_a_gate_that_slept_through_takes_the_key_of_the_last_of_three_exchanges(
    admin: SiteAdmin, gates: tuple[Gate, Gate]
) -> None:
    out = gates[1]
    for _ in range(3):
        exchange_template_key(admin.folder, [], NOW, MONTH, again=True)
    retire_template_keys(admin.folder, NOW, at_once=True)
    assert out.look() is None
    assert out.keys.every == (open_site_admin(admin.folder).keys.template,)
    assert out.knows() == "li-na"


def test_a_second_call_does_nothing_and_a_second_loss_begins_another_exchange(admin: SiteAdmin) -> None:
    first = exchange_template_key(admin.folder, ["main"], NOW, MONTH)
    again = exchange_template_key(admin.folder, ["main"], NOW, MONTH)
    assert (again.step, again.standing) == (ExchangeStep.DONE, first.standing)
    second = exchange_template_key(admin.folder, ["out"], NOW, MONTH)
    assert second.step is ExchangeStep.BEGIN
    assert second.standing.key != first.standing.key
    assert first.standing.key in second.standing.earlier


class Cut(Exception):
    """The power is gone."""


@pytest.mark.parametrize("at", [0, 2, 4, 5, 6, 7, 8, 9])
def test_cut_at_any_step_people_pass_and_a_second_call_ends_well(
    admin: SiteAdmin, gates: tuple[Gate, Gate], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    out, steps = gates[1], iter(range(at))

    def counted(name: str) -> None:
        real = getattr(template_key, name)

        def step(*arguments: object, **more: object) -> object:
            if next(steps, None) is None:
                raise Cut(name)
            return real(*arguments, **more)

        monkeypatch.setattr(template_key, name, step)

    with monkeypatch.context() as patched:
        for name in ("write_aside", "write_offer", "give_sealing_key", "open_site_admin"):
            counted(name)
        del patched
        cut = True
        try:
            exchange_template_key(admin.folder, ["main"], NOW, MONTH)
            cut = False
        except Cut:
            pass
    monkeypatch.undo()
    open_site_admin(admin.folder).build(NOW, REGISTRY_LIFETIME)  # somebody publishes in between
    assert out.look() is None
    assert out.knows() == "li-na"
    done = exchange_template_key(admin.folder, ["main"], NOW, MONTH)
    assert done.standing.published
    assert out.look() is None
    assert out.knows() == "li-na"
    assert id_of_template_key(out.keys.every[0]).hex() == done.standing.key
    assert gates[0].look() is BundleRefusal.OTHER_KEY
    assert cut or at > 8
