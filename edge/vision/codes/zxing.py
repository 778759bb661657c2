"""zxing-cpp: the default reader, faster and better than the others on photographed codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import zxingcpp

from edge.credentials.carried import OTHER_SYMBOL, CodePart, text_of
from edge.support.foreign_text import of_a_code
from edge.vision.codes.header import header_of
from edge.vision.codes.reader import Grey, Variant, altered
from edge.vision.codes.straightening import Corners, straightened
from edge.vision.reports import MAX_CODE_CHARACTERS, CodeSighting

_MOST_CODES = 4
_MOST_STRAIGHTENED = 2

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_SMALL_KINDS = {zxingcpp.BarcodeFormat.MicroQRCode, zxingcpp.BarcodeFormat.RMQRCode}
"""Are found among QR codes unasked, and dropped: the corner of an ordinary code was read as one ("25")."""
_OTHER_KINDS = {
    zxingcpp.BarcodeFormat.Aztec: "Aztec",
    zxingcpp.BarcodeFormat.DataMatrix: "Data Matrix",
    zxingcpp.BarcodeFormat.MicroQRCode: "Micro QR",
    zxingcpp.BarcodeFormat.RMQRCode: "rMQR",
}
_ANY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, *_OTHER_KINDS])
_UNDECLARED = "]Q1"
"""The identifier of a QR code that does not say which encoding its text is in (ISO/IEC 15424)."""


class ZxingReader:
    """zxing-cpp, with the header of codes that are one of several."""

    name = "zxing-cpp"

    def read_codes(self, grey: Grey, variant: Variant) -> tuple[CodeSighting, ...]:
        if variant is Variant.OTHER_KINDS:
            return tuple(_other_kinds(grey))
        if variant is Variant.STRAIGHTENED:
            return _straightened(grey)
        picture, scale = altered(grey, variant)
        binarizer = (
            zxingcpp.Binarizer.GlobalHistogram
            if variant is Variant.HISTOGRAM
            else zxingcpp.Binarizer.LocalAverage
        )
        return tuple(_sighting(code, _corners(code, scale)) for code in _codes(picture, binarizer))


def _codes(
    picture: Grey, binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage
) -> list[zxingcpp.Barcode]:
    found = _found(picture, _QR, binarizer)
    return [code for code in found if code.format not in _SMALL_KINDS][:_MOST_CODES]


def _found(
    picture: Grey,
    formats: zxingcpp.BarcodeFormats,
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
    *,
    undecoded: bool = False,
) -> list[zxingcpp.Barcode]:
    found = zxingcpp.read_barcodes(
        picture,
        formats=formats,
        try_rotate=False,  # a QR code is found in any orientation without it
        try_invert=True,
        try_downscale=True,
        binarizer=binarizer,
        text_mode=zxingcpp.TextMode.Plain,
        return_errors=undecoded,
    )
    return [code for code in found if undecoded or code.valid]


def _straightened(grey: Grey) -> tuple[CodeSighting, ...]:
    """Codes that are found and not decoded as they lie, read from drawings of each upright."""
    picture, scale = altered(grey, Variant.TWICE)
    seen = [code for code in _found(picture, _QR, undecoded=True) if code.format not in _SMALL_KINDS]
    for code in seen[:_MOST_STRAIGHTENED]:
        corners = _corners(code, scale)
        for upright in straightened(grey, corners):
            read = _codes(upright)
            if read:
                return tuple(_sighting(one, corners) for one in read)
    return ()


def _other_kinds(grey: Grey) -> Iterator[CodeSighting]:
    """Codes of other kinds, where no QR code is found: its corners look like small codes."""
    found = _found(grey, _ANY, undecoded=True)
    if any(code.format not in _OTHER_KINDS for code in found):
        return
    for code in [code for code in found if code.valid][:_MOST_CODES]:
        text = OTHER_SYMBOL + _OTHER_KINDS[code.format]
        yield CodeSighting(text, len(text), _corners(code, 1.0))


def _corners(code: zxingcpp.Barcode, scale: float) -> Corners:
    position = code.position
    return tuple(
        (point.x / scale, point.y / scale)
        for point in (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    )


def _sighting(code: zxingcpp.Barcode, corners: Corners) -> CodeSighting:
    text = _text(code)
    return CodeSighting(text[:MAX_CODE_CHARACTERS], len(text), corners)


def _text(code: zxingcpp.Barcode) -> str:
    text: str = code.text
    if not text.isascii() and code.symbology_identifier == _UNDECLARED:
        text = of_a_code(code.bytes) or text
    details: Any = code.extra
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False)) < 128
    version, level, mask = int(details["Version"]), details["ECLevel"], int(details["DataMask"])
    header = header_of(modules, version, level, mask, code.bytes)
    return text if header is None else text_of(CodePart(header.number, header.total, header.parity, text))
