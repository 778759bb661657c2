"""Which kinds of picture files are read, and by which name the others are refused."""

from __future__ import annotations

import io
import re
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import Variant, grey_of
from edge.vision.configuration import CodeReaderName
from edge.vision.pictures.reading import decode_picture, read_picture


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
def test_of_any_damage_a_decoder_raises_one_kind_of_error(
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
