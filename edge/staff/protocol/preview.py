"""What is published of the camera while somebody watches it, on the topics `preview` and `aim`."""

from __future__ import annotations

from edge.staff.protocol.envelope import Message
from edge.vision.reports import PreviewFrame


class CameraView(Message, frozen=True):
    """The newest preview; None: nothing is shown (nobody watched until now, or the camera gives nothing)."""

    frame: PreviewFrame | None = None
