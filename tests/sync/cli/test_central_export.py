"""`gatepost central export` and `verify-export`, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.journals.journals import store_batch
from sync.central.store import open_store
from sync.wire import batch_of
from tests.command_line import called
from tests.sync.wire.examples import AT, DEVICE, KEY, chained


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """A centre with one site, whose gate was passed six times."""
    folder = tmp_path / "centre"
    assert called("central", "init", str(folder), "--plain", cwd=tmp_path).returncode == 0
    store = open_store(f"sqlite:///{folder}/central.sqlite")
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court", city="Shanghai"))
        enrol_device(connection, DEVICE, ("green-court", "main"), KEY.public_key().public_bytes_raw(), 1)
        store_batch(connection, DEVICE, batch_of(chained(6), 0), AT)
    store.close()
    return folder


def test_an_export_is_proved_elsewhere_and_noted_here(centre: Path, tmp_path: Path) -> None:
    made = called(
        "central", "export", "all.csv", "--place", "Shanghai", "--actor", "Wang Fang", "--json", cwd=centre
    )
    assert made.returncode == 0, made.stderr
    said = json.loads(made.stdout)
    assert (said["rows"], said["silent"]) == (6, [])

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("all.csv", "all.csv.proof", "central.pub"):
        (elsewhere / name).write_bytes((centre / name).read_bytes())
    found = called("central", "verify-export", "all.csv", "--key", "central.pub", "--json", cwd=elsewhere)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["root"] == said["root"]
    assert (
        "sequences 1 to 6"
        in called("central", "verify-export", "all.csv", "--key", "central.pub", cwd=elsewhere).stdout
    )

    text = (elsewhere / "all.csv").read_text(encoding="utf-8-sig")
    (elsewhere / "all.csv").write_text(text.replace("grant", "deny", 1), encoding="utf-8-sig")
    refused = called("central", "verify-export", "all.csv", "--key", "central.pub", cwd=elsewhere)
    assert (refused.returncode, "centre signed" in refused.stderr) == (1, True), refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("all.csv", "--actor", " "), "--actor"),
        (("all.doc", "--actor", "Wang Fang"), ".xlsx or .parquet"),
        (("all.csv", "--place", "nowhere", "--actor", "Wang Fang"), "nowhere"),
    ],
)
def test_what_cannot_be_exported_is_said_and_leaves_no_file(
    centre: Path, words: tuple[str, ...], said: str
) -> None:
    done = called("central", "export", *words, cwd=centre)
    assert (done.returncode > 0, said in done.stderr) == (True, True), done.stderr
    assert not list(centre.glob("all.*"))
