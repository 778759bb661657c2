"""Which /dev/videoN a source means: by its number, or by a name that udev keeps for one camera or one socket.

Numbers are given at each start, and two cameras change theirs.
"""

from __future__ import annotations

import re
from pathlib import Path

_NUMBERED = re.compile(r"(?:v4l2:|/dev/video)(\d+)")
_NAMED = re.compile(r"/dev/(?:v4l/by-id|v4l/by-path|gatepost)/[^/]+")


def is_device(source: str) -> bool:
    """Whether a source is a V4L2 device, wired to this computer or not."""
    return bool(_NUMBERED.fullmatch(source) or _NAMED.fullmatch(source))


def device_number(source: str) -> int | None:
    """The number of the device that a source means now; None: none is there, or it is no V4L2 device."""
    numbered = _NUMBERED.fullmatch(source)
    if numbered is None and _NAMED.fullmatch(source):
        numbered = _NUMBERED.fullmatch(str(Path(source).resolve()))
    return None if numbered is None else int(numbered[1])
