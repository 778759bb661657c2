"""The times of an encounter are those of its frames, whatever clock they are on and however it ends."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decision import Mode
from edge.encounter import Encounter, EncounterTracker
from tests.edge.encounter.test_tracker import PATIENCE, RULE, TwoResidents, face, frames
from tests.examples import tried

_moments = st.lists(st.tuples(st.floats(-50.0, 400.0), st.sampled_from([None, 0, 1, 3])), max_size=30)


@settings(derandomize=True, max_examples=tried(100), deadline=None)
@given(_moments, st.sampled_from([Mode.FACE, Mode.FACE_OR_CODE, Mode.FREE]))
def test_no_encounter_is_ready_before_it_began_nor_after_its_last_frame(
    moments: list[tuple[float, int | None]], mode: Mode
) -> None:
    """Films run ahead of the clock, lag behind it, or have stamps that go back."""
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    strip = frames(*((at, () if who is None else (face(who),), ()) for at, who in moments))
    heard: list[Encounter | None] = []
    for number, sighting in enumerate(strip, start=1):
        heard.append(tracker.handle(sighting, mode, RULE))
        if number % 10 == 0:
            heard.append(tracker.finish(RULE))
    stamps = [sighting.captured for sighting in strip]
    for encounter in filter(None, heard):
        assert encounter.began <= encounter.ready
        assert {encounter.began, encounter.ready} <= set(stamps)


def test_a_film_s_last_encounter_took_as_long_as_its_frames() -> None:
    """Read faster than it plays, its end comes before its last frame's time; the gathering goes by frames."""
    tracker = EncounterTracker(TwoResidents(), PATIENCE)
    for sighting in frames(*((0.1 * number, (face(3),), ()) for number in range(16))):
        tracker.handle(sighting, Mode.FACE, RULE)
    encounter = tracker.finish(RULE)
    assert encounter is not None
    assert round(encounter.ready - encounter.began, 3) == 1.5
