"""`gatepost central explain` says why, and ends with 0 where deciding again gave the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.admin.site_admin import SiteFile
from edge.cli.main import command
from edge.errors import GatepostError
from edge.signing.key_files import make_private_key
from sync.central.devices.devices import enrol_device, put_site
from sync.central.explain.core.questions import QUESTIONS
from sync.central.store import open_store
from sync.cli.main import GROUPS
from tests.sync.central.explain.conftest import GREEN, RED, RULES, resident
from tests.sync.central.explain.gate import Gate, face, shown
from tests.sync.central.registry.desk import SITE, Desk
from tests.sync.tables import make_tables
from tests.sync.wire.examples import DEVICE, KEY


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    url = f"sqlite:///{tmp_path}/central.sqlite"
    make_tables(url)
    make_private_key(tmp_path / "central.key")
    (tmp_path / "central.toml").write_text(
        f'[store]\nurl = "{url}"\n[central]\nkey = "central.key"\n'
        '[broker]\nhost = "localhost"\nplain = true\n'
    )
    with closing(open_store(url)) as store:
        with store.writing() as connection:
            put_site(connection, SiteFile(SITE))
            public = KEY.public_key().public_bytes_raw()
            enrol_device(connection, DEVICE, (SITE, "main"), public, 1)
        desk = Desk(tmp_path / "desk", store)
        desk.write_policy(RULES)
        desk.put(resident("ann", GREEN))
        desk.put(resident("bob", RED))
        desk.publish()
        made = Gate(desk)
        made.installs()
        yield made


def run(folder: Path, *words: str) -> int:
    line = ["central", "explain", DEVICE, *words, "--config", str(folder / "central.toml")]
    return int(command(GROUPS)(line) or 0)


def test_a_denial_is_explained_rule_by_rule(
    gate: Gate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.sees(shown(face=face("bob")))
    gate.sends()
    assert run(tmp_path, "1") == 0
    text = capsys.readouterr().out
    assert "deny status_red by statuses.red.entry  of bob" in text
    assert "decided again by registry 1: the same" in text
    [won] = [line for line in text.splitlines() if line.startswith("*")]
    assert "Does their status let them pass?" in won
    assert "in the other direction: grant" in text
    assert "with a green status: grant" in text
    assert run(tmp_path, "1", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["same"], said["missing"], len(said["rules"])) == (True, [], len(QUESTIONS))
    assert [rule["key"] for rule in said["rules"] if rule["won"]] == ["statuses.red.entry"]


def test_what_is_missing_is_said_and_ends_with_1(
    gate: Gate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    gate.desk.erase("ann")
    assert run(tmp_path, "1", "--epoch", gate.epoch.hex()) == 1
    text = capsys.readouterr().out
    assert "cannot be decided again" in text
    assert "missing: The person's record of that moment is not kept here" in text


@pytest.mark.parametrize(
    ("words", "says"), [(("9",), "there is no event 9"), (("1", "--epoch", "zz"), "not hexadecimal")]
)
def test_what_cannot_be_found_is_named(gate: Gate, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    with pytest.raises(GatepostError, match=says):
        command(GROUPS)(["central", "explain", DEVICE, *words, "--config", str(tmp_path / "central.toml")])
