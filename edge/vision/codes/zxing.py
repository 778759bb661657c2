"""zxing-cpp: the default reader, faster and better than the others on photographed codes."""

from __future__ import annotations

import zxingcpp

from edge.vision.codes.reader import Grey, Variant, altered
from edge.vision.sighting import MAX_CODE_CHARACTERS, CodeSighting

_MOST_CODES = 4

_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_SMALL_KINDS = {zxingcpp.BarcodeFormat.MicroQRCode, zxingcpp.BarcodeFormat.RMQRCode}
"""Come with QR codes unasked, and are not taken: the corner of an ordinary code was read as one ("25")."""


class ZxingReader:
    name = "zxing-cpp"

    def read(self, grey: Grey, variant: Variant) -> tuple[CodeSighting, ...]:
        picture, scale = altered(grey, variant)
        binarizer = (
            zxingcpp.Binarizer.GlobalHistogram
            if variant is Variant.HISTOGRAM
            else zxingcpp.Binarizer.LocalAverage
        )
        found = zxingcpp.read_barcodes(
            picture,
            formats=_FORMATS,
            try_rotate=False,  # a QR code is found in any orientation without it
            try_invert=True,
            try_downscale=True,
            binarizer=binarizer,
            text_mode=zxingcpp.TextMode.Plain,
        )
        taken = [code for code in found if code.valid and code.format not in _SMALL_KINDS]
        return tuple(_sighting(code, scale) for code in taken[:_MOST_CODES])


def _sighting(code: zxingcpp.Barcode, scale: float) -> CodeSighting:
    place = code.position
    corners = tuple(
        (point.x / scale, point.y / scale)
        for point in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    )
    text = code.text
    return CodeSighting(text[:MAX_CODE_CHARACTERS], len(text), corners)
