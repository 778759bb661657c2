"""What the journal gets to know of the camera: at once, rarely, and never a wrong end."""

from __future__ import annotations

import pytest

from edge.journal.format import CameraStateEvent, VisionNotConfined
from edge.runtime.vision_events import Said, VisionEvents
from edge.vision.reports import CameraReport, CameraState, Confinement, ReportRefused, WorkerFailed

GONE, STREAMING, BLIND = CameraState.GONE, CameraState.STREAMING, CameraState.BLIND


def told(*heard: tuple[float, Said], until: float) -> list[tuple[float, str, object]]:
    """What was written down, when each thing is said at its second and the loop turns every tenth of one."""
    news, waiting = VisionEvents(), list(heard)
    written: list[tuple[float, str, object]] = []
    for tick in range(round(until * 10) + 1):
        now = tick / 10
        while waiting and waiting[0][0] <= now:
            news.hear(waiting.pop(0)[1])
        written.extend((now, event.kind, getattr(event, "state", event)) for event in news.due(now))
    return written


def camera(state: CameraState) -> CameraReport:
    return CameraReport(state, 0.0, "why")


def test_a_change_is_told_at_once() -> None:
    assert [item[::2] for item in told((1, camera(STREAMING)), (5, camera(GONE)), until=20)] == [
        (1.0, "streaming"),
        (5.0, "gone"),
    ]


def test_a_camera_that_flaps_is_told_twice_a_minute_and_the_journal_ends_with_how_it_is() -> None:
    """53 events in 11 seconds, from a stream in which every second frame is corrupt."""
    flapping = [(second / 5, camera(GONE if second % 2 else STREAMING)) for second in range(600)]
    written = told(*flapping, (121.0, camera(STREAMING)), until=300)
    assert len(written) <= 2 * 3 + 1
    assert written[-1][2] == "streaming"


def test_what_was_held_back_says_how_often_it_was() -> None:
    news = VisionEvents()
    for state in (GONE, STREAMING, GONE, STREAMING, GONE):
        news.hear(camera(state))
        list(news.due(0.0))
    assert list(news.due(60.0)) == [CameraStateEvent("gone", "why", times=2)]


def test_a_state_that_came_back_within_its_minute_is_told_when_the_minute_is_over() -> None:
    heard = ((0, camera(STREAMING)), (1, camera(BLIND)), (2, camera(STREAMING)))
    assert [item[::2] for item in told(*heard, until=90)] == [
        (0.0, "streaming"),
        (1.0, "blind"),
        (60.0, "streaming"),
    ]


def test_the_end_of_a_film_is_never_held_back() -> None:
    end = camera(CameraState.FINISHED)
    assert len(told((0, end), (1, end), until=2)) == 2


@pytest.mark.parametrize(
    "said", [ReportRefused(0.0, "a template of 3 bytes"), WorkerFailed(0.0, "was ended by SIGSEGV", 1)]
)
def test_a_worker_that_goes_on_lying_or_dying_is_told_once_a_minute(said: Said) -> None:
    assert len(told(*((second, said) for second in range(180)), until=240)) == 4


def test_what_a_kernel_cannot_keep_a_worker_from_is_told_once() -> None:
    lacking, whole = Confinement(0.0, ("files: this kernel has no Landlock",)), Confinement(0.0)
    assert told((0, whole), (1, whole), until=100) == []
    [(_, _, event)] = told(*((second, lacking) for second in range(0, 600, 10)), until=700)
    assert event == VisionNotConfined(("files: this kernel has no Landlock",))
