"""What the tablet that runs an enrolment is told while it watches."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.enrolling.session import LEFT_AFTER
from edge.staff.core import digest_of
from edge.staff.enrolment.live import MOST_A_SECOND
from edge.staff.protocol.enrolment import EnrolmentShown, EnrolmentView, NoEnrolment
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.support.decoding import msgpack_decoder
from tests.edge.staff.enrolment.conftest import Enrolling
from tests.edge.staff.staffed import is_refused
from tests.edge.vision.reported import PREVIEW

_read = msgpack_decoder(EnrolmentView)


class Tablet:
    """An open page, which asks for what changed since it heard last."""

    def __init__(self, here: Enrolling, session: str) -> None:
        self._here, self._session = here, session
        self._run = self._version = 0

    def hears(self) -> EnrolmentView | None:
        """What is new; None: nothing."""
        watch = Watch((Topic.ENROLMENT,), self._version, self._run, most_wait=0.0)
        answer = self._here.ask(watch, self._session)
        assert isinstance(answer, Watched), answer
        self._run, self._version = answer.run, answer.version
        changed = answer.changed.get(Topic.ENROLMENT)
        return None if changed is None else _read(bytes(changed))

    def hears_by_and_by(self) -> EnrolmentView | None:
        """What is new once the gate has had the time to say it."""
        self._here.pass_time(1 / MOST_A_SECOND)
        return self.hears()


@pytest.fixture
def tablet(here: Enrolling, ann: str, ma: str) -> Tablet:
    """The page of an enrolment that is at its pictures, and has heard how it stands."""
    here.consents(ann, ma)
    page = Tablet(here, ma)
    page.hears()
    heard = page.hears_by_and_by()
    assert heard is not None
    assert heard.state is not None
    assert (heard.owner, heard.state.step, heard.picture) == (digest_of(ma), "pictures", b"")
    return page


def test_it_is_told_what_changes_and_nothing_else(here: Enrolling, tablet: Tablet, ann: str) -> None:
    assert [tablet.hears_by_and_by() for _ in range(6)] == [None] * 6, "only time has passed"
    here.see(replace(PREVIEW, captured=here.monotonic()))
    heard = tablet.hears_by_and_by()
    assert heard is not None
    assert heard.picture == PREVIEW.jpeg
    here.look(0.0, ann)
    heard = tablet.hears()
    assert heard is not None
    assert heard.state is not None
    assert heard.state.taken == ("straight",)
    assert all(row.known for row in heard.state.rows)


def test_many_frames_are_told_as_a_few_changes_a_second(here: Enrolling, tablet: Tablet) -> None:
    told = 0
    for number in range(40):  # in two seconds
        here.see(replace(PREVIEW, captured=here.monotonic(), jpeg=PREVIEW.jpeg + bytes([number])))
        here.pass_time(0.04)
        told += tablet.hears() is not None
    assert MOST_A_SECOND <= told <= 2 * MOST_A_SECOND + 1


def test_an_act_is_told_at_once(here: Enrolling, tablet: Tablet, ann: str, ma: str) -> None:
    here.begins(ann, ma)
    heard = tablet.hears_by_and_by()
    assert heard is not None
    assert heard.state is not None
    assert heard.state.step == "consent"


def test_who_watches_is_there_and_who_does_not_has_left(
    here: Enrolling, tablet: Tablet, ann: str, ma: str
) -> None:
    here.begins(ann, ma)  # the consent is read: no camera, nothing that changes
    for _ in range(int(LEFT_AFTER) + 5):
        here.pass_time(1.0)
        tablet.hears()
    assert isinstance(here.now(ma), EnrolmentShown)
    here.pass_time(LEFT_AFTER + 10.0)
    ended = here.now(ma)
    assert isinstance(ended, NoEnrolment)
    assert ended.why == "tablet_left"


def test_what_nobody_watches_is_taken_back(here: Enrolling, tablet: Tablet, ma: str) -> None:
    here.see(replace(PREVIEW, captured=here.monotonic()))
    assert tablet.hears_by_and_by() is not None
    here.pass_time(10.0)
    assert Tablet(here, ma).hears() == EnrolmentView(), "no picture stays with the gate"
    assert tablet.hears_by_and_by() is not None, "and who comes back hears how it stands"


def test_another_page_neither_sees_it_nor_keeps_it_alive(here: Enrolling, tablet: Tablet, ma: str) -> None:
    here.pass_time(10.0)  # the tablet is away
    other = Tablet(here, here.sign_in("zhao"))
    other.hears()
    assert other.hears_by_and_by() in {None, EnrolmentView()}
    for _ in range(int(LEFT_AFTER)):
        here.pass_time(1.0)
        assert other.hears() in {None, EnrolmentView()}
    assert isinstance(here.now(ma), NoEnrolment)
    assert tablet.hears_by_and_by() == EnrolmentView(), "and its own page hears that it has ended"
    assert is_refused(here.ask(Watch((Topic.ENROLMENT,)), here.sign_in("wang")), "not_your_role")
