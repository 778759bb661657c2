"""The catalogue, the folder on this machine, the cards and the command."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from unittest.mock import patch

import pytest

import models
from models.cards import card_of
from models.catalogue import MODELS, Source, Web, WheelMember, ZipMember
from models.errors import ModelError
from models.fetch import MIRROR_VARIABLE, fetch
from models.store import path_of
from tests.command_line import Done, called


def test_names_and_files_are_unique() -> None:
    assert len({entry.name for entry in MODELS}) == len(MODELS)
    assert len({entry.file for entry in MODELS}) == len(MODELS)


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.name)
def test_every_entry_says_what_it_must(entry: models.Model) -> None:
    assert entry.what
    assert entry.licence in {"MIT", "Apache-2.0"}
    assert 0 < entry.size < 50_000_000
    for digest in (*entry.published, *entry.usable):
        assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert entry.needed is not bool(entry.without)
    first, *carriers = (carrier_of(source) for source in entry.sources)
    assert isinstance(first, Web)
    assert first.address.startswith("https://")
    assert all(isinstance(carrier, WheelMember) for carrier in carriers)
    for source in entry.sources:
        if isinstance(source, WheelMember | ZipMember):
            assert source.member.endswith(entry.file)
        if isinstance(source, ZipMember):
            assert re.fullmatch(r"[0-9a-f]{64}", source.sha256)


def carrier_of(source: Source) -> Source:
    """What is fetched for `source`: itself, or the zip that it lies in."""
    return source.archive if isinstance(source, ZipMember) else source


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.name)
def test_every_card_tells_the_source_the_licence_and_every_known_hash(entry: models.Model) -> None:
    card = card_of(entry.name)
    assert entry.licence in card
    for source in entry.sources:
        carrier = carrier_of(source)
        assert (carrier.address if isinstance(carrier, Web) else carrier.member) in card
        assert not isinstance(source, ZipMember) or {source.sha256, source.member} <= {*card.split("`")}
    assert entry.only_by_name in " ".join(card.split())
    for digest in (*entry.published, *entry.usable):
        assert digest in card
    for heading in ("## Source", "## Licence", "## Measured", "## Threshold"):
        assert heading in card


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="yunet, sface"):
        path_of("arcface")


def gatepost(*arguments: str, folder: Path) -> Done:
    with patch.dict(os.environ, {"GATEPOST_MODELS": str(folder), "COLUMNS": "200"}):
        return called("models", *arguments)


@pytest.mark.shared_data
def test_list_and_verify_tell_good_wrong_and_missing_apart(
    tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, str(shared_data / "models"))
    yunet, sface = models.model("yunet"), models.model("sface")
    for entry in (yunet, sface):
        fetch(entry, tmp_path, lambda *_: None)
    assert gatepost("verify", folder=tmp_path).returncode == 0

    file = tmp_path / sface.file
    data = bytearray(file.read_bytes())
    data[5_000_000] ^= 1
    file.write_bytes(data)
    rows = [json.loads(line) for line in gatepost("list", "--json", folder=tmp_path).stdout.splitlines()]
    presence = {row["name"]: row["presence"] for row in rows}
    assert presence == {
        "yunet": "good",
        "sface": "wrong",
        "minifasnet-v2": "missing",
        "minifasnet-v1se": "missing",
        "face-mesh": "missing",
        "minifasnet-v2se-veto": "missing",
    }
    verdict = gatepost("verify", folder=tmp_path)
    assert verdict.returncode == 1
    assert sface.prepared in verdict.stdout
    assert "run: gatepost models get sface" in verdict.stdout
    assert gatepost("verify", "--json", folder=tmp_path).returncode == 1

    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    assert path_of("yunet") == tmp_path / yunet.file
    with pytest.raises(ModelError, match="not the expected file"):
        path_of("sface")


@pytest.mark.shared_data
def test_get_says_what_a_gate_lacks_without_a_model_that_nobody_has_and_goes_on(
    tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for name in ("yunet", "sface"):
        (mirror / models.model(name).file).symlink_to(shared_data / "models" / models.model(name).file)
    monkeypatch.setenv(MIRROR_VARIABLE, str(mirror))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    done = gatepost("get", folder=tmp_path / "to")
    assert done.returncode == 0
    assert "yunet, sface in " in done.stdout
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert sum("cannot fetch it" in line and MIRROR_VARIABLE in line for line in warnings) == 3
    assert warnings[-2:] == [
        (
            "warning: without minifasnet-v2 and minifasnet-v1se no face can be measured to be alive: "
            "people are asked to turn their heads, or for their pass"
        ),
        (
            "warning: without face-mesh no cover is seen, and nobody can be asked to close their eyes, "
            "only to turn their heads"
        ),
    ]
    assert not (tmp_path / "to" / models.model("minifasnet-v2se-veto").file).exists()

    named = gatepost("get", "minifasnet-v2", folder=tmp_path / "to")
    assert named.returncode == 1
    assert "cannot fetch it" in named.stderr


def test_get_where_nobody_answers_names_every_model_and_says_that_no_gate_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    done = gatepost("get", folder=tmp_path)
    assert done.returncode == 1
    for entry in models.MODELS:
        assert (f"warning: {entry.file}: cannot fetch it" in done.stderr) is (not entry.only_by_name)
    assert "warning: without minifasnet-v2 and minifasnet-v1se no face can be measured" in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"gatepost: {tmp_path}: no gate that sees faces starts without yunet and sface (")


@pytest.mark.shared_data
def test_the_net_that_only_objects_is_fetched_by_its_name_alone(
    tmp_path: Path, shared_data: Path, models_and_mesh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, str(shared_data / "models"))
    mesh = models.model("face-mesh")
    (tmp_path / mesh.file).symlink_to(models_and_mesh / mesh.file)
    assert gatepost("get", folder=tmp_path).returncode == 0
    veto = models.model("minifasnet-v2se-veto")
    assert not (tmp_path / veto.file).exists()
    assert gatepost("get", veto.name, folder=tmp_path).returncode == 0
    assert (tmp_path / veto.file).is_file()


def test_an_empty_folder_fails_verification(tmp_path: Path) -> None:
    verdict = gatepost("verify", folder=tmp_path)
    assert verdict.returncode == 1
    assert "run: gatepost models get yunet sface" in verdict.stdout


def test_an_unknown_model_is_one_clear_line(tmp_path: Path) -> None:
    answer = gatepost("get", "arcface", folder=tmp_path)
    assert answer.returncode == 1
    assert answer.stderr.strip() == (
        "gatepost: no model is called 'arcface' "
        "(the catalogue has yunet, sface, minifasnet-v2, minifasnet-v1se, "
        "face-mesh, minifasnet-v2se-veto)"
    )
