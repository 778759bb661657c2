"""Publishes how the enrolment stands and what the camera sees of it, for as long as the tablet that runs it
watches: at once where something changed, and a few times a second at most.

To watch is to say that the tablet is there. When nobody does any more, what was published is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from msgspec.structs import replace

from edge.staff.enrolment.desk import EnrolmentDesk
from edge.staff.enrolment.showing import shown
from edge.staff.enrolment.states import UnderWay
from edge.staff.protocol import Refused
from edge.staff.protocol.enrolment import EnrolmentShown, EnrolmentView
from edge.staff.protocol.watching import Topic
from edge.staff.sessions import Session
from edge.support.due import NEVER
from edge.vision.reports import WISH_LASTS, CameraReport, EnrolmentLook, PreviewFrame, WorkerFailed

MOST_A_SECOND: Final = 4
_LOOKED_AFTER: Final = 1.0
"""Seconds after which it is looked at although nothing was heard: the camera's wishes last a few seconds."""
_Seen = tuple[EnrolmentShown, bytes]


class LiveEnrolment:
    """What is published of the enrolment at `desk`. All but `poll` may be called from any thread."""

    def __init__(
        self, desk: EnrolmentDesk, publish: Callable[[EnrolmentView], None], monotonic: Callable[[], float]
    ) -> None:
        self.desk = desk
        self._publish = publish
        self._monotonic = monotonic
        self._lock = Lock()
        self._watchers: dict[bytes, float] = {}
        """Until when each session's last watch counts."""
        self._last: _Seen | None = None
        self._not_before = float("-inf")
        self._is_due = False
        self._wake: Callable[[], None] = lambda: None

    def at_work(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, when there is something for `poll`."""
        self._wake = wake

    def watched(self, topic: Topic, by: Session) -> Refused | None:  # noqa: ARG002
        """Somebody watches: have it published for a while. Who runs none is shown that they run none."""
        now = self._monotonic()
        with self._lock:
            begins = now >= self._watchers.get(by.digest, 0.0)
            self._watchers[by.digest] = now + WISH_LASTS
        if begins:
            self._wake()
        return None

    def hear(self, happened: object) -> None:
        """Take what the vision worker reports."""
        self.desk.hear(happened)
        if isinstance(happened, EnrolmentLook | PreviewFrame | CameraReport | WorkerFailed):
            self.changed()

    def changed(self) -> None:
        """It may stand otherwise now: have it looked at."""
        if self._watchers and not self._is_due:
            self._is_due = True  # many frames are heard between two that are shown
            self._wake()

    def poll(self) -> float:
        """Publish what has changed; returns when to look again."""
        now = self._monotonic()
        if now < self._not_before:
            return self._not_before
        self._not_before, self._is_due = now + 1 / MOST_A_SECOND, False
        with self._lock:
            self._watchers = {owner: until for owner, until in self._watchers.items() if until > now}
            watching = frozenset(self._watchers)
        running = self.desk.run_by()
        state = None
        if running is not None and running.owner in watching:
            state = self.desk.now(running.owner)
        if isinstance(state, UnderWay):
            self._show(state, now)
        else:
            self._last = None
            self._publish(EnrolmentView())
        return now + _LOOKED_AFTER if watching else NEVER

    # --- inside ----------------------------------------------------------------------------

    def _show(self, state: UnderWay, now: float) -> None:
        """Publish an enrolment, unless nothing but the time has passed."""
        desk = self.desk
        view = shown(state, desk.ports.registry(), desk.limits(), now, sights=desk.sights)
        still = replace(view, begun=0.0, left=0.0, pictures_for=0.0), desk.sights.picture
        if still != self._last:
            self._last = still
            self._publish(EnrolmentView(state.owner, view, desk.sights.picture))
