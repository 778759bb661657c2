"""An export that the console gives is proved with the centre's key, and holds one's own places only."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import httpx
import pytest

from edge.signing.cose import keys_of
from sync.central.accounts.core.roles import Role
from sync.central.audit.audit import entries
from sync.central.exports.verifying import Verified, verify_export
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_at
from tests.keys import ed25519
from tests.sync.central.web.conftest import Console

KEYS = keys_of([ed25519("town").public_key().public_bytes_raw()])
ALWAYS = {"since": "2020-01-01", "until": "2099-12-31"}


def taken(answer: httpx.Response, folder: Path) -> Verified:
    """What is in the archive, once it is verified."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(folder / "taken")
    [proof] = (folder / "taken").glob("*.proof")
    return verify_export(proof.with_suffix(""), KEYS)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_what_is_taken_is_proved_and_noted(console: Console, tmp_path: Path, kind: str) -> None:
    client = console.client(Role.ADMINISTRATOR, console.town.street)
    answer = client.post("/exports", data={"what": "accesses", "kind": kind, **ALWAYS})
    proof = taken(answer, tmp_path).proof
    assert proof.rows > 0
    assert {item.site for item in proof.covered} <= {site.file.id for site in console.town.sites}
    with console.store.reading() as connection:
        [noted, *_] = entries(connection, EVERYWHERE)
    assert (noted.act, noted.detail["rows"]) == ("export", proof.rows)


def test_a_place_is_all_that_is_in_it(console: Console, tmp_path: Path) -> None:
    site = console.town.site.file.id
    with console.store.reading() as connection:
        place = place_at(connection, site)
    client = console.client(Role.ADMINISTRATOR, console.town.street)
    answer = client.post("/exports", data={"what": "events", "kind": "csv", "place": place, **ALWAYS})
    found = taken(answer, tmp_path)
    assert {item.site for item in found.proof.covered} == {site}
    assert found.chained


def test_somebody_of_another_street_takes_nothing_of_this_one(console: Console, tmp_path: Path) -> None:
    elsewhere = console.client(Role.ADMINISTRATOR, console.town.elsewhere)
    proof = taken(
        elsewhere.post("/exports", data={"what": "events", "kind": "csv", **ALWAYS}), tmp_path
    ).proof
    ours = {site.file.id for site in console.town.sites}
    assert not ours & {item.site for item in proof.covered}
    asked = elsewhere.post(
        "/exports", data={"what": "events", "kind": "csv", "place": console.town.street, **ALWAYS}
    )
    assert asked.status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"what": "faces", "kind": "csv", **ALWAYS},
        {"what": "events", "kind": "doc", **ALWAYS},
        {"what": "events", "kind": "csv", "since": "yesterday", "until": "2026-01-01"},
        {"what": "events", "kind": "csv", "since": "2026-01-02", "until": "2026-01-01"},
    ],
)
def test_what_cannot_be_exported_is_said(console: Console, form: dict[str, str]) -> None:
    answer = console.client().post("/exports", data=form)
    assert answer.status_code in {409, 422, 400}, answer.status_code
    assert "application/zip" not in answer.headers["content-type"]
