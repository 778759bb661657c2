"""A film of a resident who stands before the gate for a minute, steps away and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.attacks.made import Species, presentation
from tests.examples import LONG

if TYPE_CHECKING:
    from tests.scenarios.conftest import Site

RATE = 3
"""Frames a second: as few as a person can be followed by, so that a minute is soon looked at."""


def film(target: Path, *parts: tuple[float, list[Image]]) -> Path:
    """The pictures of each part over and over for so many seconds."""
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"MJPG"), float(RATE), (640, 480))
    for seconds, pictures in parts:
        for number in range(round(RATE * seconds)):
            writer.write(pictures[number % len(pictures)])
    writer.release()
    return target


def nobody() -> list[Image]:
    return [np.full((480, 640, 3), 120, np.uint8)]


@pytest.mark.shared_data
@pytest.mark.longer
def test_a_resident_who_stands_still_for_a_minute_opens_once_and_again_after_stepping_away(
    site: Site, shared_data: Path, all_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    for folder in sorted((shared_data / "faces" / "lfw_dev").iterdir()):
        photograph = min(folder.glob("*.jpg"))
        words = (
            "subject",
            "create",
            "ann",
            "--photo",
            photograph,
            "--group",
            "resident",
            "--status",
            "green",
        )
        if site.run(*words, may_fail=True).returncode == 0:
            break
    site.build()
    standing = list(presentation(Species.LIVE, read_picture(photograph), 5, 7))
    shown = film(tmp_path / "ann.avi", (61.0 if LONG else 10.0, standing), (4.0, nobody()), (3.0, standing))
    answers = site.replay(shown)
    assert [(answer["decision"], answer["subject"]) for answer in answers] == [("grant", "ann")] * 2
    assert all("relay_open on" in answer["barrier"] for answer in answers)


def test_a_pass_held_up_opens_once_and_again_when_it_is_shown_anew(site: Site, tmp_path: Path) -> None:
    """Also while a lane that says nothing would not be given up yet: what became of the grant is heard."""
    site.run("subject", "create", "ann", "--group", "resident", "--status", "green")
    site.build()
    picture = read_picture(site.pass_picture("ann"))
    held: Image = np.full((480, 640, 3), 200, np.uint8)
    held[40:440, 120:520] = cv2.resize(picture, (400, 400), interpolation=cv2.INTER_NEAREST)
    answers = site.replay(film(tmp_path / "pass.avi", (20.0, [held]), (4.0, nobody()), (3.0, [held])))
    assert [(answer["decision"], answer["subject"]) for answer in answers] == [("grant", "ann")] * 2
