"""The default reader: encodings, long codes, other kinds of codes, and what is hard to read."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image as Pillow

from edge.cli.code import read
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import Variant, grey_of
from edge.vision.configuration import CodeReaderName, FaceEngineName, VisionConfiguration
from edge.vision.frame import Frame
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from tests.bench.worse_codes import worse
from tests.edge.vision.conftest import code_image
from tests.edge.vision.drawn import READER, Grey, drawn


def still(grey: Grey) -> list[str]:
    """What the gate's own pipeline reads in a picture that stands alone."""
    pipeline = Pipeline(VisionConfiguration(faces=FaceEngineName.NONE), None, READER)
    frame = Frame(np.dstack([grey] * 3), 1, 1.0, "test", still=True)
    return [code.text for code in pipeline.analyse(frame).codes]


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
    error = msgspec.json.decode(said.err)
    assert error["error"].startswith(f"{kind}: this is another kind of code")
    assert error["where"] == str(picture)
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
    """Its corner can look like a Micro QR code; and the person has to come closer."""
    grey = drawn(segno.make_qr("GP1:" + "ABC" * 30, error="l"))
    middle = slice(grey.shape[0] // 3, -grey.shape[0] // 3)
    grey[middle, middle] = 128
    assert still(grey) == []
    assert still(beside(grey, other(kind))) == []


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


def test_a_code_of_four_thousand_characters_is_read_whole() -> None:
    text = "A" * 4000
    grey = grey_of(code_image(text, pixel=6, width=1200, height=1200))
    [code] = open_reader(CodeReaderName.ZXING).read_codes(grey, Variant.AS_IS)
    assert (code.text, code.length) == (text, 4000)
