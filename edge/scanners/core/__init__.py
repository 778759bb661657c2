"""What scanners and keypads send, as values: bytes and keys in, codes and numbers out. PURE."""

from edge.scanners.core.entry import MOST_DIGITS, Digits, KeypadKey, Number, StaffPin
from edge.scanners.core.framing import Code, End, Frames, FrameShape, Noise
from edge.scanners.core.input_events import InputEvents
from edge.scanners.core.keys import Keyboard
from edge.scanners.core.reports import (
    CodeScanned,
    KeypadAsks,
    PinTyped,
    ReaderState,
    Report,
    ScannerReport,
)

__all__ = [
    "MOST_DIGITS",
    "Code",
    "CodeScanned",
    "Digits",
    "End",
    "FrameShape",
    "Frames",
    "InputEvents",
    "Keyboard",
    "KeypadAsks",
    "KeypadKey",
    "Noise",
    "Number",
    "PinTyped",
    "ReaderState",
    "Report",
    "ScannerReport",
    "StaffPin",
]
