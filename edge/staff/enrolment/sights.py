"""What the camera shows of an enrolment, in memory alone: looks that wait to be weighed, and pictures for the
tablet. Taken from the vision's and the main loop's threads, which never wait here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from edge.vision.reports import CameraReport, CameraState, EnrolmentLook, PreviewFrame, WorkerFailed

_MOST_LOOKS: Final = 16


class Sights:
    """What the vision worker reports, while it `is_wanted`: somebody has consented to it."""

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._is_wanted = is_wanted
        self._looks: deque[EnrolmentLook] = deque(maxlen=_MOST_LOOKS)
        self.picture = b""
        """What the camera saw last."""
        self.taken: tuple[bytes, ...] = ()
        """What it saw when each picture was taken."""
        self.camera = ""
        """What is wrong with it; empty: nothing that is known."""

    def hear(self, happened: object) -> None:
        """Take up what was reported."""
        match happened:
            case EnrolmentLook() if self._is_wanted():
                self._looks.append(happened)
            case PreviewFrame() if self._is_wanted():  # past the main loop, from the vision's thread
                self.picture = happened.jpeg
            case CameraReport(state=state):
                self.camera = "" if state is CameraState.STREAMING else state.value
            case WorkerFailed():
                self.camera = CameraState.GONE.value
            case _:
                pass

    def looks(self) -> Iterator[EnrolmentLook]:
        """The looks that wait, each once."""
        while self._looks:
            yield self._looks.popleft()

    def keep(self, count: int) -> None:
        """So many pictures are taken by now: keep what the camera saw of the newest."""
        if count > len(self.taken):
            self.taken = (*self.taken, self.picture)

    def forget(self) -> None:
        """Let go of everything that was seen."""
        self._looks.clear()
        self.picture, self.taken = b"", ()
