"""The plan of a centre, held against what its package makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pyrage
import pytest

from edge.errors import GatepostError
from sync.central.configuration import CentralConfiguration
from sync.installing.database import database_of
from sync.installing.places import CentrePlaces
from sync.installing.plan import InstallingAct, Step, plan_of
from sync.installing.wishes import DISKS, Wishes
from tests.conftest import REPOSITORY


def test_the_folders_that_the_package_makes_too_have_the_same_owner_and_mode() -> None:
    places = CentrePlaces()
    plan = plan_of(Wishes(("gate.example",), database_of(None, places.state, None)), places)
    planned = {
        step.where: (step.mode, *step.owner.split(":"))
        for step in plan
        if step.act is InstallingAct.FOLDER and step.mode
    }
    lines = (REPOSITORY / "systemd/gatepost-central.tmpfiles").read_text().splitlines()
    made = {
        words[1]: (int(words[2], 8), words[3], words[4])
        for line in lines
        if (words := line.split())[:1] == ["d"]
    }
    both = planned.keys() & made.keys()
    assert Path("/etc/gatepost-central") in map(Path, both)
    assert {path: planned[path] for path in both} == {path: made[path] for path in both}


_KEY = str(pyrage.x25519.Identity.generate().to_public())


def test_the_unit_that_makes_backups_may_write_where_setup_lets_them_go() -> None:
    lines = (REPOSITORY / "systemd/gatepost-central-backup.service").read_text().splitlines()
    [paths] = [line.partition("=")[2].split() for line in lines if line.startswith("ReadWritePaths=")]
    assert [path.lstrip("-") for path in paths] == list(DISKS)


def asked(*recipients: str, backup: Path | None = Path("/media/disk"), site: Path | None = None) -> Wishes:
    database = database_of(None, CentrePlaces().state, None)
    return Wishes(("gate.example",), database, take_over=site, backup=backup, recipients=recipients)


def of_central(wishes: Wishes) -> Step:
    """The step that makes central.toml."""
    [step] = [
        step for step in plan_of(wishes, CentrePlaces()) if step.where == str(CentrePlaces().configuration)
    ]
    return step


def test_backups_go_to_a_folder_of_their_own_on_the_disk_and_the_authority_is_in_them() -> None:
    wishes = asked(_KEY)
    [folder] = [step for step in plan_of(wishes, CentrePlaces()) if step.where == "/media/disk/gatepost"]
    assert (folder.act, folder.owner, folder.mode) == (
        InstallingAct.FOLDER,
        "gatepost-central:gatepost-central",
        0o700,
    )
    section = msgspec.toml.decode(of_central(wishes).data, type=CentralConfiguration, dec_hook=_path).backup
    assert section is not None
    assert (section.folder, section.recipients) == (Path(folder.where), (_KEY,))
    assert section.also == (CentrePlaces().authority,)


def _path(_kind: type, value: str) -> Path:
    return Path(value)


@pytest.mark.parametrize(
    ("recipients", "backup", "words"),
    [
        ((), Path("/media/disk"), "needs a place and a key"),
        (("age1x",), None, "needs a place and a key"),
        (("age1x",), Path("/media/disk"), "no public key"),
        ((str(pyrage.x25519.Identity.generate()),), Path("/media/disk"), "private half"),
        ((_KEY,), Path("/home/li/disk"), "may not write there"),
    ],
    ids=["no key", "no place", "no key at all", "private", "a home"],
)
def test_a_backup_that_nobody_could_open_or_find_is_refused(
    recipients: tuple[str, ...], backup: Path | None, words: str
) -> None:
    with pytest.raises(GatepostError, match=words):
        asked(*recipients, backup=backup)


@pytest.mark.parametrize(
    ("nodes", "name", "broker", "words"),
    [
        (("b1", "b2"), "broker", True, "no majority"),
        (("b1",), "", False, "the nodes are the broker"),
        ((), "broker", True, "goes with --node"),
        (("b 1",), "", True, "no host's name"),
    ],
)
def test_nodes_that_cannot_be_a_broker_are_refused(
    nodes: tuple[str, ...], name: str, broker: bool, words: str
) -> None:
    with pytest.raises(GatepostError, match=words):
        replace(asked(backup=None), nodes=nodes, nodes_name=name, broker=broker)


@pytest.mark.parametrize(
    ("name", "lines"),
    [("", 'broker = "b1:8883"\nmore = ["b2", "b3"]\n'), ("all", 'broker = "all:8883"\n')],
)
def test_gates_are_invited_to_the_one_name_of_the_nodes_or_to_each(name: str, lines: str) -> None:
    wanted = replace(asked(backup=None), nodes=("b1", "b2", "b3"), nodes_name=name)
    [step] = [one for one in plan_of(wanted, CentrePlaces()) if one.act is InstallingAct.CONFIGURATION]
    assert lines in step.data.decode()
    assert ("more = [" in step.data.decode().partition("[adoption]")[2]) is (not name)
