"""What every reader reads, from drawn codes and from photographs that nobody here made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import CodeReader, Variant, altered, grey_of
from edge.vision.configuration import CodeReaderName
from edge.vision.pictures.reading import read_picture
from tests.edge.vision.conftest import code_image


@pytest.fixture(params=list(CodeReaderName))
def reader(request: pytest.FixtureRequest) -> CodeReader:
    try:
        return open_reader(request.param)
    except VisionError as error:
        pytest.skip(f"LOUD SKIP: {error}")


@pytest.mark.parametrize("text", ["A", "GATEPOST:ABC", "https://example.org/?q=1", "粤通行码", "x" * 1200])
def test_a_drawn_code_is_read_to_the_letter(reader: CodeReader, text: str) -> None:
    grey = grey_of(code_image(text, width=1000, height=1000))
    assert [code.text for code in reader.read_codes(grey, Variant.AS_IS)] == [text]


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xfe\xfd" * 10, bytes(range(256))])
def test_bytes_that_are_no_text_do_not_crash_a_reader(reader: CodeReader, data: bytes) -> None:
    reader.read_codes(grey_of(code_image(data)), Variant.AS_IS)


@pytest.mark.parametrize("variant", [variant for variant in Variant if variant is not Variant.OTHER_KINDS])
def test_every_variant_still_shows_the_code(variant: Variant) -> None:
    grey = grey_of(code_image("variant"))
    picture, scale = altered(grey, variant)
    assert picture.shape == tuple(round(side * scale) for side in grey.shape)
    [code] = open_reader(CodeReaderName.ZXING).read_codes(grey, variant)
    assert code.text == "variant"
    xs = [corner[0] for corner in code.corners]
    assert 0 <= min(xs) < max(xs) <= grey.shape[1], "corners are in the picture's own pixels"


def test_a_picture_of_nothing_has_no_code(reader: CodeReader) -> None:
    for picture in (np.zeros((480, 640), np.uint8), np.full((480, 640), 255, np.uint8)):
        for variant in Variant:
            assert reader.read_codes(picture, variant) == ()


@pytest.mark.shared_data
def test_photographed_codes_are_read_and_nothing_is_read_where_there_is_none(shared_data: Path) -> None:
    """Counts, so that a reader that got worse is seen; tests/bench/bench_codes.py prints the whole table."""
    reader = open_reader(CodeReaderName.ZXING)
    found = wrong = total = 0
    for text_file in sorted((shared_data / "qr").glob("qrcode-*/*.txt")):
        pictures = [text_file.with_suffix(ending) for ending in (".png", ".webp", ".jpg")]
        picture = next((path for path in pictures if path.exists()), None)
        if picture is None:
            continue
        total += 1
        grey = grey_of(read_picture(picture))
        attempts = (reader.read_codes(grey, variant) for variant in Variant)
        codes = next((codes for codes in attempts if codes), ())
        expected = text_file.read_bytes().decode("utf-8", "replace").strip()
        found += any(code.text.strip() == expected for code in codes)
        wrong += bool(codes) and all(code.text.strip() != expected for code in codes)
    assert total == 106
    assert found >= 97
    assert wrong == 0
    for picture in sorted((shared_data / "qr").glob("falsepositives-*/*")):
        grey = grey_of(read_picture(picture))
        assert all(reader.read_codes(grey, variant) == () for variant in Variant)
