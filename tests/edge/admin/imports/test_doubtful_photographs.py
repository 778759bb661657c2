"""What enrolment doubts in a photograph is said, and what it refuses as covered can be taken all the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.cli.main import command
from edge.lane.configuration import LaneDirection
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.factory import open_engine
from edge.vision.faces.portraits import faces_in
from edge.vision.pictures.reading import read_picture
from tests.attacks.made import Species, presentation
from tests.covers import MASKS

pytestmark = pytest.mark.shared_data


@pytest.fixture
def admin(tmp_path: Path, models_and_mesh: Path, monkeypatch: pytest.MonkeyPatch) -> SiteAdmin:
    monkeypatch.setenv("GATEPOST_MODELS", str(models_and_mesh))
    now = datetime(2026, 3, 3, tzinfo=UTC)
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, now)


@pytest.fixture
def folder(tmp_path: Path, shared_data: Path) -> Path:
    """Three people: bare, under a mask, and a photograph of one on a phone."""
    engine = open_engine(FaceEngineName.SFACE)
    assert engine is not None
    place, faces = tmp_path / "photographs", shared_data / "faces" / "lfw_dev"
    place.mkdir()
    bare, masked, shown = (
        read_picture(min((faces / name).glob("*.jpg")))
        for name in ("James_Schultz", "Don_Lake", "Michael_Chang")
    )
    under = MASKS["surgical"](masked, faces_in(masked, engine)[0], np.random.default_rng(1))
    on_a_phone = next(iter(presentation(Species.PHONE, shown, 2)))
    for name, picture in (("bare", bare), ("masked", under), ("shown", on_a_phone)):
        cv2.imwrite(str(place / f"{name}.png"), picture)
    return place


def imported(admin: SiteAdmin, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    capsys.readouterr()
    told = ["subject", "import", str(folder), "--json", "--folder", str(admin.folder), *more]
    command()(told, exit_on_error=False)
    return json.loads(capsys.readouterr().out)


def test_a_covered_face_is_left_out_by_name_and_with_the_way_to_take_it(
    admin: SiteAdmin, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = imported(admin, folder, capsys)
    assert said["added"] == 2
    [refused] = [remark for remark in said["remarks"] if "masked.png" in remark]
    assert "perhaps a mask" in refused
    assert "--as-they-are" in refused
    assert {subject.id for subject in admin.store.every()} == {"bare", "shown"}


def test_it_is_taken_with_a_remark_where_somebody_says_so(
    admin: SiteAdmin, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = imported(admin, folder, capsys, "--as-they-are")
    assert said["added"] == 3
    assert [remark for remark in said["remarks"] if "masked.png: something covers the mouth" in remark]
    assert len(admin.store.templates("masked")) == 1


def test_a_photograph_of_a_photograph_is_taken_and_said(
    admin: SiteAdmin, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = imported(admin, folder, capsys)
    doubted = [remark for remark in said["remarks"] if "photograph of a photograph" in remark]
    assert [remark for remark in doubted if "shown.png" in remark] == doubted != []
    assert len(admin.store.templates("shown")) == 1
