"""Has the vision worker show what it sees for as long as somebody watches, and publishes that.

A watch is a wish: it lasts a few seconds, and somebody who still looks watches again. Where two look whose
pictures are blurred differently, both get the one that shows less. When nobody looks any more, what was
published is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

from edge.decision import Policy
from edge.journal.format import Event, InstallerTested
from edge.staff.protocol import Refused
from edge.staff.protocol.preview import CameraView
from edge.staff.protocol.watching import Topic
from edge.staff.sessions import Session
from edge.staff.views.published import Published
from edge.support.due import NEVER
from edge.vision.reports import WISH_LASTS, Blur, PreviewFrame

BLURRED: Final[Mapping[Topic, Blur]] = {
    Topic.PREVIEW: Blur.BYSTANDERS,
    Topic.AIM: Blur.ALL,  # who aims a camera has no business with residents' faces
}
_TOLD_AGAIN_AFTER: Final = 600.0
"""Seconds after which it is written down again that an installer looks."""


class Previews:
    """What the camera sees, for those who watch. `look` asks the vision worker; `note` has an event written
    down; both may be called from any thread, and so may all of this.
    """

    def __init__(
        self,
        published: Published,
        look: Callable[[Blur], None],
        policy: Callable[[], Policy],
        note: Callable[[Event], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._published = published
        self._look = look
        self._policy = policy
        self._note = note
        self._monotonic = monotonic
        self._lock = Lock()
        self._until: dict[Topic, float] = {}
        self._told: dict[str, float] = {}
        self._wake: Callable[[], None] = lambda: None

    def at_work(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, when there is something for `poll`."""
        self._wake = wake

    def watched(self, topic: Topic, by: Session) -> Refused | None:
        """Somebody watches a topic with the camera: have it shown for a while, where the policy allows it.

        Nobody is refused: a page that is open while the policy changes goes on, and shows no picture.
        """
        if topic is Topic.PREVIEW and not self._policy().staff.camera_view:
            return None
        now = self._monotonic()
        if topic is Topic.AIM:
            self._tell(by.staff, now)
        with self._lock:
            begins = now >= self._until.get(topic, 0.0)
            self._until[topic] = now + WISH_LASTS
            blur = self._strictest(now)
        self._look(blur)
        if begins:
            self._wake()
        return None

    def show(self, frame: PreviewFrame) -> None:
        """Publish a picture to those who watch now."""
        now = self._monotonic()
        with self._lock:
            shows = frame.blurred in {Blur.ALL, self._strictest(now)}
            topics = [topic for topic, until in self._until.items() if now < until] if shows else []
            for topic in topics:
                self._published.publish(topic, CameraView(frame))

    def poll(self) -> float:
        """Take back what nobody watches any more; returns when to look again."""
        now = self._monotonic()
        with self._lock:
            for topic in [topic for topic, until in self._until.items() if until <= now]:
                del self._until[topic]
                self._published.publish(topic, CameraView())
            return min(self._until.values(), default=NEVER)

    # --- inside ----------------------------------------------------------------------------

    def _strictest(self, now: float) -> Blur:
        wanted = {BLURRED[topic] for topic, until in self._until.items() if now < until}
        return Blur.BYSTANDERS if wanted == {Blur.BYSTANDERS} else Blur.ALL

    def _tell(self, staff: str, now: float) -> None:
        if now - self._told.get(staff, float("-inf")) >= _TOLD_AGAIN_AFTER:
            self._told[staff] = now
            self._note(InstallerTested(staff, "camera", "looked"))
