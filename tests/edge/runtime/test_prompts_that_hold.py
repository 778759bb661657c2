"""What a person hears while what is missing changes with every frame: little, and each thing once."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from edge.decision import FaceProblem, Reason, Subject
from edge.encounter.asking import HOLDS, MOST, MOST_WITHIN
from edge.journal.format.kinds import EventKind
from edge.lane.machine import Prompt
from edge.liveness import LivenessReading
from edge.vision.reports import Box, FaceSighting, Sighting
from tests.edge.runtime.conftest import ENGINE, Bench, face_of
from tests.edge.runtime.test_one_grant import events

STRANGER = 7
RATE = 15


def stands(bench: Bench, seconds: float, found: list[FaceProblem | None], *, seed: int = 1) -> None:
    """Somebody for so long, at 15 frames a second; each frame finds one of `found` of their face."""
    random = Random(seed)
    for _ in range(round(seconds * RATE)):
        problem = random.choice(found)
        face = FaceSighting(
            track=STRANGER,
            box=Box(260, 100, 120, 150),
            confidence=0.9,
            landmarks=tuple((300.0 + random.random(), 160.0 + 10 * place) for place in range(5)),
            liveness=LivenessReading(0.9),
            quality=0.0 if problem else 0.5,
            problem=problem,
            engine=ENGINE,
            template=b"" if problem else face_of(STRANGER).tobytes(),
        )
        bench.frame += 1
        now = bench.clock.monotonic()
        bench.controller.handle(Sighting(bench.frame, now, "camera", 640, 480, (face,), ()))
        bench.pump()
        bench.clock.advance(1.0 / RATE)


def said(bench: Bench) -> list[tuple[float, str]]:
    return [(report.at, report.said.reason) for report in bench.said if isinstance(report.said, Prompt)]


@pytest.mark.parametrize(
    "found",
    [
        [FaceProblem.TOO_DARK, FaceProblem.BLURRED],
        [FaceProblem.TOO_SMALL, FaceProblem.TURNED_AWAY, FaceProblem.BLURRED, FaceProblem.CUT_OFF],
        [FaceProblem.BLURRED, None],
    ],
)
def test_a_face_at_a_limit_for_26_seconds(bench: Bench, found: list[FaceProblem | None]) -> None:
    """It was 61 prompts and no decision; they also go out of view now and then."""
    for seed in range(4):
        stands(bench, 6.5, found, seed=seed)
        bench.leave(2.5)
    prompts = said(bench)
    assert 1 <= len(prompts) <= 4 * 2, "a prompt or two each time"
    assert all(later - earlier >= HOLDS for (earlier, _), (later, _) in pairwise(prompts))
    assert len(events(bench, EventKind.ENCOUNTER_UNDECIDED, EventKind.ACCESS_DECIDED)) >= 1


@pytest.mark.parametrize("found", [[None], [FaceProblem.TOO_DARK]])
def test_who_stands_still_is_decided_on_once_a_minute(bench: Bench, found: list[FaceProblem | None]) -> None:
    """And hears why now and then; they are refused anew when they have left."""
    stands(bench, 60.0, found)
    assert len(events(bench, EventKind.ACCESS_DECIDED)) == 1
    times = [at for at, _ in said(bench)]
    assert all(later - earlier < 20.0 for earlier, later in pairwise(times))
    assert len(times) >= 4
    stands(bench, 12.0, found)
    assert len(events(bench, EventKind.ACCESS_DECIDED)) <= 2
    bench.leave(3.0)
    before = len(events(bench, EventKind.ACCESS_DECIDED))
    stands(bench, 9.0, found)
    assert len(events(bench, EventKind.ACCESS_DECIDED)) == before + 1


def test_who_may_pass_after_all_does_not_wait_for_the_minute(bench: Bench) -> None:
    stands(bench, 9.0, [None])
    bench.admin.store.add(
        Subject("eve", groups=frozenset({"resident"}), status=bench.admin.store.get("ann").status),
        (face_of(STRANGER),),
        ENGINE,
    )
    bench.publish()
    stands(bench, 12.0, [None])
    assert [event["decision"]["outcome"] for event in events(bench, EventKind.ACCESS_DECIDED)] == [
        "deny",
        "grant",
    ]


def test_who_does_as_they_were_told_after_a_refusal_soon_hears_what_is_wrong_now(bench: Bench) -> None:
    """They heard nothing for ten seconds: as if they had been told of the face that can be seen now."""
    stands(bench, 9.0, [FaceProblem.TOO_SMALL])
    came = bench.clock.monotonic()
    stands(bench, 20.0, [None])
    assert next(at for at, reason in said(bench) if reason == Reason.FACE_UNKNOWN) - came < 3.0
    decided = [event["decision"]["reason"] for event in events(bench, EventKind.ACCESS_DECIDED)]
    assert decided == [Reason.FACE_TOO_SMALL, Reason.FACE_UNKNOWN]


def test_who_stays_is_decided_on(bench: Bench) -> None:
    stands(bench, 26.0, [FaceProblem.TOO_DARK, FaceProblem.BLURRED])
    assert len(events(bench, EventKind.ACCESS_DECIDED)) >= 1
    times = [at for at, _ in said(bench)]
    assert all(sum(at - before < MOST_WITHIN for before in times if before <= at) <= MOST + 1 for at in times)
