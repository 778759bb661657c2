"""Deep, transparent, cut and foreign pictures: read as they are meant, or named; never clipped."""

from __future__ import annotations

import io
import os
import re
import struct
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow

from edge.errors import VisionError
from edge.vision.cameras.folder import FolderCamera
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import Variant, grey_of
from edge.vision.configuration import CodeReaderName, FaceEngineName, VisionConfiguration, WorkerTask
from edge.vision.pictures.reading import decode_picture, read_picture
from edge.vision.playback import files_of, play
from edge.vision.reports import CameraReport, CameraState, InputRefused, Sighting
from edge.vision.worker.process import start_worker
from tests.edge.vision.conftest import code_image

RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint16), (40, 1))
"""From black to white, as eight bits."""
TWELVE, SIXTEEN = (RAMP << 4) | (RAMP >> 4), RAMP * 257


def by_pillow(values: NDArray[np.generic], form: str) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(values).save(buffer, form)
    return buffer.getvalue()


def by_opencv(values: NDArray[np.generic], suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, np.asarray(values))
    assert done
    return bytes(data)


def coloured(values: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    return np.dstack([values, values, values])


def opaque(values: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return np.dstack([values, values, values, np.full_like(values, 65_535)])


DEEP: dict[str, Callable[[], bytes]] = {
    "grey PNG, 16 bits": lambda: by_pillow(SIXTEEN, "PNG"),
    "grey PNG, 12 bits in 16": lambda: by_pillow(TWELVE, "PNG"),
    "grey TIFF, 16 bits": lambda: by_pillow(SIXTEEN, "TIFF"),
    "grey TIFF, 12 bits in 16": lambda: by_pillow(TWELVE, "TIFF"),
    "grey TIFF, 32 bits": lambda: by_pillow(SIXTEEN.astype(np.int32), "TIFF"),
    "grey PGM, 16 bits": lambda: by_pillow(SIXTEEN, "PPM"),
    "TIFF of shares of one": lambda: by_pillow((RAMP / 255).astype(np.float32), "TIFF"),
    "TIFF of real numbers to 255": lambda: by_pillow(RAMP.astype(np.float32), "TIFF"),
    "coloured PNG, 16 bits": lambda: by_opencv(coloured(SIXTEEN), ".png"),
    "coloured PNG, 12 bits in 16": lambda: by_opencv(coloured(TWELVE), ".png"),
    "coloured TIFF, 12 bits in 16": lambda: by_opencv(coloured(TWELVE), ".tiff"),
    "coloured PPM, 12 bits in 16": lambda: by_opencv(coloured(TWELVE), ".ppm"),
    "coloured PNG with opacity, 16 bits": lambda: by_opencv(opaque(SIXTEEN), ".png"),
}


@pytest.mark.parametrize("case", DEEP)
def test_a_deep_picture_is_scaled_and_not_clipped(case: str) -> None:
    image = decode_picture(DEEP[case](), "x")
    difference = np.abs(image.astype(int) - RAMP[:, :, None].astype(int))
    assert image.shape == (40, 64, 3)
    assert difference.max() <= 1, "black is black, white is white, and all between in its place"


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), 1e6])
def test_values_of_which_white_cannot_be_known_are_refused(value: float) -> None:
    values = np.full((20, 20), 0.5, np.float32)
    values[3, 3] = value
    with pytest.raises(VisionError, match=r"do not say what black and white are.*8 bits"):
        decode_picture(by_pillow(values, "TIFF"), "x")


def black_on_nothing(mode: str) -> Pillow.Image:
    """A code in black, and everything else transparent (and black)."""
    code = grey_of(code_image("laid on white", width=300, height=300))
    drawn = Pillow.fromarray(np.zeros_like(code), "L").convert("RGBA")
    drawn.putalpha(Pillow.fromarray(np.where(code < 100, 255, 0).astype(np.uint8)))
    return drawn.convert(mode)


