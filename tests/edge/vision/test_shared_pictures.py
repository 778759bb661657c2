"""Codes in pictures and a video that nobody here made: what is read, and that nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import Variant, grey_of
from edge.vision.configuration import CodeReaderName
from edge.vision.pictures.reading import read_picture
from tests.examples import LONG

pytestmark = pytest.mark.shared_data

ANOTHER_KIND = {"IE/png/1_aztec.png", "IE/png/2_aztec.png", "IE/png/3_aztec.png", "IE/png/4_aztec.png"}
NO_PICTURE = {"IE/2DCode/Raw/Test.png"}
PUBLISHED_OTHERWISE = {
    *(f"EE/png/{name}.png" for name in ("recovery", "test", "vaccination")),
    *(f"ES/png/{number}.png" for number in (2101, 2102, 2103)),
    *(f"FI/png/{name}_FI.png" for name in ("REC", "TEST", "VAC")),
    "GR/2DCode/png/3.png",
    "MA/1.0.0/2DCode/png/1.png",
    "MA/1.0.0/2DCode/png/2.png",
    "MT/png/1.png",
}
"""Pictures whose certificate the member state published in no text file of its folder."""

ON_THE_TABLE = {
    "https://www.facebook.com/Lethmik/",
    "https://www.instagram.com/lethmik/",
    "http://www.facebook.com/LangersJuice",
    '{"lastNode":"OAK5","cids":{"pkey":"171227103636638907587520201AZ"}}',
    "Version 1 QR",
    "Version 2 QR Code Test Image",
    " ".join(["ABC 123456789"] * 15),
    "http://www.lonelyplanet.com/",
}
"""What the codes say that lie before the camera in the video."""
ONE_FRAME_IN = 1 if LONG else 6


def read(path: Path) -> list[str]:
    """As the gate does: one variant a frame, until one shows a code."""
    reader = open_reader(CodeReaderName.ZXING)
    grey = grey_of(read_picture(path))
    found = next((codes for variant in Variant if (codes := reader.read_codes(grey, variant))), ())
    return [code.text for code in found]


def test_every_picture_of_a_certificate(shared_data: Path) -> None:
    folder = shared_data / "dcc"
    published: dict[str, set[str]] = {}
    for file in folder.rglob("*.json"):
        texts = published.setdefault(file.relative_to(folder).parts[0], set())
        texts.add(json.loads(file.read_text("utf-8-sig"))["PREFIX"])
    outcomes: dict[str, set[str]] = {"picture": set(), "other": set(), "code": set(), "text": set()}
    total = 0
    for picture in sorted(folder.rglob("*.png")):
        total += 1
        name = picture.relative_to(folder).as_posix()
        try:
            read_texts = read(picture)
        except VisionError:
            outcomes["picture"].add(name)
            continue
        if not read_texts:
            outcomes["code"].add(name)
        elif read_texts == ["other-code:Aztec"]:
            outcomes["other"].add(name)
        elif not published.get(name.split("/")[0], set()).issuperset(read_texts):
            outcomes["text"].add(name)
            assert [text[:4] for text in read_texts] == ["HC1:"]
    assert total == 451
    assert outcomes == {
        "picture": NO_PICTURE,
        "other": ANOTHER_KIND,
        "code": set(),
        "text": PUBLISHED_OTHERWISE,
    }


@pytest.mark.longer
def test_every_frame_of_the_video_and_nothing_that_does_not_lie_there(shared_data: Path) -> None:
    video = cv2.VideoCapture(str(shared_data / "video" / "qr_movie.mp4"))
    reader = open_reader(CodeReaderName.ZXING)
    frames, without = 0, []
    said: set[str] = set()
    while video.grab():
        frames += 1
        if frames % ONE_FRAME_IN:
            continue
        codes = reader.read_codes(grey_of(np.asarray(video.retrieve()[1], np.uint8)), Variant.AS_IS)
        without += [] if codes else [frames]
        said |= {code.text for code in codes}
    assert (frames, without) == (859, [])
    assert said == ON_THE_TABLE


def test_health_cards_as_the_specification_draws_them(shared_data: Path, drawn: Any) -> None:
    folder = shared_data / "shc" / "examples"
    drawings = sorted(folder.glob("*.svg"))
    assert len(drawings) >= 6
    for drawing in drawings:
        numbers = drawing.with_name(
            drawing.name.replace("g-qr-code", "f-qr-code-numeric-value").replace(".svg", ".txt")
        )
        [text] = read(drawn(drawing))
        assert text == numbers.read_text().strip()
