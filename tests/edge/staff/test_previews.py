"""What the camera sees, on a page: while somebody looks who may, blurred for the one who may see least."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from edge.decision import Policy
from edge.decision.staff_rule import StaffRule
from edge.journal.format import Event
from edge.staff.core.roles import StaffRole
from edge.staff.previews import Previews
from edge.staff.protocol.preview import CameraView
from edge.staff.protocol.watching import Topic, Watch
from edge.staff.sessions import Session
from edge.staff.views.published import Published
from edge.support.decoding import msgpack_decoder
from edge.vision.reports import Blur, PreviewFrame
from tests.edge.staff.staffed import Staffed, is_refused
from tests.edge.vision.reported import PREVIEW

CLEAR, HIDDEN = replace(PREVIEW, blurred=Blur.BYSTANDERS), PREVIEW
view_of = msgpack_decoder(CameraView)


def session(staff: str = "wang", role: StaffRole = StaffRole.GUARD) -> Session:
    return Session(b"", staff, staff, role, False, "", 1e9, False, False)


class Looking:
    """Previews, and what they ask, publish and write."""

    def __init__(self, *, allowed: bool = True) -> None:
        self.now = 0.0
        self.asked: list[Blur] = []
        self.noted: list[Event] = []
        self.published = Published(1)
        policy = replace(Policy(), staff=StaffRule(camera_view=allowed))
        self.previews = Previews(
            self.published, self.asked.append, lambda: policy, self.noted.append, lambda: self.now
        )

    def watch(self, topic: Topic, at: float, who: Session | None = None) -> Any:
        self.now = at
        return self.previews.watched(topic, who or session())

    def show(self, frame: PreviewFrame, at: float) -> set[Topic]:
        """The topics on which the frame is shown."""
        self.now = at
        version, _ = self.published.since(0, Topic)
        self.previews.show(frame)
        _, changed = self.published.since(version, Topic)
        return {topic for topic, value in changed.items() if view_of(value).frame == frame}

    def shown(self, topic: Topic) -> PreviewFrame | None:
        _, changed = self.published.since(0, (topic,))
        view: CameraView = view_of(changed[topic])
        return view.frame


def frame(number: int, blurred: Blur) -> PreviewFrame:
    return replace(PREVIEW, frame=number, blurred=blurred)


def test_a_watch_has_the_camera_looked_at_and_what_it_sees_is_shown_to_those_who_watch() -> None:
    looking = Looking()
    assert looking.show(CLEAR, 0.0) == set()
    assert looking.watch(Topic.PREVIEW, 1.0) is None
    assert looking.asked == [Blur.BYSTANDERS]
    assert looking.show(CLEAR, 2.0) == {Topic.PREVIEW}
    looking.watch(Topic.AIM, 3.0, session("fitter", StaffRole.INSTALLER))
    assert looking.show(frame(2, Blur.ALL), 3.5) == {Topic.PREVIEW, Topic.AIM}
    assert looking.show(frame(3, Blur.ALL), 6.5) == {Topic.AIM}
    assert looking.show(frame(4, Blur.ALL), 8.5) == set()


def test_who_may_see_least_decides_what_all_see() -> None:
    looking = Looking()
    looking.watch(Topic.PREVIEW, 1.0)
    looking.watch(Topic.AIM, 2.0, session("fitter", StaffRole.INSTALLER))
    assert looking.asked == [Blur.BYSTANDERS, Blur.ALL]
    assert looking.show(frame(1, Blur.BYSTANDERS), 2.1) == set(), "it was on its way"
    assert looking.show(frame(2, Blur.ALL), 2.2) == {Topic.PREVIEW, Topic.AIM}
    looking.watch(Topic.PREVIEW, 5.0)
    looking.watch(Topic.PREVIEW, 8.0)
    assert looking.asked[2:] == [Blur.ALL, Blur.BYSTANDERS]


def test_when_nobody_looks_any_more_the_last_picture_is_taken_back() -> None:
    looking = Looking()
    looking.watch(Topic.PREVIEW, 1.0)
    looking.show(CLEAR, 2.0)
    assert looking.previews.poll() == 6.0
    assert looking.shown(Topic.PREVIEW) == CLEAR
    looking.now = 6.0
    looking.previews.poll()
    assert looking.shown(Topic.PREVIEW) is None


def test_where_the_policy_allows_no_view_none_is_asked_for() -> None:
    looking = Looking(allowed=False)
    assert looking.watch(Topic.PREVIEW, 1.0) is None
    assert looking.asked == []
    assert looking.show(CLEAR, 1.5) == set()
    assert looking.watch(Topic.AIM, 1.0, session("fitter", StaffRole.INSTALLER)) is None


def test_that_an_installer_looks_is_written_down_and_not_with_each_picture() -> None:
    looking = Looking()
    for at in (1.0, 3.0, 5.0, 610.0):
        looking.watch(Topic.AIM, at, session("fitter", StaffRole.INSTALLER))
    looking.watch(Topic.PREVIEW, 611.0)
    assert [(event.kind, getattr(event, "staff", "")) for event in looking.noted] == [
        ("installer_tested", "fitter")
    ] * 2


@pytest.mark.parametrize(
    ("staff", "topic", "why"),
    [
        ("wang", Topic.AIM, "not_your_role"),
        ("ma", Topic.AIM, "not_your_role"),
    ],
)
def test_who_may_look_at_a_gate(here: Staffed, staff: str, topic: Topic, why: str) -> None:
    assert is_refused(here.ask(Watch((topic,)), here.sign_in(staff)), why)


def test_a_picture_reaches_who_looks_past_the_main_loop_and_is_in_no_event(here: Staffed) -> None:
    fitter = here.sign_in("fitter")
    here.asks(Watch((Topic.AIM,), most_wait=0.0), fitter)
    before = len(here.heard)
    seen = replace(HIDDEN, captured=here.monotonic())
    here.see(seen)
    assert here.heard[before:] == []
    answer = here.ask(Watch((Topic.AIM,), most_wait=0.0), fitter)
    assert view_of(answer.changed[Topic.AIM]).frame == seen
    here.pass_time(10.0)
    answer = here.ask(Watch((Topic.AIM,), most_wait=0.0), fitter)
    assert view_of(answer.changed[Topic.AIM]).frame is None
    assert [said["what"] for said in here.said("installer_tested")] == ["camera"]


def test_an_installer_sees_nothing_of_what_is_shown_to_those_who_mind_the_gate(here: Staffed) -> None:
    watch = Watch((Topic.PREVIEW,), most_wait=0.0)
    assert is_refused(here.ask(watch, here.sign_in("fitter")), "not_your_role")
    assert not is_refused(here.ask(watch, here.sign_in("wang")), "not_your_role")
