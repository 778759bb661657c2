"""Opens the code reader that a name means. Each has its own library: only the chosen one is loaded."""

from __future__ import annotations

from edge.vision.codes.reader import CodeReader
from edge.vision.configuration import CodeReaderName


def open_reader(name: CodeReaderName) -> CodeReader:
    """The reader called `name`; raises VisionError where its library is not installed."""
    if name is CodeReaderName.PYZBAR:
        from edge.vision.codes.zbar import open_zbar  # noqa: PLC0415

        return open_zbar()
    from edge.vision.codes.zxing import ZxingReader  # noqa: PLC0415

    return ZxingReader()
