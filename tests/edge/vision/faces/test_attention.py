"""Which faces are embedded and measured: a few times at first, on while it may help, then rarely."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Cover
from edge.liveness import HeadPose
from edge.vision.configuration import VisionConfiguration
from edge.vision.faces.attention import Attention

ANN, BEN = 1, 2
AT_A_GATE = 15.0
"""Frames a second."""


def looked_at(
    measures: list[float | None],
    frames: int,
    *,
    rate: float = AT_A_GATE,
    foremost: bool = True,
    height: Callable[[float], float] = lambda _: 100.0,
) -> list[int]:
    """The frames in which a face is embedded that stays; what is measured then, the last one for ever.

    `height` is the face's in pixels, by the seconds since it came.
    """
    attention, wanted = Attention(VisionConfiguration()), []
    left = list(measures)
    for frame in range(frames):
        now = 100.0 + frame / rate
        if attention.wants(ANN, now, None, None, height(frame / rate), foremost=foremost):
            wanted.append(frame)
            attention.note(ANN, ANN, now, left.pop(0) if len(left) > 1 else left[0])
        attention.keep({ANN}, now)
    return wanted


FIRST = [0, 1, 2]


@pytest.mark.parametrize(
    ("who", "measures", "rate", "within_a_second_and_a_half"),
    [
        ("clearly alive", [0.97], 15.0, FIRST),
        ("not measured here", [None], 15.0, FIRST),
        ("a picture", [0.03], 15.0, [*range(12)]),
        ("a picture before a slow gate", [0.03], 5.0, [*range(6)]),
        ("as likely as not", [0.6], 15.0, [*range(12)]),
        ("alive once the light is better", [0.3, 0.3, 0.3, 0.97], 15.0, [*range(7)]),
        ("alive, but for the first frame", [0.05, 0.98], 15.0, FIRST),
    ],
)
def test_who_is_not_clearly_alive_is_measured_on_for_twelve_frames_and_a_second(
    who: str, measures: list[float | None], rate: float, within_a_second_and_a_half: list[int]
) -> None:
    assert looked_at(measures, round(1.5 * rate), rate=rate) == within_a_second_and_a_half, who


def test_a_picture_that_stays_is_measured_as_rarely_as_anybody_after_that() -> None:
    wanted = looked_at([0.03], round(10 * AT_A_GATE))
    assert [round((frame - 11) / AT_A_GATE, 1) for frame in wanted[12:]] == [2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize(
    ("who", "height", "measures", "wanted"),
    [
        ("walks up in two seconds", lambda at: 60.0 + 30.0 * min(at, 2.0), 0.3, [*range(12), *range(15, 27)]),
        ("walks up, and is alive", lambda at: 60.0 + 30.0 * min(at, 2.0), 0.97, FIRST),
        ("leans forward a little", lambda at: 60.0 + 10.0 * min(at, 2.0), 0.3, [*range(12)]),
        ("steps back", lambda at: 90.0 - 30.0 * min(at, 2.0), 0.3, [*range(12)]),
    ],
)
def test_who_comes_nearer_is_measured_anew(
    who: str, height: Callable[[float], float], measures: float, wanted: list[int]
) -> None:
    assert looked_at([measures], round(1.9 * AT_A_GATE), height=height) == wanted, who


@given(st.lists(st.floats(20.0, 480.0), min_size=1, max_size=300))
def test_however_a_picture_is_moved_it_is_measured_a_few_times_anew(heights: list[float]) -> None:
    """From 20 to 480 pixels a face grows by half seven times."""
    at = iter(heights)
    assert len(looked_at([0.3], len(heights), height=lambda _: next(at))) <= 8 * 12 + len(heights) // 25


def test_who_stands_behind_is_not_measured_on() -> None:
    assert looked_at([0.03], 20, foremost=False) == FIRST


@given(st.lists(st.floats(0.0, 1.0), min_size=1), st.floats(1.0, 60.0))
def test_whatever_is_measured_the_cost_is_bounded(measures: list[float], rate: float) -> None:
    assert len(looked_at([*measures], round(1.9 * rate), rate=rate)) <= 12


class Lane:
    """Faces before a gate: each frame says whose, what they wear and how they hold their heads."""

    def __init__(self) -> None:
        self.attention = Attention(VisionConfiguration())
        self.now = 100.0

    def frame(
        self, track: int = ANN, really: int | None = None, covered: Cover | None = None, yaw: float = 0.0
    ) -> bool:
        """Whether the face of `track` is embedded, which turns out to be `really` somebody's; alive."""
        self.now += 1.0 / AT_A_GATE
        wanted = self.attention.wants(track, self.now, covered, HeadPose(yaw), 100.0, foremost=True)
        if wanted:
            self.attention.note(track, really or track, self.now, 0.98)
        self.attention.keep({(really or track) if wanted else track}, self.now)
        return wanted

    def nobody(self, seconds: float) -> None:
        for _ in range(round(seconds * AT_A_GATE)):
            self.now += 1.0 / AT_A_GATE
            self.attention.keep((), self.now)


def test_who_lowers_a_mask_is_embedded_anew() -> None:
    lane = Lane()
    assert [lane.frame(covered=Cover.MASK) for _ in range(5)] == [True, True, True, False, False]
    assert [lane.frame() for _ in range(4)] == [True, True, True, False]


def test_a_head_that_turned_is_embedded_again_soon() -> None:
    lane = Lane()
    straight = [lane.frame() for _ in range(8)]
    turned = [lane.frame(yaw=0.3) for _ in range(8)]
    assert (sum(straight), sum(turned)) == (3, 2)


def test_another_face_in_the_same_place_begins_anew() -> None:
    lane = Lane()
    assert [lane.frame() for _ in range(4)] == [True, True, True, False]
    lane.nobody(0.1)
    assert lane.frame(ANN, really=BEN)
    assert [lane.frame(BEN) for _ in range(4)] == [True, True, False, False]


def test_who_was_lost_from_sight_for_a_frame_is_embedded_anew_but_not_measured_on_for_ever() -> None:
    attention, now, wanted = Attention(VisionConfiguration()), 100.0, []
    for frame in range(60):
        now += 1.0 / AT_A_GATE
        if frame % 4 == 3:
            attention.keep((), now)
            continue
        if attention.wants(ANN, now, None, None, 100.0, foremost=True):
            wanted.append(now - 100.0)
            attention.note(ANN, ANN, now, 0.03)
        attention.keep({ANN}, now)
    assert wanted, "each time it comes back it may be somebody else"
    assert attention.known_for(3.0, now) == (ANN,), "it is still the same one, and its second is long over"


def test_who_is_gone_for_long_is_forgotten() -> None:
    lane = Lane()
    lane.frame()
    lane.nobody(1.2)
    assert lane.attention.known_for(0.0, lane.now) == ()
