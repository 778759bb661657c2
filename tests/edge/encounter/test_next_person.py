"""Whoever steps into another's place is an encounter of their own, at once: by face, by pass, or unseen."""

from __future__ import annotations

import pytest

from edge.decision import Mode, PassVerdict
from tests.edge.encounter.test_one_person import Gate


def refusing(mode: Mode = Mode.FACE_OR_CODE) -> Gate:
    gate = Gate(mode)
    gate.outcome = lambda _: False
    return gate


@pytest.mark.parametrize("away", [0.3, 0.6, 1.5])
@pytest.mark.parametrize("mode", [Mode.CODE, Mode.FACE_OR_CODE])
@pytest.mark.parametrize(
    "first",
    ["ann", "ann/expired", "ann/forged", "poster"],
)
@pytest.mark.parametrize("then", ["bob/forged", "bob/revoked", "bob"])
def test_a_pass_after_another_s_is_decided_on_in_its_first_frames(
    first: str, then: str, mode: Mode, away: float
) -> None:
    """The one before was refused, and their pass still counts as in view when the next one shows theirs."""
    gate = refusing(mode)
    gate.show(3.0, codes=[first])
    gate.show(away)
    before = gate.now
    gate.show(1.0, codes=[then])
    verdict = PassVerdict(then.partition("/")[2] or "genuine")
    told = [one for one in gate.final if one.ready > before and one.code and one.code.verdict is verdict]
    assert told, "nothing was said of what they show"
    assert told[0].ready - before < 0.75
