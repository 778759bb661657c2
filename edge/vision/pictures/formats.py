"""Which kinds of picture files are read, and the names of the others.

A short list on purpose: every decoder is a way in for strangers, and some start other programs (Ghostscript).
"""

from __future__ import annotations

from contextlib import suppress

from PIL import Image as Pillow

from edge.errors import VisionError

_HEIF = "HEIF"
_READ = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "AVIF", _HEIF)

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_GENERAL_BRANDS = frozenset({b"mif1", b"msf1"})
"""Brands that say only that it is an image in ISO's box format: HEIC and AVIF both use them."""
_HEADER_BYTES = 64
_VAGUE = frozenset({"CUR", "ICO"})
"""Begin with so few particular bytes that other files are taken for them."""


def formats() -> tuple[str, ...]:
    """Pillow's names of what is read; HEIF is among them once `open_heif` was called."""
    Pillow.init()
    return tuple(name for name in _READ if name in Pillow.OPEN)


def is_heif(data: bytes) -> bool:
    """Whether `data` begins as phones' HEIC photographs do (ISO/IEC 23008-12, the `ftyp` box)."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4]), _HEADER_BYTES)
    brands = {data[start : start + 4] for start in (8, *range(16, end, 4))}
    return bool(brands & _HEIF_BRANDS) or bool(brands & _GENERAL_BRANDS and not brands & {b"avif", b"avis"})


def open_heif(where: str) -> None:
    """Let Pillow read HEIC from now on; raises VisionError where the library for it is not installed."""
    if _HEIF in Pillow.OPEN:
        return
    try:
        # Loaded for the first such picture only: a gate's camera never shows one.
        import pillow_heif  # noqa: PLC0415 - an extra
    except ImportError:
        raise VisionError(
            "HEIC pictures cannot be read on this computer: pillow-heif is not installed",
            where=where,
            remedy="pip install 'gatepost[heic]', or save it as JPEG",
        ) from None
    pillow_heif.register_heif_opener()


def format_named(data: bytes) -> str:
    """The kind of picture that `data` begins like (Pillow's name); empty where it begins like none."""
    Pillow.init()
    for name, (_, accepts) in Pillow.OPEN.items():
        if accepts is None or name in _VAGUE:
            continue
        with suppress(Exception):  # whatever a decoder raises on a stranger's bytes
            if accepts(data[:16]) is True:
                return name
    return ""
