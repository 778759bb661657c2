"""A QR code as a picture that stands in the page itself."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathImage


def qr_code(text: str) -> str:
    """The address of an SVG picture of `text`: it is nowhere else, and no other page can ask for it."""
    drawn = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(drawn)
    return f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode()}"
