"""What a picture may hold besides one ordinary QR code: parts of one, other encodings, other kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow

from edge.cli.code import read
from edge.credentials.structured_append import Joined, joined
from edge.vision.codes.factory import open_reader
from edge.vision.codes.header import AppendHeader, header_of
from edge.vision.codes.reader import Variant, grey_of
from edge.vision.configuration import CodeReaderName, FaceEngineName, VisionConfiguration
from edge.vision.frame import Frame
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from tests.bench.worse_codes import worse
from tests.edge.vision.conftest import code_image

Grey = NDArray[np.uint8]
READER = open_reader(CodeReaderName.ZXING)


def drawn(code: segno.QRCode, pixels: int = 4) -> Grey:
    modules = np.pad(np.array(code.matrix, np.uint8), 4)
    return np.asarray(np.kron(255 * (1 - modules), np.ones((pixels, pixels), np.uint8)), np.uint8)


def still(grey: Grey) -> list[str]:
    """What the gate's own pipeline reads in a picture that stands alone."""
    pipeline = Pipeline(VisionConfiguration(faces=FaceEngineName.NONE), None, READER)
    frame = Frame(np.dstack([grey] * 3), 1, 1.0, "test", still=True)
    return [code.text for code in pipeline.analyse(frame).codes]


# --- parts ---------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:abc", min_size=40, max_size=1500),
    total=st.integers(2, 16),
    level=st.sampled_from("lmqh"),
)
def test_parts_are_told_by_the_codes_themselves(text: str, total: int, level: str) -> None:
    codes = segno.make_sequence(text, symbol_count=total, error=level, boost_error=False)
    read_parts = [READER.read_codes(drawn(code), Variant.AS_IS)[0].text for code in codes]
    assert joined(reversed(read_parts)) == (Joined(text) if total > 1 else None)


@settings(max_examples=40)
@given(text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abc", min_size=1, max_size=600))
def test_an_ordinary_code_is_no_part(text: str) -> None:
    [code] = READER.read_codes(drawn(segno.make_qr(text)), Variant.AS_IS)
    assert code.text == text


def test_a_header_is_read_whichever_way_the_code_lies() -> None:
    [first, *_] = segno.make_sequence("GP1:" + "ABC" * 60, symbol_count=3)
    for turns in range(4):
        [code] = READER.read_codes(np.ascontiguousarray(np.rot90(drawn(first), turns)), Variant.AS_IS)
        assert code.text.startswith("qr-part:1/3:")


@given(st.integers(1, 40), st.sampled_from("LMQH"), st.integers(0, 7), st.integers(0, 2**32 - 1))
def test_any_modules_have_a_header_or_none(version: int, level: str, mask: int, seed: int) -> None:
    size = 17 + 4 * version
    modules = np.random.default_rng(seed).integers(0, 2, (size, size)).astype(bool)
    header = header_of(modules, version, level, mask, b"any")
    assert header is None or (1 <= header.number <= header.total <= 16 and isinstance(header, AppendHeader))
    assert header_of(modules[:-1], version, level, mask, b"any") is None


# --- encodings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("场所码", "gb18030"), ("嘉定区江桥镇", "gb18030"), ("会場コード", "cp932"), ("Café", "latin-1")],
)
def test_a_code_that_does_not_say_its_encoding(text: str, encoding: str) -> None:
    [code] = READER.read_codes(grey_of(code_image(text.encode(encoding))), Variant.AS_IS)
    assert code.text == text


def test_a_code_that_says_its_encoding_is_believed() -> None:
    [code] = READER.read_codes(drawn(segno.make_qr("Ã©té", encoding="iso-8859-1", eci=True)), Variant.AS_IS)
    assert code.text == "Ã©té"


@pytest.mark.shared_data
def test_a_place_code_of_the_field(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read([shared_data / "field" / "qr-place-code-gbk-no-eci.png"], json=True) == 0
    assert '"kind":"place_code"' in capsys.readouterr().out


# --- other kinds ---------------------------------------------------------------------------------------

OTHERS = {
    "Aztec": zxingcpp.BarcodeFormat.Aztec,
    "Data Matrix": zxingcpp.BarcodeFormat.DataMatrix,
    "Micro QR": zxingcpp.BarcodeFormat.MicroQRCode,
    "rMQR": zxingcpp.BarcodeFormat.RMQRCode,
}


def other(kind: str) -> Grey:
    image = np.asarray(zxingcpp.create_barcode("12345", OTHERS[kind]).to_image(scale=6))
    return np.ascontiguousarray(np.pad(image, 40, constant_values=255), np.uint8)


@pytest.mark.parametrize("kind", OTHERS)
def test_another_kind_of_code_is_named(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert still(other(kind)) == [f"other-code:{kind}"]
    picture = tmp_path / "other.png"
    Pillow.fromarray(other(kind)).save(picture)
    assert read([picture], json=True) == 1
    said = capsys.readouterr()
    assert f"other.png: {kind}: this is another kind of code" in said.err
    assert "come closer" not in said.err
    assert '"verdict":"not_a_pass","reason":"other_symbol"' in said.out


def beside(one: Grey, other_one: Grey) -> Grey:
    height = max(one.shape[0], other_one.shape[0])
    both = [
        np.pad(grey, ((0, height - grey.shape[0]), (0, 0)), constant_values=255) for grey in (one, other_one)
    ]
    return np.ascontiguousarray(np.hstack(both))


@pytest.mark.parametrize("kind", OTHERS)
def test_beside_a_qr_code_another_kind_is_not_said(kind: str) -> None:
    assert still(beside(drawn(segno.make_qr("GP1:ABC")), other(kind))) == ["GP1:ABC"]


@pytest.mark.parametrize("kind", OTHERS)
def test_where_a_qr_code_is_seen_and_not_read_another_kind_is_not_said(kind: str) -> None:
    """Its corner can look like a Micro QR code; and anyone who shows it has to come closer."""
    grey = drawn(segno.make_qr("GP1:" + "ABC" * 30, error="l"))
    middle = slice(grey.shape[0] // 3, -grey.shape[0] // 3)
    grey[middle, middle] = 128
    assert still(grey) == []
    assert still(beside(grey, other(kind))) == []


# --- what is hard to read ------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_retries_read_what_a_camera_makes_of_codes(shared_data: Path) -> None:
    """Counts on every tenth photograph; `bench_codes.py retries` prints what each retry adds on all."""
    texts = sorted((shared_data / "qr").glob("qrcode-*/*.txt"))[::10]
    pictures = []
    for text in texts:
        found = [path for ending in (".png", ".webp", ".jpg") if (path := text.with_suffix(ending)).exists()]
        if found:
            words = text.read_bytes().decode("utf-8", "replace").strip()
            pictures.append((grey_of(read_picture(found[0])), words))
    total = at_once = in_the_end = wrong = 0
    for _, grey, expected in worse(pictures):
        total += 1
        codes: tuple[str, ...] = ()
        for variant in Variant:
            codes = tuple(code.text.strip() for code in READER.read_codes(grey, variant))
            if codes:
                at_once += expected in codes and variant is Variant.AS_IS
                in_the_end += expected in codes
                wrong += expected not in codes
                break
    assert total > 80
    assert wrong == 0
    assert at_once >= 30
    assert in_the_end >= 45, "38 without straightening, smoothing and enlarging"
