"""Pictures that people bring or hold before the camera: each is used or named, none is fatal."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName, VisionConfiguration
from edge.vision.faces.embedding import embed_all
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment import portrait_of
from edge.vision.frame import Frame, Image
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from tests.waiting import sooner_than

SIZE = 250


@dataclass(frozen=True)
class People:
    """Photographs (250×250, BGR) of two people whom enrolment takes; `path` is that of the first."""

    path: Path
    one: Image
    other: Image


@pytest.fixture(scope="module")
def people(portraits: list[Path], engine: FaceEngine) -> People:
    usable = []
    for path in portraits[::2]:
        try:
            portrait_of(path, engine)
        except VisionError:
            continue
        usable.append(path)
        if len(usable) == 2:
            break
    return People(usable[0], read_picture(usable[0]), read_picture(usable[1]))


def scene(width: int, height: int, *placed: tuple[Image, int, int, float]) -> Image:
    """Pictures on a grey wall: each at (left, top), scaled."""
    wall = np.full((height, width, 3), 120, np.uint8)
    for picture, left, top, scale in placed:
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        high, wide = min(small.shape[0], height - top), min(small.shape[1], width - left)
        wall[top : top + high, left : left + wide] = small[:high, :wide]
    return wall


def encoded(image: Image, form: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(image[:, :, ::-1])).convert(mode).save(buffer, form, **options)
    return buffer.getvalue()


def sideways(people: People) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    return encoded(np.ascontiguousarray(np.rot90(people.one)), "JPEG", exif=exif, quality=95)


def animated(people: People) -> bytes:
    frames = [
        Pillow.fromarray(np.ascontiguousarray(image[:, :, ::-1])) for image in (people.one, people.other)
    ]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], duration=100, quality=95)
    return buffer.getvalue()


def of_8k(people: People) -> bytes:
    """A phone's photograph of 7,680×4,320, in which the person is a third of the height."""
    return encoded(scene(7680, 4320, (people.one, 2700, 1000, 9.0)), "JPEG", quality=90)


def bomb(_: People) -> bytes:
    """A PNG of 400 bytes whose header claims 30,000×30,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def poster(people: People) -> bytes:
    """The person, and a smaller face on the wall or on a T-shirt behind them."""
    return encoded(scene(700, 500, (people.one, 220, 100, 1.2), (people.other, 520, 20, 0.6)))


def two_together(people: People) -> bytes:
    return encoded(scene(700, 400, (people.one, 60, 60, 1.1), (people.other, 370, 60, 1.1)))


def at_the_edge(people: People) -> bytes:
    return encoded(np.ascontiguousarray(people.one[:, 112:]))


USED: dict[str, Callable[[People], bytes]] = {
    "8K": of_8k,
    "sideways by EXIF": sideways,
    "CMYK": lambda people: encoded(people.one, "JPEG", "CMYK", quality=95),
    "grey": lambda people: encoded(people.one, "PNG", "L"),
    "with transparency": lambda people: encoded(people.one, "PNG", "RGBA"),
    "animated: its first picture": animated,
    "a face on a poster behind": poster,
    "a TIFF": lambda people: encoded(people.one, "TIFF"),
}

NAMED: dict[str, tuple[Callable[[People], bytes], str]] = {
    "no face": (lambda _: encoded(scene(300, 300)), "no face"),
    "two people": (two_together, "several faces"),
    "a face at the edge": (at_the_edge, "cut off|turned away|no face|covers"),
    "1 bit": (
        lambda people: encoded(people.one, "PNG", "1"),
        "no face|contrast|blurred|bright|dark|covers|turned",
    ),
    "truncated": (lambda people: encoded(people.one, "JPEG")[:2000], "not a picture"),
    "an image bomb": (bomb, "pixels|large"),
    "empty": (lambda _: b"", "empty"),
    "no picture at all": (lambda _: b"%PDF-1.7 " + bytes(2000), "not a picture"),
    "a picture of one pixel": (lambda _: encoded(np.zeros((1, 1, 3), np.uint8)), "no face"),
    "a line of one pixel": (lambda _: encoded(np.zeros((1, 9000, 3), np.uint8)), "no face"),
}


@pytest.mark.parametrize("case", USED)
def test_a_strange_kind_of_picture_gives_the_template_of_an_ordinary_one(
    case: str, people: People, tmp_path: Path, engine: FaceEngine
) -> None:
    path = tmp_path / "photograph"
    path.write_bytes(USED[case](people))
    similarity = float(portrait_of(path, engine).template @ portrait_of(people.path, engine).template)
    assert similarity > (0.6 if case == "grey" else 0.8)


@pytest.mark.parametrize("case", NAMED)
def test_what_enrols_nobody_is_named(case: str, people: People, tmp_path: Path, engine: FaceEngine) -> None:
    make, words = NAMED[case]
    path = tmp_path / "photograph.jpg"
    path.write_bytes(make(people))
    with pytest.raises(VisionError, match=words) as caught:
        portrait_of(path, engine)
    assert caught.value.where == str(path)


def test_none_of_it_is_fatal_to_the_others(people: People, tmp_path: Path, engine: FaceEngine) -> None:
    makers = {**USED, **{case: make for case, (make, _) in NAMED.items()}}
    for number, make in enumerate(makers.values()):
        (tmp_path / f"{number:02}.jpg").write_bytes(make(people))
    names = [str(path) for path in sorted(tmp_path.iterdir())] + [str(people.path)]
    reasons: list[str] = []
    embedded = embed_all(names, engine, reasons.append)
    assert embedded.found[-1]
    assert embedded.found[: len(USED)].all()
    assert len(reasons) == int((~embedded.found).sum())


def test_a_bomb_costs_neither_memory_nor_time(people: People, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(people))
    tracemalloc.start()
    with sooner_than(60.0), pytest.raises(VisionError):
        read_picture(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10 << 20, "2.7 GB were claimed"


def test_before_the_camera_the_face_on_a_shirt_is_another_track_and_less_prominent(
    people: People, engine: FaceEngine
) -> None:
    frame = scene(640, 480, (people.one, 200, 20, 1.0), (people.other, 255, 290, 0.55))
    pipeline = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING))
    sighting = pipeline.analyse(Frame(frame, 1, 1.0, "test"))
    assert len(sighting.faces) >= 1
    widths = sorted((face.box.width for face in sighting.faces), reverse=True)
    assert all(width < 0.8 * widths[0] for width in widths[1:])


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.full((480, 640, 3), 255, np.uint8),
        np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8),
        np.zeros((16, 16, 3), np.uint8),
        np.zeros((16, 4000, 3), np.uint8),
        pytest.param(np.zeros((4320, 7680, 3), np.uint8), marks=pytest.mark.long),
    ],
    ids=["black", "white", "noise", "tiny", "a slit", "8K"],
)
def test_a_frame_of_nothing_is_a_frame_of_nobody(frame: Image, engine: FaceEngine) -> None:
    pipeline = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING))
    assert pipeline.analyse(Frame(frame, 1, 1.0, "test", still=True)).faces == ()