@pytest.mark.parametrize(
    ("mode", "form"),
    [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "TIFF"), ("P", "GIF"), ("PA", "TIFF")],
)
def test_what_can_be_seen_through_is_laid_on_white(mode: str, form: str) -> None:
    picture = black_on_nothing("RGBA")
    if mode == "P":
        # One colour, black, and one that stands for nothing.
        picture = Pillow.fromarray(np.where(np.asarray(picture)[:, :, 3] > 0, 0, 1).astype(np.uint8), "P")
        picture.putpalette([0, 0, 0, 0, 0, 0])
        picture.info["transparency"] = 1
    else:
        picture = picture.convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, form, **({"lossless": True} if form == "WEBP" else {}))
    image = decode_picture(buffer.getvalue(), "x")
    [code] = open_reader(CodeReaderName.ZXING).read_codes(grey_of(image), Variant.AS_IS)
    assert code.text == "laid on white"


# --- foreign files ---------------------------------------------------------------------------------


def saved(form: str) -> bytes | None:
    buffer = io.BytesIO()
    try:
        Pillow.new("RGB", (40, 30), "red").save(buffer, form)
    except Exception:  # noqa: BLE001 - Pillow cannot write every kind everywhere
        return None
    return buffer.getvalue()


Pillow.init()
READ = {"AVIF", "BMP", "DIB", "GIF", "HEIF", "JPEG", "MPO", "PNG", "PPM", "TIFF", "WEBP"}
WRITTEN = {form: data for form in sorted(Pillow.SAVE) if (data := saved(form))}


@pytest.mark.parametrize("form", WRITTEN)
def test_every_kind_that_pillow_writes_is_read_or_refused_in_words(form: str) -> None:
    if form in READ:
        assert decode_picture(WRITTEN[form], "strange.bin").shape == (30, 40, 3)
        return
    with pytest.raises(VisionError, match=r"^strange\.bin: not a picture.*save it as JPEG or PNG") as caught:
        decode_picture(WRITTEN[form], "strange.bin")
    assert not re.search(r"0x[0-9a-f]{6}|object", str(caught.value)), "an address tells nobody anything"


def test_kinds_that_nobody_photographs_with_have_no_decoder_to_attack() -> None:
    """EPS would start Ghostscript."""
    for form in ("EPS", "DDS", "PCX", "SGI", "QOI"):
        with pytest.raises(VisionError, match=f"{form}, a kind that is not read here"):
            decode_picture(WRITTEN[form], "x")


@given(
    form=st.sampled_from(sorted(WRITTEN)),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 40),
)
def test_whatever_is_damaged_a_decoder_raises_one_kind_of_error(
    form: str, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(WRITTEN[form])
    for place, value in changes:
        data[place % len(data)] = value
    with suppress(VisionError):
        decode_picture(bytes(data[: len(data) - cut]), "x")


def test_a_picture_that_nobody_can_decode_is_named(shared_data: Path) -> None:
    with pytest.raises(VisionError, match=r"unimplemented_pixel_format\.dds: .*DDS"):
        read_picture(shared_data / "field" / "unimplemented_pixel_format.dds")


@pytest.mark.shared_data
def test_pictures_of_the_field(shared_data: Path) -> None:
    folder = shared_data / "field"
    reader = open_reader(CodeReaderName.ZXING)
    [code] = reader.read_codes(
        grey_of(read_picture(folder / "qr-black-on-transparent-rgba.png")), Variant.AS_IS
    )
    assert code.text.startswith("GP1:")
    grey = read_picture(folder / "face-gray16.png")
    assert (int(grey.min()), int(grey.max())) == (0, 255)
    assert 60 < grey.mean() < 180


def heic(**options: object) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif", reason="LOUD SKIP: pip install 'gatepost[heic]'")
    pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    picture = Pillow.fromarray(np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))).convert("RGB")
    picture.save(buffer, "HEIF", **options)
    return buffer.getvalue()


def test_a_phones_photograph_is_read() -> None:
    image = decode_picture(heic(quality=95), "phone.heic")
    assert image.shape == (48, 64, 3)
    assert image[:, :4].mean() < 20
    assert image[:, -4:].mean() > 235


def test_without_the_library_a_phones_photograph_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = heic()
    monkeypatch.delitem(Pillow.OPEN, "HEIF", raising=False)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(VisionError, match=r"phone\.heic: HEIC .*gatepost\[heic\].*JPEG"):
        decode_picture(data, "phone.heic")


# --- JPEGs that end too early -----------------------------------------------------------------------


