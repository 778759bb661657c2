"""What a QR code in a picture says, read without the product.

A corner of a QR code looks like a Micro QR code now and then, and the reader, asked for either, tells both.
So nothing else in the tests calls it (TID251 in pyproject.toml).
"""

from __future__ import annotations

from typing import Any

import zxingcpp


def qr_text(picture: Any) -> str:
    """The text of the one QR code in `picture`."""
    found = zxingcpp.read_barcodes(picture)  # noqa: TID251 - here
    [code] = [code for code in found if code.format == zxingcpp.BarcodeFormat.QRCode]
    return str(code.text)
