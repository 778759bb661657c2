"""The passages that films and stills come to: what is an attempt, and what it comes to, by each mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import FaceProblem
from edge.diagnostics.core import FilmPassages, JudgedBy, Passage, PassageOutcome
from edge.liveness import HeadPose, LivenessReading
from edge.vision.reports import Box, FaceSighting, Sighting

STEP = 1.0 / 15.0


@dataclass(frozen=True)
class Face:
    """A face in one frame of a table: its measure (None: not measured) and what else is not as usual."""

    measure: float | None = 0.9
    veto: float | None = 2.0
    problem: FaceProblem | None = None
    track: int = 1
    yaw: float = 0.0
    eyes: float | None = 0.3
    frozen: bool = False

    def seen(self, number: int, beside: int) -> FaceSighting:
        shake = 0.0 if self.frozen else 0.01 * number
        marks = tuple((x + shake, y) for x, y in ((270, 200), (330, 200), (300, 230), (275, 260), (325, 260)))
        reading = None
        if self.measure is not None and self.problem is None:
            reading = LivenessReading(self.measure, {"v2": self.measure, "v1se": self.measure}, self.veto)
        return FaceSighting(
            self.track,
            Box(250 + 5 * beside, 150, 100, 130),
            0.9,
            marks,
            problem=self.problem,
            liveness=reading,
            eyes=self.eyes,
            pose=HeadPose(self.yaw),
        )


def passages(
    frames: Sequence[Sequence[Face]],
    mode: JudgedBy = JudgedBy.PASSIVE,
    *,
    still: bool = False,
    at: float = 50.0,
) -> tuple[Passage, ...]:
    forming = FilmPassages(mode)
    for number, faces in enumerate(frames):
        shown = tuple(face.seen(number, beside) for beside, face in enumerate(faces))
        forming.see(Sighting(number + 1, at + number * STEP, "film", 640, 480, shown, still=still))
    return forming.passages()


def film(*measures: float) -> list[list[Face]]:
    return [[Face(measure)] for measure in measures]


DARK = Face(problem=FaceProblem.TOO_DARK)
NOBODY: list[Face] = []

FILMS = [
    # what is shown, frame by frame → outcome, measured frames, seconds
    ("alive at once", film(0.9, 0.9, 0.9, 0.1), "alive", 3, 0.133),
    ("alive at last", film(0.2, 0.2, 0.4, 0.4, *[0.9] * 9), "alive", 6, 0.333),
    ("never alive", film(*[0.2] * 15), "picture", 12, 0.733),
    ("alive too late", film(*[0.05] * 12, *[0.98] * 30), "picture", 12, 0.733),
    ("gone before it was measured", film(0.9, 0.9), "unmeasured", 2, 0.067),
    ("gone while it was measured", film(*[0.2] * 5), "picture", 5, 0.267),
    ("the same picture again and again", [[Face(frozen=True)]] * 20, "unmeasured", 1, 0.0),
    ("dark at first", [[DARK]] * 4 + film(0.9, 0.9, 0.9), "alive", 3, 0.133),
    ("dark", [[DARK]] * 9, "quality", 0, 0.0),
    ("dark for a moment, then nobody", [[DARK], NOBODY, NOBODY], "quality", 0, 0.0),
    ("nobody", [NOBODY] * 9, "no_face", 0, 0.0),
    ("no frames", [], "no_face", 0, 0.0),
    ("two at once", [[Face(), Face(track=2)]] * 9, "several", 0, 0.0),
    ("two at once, then one", [[Face(), Face(track=2)]] * 3 + film(0.9, 0.9, 0.9), "alive", 3, 0.133),
    ("a picture beside somebody's head", [[Face(0.1), Face(0.9, track=2)]] * 30, "alive", 3, 0.133),
    ("a picture beside another", [[Face(0.1), Face(0.2, track=2)]] * 30, "several", 0, 0.0),
    ("seen and never measured", [[Face(None)]] * 9, "unmeasured", 0, 0.0),
]


@pytest.mark.parametrize(
    ("shown", "outcome", "frames", "seconds"), [row[1:] for row in FILMS], ids=[r[0] for r in FILMS]
)
def test_a_film_comes_to_one_passage(
    shown: list[list[Face]], outcome: str, frames: int, seconds: float
) -> None:
    [passage] = passages(shown)
    assert (passage.outcome, passage.frames) == (outcome, frames)
    assert passage.seconds == pytest.approx(seconds, abs=0.001)


STILLS = [
    ([Face(0.6)], "alive"),
    ([Face(0.4)], "picture"),
    ([DARK], "quality"),
    ([Face(), Face(track=2)], "several"),
    ([], "no_face"),
    ([Face(None)], "unmeasured"),
]


@pytest.mark.parametrize(("shown", "outcome"), STILLS)
def test_a_still_is_a_passage_of_one_frame(shown: list[Face], outcome: str) -> None:
    [passage] = passages([shown], still=True)
    assert passage.outcome == outcome
    assert JudgedBy.ACTIVE not in passage.alive, "nothing in it can move"


def test_frames_that_quality_refuses_are_counted_by_reason_and_are_no_attempt() -> None:
    [passage] = passages([[DARK], [DARK], [Face(problem=FaceProblem.TURNED_AWAY)], [DARK]])
    assert passage.refused == {"too_dark": 3, "turned_away": 1}
    assert set(passage.alive.values()) <= {None}


MODES = [
    # measure, the objecting net's, → by the nets, by both
    (0.9, 2.0, True, True),
    (0.9, -4.9, True, True),
    (0.9, -5.1, True, False),
    (0.2, 2.0, False, False),
    (0.9, None, True, None),
]


@pytest.mark.parametrize(("measure", "veto", "passive", "by_veto"), MODES)
def test_each_mode_has_its_own_verdict(
    measure: float, veto: float | None, passive: bool, by_veto: bool | None
) -> None:
    [passage] = passages([[Face(measure, veto)]] * 15)
    assert (passage.alive[JudgedBy.PASSIVE], passage.alive[JudgedBy.VETO]) == (passive, by_veto)
    assert passage.nets == pytest.approx({"v2": measure, "v1se": measure})


ENDS = [
    # what is shown, the mode → outcome, after how many frames
    ([Face(0.9, -9.0)], JudgedBy.PASSIVE, "alive", 3),
    ([Face(0.9, -9.0)], JudgedBy.VETO, "picture", 12),
    ([Face(0.9, -9.0)], JudgedBy.ACTIVE, "picture", 3),
]


@pytest.mark.parametrize(("shown", "mode", "outcome", "frames"), ENDS)
def test_a_passage_ends_by_the_mode_that_is_asked_for(
    shown: list[Face], mode: JudgedBy, outcome: str, frames: int
) -> None:
    [passage] = passages([shown] * 15, mode)
    assert (passage.outcome, passage.frames) == (outcome, frames)


def test_a_still_is_no_attempt_at_moves() -> None:
    [passage] = passages([[Face()]], JudgedBy.ACTIVE, still=True)
    assert (passage.outcome, passage.frames) == ("unmeasured", 1)


MOVES = [
    # yaw, eyes of each frame → what was seen
    ([(0.0, 0.3)] * 15, ()),
    ([(0.0, 0.3)] * 5 + [(0.2, 0.3)] * 5, ("turn_left",)),
    ([(0.0, 0.3)] * 5 + [(-0.2, 0.3)] * 5, ("turn_right",)),
    ([(0.0, 0.3)] * 9 + [(0.0, 0.1)] * 2 + [(0.0, 0.3)], ("close_eyes",)),
    ([(0.0, 0.3)] * 9 + [(0.0, 0.1)] * 1 + [(0.0, 0.3)], ()),
    ([(0.0, 0.3)] * 9 + [(0.0, 0.1)] * 4, ()),
]


@pytest.mark.parametrize(("frames", "moves"), MOVES)
def test_a_passage_is_alive_by_moves_only_where_one_was_seen(
    frames: list[tuple[float, float]], moves: tuple[str, ...]
) -> None:
    [passage] = passages([[Face(yaw=yaw, eyes=eyes)] for yaw, eyes in frames])
    assert passage.moves == moves
    assert passage.alive[JudgedBy.ACTIVE] is bool(moves)


@pytest.mark.parametrize("measure", [0.9, 0.2])
@pytest.mark.parametrize(("last", "counts"), [(6, False), (18, True)])
def test_a_passage_that_the_films_end_cuts_off_counts_for_nothing_however_it_came_out(
    measure: float, last: int, counts: bool
) -> None:
    """Else the ends of films would count where a picture passes, or where a person fails."""
    first, second = passages([[Face(measure)]] * 30 + [[Face(measure, track=2)]] * last)
    assert first.alive[JudgedBy.PASSIVE] is (measure > 0.5)
    assert second.alive[JudgedBy.PASSIVE] is ((measure > 0.5) if counts else None)
    assert second.at == pytest.approx(2.0)


def test_somebody_else_after_a_pause_counts_however_short() -> None:
    _, second = passages(film(*[0.2] * 15) + [NOBODY] * 15 + [[Face(0.2, track=2)]] * 5)
    assert second.outcome is PassageOutcome.PICTURE


@given(
    st.lists(
        st.lists(st.builds(Face, st.none() | st.floats(0, 1), track=st.integers(1, 3)), max_size=2),
        max_size=40,
    )
)
def test_every_file_comes_to_something_whenever_it_was_played(
    shown: list[list[Face]],
) -> None:
    once = passages(shown)
    assert once
    assert [passage.outcome for passage in passages(shown, at=7_000.0)] == [
        passage.outcome for passage in once
    ]