def photograph(**options: object) -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (61, 83, 3), np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(cv2.GaussianBlur(noise, (0, 0), 2.0)).save(buffer, "JPEG", quality=85, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_without_its_end_mark_is_whole(lost: int, progressive: bool) -> None:
    data = photograph(progressive=progressive)
    assert np.array_equal(decode_picture(data[:-lost], "x"), decode_picture(data, "x"))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_jpeg_that_lost_some_of_its_picture_is_refused(share: float) -> None:
    data = photograph()
    with pytest.raises(VisionError, match=r"(?i)truncated"):
        decode_picture(data[: int(share * len(data))], "x")


def test_the_second_engine_does_not_make_half_a_picture_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its library tells Pillow, for the whole process, to fill up what is missing."""
    dlib_engine = pytest.importorskip("edge.vision.faces.dlib_engine")
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    dlib_engine.open_dlib()
    data = photograph()
    with pytest.raises(VisionError, match=r"(?i)truncated"):
        decode_picture(data[: len(data) // 2], "x")


# --- names, and folders -----------------------------------------------------------------------------

STRANGE_NAMES = [b"caf\xe9.png", b"\xe6\x9d\x8e.png", b"a\x1b[31mred.png", b"new\nline.png"]
SHOWN_NAMES = [r"caf\xe9.png", "李.png", r"a\u001b[31mred.png", r"new\u000aline.png"]
CODES_ONLY = VisionConfiguration(faces=FaceEngineName.NONE, hold=0.0)


def put(folder: Path, name: bytes, data: bytes) -> None:
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:  # noqa: PTH118, PTH123 - names of bytes
        file.write(data)


def test_names_that_are_not_text_are_read_and_shown_in_words(tmp_path: Path) -> None:
    for number, name in enumerate(STRANGE_NAMES):
        put(tmp_path, name, by_pillow(code_image(f"code {number}"), "PNG"))
    put(tmp_path, b"\xff.png", b"not one")
    reports = list(play(files_of([tmp_path]), CODES_ONLY))
    seen = {Path(one.input).name: one.codes[0].text for one in reports if isinstance(one, Sighting)}
    assert seen == {name: f"code {number}" for number, name in enumerate(SHOWN_NAMES)}
    [refused] = [one for one in reports if isinstance(one, InputRefused)]
    assert refused.input.endswith(r"\xff.png")


def test_a_folder_camera_passes_over_what_is_not_a_picture(tmp_path: Path) -> None:
    for number in (1, 3, 5):
        (tmp_path / f"{number}.png").write_bytes(by_pillow(code_image(f"code {number}"), "PNG"))
    (tmp_path / "0.png").write_bytes(b"not one")
    (tmp_path / "2.png").write_bytes(struct.pack(">4s", b"\x89PNG") + zlib.compress(b""))
    put(tmp_path, b"4\xff.png", b"")
    camera = FolderCamera(tmp_path, hold=0.0)
    refused, shown = [], []
    camera.open()
    while True:
        try:
            taken = camera.next_picture()
        except VisionError as error:
            refused.append(Path(error.where).name)
            continue
        if taken is None:
            break
        shown.append(Path(taken[1]).name)
    assert shown == ["1.png", "3.png", "5.png"]
    assert refused == ["0.png", "2.png", r"4\xff.png"]


def test_a_gates_folder_camera_goes_on_after_a_bad_picture(tmp_path: Path) -> None:
    """Through the worker, as a gate or the demo runs it; every picture is held until it was seen."""
    (tmp_path / "1.png").write_bytes(by_pillow(code_image("code 1"), "PNG"))
    put(tmp_path, b"2\xff.png", b"not one")
    (tmp_path / "3.png").write_bytes(by_pillow(code_image("code 3"), "PNG"))
    vision = VisionConfiguration(camera=f"folder:{tmp_path}", faces=FaceEngineName.NONE, hold=1.0)
    worker = start_worker(WorkerTask(vision))
    reports = list(worker.reports())
    worker.close()
    codes = {code.text for one in reports if isinstance(one, Sighting) for code in one.codes}
    assert codes == {"code 1", "code 3"}
    [refused] = [one for one in reports if isinstance(one, InputRefused)]
    assert refused.input.endswith(r"/2\xff.png")
    assert "not a picture that can be read" in refused.reason
    states = [one.state for one in reports if isinstance(one, CameraReport)]
    assert states == [CameraState.STREAMING, CameraState.FINISHED]


def test_a_folder_without_pictures_is_said_with_what_to_put_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(VisionError, match=r"has no pictures in it .*jpg"):
        files_of([tmp_path])
