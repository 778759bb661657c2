"""A photograph, a phone and a person before one gate, with and without the liveness rule of its policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.attacks.made import Species, presentation
from tests.examples import LONG

if TYPE_CHECKING:
    from tests.scenarios.conftest import Site

pytestmark = pytest.mark.shared_data

PEOPLE = 4 if LONG else 1
ATTACKS = (Species.VIDEO, Species.CLOSE_PRINT) if LONG else (Species.VIDEO,)
FRAMES = 7
AWAY = 25 if LONG else 0
"""Frames of an empty lane after each: enough for everybody to be gone (2 s); none where one film is all."""


@pytest.fixture
def enrolled(site: Site, shared_data: Path, all_models: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The photographs of those whom the site has enrolled."""
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    photographs: list[Path] = []
    for folder in sorted((shared_data / "faces" / "lfw_dev").iterdir()):
        photograph = min(folder.glob("*.jpg"))
        words = ("subject", "create", folder.name.lower().replace("_", "-"), "--photo", photograph)
        done = site.run(*words, "--group", "resident", "--status", "green", may_fail=True)
        photographs += [photograph] if done.returncode == 0 else []
        if len(photographs) == PEOPLE:
            break
    site.build()
    return photographs


def video(photograph: Path, species: Species, folder: Path) -> Path:
    """A presentation of a second and a half (its frames twice), then an empty lane."""
    target = folder / f"{photograph.stem}-{species.name.lower()}.avi"
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (640, 480))
    nobody: Image = np.full((480, 640, 3), 120, np.uint8)
    shown = list(presentation(species, read_picture(photograph), len(photograph.stem), FRAMES))
    for image in (*shown, *shown, *[nobody] * AWAY):
        writer.write(image)
    writer.release()
    return target


def opened(said: list[dict[str, Any]]) -> int:
    return sum(answer["decision"] == "grant" for answer in said)


@pytest.mark.longer
def test_a_photograph_held_up_opens_only_where_the_policy_does_not_ask_for_more(
    site: Site, enrolled: list[Path], tmp_path: Path
) -> None:
    shown = {
        species: [video(photograph, species, tmp_path) for photograph in enrolled]
        for species in (Species.LIVE, *ATTACKS)
    }
    # Whom the camera knows opens, also as a photograph; how alive it looks is seen, and decides nothing.
    for species in ATTACKS:
        said = site.replay(*shown[species])
        assert opened(said) >= max(1, PEOPLE - 1)
        assert all(answer["evidence"]["liveness_frames"] for answer in said if answer["decision"] == "grant")

    policy = site.folder / "policy.toml"
    policy.write_text(policy.read_text().replace('mode = "off"', 'mode = "passive"'))
    site.build()
    assert opened(site.replay(*shown[Species.LIVE])) >= max(1, PEOPLE // 2)
    for species in ATTACKS:
        said = site.replay(*shown[species])
        assert opened(said) <= PEOPLE // 4
        refused = [answer for answer in said if answer["reason"] == "face_not_live"]
        assert len(refused) >= max(1, PEOPLE - 1)
        assert {answer["evidence"]["face"] for answer in refused} == {"spoof"}
