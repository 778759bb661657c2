"""What scanners and keypads send, as values: bytes and keys in, codes and numbers out. PURE."""

from edge.scanners.core.entry import MOST_DIGITS, Digits, Entry, Number, StaffPin
from edge.scanners.core.framing import Code, End, Frames, FrameShape, Noise
from edge.scanners.core.input_events import InputEvents
from edge.scanners.core.keys import Keyboard
from edge.scanners.core.reports import (
    CodeScanned,
    KeypadAsks,
    PinTyped,
    Report,
    ScannerReport,
    ScannerState,
)

__all__ = [
    "MOST_DIGITS",
    "Code",
    "CodeScanned",
    "Digits",
    "End",
    "Entry",
    "FrameShape",
    "Frames",
    "InputEvents",
    "Keyboard",
    "KeypadAsks",
    "Noise",
    "Number",
    "PinTyped",
    "Report",
    "ScannerReport",
    "ScannerState",
    "StaffPin",
]
