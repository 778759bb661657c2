"""What an encounter comes to: what is told of it, scores left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from edge.decision import ChallengeState, Cover, FaceEvidence, FaceFinding, Move, PassEvidence, PassVerdict
from edge.encounter import Encounter
from edge.encounter.values import Shown

FACE = FaceEvidence(FaceFinding.MATCHED, "li-na", score=0.5)
CODE = PassEvidence(PassVerdict.GENUINE, pass_id="p", subject_id="li-na")
BOTH = Encounter("main", FACE, CODE, 1.0, 2.0)


def test_nothing_seen_comes_to_nothing() -> None:
    assert Encounter("", None, None, 0.0, 0.0).conclusion == (None, None)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"score": 0.9}, True),
        ({"runner_up": 0.1}, True),
        ({"liveness": 0.5}, True),
        ({"frames": 9}, True),
        ({"subject_id": "wang-wei"}, False),
        ({"finding": FaceFinding.SPOOF}, False),
        ({"covered": next(iter(Cover))}, False),
        ({"challenge": ChallengeState.ASKED}, False),
        ({"asked": next(iter(Move))}, False),
    ],
)
def test_of_a_face(changed: dict[str, Any], same: bool) -> None:
    other = replace(BOTH, face=msgspec.structs.replace(FACE, **changed))
    assert (other.conclusion == BOTH.conclusion) is same


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"detail": "more"}, True),
        ({"timed": True}, True),
        ({"pass_id": "q"}, False),
        ({"subject_id": "wang-wei"}, False),
        ({"verdict": PassVerdict.EXPIRED}, False),
    ],
)
def test_of_a_code(changed: dict[str, Any], same: bool) -> None:
    other = replace(BOTH, code=msgspec.structs.replace(CODE, **changed))
    assert (other.conclusion == BOTH.conclusion) is same


def test_when_and_where_it_was_seen_makes_no_difference() -> None:
    other = replace(BOTH, input="out", began=7.0, ready=9.0, final=True, shown=Shown(3, frozenset({"p"})))
    assert other.conclusion == BOTH.conclusion
