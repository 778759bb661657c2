"""What a film at a gate comes to: seconds to the grant, prompts a passage, decisions a minute."""

from __future__ import annotations

import pytest

from edge.decision import FaceProblem
from edge.diagnostics.core import Decided, FilmReport, FilmTimes, ShownPrompt, UndecidedPerson, summed
from edge.vision.reports import Box, FaceSighting, Sighting

GRANT = Decided(2.0, "grant", "face_matched", 1.0, "ann")
DENY = Decided(8.0, "deny", "face_unknown")
GONE = UndecidedPerson(9.0, "face_unknown", 4.0, 60)
ASKED = ShownPrompt(1.5, "too_dark", "ask")
OPENED = ShownPrompt(2.0, "face_matched", "grant")
REFUSED = ShownPrompt(8.0, "face_unknown", "deny")


def frames(*, dark: range, clear: range, every: float = 0.5) -> FilmTimes:
    """A film with a frame every half second, somebody in it in the seconds named, dark in some of them."""
    times = FilmTimes()
    for number in range(40):
        at = number * every
        seen = [problem for span, problem in ((dark, FaceProblem.TOO_DARK), (clear, None)) if int(at) in span]
        faces = tuple(FaceSighting(1, Box(250, 150, 100, 130), 0.9, problem=problem) for problem in seen[:1])
        times.see(Sighting(number + 1, 300.0 + at, "film", 640, 480, faces))
    return times


TIMES = [
    # dark, clear → standing, first usable
    (range(0), range(0), 0.0, None),
    (range(2, 5), range(0), 2.5, None),
    (range(2, 5), range(5, 9), 6.5, 5.0),
    (range(0), [1, 2, 10, 11], 3.0, 1.0),
]


@pytest.mark.parametrize(("dark", "clear", "standing", "usable"), TIMES)
def test_a_film_says_for_how_long_somebody_stood_there_and_when_they_could_be_seen(
    dark: range, clear: range, standing: float, usable: float | None
) -> None:
    report = frames(dark=dark, clear=clear).report("film", (), (), ())
    assert (report.standing, report.first_usable, report.seconds, report.frames) == (
        standing,
        usable,
        19.5,
        40,
    )


REPORTS = [
    # said, decided, undecided → to the grant, prompts, passages, prompts a passage, decisions a minute
    ((), (), (), None, 0, 0, 0.0, 0.0),
    ((OPENED,), (GRANT,), (), 1.0, 0, 1, 0.0, 1.0),
    ((ASKED, OPENED), (GRANT,), (), 1.0, 1, 1, 1.0, 1.0),
    ((ASKED, OPENED, REFUSED), (GRANT, DENY), (GONE,), 1.0, 2, 3, 0.667, 2.0),
    ((REFUSED,), (DENY,), (), None, 1, 1, 1.0, 1.0),
]


@pytest.mark.parametrize(
    ("said", "decided", "undecided", "grant", "prompts", "passages", "each", "rate"), REPORTS
)
def test_a_report_counts_what_was_said_and_decided(
    said: tuple[ShownPrompt, ...],
    decided: tuple[Decided, ...],
    undecided: tuple[UndecidedPerson, ...],
    grant: float | None,
    prompts: int,
    passages: int,
    each: float,
    rate: float,
) -> None:
    report = frames(dark=range(0), clear=range(1, 19)).report("film", said, decided, undecided)
    assert (report.to_grant, len(report.prompts), report.passages) == (grant, prompts, passages)
    assert (report.prompts_per_passage, report.decisions_per_minute) == (each, rate)


def test_a_wait_begins_when_the_face_could_first_be_used_that_is_foremost_now() -> None:
    times, waited = FilmTimes(), []
    for number, track in enumerate((1, 1, 1, None, 2, 2, 2)):
        box, problem = Box(250, 150, 100, 130), FaceProblem.TOO_DARK if number in {0, 4} else None
        faces = () if track is None else (FaceSighting(track, box, 0.9, problem=problem),)
        times.see(Sighting(number + 1, 300.0 + number, "film", 640, 480, faces))
        waited.append(times.waited)
    assert waited == [None, 0.0, 1.0, None, None, 0.0, 1.0]


def test_who_stands_for_minutes_is_counted_by_the_minute() -> None:
    report = FilmReport("film", 180.0, standing=180.0, decided=(DENY,) * 6)
    assert report.decisions_per_minute == 2.0


def test_films_are_summed_up_and_one_that_cannot_be_read_counts_for_nothing_else() -> None:
    slower = Decided(2.0, "grant", "face_matched", 2.0, "ann")
    fast = FilmReport("a", decided=(GRANT,), shown=(ASKED, OPENED), standing=4.0)
    slow = FilmReport("b", decided=(slower,), standing=4.0)
    never = FilmReport("c", undecided=(GONE,), shown=(REFUSED,), standing=9.0)
    assert summed([fast, slow, never, FilmReport("d", error="not a readable video")]) == {
        "films": 3,
        "unreadable": 1,
        "granted": 2,
        "to_grant_median": 1.5,
        "to_grant_longest": 2.0,
        "passages": 3,
        "undecided": 1,
        "prompts": 2,
        "prompts_per_passage": 0.667,
        "decisions": 2,
        "decisions_per_minute": 0.667,
    }


def test_no_films_come_to_nothing() -> None:
    assert summed([])["to_grant_median"] is None
