"""What a card says of an access that was just decided."""

from __future__ import annotations

import pytest

from edge.decision import Decision, Direction, Evidence, FaceEvidence, FaceFinding, Mode, Outcome, Reason
from edge.ports import AccessEvent
from edge.staff.views.core.cards import card_of


@pytest.mark.parametrize(("looked_for_life", "alive"), [(True, 0.93), (False, None)])
def test_a_face_is_said_to_be_alive_only_where_the_gate_looked_for_it(
    looked_for_life: bool, alive: float | None
) -> None:
    face = FaceEvidence(FaceFinding.MATCHED, "xu", liveness=0.93)
    decision = Decision(Outcome.GRANT, Reason.FACE_MATCHED, "gates.main.mode", "xu")
    event = AccessEvent("camera", Mode.FACE, Evidence(Direction.ENTRY, face), None, decision, None)
    assert card_of(event, {}, 1, None, looked_for_life=looked_for_life).seen.liveness == alive
