"""Nobody is told to do only what they have done already: in whatever was shown, every reason leaves a way.

The ways are read from the English texts of what to do, without why: a discreet screen shows no more.
"""

from __future__ import annotations

import re
from random import Random

import pytest

from edge.decision import TEXTS, Evidence, FaceFinding, Outcome, PassVerdict, Reason
from tests.edge.decision.space import Draw, world

WAYS = {
    "show the pass": r"show your (own )?pass|show the pass",
    "show the face": r"look at the camera|turn to the camera",
    "ask somebody": r"ask the staff|show the staff|for the staff|community office",
    "go elsewhere": r"main gate|another gate|the gate that your pass names",
    "be seen better": r"into the light|turn a little|closer|step back|step into|stand still|upright"
    r"|uncover|lower|take off|turn your head|close your eyes",
    "bring another code": r"a new pass|open your pass|one pass|other codes|renew your",
    "come later": r"come back|come again|please wait|one person|go back home",
}
"""What a person may do next, by the words that say so."""

LEADS_ON = [reason for reason in Reason if TEXTS[reason].do.en != "Please pass"]


def ways(reason: Reason) -> frozenset[str]:
    """What its text tells people to do; where it asks for face and pass together, either is one half."""
    text = TEXTS[reason].do.en.lower()
    return frozenset(way for way, words in WAYS.items() if re.search(words, text))


def done(evidence: Evidence) -> frozenset[str]:
    """What somebody who shows this has done, as well as they can."""
    face, code = evidence.face, evidence.code
    usable = face is not None and face.finding not in {FaceFinding.UNUSABLE, FaceFinding.SEVERAL}
    # A face seen in too few frames has to be looked at longer, and so has one that is asked to move.
    looked = face is not None and usable and face.enough and face.challenge is None
    shown = code is not None and code.verdict is PassVerdict.GENUINE
    return frozenset({"show the face"} if looked else ()) | frozenset({"show the pass"} if shown else ())


@pytest.mark.parametrize("reason", LEADS_ON)
def test_every_text_says_what_to_do(reason: Reason) -> None:
    assert ways(reason), TEXTS[reason].do.en


def test_whatever_was_shown_a_way_is_left() -> None:
    """Over five thousand cases of all that can be asked; most reasons of a face come up beside a pass."""
    chance, met = Random(17), set[tuple[Reason, frozenset[str]]]()
    for _ in range(5_000):
        case = world(Draw(chance.choice))
        decision, did = case.decided, done(case.evidence)
        if decision.outcome is Outcome.GRANT:
            continue
        met.add((decision.reason, did))
        assert ways(decision.reason) - did, (TEXTS[decision.reason].do.en, case.evidence, case.mode)
    beside_a_pass = {reason for reason, did in met if "show the pass" in did}
    assert {
        Reason.FACE_NOT_LIVE,
        Reason.FACE_LIVENESS_UNMEASURED,
        Reason.FACE_CODE_MISMATCH,
        Reason.FACE_NOT_ENROLLED,
    } <= beside_a_pass
