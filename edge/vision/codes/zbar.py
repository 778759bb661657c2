"""pyzbar: the second reader, for comparison and for sites that know it."""

from __future__ import annotations

from typing import Any

from edge.errors import VisionError
from edge.vision.codes.reader import Grey, Variant, altered
from edge.vision.reports import MAX_CODE_CHARACTERS, CodeSighting

_MOST_CODES = 4
_OF_ANOTHER_READER = {Variant.STRAIGHTENED, Variant.OTHER_KINDS}
"""Need the corners that zxing-cpp gives of codes that it finds and cannot decode."""


class ZbarReader:
    """libzbar by way of pyzbar."""

    name = "pyzbar"

    def __init__(self, library: Any) -> None:
        self._library = library

    def read_codes(self, grey: Grey, variant: Variant) -> tuple[CodeSighting, ...]:
        if variant in _OF_ANOTHER_READER:
            return ()
        picture, scale = altered(grey, variant)
        try:
            found = self._library.decode(picture, symbols=[self._library.ZBarSymbol.QRCODE])
        except ValueError:
            # pyzbar 0.1.9 does not know every orientation that libzbar reports (ZBarOrientation).
            return ()
        return tuple(_sighting(code, scale) for code in found[:_MOST_CODES])


def open_zbar() -> ZbarReader:
    """The reader; raises VisionError where pyzbar or libzbar is not installed."""
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise VisionError(
            f"pyzbar is not installed: {error}",
            remedy="pip install 'gatepost[pyzbar]' and apt-get install libzbar0",
        ) from None
    return ZbarReader(pyzbar)


def _sighting(code: Any, scale: float) -> CodeSighting:
    text = code.data.decode("utf-8", errors="replace")
    corners = tuple((point.x / scale, point.y / scale) for point in code.polygon)
    return CodeSighting(text[:MAX_CODE_CHARACTERS], len(text), corners)
