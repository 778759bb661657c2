"""`gatepost central status`, `registry publish` and `subject import`, as people and monitors call them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.decision import Status, StatusRecord, Subject
from sync.central.devices.devices import note_health
from sync.central.people.subjects import put_subject
from sync.central.registry.publications import note_published
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.transport.clock import wall
from sync.wire import DeviceState, Health, Held
from tests.edge.registry.repository import new_key, public
from tests.logs import log_plainly
from tests.sync.centre import NOW, SITE, Centre
from tests.sync.services import Mosquitto
from tests.sync.statuses import set_status
from tests.sync.test_commands import Gatepost
from tests.sync.wire.examples import DEVICE

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")


@pytest.fixture
def gatepost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Gatepost]:
    yield Gatepost(monkeypatch, capsys)
    log_plainly()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path, Mosquitto(tmp_path))  # never started: nothing here is sent
    made.people(3)
    yield made
    made.store.close()


def hold(centre: Centre, version: int) -> None:
    with centre.store.writing() as connection:
        note_health(connection, DEVICE, Health(DeviceState.ONLINE, 1, held=Held(version)), wall())


def test_a_gate_that_is_behind_or_ahead_fails_the_status_by_name_and_says_how_far(
    centre: Centre, gatepost: Gatepost
) -> None:
    status = ("central", "status", "--config", centre.folder / "central.toml")
    hold(centre, 0)
    gatepost(*status)
    centre.publish()
    assert f"behind: {DEVICE}" in gatepost(*status, code=1)
    hold(centre, 1)
    gatepost(*status)
    for number in range(2):
        centre.people(3, named=f"{number}")
        centre.publish()
    said = gatepost(*status, code=1)
    assert (
        f"behind: {DEVICE} (gate main of {SITE}) holds version 1, 2 behind version 3, the first published"
        in said
    )
    [item] = json.loads(gatepost(*status, "--json", code=1))["behind"]
    assert (item["device"], item["holds"], item["newest"]) == (DEVICE, 1, 3)
    hold(centre, 9)
    assert f"ahead: {DEVICE}" in gatepost(*status, code=1)


def test_a_gate_that_still_believes_an_old_root_fails_the_status_and_says_which_keys(
    centre: Centre, gatepost: Gatepost
) -> None:
    status = ("central", "status", "--config", centre.folder / "central.toml")
    repository, stolen = centre.site.repository, new_key()
    repository.rotate(expires=NOW + timedelta(days=9), command_keys=public(stolen))
    (centre.folder / "roots").write_bytes(repository.roots)
    centre.publish()
    revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, subjects=("subject-1",))

    def gate_holds(root: int, revocations: int) -> None:
        held = Held(1, root, revocations)
        with centre.store.writing() as connection:
            note_health(connection, DEVICE, Health(DeviceState.ONLINE, 1, held=held), wall())

    gate_holds(len(repository.documents), 1)
    gatepost(*status)
    gate_holds(len(repository.documents), 0)
    assert f"behind: {DEVICE} (gate main of {SITE}) holds revocations 0 of 1" in gatepost(*status, code=1)
    repository.rotate(expires=NOW + timedelta(days=9))
    (centre.folder / "roots").write_bytes(repository.roots)
    newest = len(repository.documents)
    gate_holds(newest - 1, 1)
    said = gatepost(*status, code=1)
    assert f"holds root {newest - 1} of {newest}, and still believes what the newest does not name" in said
    assert "1 command key" in said
    [item] = json.loads(gatepost(*status, "--json", code=1))["old_trust"]
    assert (item["device"], item["root"], item["believes"]) == (DEVICE, newest - 1, {"command_keys": 1})


def test_what_a_gate_reports_as_an_alarm_fails_the_status_until_it_is_over(
    centre: Centre, gatepost: Gatepost
) -> None:
    status = ("central", "status", "--config", centre.folder / "central.toml")
    for alarms in (("gate_not_running",), ()):
        with centre.store.writing() as connection:
            note_health(connection, DEVICE, Health(DeviceState.ONLINE, 1, alarms=alarms), wall())
        said = gatepost(*status, code=1 if alarms else 0)
        assert (f"alarm: {DEVICE} reports gate_not_running" in said) is bool(alarms)
    assert json.loads(gatepost(*status, "--json"))["alarms"] == {}


def test_a_restored_database_fails_the_status(centre: Centre, gatepost: Gatepost) -> None:
    status = ("central", "status", "--config", centre.folder / "central.toml")
    for number in range(2):
        centre.people(3, named=f"{number}")
        centre.publish()
    hold(centre, 2)
    gatepost(*status)
    with centre.store.writing() as connection:
        note_published(connection, SITE, 1, 1)
    assert f"restored: the database knows version 1 of {SITE}" in gatepost(*status, code=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can give a file away")
def test_published_files_that_the_daemon_cannot_read_fail_the_status(
    centre: Centre, gatepost: Gatepost
) -> None:
    status = ("central", "status", "--config", centre.folder / "central.toml")
    centre.publish()
    hold(centre, 1)
    gatepost(*status)
    os.chown(centre.folder / "central.key", 64_001, 64_001)
    said = gatepost(*status, code=1)
    assert "64001, who runs central, cannot read" in said
    assert "chown -R 64001" in said


def test_publish_lists_what_it_would_take_back_and_goes_on_with_the_code(
    centre: Centre, gatepost: Gatepost
) -> None:
    publish = ("central", "registry", "publish", SITE, "--config", centre.folder / "central.toml")
    red = StatusRecord(Status.RED, "lab", "positive", "pcr", NOW)
    with centre.store.writing() as connection:
        set_status(connection, SITE, "subject-1", red, "wang", 1)
        put_subject(connection, SITE, Subject("subject-1"), 2)
    said = gatepost(*publish, code=1)
    assert "subject-1: status none, set last was red" in said
    code = said.partition("--accept ")[2].split()[0]
    assert "--actor" in gatepost(*publish, "--accept", code, code=2), "by name only"
    gatepost(*publish, "--accept", "00000000", "--actor", "chen", code=1)
    assert "version 1" in gatepost(*publish, "--accept", code, "--actor", "chen")


def test_an_import_is_shown_first_lists_what_it_does_and_takes_a_status_by_name(
    centre: Centre, gatepost: Gatepost
) -> None:
    config = ("--config", centre.folder / "central.toml")
    people = centre.folder / "people.csv"
    people.write_text("id,name,status\nsubject-1,Li Na,green\n")
    red = StatusRecord(Status.RED, "lab", "positive", "pcr", NOW)
    with centre.store.writing() as connection:
        set_status(connection, SITE, "subject-1", red, "wang", 1)
    listed = ("central", "subject", "list", SITE, *config)
    brought = ("central", "subject", "import", people, "--site", SITE, *config)
    said = gatepost(*brought, "--dry-run")
    assert "subject-1: name none -> Li Na" in said
    assert "--take status imports it" in said
    assert "Li Na" not in gatepost(*listed)
    gatepost(*brought)
    assert "subject-1  Li Na    red" in gatepost(*listed)
    assert "--actor" in gatepost(*brought, "--take", "status", code=2)
    gatepost(*brought, "--take", "status", "--actor", "chen")
    assert "subject-1  Li Na    green" in gatepost(*listed)
    assert "by chen" in gatepost("central", "subject", "status", "list", SITE, "subject-1", *config)
