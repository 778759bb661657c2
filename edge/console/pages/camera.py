"""What the camera sees, on pages of those who mind the gate, where the site's policy allows it."""

from __future__ import annotations

from base64 import b64encode

import msgspec

from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit
from edge.staff.core import Right
from edge.staff.protocol.preview import CameraView
from edge.staff.protocol.watching import Topic
from edge.support.decoding import msgpack_decoder

PAGES = ConsolePages()
_view = msgpack_decoder(CameraView)


def picture_in(value: msgspec.Raw) -> str:
    """The address of a published picture, which stands in the page itself; empty: there is none."""
    frame = _view(bytes(value)).frame
    return "" if frame is None else f"data:image/jpeg;base64,{b64encode(frame.jpeg).decode()}"


@PAGES.live(Topic.PREVIEW, right=Right.LET_IN)
def view(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    """The newest picture; nothing where none is shown."""
    return visit.text_of("camera/live.html", "view", picture_in(value))
