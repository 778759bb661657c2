"""Files of strangers: each kind of damage has its own clear refusal, and none is decoded unbounded."""

from __future__ import annotations

import io
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from edge.errors import VisionError
from edge.vision.pictures.reading import LONGEST_SIDE, decode_picture, read_picture


def encoded(picture: Pillow.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("P", "GIF"),
        ("RGB", "JPEG"),
        ("RGBA", "PNG"),
        ("CMYK", "JPEG"),
        ("I;16", "PNG"),
    ],
)
def test_every_kind_of_picture_becomes_the_same_kind_of_array(mode: str, form: str) -> None:
    image = decode_picture(encoded(Pillow.new(mode, (60, 40)), form), "x")
    assert image.shape == (40, 60, 3)
    assert image.dtype == np.uint8


def test_colours_come_in_the_order_that_opencv_expects() -> None:
    image = decode_picture(encoded(Pillow.new("RGB", (20, 20), (255, 0, 0)), "PNG"), "x")
    assert tuple(image[0, 0]) == (0, 0, 255)


def test_a_picture_that_was_taken_sideways_stands_upright() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    image = decode_picture(encoded(Pillow.new("RGB", (60, 40)), "JPEG", exif=exif), "x")
    assert image.shape[:2] == (60, 40)


def test_a_large_picture_is_reduced() -> None:
    image = decode_picture(encoded(Pillow.new("RGB", (7680, 4320)), "JPEG"), "x")
    assert max(image.shape) == LONGEST_SIDE


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header claims width×height, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("side", [8_000, 14_000, 100_000])
def test_an_image_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(VisionError, match=r"pixels|large"):
        decode_picture(bomb(side, side), "bomb.png")


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG", b"GIF89a", b"\xff\xd8\xff\xe0" + bytes(500), b"no picture"]
)
def test_what_is_no_picture_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "strange.jpg"
    path.write_bytes(data)
    with pytest.raises(VisionError) as caught:
        read_picture(path)
    assert caught.value.where == str(path)


def test_a_missing_file_a_folder_and_a_pipe_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")  # to open it would wait for ever
    for path in (tmp_path / "gone.png", tmp_path, tmp_path / "pipe.png"):
        with pytest.raises(VisionError) as caught:
            read_picture(path)
        assert caught.value.where == str(path)


@given(cut=st.integers(1, 2000), form=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]))
def test_a_truncated_picture_is_read_or_refused_and_nothing_else(cut: int, form: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8)
    data = encoded(Pillow.fromarray(noise), form)
    with suppress(VisionError):
        decode_picture(data[: max(1, len(data) - cut)], "cut")
